"""What proves who calls, and how often one may try.

Every try is counted as a failure before it is checked, and taken back when it was right: guesses made at the same time
count each, and a restart forgives nothing. Two limits hold for a member, whichever way is tried: so many in a row (a
right proof forgives those), and so many over a longer time, whatever was right between them: nobody goes on guessing
behind the back of a member who calls often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.tables import AnyRow, insert
from records.authority import FOR_MINORS, is_under_age, why_not
from records.contact import Verification
from records.directory import AccessCode, Knowledge, LockedOut, NotProved, Pin, Proof, ProofResult, Verified
from records.member_rows import authority
from records.passwords import Passwords
from records.tables import Authority, Member, MemberPin


@dataclass(frozen=True)
class Limit:
    """So many failures; the next try is at the earliest `time` later (in a row) or after `time` began (over a time)."""

    failures: int
    time: timedelta


IN_A_ROW = Limit(5, timedelta(minutes=30))
OVER_A_TIME = Limit(20, timedelta(days=7))
"""Twenty a week: ten thousand PINs take ten years."""

_LEVELS: Mapping[type, Verification] = {Pin: "pin", Knowledge: "knowledge", AccessCode: "pin"}

_MEMBER = (
    select(Member.id, Member.birth_date, MemberPin.digest, MemberPin.knowledge_digest)
    .join_from(Member, MemberPin, isouter=True)
    .where(Member.id == bindparam("member_id"))
)
_PINS = MemberPin.__table__


def known(ssn4: str, born: date) -> str:
    """What is hashed of the two that a member knows: together, so that neither can be guessed alone."""
    return f"{ssn4}\0{born.isoformat()}"


class Proofs:
    """Checks proofs against the digests of our own tables. May raise `DatabaseGone`, `DatabaseBusy`, `DatabaseLate`."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        passwords: Passwords,
        *,
        zone: tzinfo,
        in_a_row: Limit = IN_A_ROW,
        over_a_time: Limit = OVER_A_TIME,
    ) -> None:
        self._db, self._clock, self._passwords, self._zone = db, clock, passwords, zone
        self._in_a_row, self._over_a_time = in_a_row, over_a_time

    async def prove(self, member_id: str, proof: Proof) -> ProofResult:
        """See `records.directory.Accounts`. One digest is compared whoever it is, and nobody's too."""
        now = self._clock.now()

        def begun(session: Session) -> str | LockedOut | None:
            row = session.execute(_MEMBER, {"member_id": member_id}).one_or_none()
            if row is None:
                return None
            locked = self.count(session, member_id, now)
            return locked or self._digest(session, row, proof, now.astimezone(self._zone).date())

        digest = await self._db.write(begun)
        if isinstance(digest, LockedOut):
            return digest
        if not await self._passwords.matches(digest, _secret(proof)):
            return NotProved()
        await self._db.write(lambda session: self.forgive(session, member_id))
        return Verified(level=_LEVELS[type(proof)])

    def count(self, session: Session, member_id: str, now: datetime) -> LockedOut | None:
        """One more try, counted as a failure; or how long there is none. The row stays locked until the unit ends."""
        session.execute(insert(session, MemberPin).values(member_id=member_id).on_conflict_do_nothing())
        row = session.execute(select(_PINS).where(_PINS.c.member_id == member_id).with_for_update()).one()
        since = row.tries_since if row.tries_since and now - row.tries_since < self._over_a_time.time else now
        tries = row.tries if since == row.tries_since else 0
        until = max(
            row.locked_until or now,
            since + self._over_a_time.time if tries >= self._over_a_time.failures else now,
        )
        if until > now:
            return LockedOut(seconds=(until - now).total_seconds())
        failures = 1 if row.locked_until is not None else row.failures + 1
        locks = failures >= self._in_a_row.failures
        counted: dict[str, Any] = {"failures": failures, "tries": tries + 1, "tries_since": since}
        counted["locked_until"] = now + self._in_a_row.time if locks else None
        session.execute(update(MemberPin).where(MemberPin.member_id == member_id).values(counted))
        return None

    @staticmethod
    def forgive(session: Session, member_id: str) -> None:
        """A try was right: it was no failure, and those in a row before it are forgiven; those over a time are not."""
        right = {"failures": 0, "locked_until": None, "tries": MemberPin.tries - 1}
        session.execute(update(MemberPin).where(MemberPin.member_id == member_id).values(right))

    @staticmethod
    def _digest(session: Session, row: AnyRow, proof: Proof, on: date) -> str | None:
        """What the proof must match; None where there is nothing that it could."""
        minor = is_under_age(row.birth_date, on)
        digest: str | None = None
        match proof:
            case Pin() if not minor:
                digest = row.digest
            case Knowledge() if not minor:
                digest = row.knowledge_digest
            case AccessCode(authority_id=authority_id):
                theirs = select(Authority.__table__).where(Authority.id == authority_id, Authority.member_id == row.id)
                record = session.execute(theirs).one_or_none()
                holds = record is not None and not why_not(authority(record), on)
                if record is not None and holds and (not minor or record.kind in FOR_MINORS):
                    digest = record.access_digest
        return digest


def _secret(proof: Proof) -> str:
    return known(proof.ssn4, proof.birth_date) if isinstance(proof, Knowledge) else proof.digits
