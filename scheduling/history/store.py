"""The history in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.database import Database
from core.tables import insert
from scheduling.history.intervals import intervals, merged
from scheduling.history.model import IntervalRow, QueueVisit
from scheduling.history.tables import StoredInterval, StoredVisit

_V, _I = StoredVisit.__table__, StoredInterval.__table__
_VISIT_KEY = ("call_id", "queue", "offered_at")
_INTERVAL_KEY = ("queue", "start")
ROWS = 500  # in one statement: SQLite takes some 32,000 values
READ_DAYS = timedelta(days=31)  # visits in memory at once while they are added up
WITHIN_S = 60.0


class History:
    """Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`; all of them may be repeated."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, visits: Sequence[QueueVisit]) -> None:
        """Store visits as far as they are known. What was known of one stays: a replay takes nothing back."""
        latest = {(visit.call_id, visit.queue, visit.offered_at): visit for visit in visits}
        if not latest:
            return
        values = [msgspec.structs.asdict(visit) for visit in latest.values()]

        def write(session: Session) -> None:
            for some in _batches(values):
                statement = insert(session, StoredVisit).values(some)
                new = statement.excluded
                known = {
                    name: func.coalesce(_V.c[name], new[name])
                    for name in ("left_at", "outcome", "ended_at", "talk_s", "hold_s", "wrap_s")
                }
                known["device"] = func.coalesce(func.nullif(_V.c.device, ""), new.device)
                session.execute(statement.on_conflict_do_update(index_elements=_VISIT_KEY, set_=known))

        await self._db.write(write)

    async def under_way(self, since: datetime) -> tuple[QueueVisit, ...]:
        """Visits offered since then of which something is still to come."""
        open_ = or_(_V.c.left_at.is_(None), (_V.c.outcome == "answered") & _V.c.wrap_s.is_(None))
        return await self._visits(select(_V).where(_V.c.offered_at >= since, open_).order_by(_V.c.offered_at))

    async def visits(self, since: datetime, until: datetime) -> tuple[QueueVisit, ...]:
        """Those offered from `since` up to and not including `until`, in order."""
        offered = (_V.c.offered_at >= since) & (_V.c.offered_at < until)
        return await self._visits(select(_V).where(offered).order_by(_V.c.offered_at, _V.c.call_id))

    async def import_intervals(self, rows: Sequence[IntervalRow]) -> None:
        """Store rows of another system's history, all or none; a row for the same interval replaces the one before."""
        values = [msgspec.structs.asdict(row) for row in rows]

        def write(session: Session) -> None:
            for some in _batches(values):
                statement = insert(session, StoredInterval).values(some)
                new = {name: statement.excluded[name] for name in some[0] if name not in _INTERVAL_KEY}
                session.execute(statement.on_conflict_do_update(index_elements=_INTERVAL_KEY, set_=new))

        await self._db.write(write, within=WITHIN_S)

    async def rows(self, since: datetime, until: datetime) -> tuple[IntervalRow, ...]:
        """All that is known of the intervals that begin from `since` up to and not including `until`.

        An interval that was imported and has visits of our own, too, is as our own visits say: from then on the calls
        came to us.
        """
        statement = select(_I).where(_I.c.start >= since, _I.c.start < until)

        def read(session: Session) -> list[IntervalRow]:
            return [IntervalRow(**row._mapping) for row in session.execute(statement)]

        imported = await self._db.read(read, within=WITHIN_S)
        own: list[IntervalRow] = []
        while since < until:  # whole intervals at a time: both ends are starts of intervals
            part = min(since + READ_DAYS, until)
            own += intervals(await self.visits(since, part))
            since = part
        return merged(imported, own)

    async def _visits(self, statement: Select[tuple[object, ...]]) -> tuple[QueueVisit, ...]:
        def read(session: Session) -> tuple[QueueVisit, ...]:
            return tuple(QueueVisit(**row._mapping) for row in session.execute(statement))

        return await self._db.read(read, within=WITHIN_S)


def _batches(values: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    return [values[begin : begin + ROWS] for begin in range(0, len(values), ROWS)]
