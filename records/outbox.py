"""What must reach another system: queued in the same unit of work as what it says, and sent once, in order.

Entries of a line (a member's) go one after the other; lines go side by side. An entry is claimed in the database before
it is sent and ended there afterwards. Who dies between leaves the claim to run out, and the entry is sent again under
the same key: whoever takes it there must take each key once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from core.clock import Clock
from core.database import Database
from core.errors import Problem, place_of
from core.events import Message
from core.ids import new_id
from core.tables import AnyRow, alone, insert
from records.change_tables import OutboxEntry
from records.contact_rows import fit

log = logging.getLogger(__name__)

Ending = Literal["done", "failed"]

_T = OutboxEntry.__table__
_ALIVE = ("queued", "sending")
_UNENDED = (*_ALIVE, "parked")


class OutboxFull(Problem):
    """So much waits to be sent that no more is taken; what it belonged to is not stored either."""


class NotTaken(Problem):
    """The other system understood and says no, for good. The text holds no member's data."""


class Entry(Message, frozen=True, kw_only=True):
    """One entry as its carrier sees it. `ref` is the id of what it is about; `claim` says whose turn this is."""

    id: int
    key: str
    line: str
    kind: str
    ref: str
    attempts: int
    queued_at: datetime
    claim: str


class Parked(Message, frozen=True, kw_only=True):
    """An entry that stops its line, and why."""

    key: str
    line: str
    kind: str
    ref: str
    attempts: int
    queued_at: datetime
    why: str
    behind: int  # entries of the line that wait for it


class Load(Message, frozen=True, kw_only=True):
    """How full the outbox is; `oldest_at` None: nothing waits."""

    waiting: int
    parked: int
    oldest_at: datetime | None


class Retrying(Message, frozen=True, kw_only=True):
    """When a failed entry is tried again, and when no more.

    Half to three halves of `first_s`, doubled with each attempt up to `longest_s`. One that gets an answer which nobody
    understands is parked after `unclear` attempts; one that gets no answer, `gone_hours` after it was queued.
    """

    first_s: float = 2.0
    longest_s: float = 600.0
    unclear: int = 8
    gone_hours: float = 72.0

    def delay_s(self, attempts: int, chance: float) -> float:
        """After so many failures; `chance` from 0 to 1."""
        return min(self.longest_s, self.first_s * 2.0 ** min(attempts - 1, 30)) * (0.5 + chance)


