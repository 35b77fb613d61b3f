"""The rows of call backs. Each change names the state and attempt that it is based on: two can never both win."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from core.database import Database
from core.errors import Problem
from core.tables import AnyRow, alone, insert
from ivr.tables import Callback
from ivr.waiting.callbacks import OPEN, CallBack, Change, begun
from records.contact_rows import fit
from records.references import new_reference

_ROWS = Callback.__table__
_SELECT = select(*(_ROWS.c[name] for name in CallBack.__struct_fields__))
_OPEN = _ROWS.c.state.in_(OPEN)
_DRAWS = 20  # of a reference, before there seem to be none left


class CallbackStore:
    """Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, row: CallBack) -> CallBack | None:
        """Keep a new one, with a reference that nobody else has. None: this number waits to be called already.

        The same wish of the same call again gets the row that it made.
        """

        def added(session: Session) -> CallBack | None:
            alone(session, f"callback {row.number}")
            waits = session.execute(_SELECT.where(_OPEN, _ROWS.c.number == row.number)).first()
            if waits is not None:
                same = (waits.call_id, waits.queue) == (row.call_id, row.queue)
                return _callback(waits) if same else None
            for _ in range(_DRAWS):
                drawn = msgspec.structs.replace(row, reference=new_reference())
                fresh = insert(session, Callback).values(msgspec.structs.asdict(drawn))
                once = fresh.on_conflict_do_nothing(index_elements=["reference"]).returning(_ROWS.c.id)
                if session.execute(once).first() is not None:
                    return drawn
            raise Problem("no free reference number was found", remedy="Are very many call backs kept? Remove old ones")

        return await self._db.write(added)

    async def waits(self, number: str) -> CallBack | None:
        """The call back that this number waits for."""
        found = await self._select(_OPEN & (_ROWS.c.number == number))
        return found[0] if found else None

    async def open(self) -> tuple[CallBack, ...]:
        """All that are not over, in the order of their places."""
        return await self._select(_OPEN)

    async def get(self, callback_id: str) -> CallBack | None:
        found = await self._select(_ROWS.c.id == callback_id)
        return found[0] if found else None

    async def begin(self, row: CallBack, now: datetime) -> CallBack | None:
        """Commit that the next attempt begins, before anybody dials; None: somebody else was first, or it is over.

        `DatabaseLate` means that it may be stored: then nobody may dial on the strength of it.
        """
        dialling = begun(row, now)
        values = {"state": dialling.state, "attempt": dialling.attempt, "changed_at": now}
        return dialling if await self._move(row, values) else None

    async def change(self, row: CallBack, to: Change, now: datetime) -> bool:
        """False: the row is no longer as it was."""
        values: dict[str, Any] = {"state": to.state, "why": fit(to.why, 120), "changed_at": now}
        if to.due_at is not None:
            values["due_at"] = to.due_at
        return await self._move(row, values)

    async def extend(self, row: CallBack, expires_at: datetime, now: datetime) -> bool:
        """Let it wait until `expires_at`; False: the row is no longer as it was."""
        return await self._move(row, {"expires_at": expires_at, "changed_at": now})

    async def cancel(self, queue: str, why: str, now: datetime) -> int:
        """Give up all that still wait for `queue` ("": for any); how many. Whoever is being dialled is called."""
        which = _ROWS.c.state == "waiting"
        if queue:
            which &= _ROWS.c.queue == queue
        values = {"state": "cancelled", "why": fit(why, 120), "changed_at": now}
        return await self._db.write(lambda session: _count(session, update(Callback).where(which).values(values)))

    async def _move(self, row: CallBack, values: dict[str, Any]) -> bool:
        same = (_ROWS.c.id == row.id) & (_ROWS.c.state == row.state) & (_ROWS.c.attempt == row.attempt)
        return await self._db.write(lambda session: _count(session, update(Callback).where(same).values(values)) == 1)

    async def _select(self, which: Any) -> tuple[CallBack, ...]:
        asked = _SELECT.where(which).order_by(_ROWS.c.place_at, _ROWS.c.id)
        return await self._db.read(lambda session: tuple(map(_callback, session.execute(asked))))


def _callback(row: AnyRow) -> CallBack:
    return CallBack(**row._mapping)


def _count(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return int(result.rowcount)
