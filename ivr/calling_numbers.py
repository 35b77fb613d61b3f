"""Failed proofs by calling number, so that one telephone cannot try one PIN on many members.

A try counts before it is checked and is taken back when it was right, or was never checked. What was wrong stays
counted whatever was right after it: whoever has an account of their own could else guess at others' for ever. All who
hide their number share one count with a higher limit: beyond it they reach people, as anybody who cannot prove it does.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.tables import insert
from ivr.tables import CallingNumber
from records.phones import e164
from records.proofs import Limit

ONE_NUMBER = Limit(10, timedelta(days=1))
ANONYMOUS = Limit(40, timedelta(days=1))
NO_NUMBER = "anonymous"

_ROW = CallingNumber.__table__


class CallingNumbers:
    """The counts, in the database. May raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock, *, one: Limit = ONE_NUMBER, anonymous: Limit = ANONYMOUS) -> None:
        self._db, self._clock, self._one, self._anonymous = db, clock, one, anonymous

    async def try_from(self, number: str) -> bool:
        """Count one try from this number, as it came with the call; False where it may try no more for now."""
        key, now = _key(number), self._clock.now()
        limit = self._anonymous if key == NO_NUMBER else self._one

        def tried(session: Session) -> bool:
            fresh = insert(session, CallingNumber).values(e164=key, failures=0, first_at=now)
            session.execute(fresh.on_conflict_do_nothing())
            row = session.execute(select(_ROW).where(_ROW.c.e164 == key).with_for_update()).one()
            over = row.failures == 0 or now - row.first_at >= limit.time
            failures, first_at = (0, now) if over else (row.failures, row.first_at)
            if failures >= limit.failures:
                return False
            counted = {"failures": failures + 1, "first_at": first_at}
            session.execute(update(CallingNumber).where(CallingNumber.e164 == key).values(counted))
            return True

        return await self._db.write(tried)

    async def take_back(self, number: str) -> None:
        """One try from this number was no failure."""
        one = CallingNumber.e164 == _key(number), CallingNumber.failures > 0
        fewer = update(CallingNumber).where(*one).values(failures=CallingNumber.failures - 1)

        def taken(session: Session) -> None:
            session.execute(fewer)

        await self._db.write(taken)

    async def forget(self) -> None:
        """Remove the numbers whose failures count no more; once a day is often enough."""
        before = self._clock.now() - max(self._one.time, self._anonymous.time)

        def forgotten(session: Session) -> None:
            session.execute(delete(CallingNumber).where(CallingNumber.first_at < before))

        await self._db.write(forgotten)


def _key(number: str) -> str:
    return e164(number) or NO_NUMBER
