"""Giving people something to prove themselves with: a code to set a PIN, an access number for who acts for a member.

A code is told once, to be mailed or read out by the agent who has made sure who calls; only its digest is kept. Giving
one ends a lockout: a person has looked at who it is.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta, tzinfo
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.events import Message
from core.tables import insert
from records.audit import Audit
from records.authority import is_under_age, why_not
from records.directory import LockedOut
from records.member_rows import authority
from records.passwords import Passwords
from records.pin_rules import weak
from records.proofs import Proofs, known
from records.references import new_access_number
from records.tables import Authority, Member, MemberPin

CODE_DIGITS = 8
CODE_HOLDS = timedelta(days=21)
"""A letter takes days, and lies on a table for some more."""

_DRAWS = 20
_MEMBER = (
    select(
        Member.id,
        Member.birth_date,
        Member.member_number,
        MemberPin.knowledge_digest,
        MemberPin.code_digest,
        MemberPin.code_until,
    )
    .join_from(Member, MemberPin, isouter=True)
    .where(Member.id == bindparam("member_id"))
)


class Access(Message, frozen=True, kw_only=True):
    """What somebody who acts for a member is given. The code is never shown again."""

    number: str
    code: str


class _Try(NamedTuple):
    code_digest: str | None
    knowledge_digest: str | None
    born: date
    member_number: str


class Pins:
    """The service of PINs and codes. May raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(
        self, db: Database, clock: Clock, passwords: Passwords, audit: Audit, proofs: Proofs, *, zone: tzinfo
    ) -> None:
        self._db, self._clock, self._passwords, self._audit = db, clock, passwords, audit
        self._proofs, self._zone = proofs, zone

    async def issue_code(self, member_id: str, by: str) -> str:
        """A new code for this member, given by agent `by`; an earlier one is void. Returned here and never again."""
        now, code = self._clock.now(), _code()
        given = {
            "code_digest": await self._passwords.digest_soon(code),
            "code_until": now + CODE_HOLDS,
            "failures": 0,
            "locked_until": None,
            "tries": 0,
            "tries_since": None,
        }

        def issued(session: Session) -> None:
            row = session.execute(_MEMBER, {"member_id": member_id}).one_or_none()
            if row is None:
                raise Problem("there is no such member")
            if is_under_age(row.birth_date, now.astimezone(self._zone).date()):
                raise Problem("a minor has no PIN", remedy="Give an access number to the guardian or custodian")
            statement = insert(session, MemberPin).values(member_id=member_id, **given)
            session.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=given))

        await self._db.write(issued)
        await self._audit.looked(by, "pin_code", why="a code to set a PIN was given", member_id=member_id)
        return code

    async def set_pin(
        self, member_id: str, code: str, pin: str, *, call_id: str
    ) -> Literal["set", "weak", "wrong", "locked"]:
        """Set the PIN with a code, which is void then. A wrong code counts like a wrong proof; a weak PIN does not."""
        now = self._clock.now()

        def begun(session: Session) -> _Try | LockedOut | None:
            row = session.execute(_MEMBER, {"member_id": member_id}).one_or_none()
            if row is None:
                return None
            if locked := self._proofs.count(session, member_id, now):
                return locked
            holds = row.code_until is not None and row.code_until > now
            minor = is_under_age(row.birth_date, now.astimezone(self._zone).date())
            digest = row.code_digest if holds and not minor else None
            return _Try(digest, row.knowledge_digest, row.birth_date, row.member_number)

        tried = await self._db.write(begun)
        if isinstance(tried, LockedOut):
            return "locked"
        if not await self._passwords.matches(tried.code_digest if tried else None, code) or tried is None:
            return "wrong"
        if weak(pin, born=tried.born, member_number=tried.member_number) or await self._is_ssn(pin, tried):
            await self._db.write(lambda session: self._proofs.forgive(session, member_id))
            return "weak"
        digest = await self._passwords.digest_soon(pin)

        def set_(session: Session) -> bool:
            mine = update(MemberPin).where(MemberPin.member_id == member_id, MemberPin.code_digest == tried.code_digest)
            new = mine.values(digest=digest, code_digest=None, code_until=None).returning(MemberPin.member_id)
            if session.execute(new).one_or_none() is None:
                return False  # used by somebody else meanwhile
            self._proofs.forgive(session, member_id)
            return True

        if not await self._db.write(set_):
            return "wrong"
        await self._audit.looked("caller", "pin_set", why=f"call {call_id}", member_id=member_id)
        return "set"

    async def issue_access(self, authority_id: str, by: str) -> Access:
        """An access number (kept, where there is one) and a new code for somebody who acts for a member."""
        now, code = self._clock.now(), _code()
        digest = await self._passwords.digest_soon(code)

        def issued(session: Session) -> tuple[str, str]:
            found = select(Authority.__table__).where(Authority.id == authority_id).with_for_update()
            row = session.execute(found).one_or_none()
            if row is None:
                raise Problem("there is no such authority on record")
            if why := why_not(authority(row), now.astimezone(self._zone).date()):
                raise Problem(f"{row.name} may not act for the member: {why}", remedy="Ask for a newer paper")
            number = row.access_number or _free_access_number(session)
            given = update(Authority).where(Authority.id == authority_id)
            session.execute(given.values(access_number=number, access_digest=digest))
            return number, row.member_id

        number, member_id = await self._db.write(issued)
        about = f"authority {authority_id}"
        await self._audit.looked(by, "access_code", why="an access code was given", member_id=member_id, about=about)
        return Access(number=number, code=code)

    async def _is_ssn(self, pin: str, tried: _Try) -> bool:
        """Whether a PIN of four digits is the SSN's last four: those are kept only hashed with the birth date."""
        return len(pin) == 4 and await self._passwords.matches(tried.knowledge_digest, known(pin, tried.born))


def _code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def _free_access_number(session: Session) -> str:
    for _ in range(_DRAWS):
        drawn = new_access_number()
        if session.scalar(select(Authority.id).where(Authority.access_number == drawn)) is None:
            return drawn
    raise Problem("no free access number was found")
