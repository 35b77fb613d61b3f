"""The rows of closures. Each method is one unit of work, and asked again gives the same answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.database import Database
from core.ids import new_id
from core.tables import AnyRow, alone
from ivr.closures import CloseAsked, Closure, in_words, same_again, tidied
from ivr.tables import Closure as ClosureTable
from records.changes import Note, unnoted

_ROWS = ClosureTable.__table__


class ClosureStore:
    """Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def current(self, now: datetime) -> tuple[Closure, ...]:
        """Those that are not over, in the order in which they begin."""
        asked = select(_ROWS).where(_ROWS.c.ends_at > now, _ROWS.c.ended_at.is_(None))
        asked = asked.order_by(_ROWS.c.begins_at, _ROWS.c.id)
        return await self._db.read(lambda session: tuple(map(_closure, session.execute(asked))))

    async def get(self, closure_id: str) -> Closure | None:
        def found(session: Session) -> Closure | None:
            row = session.execute(select(_ROWS).where(_ROWS.c.id == closure_id)).one_or_none()
            return None if row is None else _closure(row)

        return await self._db.read(found)

    async def add(self, asked: CloseAsked, by: str, now: datetime, note: Note = unnoted) -> Closure:
        """Keep a new one, with its entry in the audit log; the one that is the same already, where there is one."""
        asked = tidied(asked)
        values: dict[str, Any] = {
            "id": new_id(),
            "queue": asked.queue,
            "message": asked.message,
            "begins_at": max(asked.begins_at or now, now),
            "ends_at": asked.ends_at,
            "waiting": asked.waiting,
            "callbacks": asked.callbacks,
            "appointments": asked.appointments,
            "why": asked.why,
            "closed_by": by,
            "closed_at": now,
        }

        def added(session: Session) -> Closure:
            alone(session, "closures")
            standing = session.execute(select(_ROWS).where(_ROWS.c.ends_at > now, _ROWS.c.ended_at.is_(None)))
            for one in map(_closure, standing.all()):
                if same_again(one, asked, by, now):
                    return one
            session.execute(insert(ClosureTable).values(values))
            made = _closure(session.execute(select(_ROWS).where(_ROWS.c.id == values["id"])).one())
            note(session, f"closure {made.closure_id}", in_words(made))
            return made

        return await self._db.write(added)

    async def end(self, closure_id: str, by: str, now: datetime, note: Note = unnoted) -> Closure | None:
        """End it now, or take it back before it begins. One that is over stays as it is; None: there is none."""
        standing = (_ROWS.c.id == closure_id) & (_ROWS.c.ends_at > now) & _ROWS.c.ended_at.is_(None)

        def ended(session: Session) -> Closure | None:
            values = {"ended_by": by, "ended_at": now}
            hit = session.execute(update(ClosureTable).where(standing).values(values).returning(_ROWS.c.id)).first()
            row = session.execute(select(_ROWS).where(_ROWS.c.id == closure_id)).one_or_none()
            found = None if row is None else _closure(row)
            if hit is not None and found is not None:
                note(session, f"closure {closure_id}", in_words(found))
            return found

        return await self._db.write(ended)

    async def begun(self, closure_id: str, now: datetime) -> None:
        """What goes with its beginning was done."""
        fresh = (_ROWS.c.id == closure_id) & _ROWS.c.begun_at.is_(None)

        def done(session: Session) -> None:
            session.execute(update(ClosureTable).where(fresh).values(begun_at=now))

        await self._db.write(done)


def _closure(row: AnyRow) -> Closure:
    values = dict(row._mapping)
    return Closure(closure_id=values.pop("id"), **values)
