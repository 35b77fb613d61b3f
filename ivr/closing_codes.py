"""The codes with which somebody closes the centre by telephone: who they are, and a secret that only they know.

Three digits name the person, six are the secret; they are entered as one. A code is given by us, so none is easy to
guess; only its digest is kept. A try counts before it is checked: five wrong ones in a row lock the code for half an
hour, and after twenty only a new one helps.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.tables import alone
from ivr.tables import ClosingCode
from records.passwords import Passwords
from records.proofs import Limit

PERSON_DIGITS, SECRET_DIGITS = 3, 6
DIGITS = PERSON_DIGITS + SECRET_DIGITS
IN_A_ROW = Limit(5, timedelta(minutes=30))
AT_MOST = 20
_ROWS = ClosingCode.__table__


@dataclass(frozen=True)
class Whose:
    agent_id: str


class ClosingCodes:
    """May raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords) -> None:
        self._db, self._clock, self._passwords = db, clock, passwords

    async def give(self, agent_id: str) -> str:
        """A new code for this person; an earlier one is void. Returned here and never again."""
        now, secret = self._clock.now(), _digits(SECRET_DIGITS)
        digest = await self._passwords.digest_soon(secret)

        def given(session: Session) -> str:
            alone(session, "closing codes")
            session.execute(delete(ClosingCode).where(ClosingCode.agent_id == agent_id))
            taken = set(session.scalars(select(ClosingCode.person)))
            free = [each for each in map(_padded, range(10**PERSON_DIGITS)) if each not in taken]
            if not free:
                raise Problem("every code is taken", remedy="Take those of people who left away first")
            person = secrets.choice(free)
            values = {"agent_id": agent_id, "person": person, "digest": digest, "given_at": now, "failures": 0}
            session.execute(insert(ClosingCode).values(values))
            return person

        return await self._db.write(given) + secret

    async def take_away(self, agent_id: str) -> bool:
        """They close nothing by telephone any more; False where they could not."""
        theirs = delete(ClosingCode).where(ClosingCode.agent_id == agent_id).returning(ClosingCode.agent_id)
        return await self._db.write(lambda session: session.execute(theirs).one_or_none() is not None)

    async def check(self, code: str) -> Whose | Literal["wrong", "locked"]:
        """Whose code it is. Nobody's takes as long."""
        person, secret, now = code[:PERSON_DIGITS], code[PERSON_DIGITS:], self._clock.now()
        theirs = _ROWS.c.person == person

        def begun(session: Session) -> tuple[str, str] | Literal["locked"] | None:
            row = session.execute(select(_ROWS).where(theirs).with_for_update()).one_or_none()
            if row is None:
                return None
            if row.failures >= AT_MOST or (row.locked_until is not None and row.locked_until > now):
                return "locked"
            failures = row.failures + 1
            locked_until = now + IN_A_ROW.time if failures % IN_A_ROW.failures == 0 else None
            session.execute(update(ClosingCode).where(theirs).values(failures=failures, locked_until=locked_until))
            return row.agent_id, row.digest

        tried = await self._db.write(begun)
        if tried == "locked":
            return "locked"
        agent_id, digest = tried or ("", None)
        if not await self._passwords.matches(digest, secret):
            return "wrong"

        def forgiven(session: Session) -> None:
            same = theirs & (_ROWS.c.digest == digest)
            session.execute(update(ClosingCode).where(same).values(failures=0, locked_until=None))

        await self._db.write(forgiven)
        return Whose(agent_id)


def _digits(number: int) -> str:
    return f"{secrets.randbelow(10**number):0{number}d}"


def _padded(number: int) -> str:
    return f"{number:0{PERSON_DIGITS}d}"