class Outbox:
    """The table's verbs. Those that take a session run inside the unit of work of whoever calls them."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        bound: int = 10_000,
        lease_s: float = 60.0,
        retrying: Retrying | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._db, self._clock, self._bound = db, clock, bound
        self.lease_s, self._retrying, self._chance = lease_s, retrying or Retrying(), chance

    def put(self, session: Session, *, key: str, line: str, kind: str, ref: str, at: datetime) -> None:
        """Queue an entry at the end of its line; nothing where the key is there already. Raises `OutboxFull`."""
        alone(session, f"outbox {line}")  # ids are given before they are stored: without it two could change places
        if session.execute(select(_T.c.id).where(_T.c.key == key)).one_or_none() is not None:
            return
        count = session.execute(select(func.count()).where(_T.c.state.in_(_UNENDED))).scalar_one()
        if count >= self._bound:
            raise OutboxFull(
                f"{count} changes wait to be sent already", remedy="Does the pension system answer? Try again later"
            )
        values = {"key": key, "line": line, "kind": kind, "ref": ref, "state": "queued", "attempts": 0}
        values |= {"queued_at": at, "next_at": at, "why": ""}
        session.execute(insert(session, OutboxEntry).values(values).on_conflict_do_nothing())

    def withdraw(self, session: Session, ref: str) -> None:
        """Take back what has not begun to be sent; its key may be put again."""
        session.execute(delete(OutboxEntry).where(_T.c.ref == ref, _T.c.state == "queued", _T.c.attempts == 0))

    async def claim(
        self, kinds: Sequence[str], limit: int, begin: Callable[[Session, Entry, datetime], bool]
    ) -> tuple[Entry, ...]:
        """Take up to `limit` entries whose turn it is. `begin` runs with the claim; False: there is nothing to send."""
        now, claim = self._clock.now(), new_id()
        until = now + timedelta(seconds=self.lease_s)

        def claimed(session: Session) -> tuple[Entry, ...]:
            taken = []
            values: dict[str, Any]
            for row in session.execute(_heads(kinds, now, limit)).all():
                entry = _entry(row, claim)
                try:
                    with session.begin_nested():
                        goes = begin(session, entry, now)
                except (Problem, ValueError, TypeError, LookupError) as poison:  # a database that fails is none
                    values = {"state": "parked", "why": fit(place_of(poison), 200)}
                    session.execute(update(OutboxEntry).where(OutboxEntry.id == row.id).values(values))
                    log.error("the line of %s %s is parked: %s", entry.kind, entry.ref, place_of(poison))
                    continue
                if goes:
                    attempts = row.attempts + (row.state == "sending")  # its sender was cut off
                    values = {"state": "sending", "claim": claim, "next_at": until, "attempts": attempts}
                    session.execute(update(OutboxEntry).where(OutboxEntry.id == row.id).values(values))
                    taken.append(_entry(row, claim, attempts))
                else:
                    session.execute(delete(OutboxEntry).where(OutboxEntry.id == row.id))
            return tuple(taken)

        return await self._db.write(claimed)

    async def end(
        self, entry: Entry, ending: Ending, why: str, also: Callable[[Session, Entry, Ending, str, datetime], None]
    ) -> bool:
        """What came of it, with whatever `also` stores. False: it was ended already, and that stands."""
        now = self._clock.now()

        def ended(session: Session) -> bool:
            row = session.execute(select(_T).where(_T.c.id == entry.id).with_for_update()).one_or_none()
            if row is None or row.state not in _UNENDED:
                return False
            values = {"state": ending, "ended_at": now, "claim": None, "why": fit(why, 200)}
            session.execute(update(OutboxEntry).where(OutboxEntry.id == entry.id).values(values))
            also(session, entry, ending, why, now)
            return True

        return await self._db.write(ended)

    async def again(self, entry: Entry, why: str, *, unclear: bool) -> bool:
        """It did not get there, or nobody knows: later again. True: it is parked instead, and its line with it."""
        now, attempts = self._clock.now(), entry.attempts + 1
        too_often = unclear and attempts >= self._retrying.unclear
        parked = too_often or now - entry.queued_at >= timedelta(hours=self._retrying.gone_hours)
        delay = timedelta(seconds=self._retrying.delay_s(attempts, self._chance()))
        values: dict[str, Any] = {"state": "parked" if parked else "queued", "attempts": attempts}
        values |= {"next_at": now + delay, "claim": None, "why": fit(why, 200)}
        ours = (_T.c.id == entry.id, _T.c.state == "sending", _T.c.claim == entry.claim)

        def stored(session: Session) -> bool:
            done = session.execute(update(OutboxEntry).where(*ours).values(values).returning(OutboxEntry.id))
            return done.one_or_none() is not None and parked

        return await self._db.write(stored)

    async def parked(self, limit: int = 100) -> tuple[Parked, ...]:
        """The entries that stop their lines, longest first."""
        behind = aliased(OutboxEntry)
        count = (
            select(func.count())
            .where(behind.line == _T.c.line, behind.id > _T.c.id, behind.state.in_(_UNENDED))
            .scalar_subquery()
        )
        statement = select(_T, count.label("behind")).where(_T.c.state == "parked").order_by(_T.c.id).limit(limit)
        fields = Parked.__struct_fields__

        def found(session: Session) -> tuple[Parked, ...]:
            return tuple(Parked(**{name: getattr(row, name) for name in fields}) for row in session.execute(statement))

        return await self._db.read(found)

    def release(self, session: Session, ref: str, at: datetime) -> bool:
        """A person says: send it once more. False: nothing of it is parked."""
        values = {"state": "queued", "next_at": at, "attempts": 1, "queued_at": at}
        return self._of_parked(session, ref, values)

    def give_up(self, session: Session, ref: str, at: datetime) -> bool:
        """A person says: it will not be sent. The line goes on."""
        return self._of_parked(session, ref, {"state": "failed", "ended_at": at})

    async def load(self) -> Load:
        """For the metrics."""
        statement = select(func.count(), func.count().filter(_T.c.state == "parked"), func.min(_T.c.queued_at)).where(
            _T.c.state.in_(_UNENDED)
        )

        def read(session: Session) -> Load:
            waiting, parked, oldest = session.execute(statement).one()
            return Load(waiting=waiting - parked, parked=parked, oldest_at=oldest)

        return await self._db.read(read)

    async def prune(self, before: datetime, at_most: int = 10_000) -> int:
        """Forget what ended before; how many. A key that is forgotten must never be used again."""
        old = select(_T.c.id).where(_T.c.ended_at < before).limit(at_most)

        def pruned(session: Session) -> int:
            return len(session.execute(delete(OutboxEntry).where(_T.c.id.in_(old)).returning(OutboxEntry.id)).all())

        return await self._db.write(pruned)

    def _of_parked(self, session: Session, ref: str, values: dict[str, object]) -> bool:
        which = (_T.c.ref == ref, _T.c.state == "parked")
        return bool(session.execute(update(OutboxEntry).where(*which).values(values).returning(OutboxEntry.id)).all())


def _heads(kinds: Sequence[str], now: datetime, limit: int) -> Select[tuple[object, ...]]:
    """The first entries of their lines, where they are due."""
    before = aliased(OutboxEntry)
    blocked = exists().where(before.line == _T.c.line, before.id < _T.c.id, before.state.in_(_UNENDED))
    return (
        select(_T)
        .where(_T.c.state.in_(_ALIVE), _T.c.next_at <= now, _T.c.kind.in_(kinds), ~blocked)
        .order_by(_T.c.next_at, _T.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _entry(row: AnyRow, claim: str, attempts: int | None = None) -> Entry:
    return Entry(
        id=row.id,
        key=row.key,
        line=row.line,
        kind=row.kind,
        ref=row.ref,
        attempts=row.attempts if attempts is None else attempts,
        queued_at=row.queued_at,
        claim=claim,
    )
