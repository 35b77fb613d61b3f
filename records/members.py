"""The member directory on our own tables. `by_phone` is the screen-pop's hot path: one thread hop, five statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.tables import AnyRow, insert
from records import contact_rows, member_number
from records.directory import LockedOut, Matches, NoSuchMember, PinResult, Verified, WrongPin
from records.passwords import Passwords
from records.phones import e164
from records.profile import Authority, Beneficiary, MemberProfile, Payment
from records.tables import Authority as AuthorityTable
from records.tables import Beneficiary as BeneficiaryTable
from records.tables import Employer, Matter, Member, MemberPhone, MemberPin

AT_MOST = 5
"""So many members of one telephone number are shown; a care home may have more."""
LAST_CONTACTS = 3
FAILURES = 5
LOCKOUT = timedelta(minutes=30)

_M = Member.__table__
_first_phone = MemberPhone.__table__.alias("first_phone")
_PROFILE: Select[Any] = (
    select(_M, Employer.name.label("employer"), _first_phone.c.e164.label("phone"))
    .outerjoin(Employer, Employer.id == _M.c.employer_id)
    .outerjoin(_first_phone, and_(_first_phone.c.member_id == _M.c.id, _first_phone.c.position == 0))
)
_BY_ID = _PROFILE.where(_M.c.id == bindparam("key"))
_BY_NUMBER = _PROFILE.where(_M.c.member_number == bindparam("key"))
_BY_PHONE = (
    _PROFILE.add_columns(func.count().over().label("total"))
    .where(_M.c.id.in_(select(MemberPhone.member_id).where(MemberPhone.e164 == bindparam("key"))))
    .order_by(_M.c.last_name, _M.c.first_name, _M.c.id)
    .limit(AT_MOST)
)
_THEIRS: BindParameter[list[str]] = bindparam("member_ids", expanding=True)
_BENEFICIARIES = (
    select(BeneficiaryTable.__table__)
    .where(BeneficiaryTable.member_id.in_(_THEIRS))
    .order_by(BeneficiaryTable.member_id, BeneficiaryTable.position)
)
_OPEN_MATTERS = (
    select(Matter.member_id, Matter.title)
    .where(Matter.member_id.in_(_THEIRS), Matter.closed_at.is_(None))
    .order_by(Matter.opened_at, Matter.id)
)
_AUTHORITIES = (
    select(AuthorityTable.__table__)
    .where(AuthorityTable.member_id.in_(_THEIRS))
    .order_by(AuthorityTable.name, AuthorityTable.id)
)
_PIN = (
    select(Member.id, MemberPin.digest, MemberPin.failures, MemberPin.locked_until)
    .join_from(Member, MemberPin, isouter=True)
    .where(Member.member_number == bindparam("key"))
)


class _Try(NamedTuple):
    """A PIN about to be checked, already counted as a failure: guesses made at the same time count each."""

    member_id: str
    digest: str | None


class MemberDirectory:
    """`records.directory.Directory` from our own tables."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords) -> None:
        self._db, self._clock, self._passwords = db, clock, passwords

    async def by_phone(self, e164_number: str) -> Matches:
        number = e164(e164_number)
        if number is None:
            return Matches(members=(), total=0)

        def found(session: Session) -> Matches:
            rows = session.execute(_BY_PHONE, {"key": number}).all()
            return Matches(members=_profiles(session, rows), total=rows[0].total if rows else 0)

        return await self._db.read(found)

    async def by_number(self, member_number: str) -> MemberProfile | None:
        return await self._one(_BY_NUMBER, member_number)

    async def profile(self, member_id: str) -> MemberProfile | None:
        return await self._one(_BY_ID, member_id)

    async def verify_pin(self, member_number: str, pin: str) -> PinResult:
        now = self._clock.now()
        attempt = await self._db.write(lambda session: _begin(session, member_number, now))
        if isinstance(attempt, LockedOut):
            return attempt
        right = await self._passwords.matches(attempt.digest if attempt else None, pin)
        if attempt is None:
            return NoSuchMember()
        if not right:
            return WrongPin()
        member_id = attempt.member_id
        await self._db.write(lambda session: _forgive(session, member_id))
        return Verified(member_id=member_id)

    async def _one(self, statement: Select[Any], key: str) -> MemberProfile | None:
        def found(session: Session) -> MemberProfile | None:
            profiles = _profiles(session, session.execute(statement, {"key": key}).all())
            return profiles[0] if profiles else None

        return await self._db.read(found)


def _profiles(session: Session, rows: Sequence[AnyRow]) -> tuple[MemberProfile, ...]:
    if not rows:
        return ()
    theirs = {"member_ids": [row.id for row in rows]}
    beneficiaries = _grouped(session.execute(_BENEFICIARIES, theirs))
    matters = _grouped(session.execute(_OPEN_MATTERS, theirs))
    contacts = _grouped(session.execute(contact_rows.LAST_OF_EACH, {**theirs, "limit": LAST_CONTACTS}))
    authorities = _grouped(session.execute(_AUTHORITIES, theirs))
    return tuple(
        _profile(row, beneficiaries[row.id], matters[row.id], contacts[row.id], authorities[row.id]) for row in rows
    )


def _grouped(rows: Iterable[AnyRow]) -> Mapping[str, list[AnyRow]]:
    groups: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        groups[row.member_id].append(row)
    return groups


def _profile(
    row: AnyRow,
    beneficiaries: list[AnyRow],
    matters: list[AnyRow],
    contacts: list[AnyRow],
    authorities: list[AnyRow],
) -> MemberProfile:
    payment = None
    if row.next_payment_date is not None:
        payment = Payment(date=row.next_payment_date.isoformat(), amount_cents=row.next_payment_cents)
    return MemberProfile(
        member_id=row.id,
        member_number=row.member_number,
        name=f"{row.first_name} {row.last_name}",
        relation=row.relation,
        status=row.status,
        birth_date=row.birth_date.isoformat(),
        plan=row.plan,
        tier=row.tier,
        employer=row.employer or "",
        service_years=row.service_years,
        address=tuple(row.address),
        phone=row.phone or "",
        email=row.email,
        benefit_cents=row.benefit_cents,
        next_payment=payment,
        beneficiaries=tuple(
            Beneficiary(name=one.name, relation=one.relation, share_percent=one.share_percent) for one in beneficiaries
        ),
        open_matters=tuple(one.title for one in matters),
        flags=tuple(row.flags),
        last_contacts=tuple(contact_rows.past_contact(one) for one in contacts),
        authorities=tuple(
            Authority(
                authority_id=one.id,
                name=one.name,
                kind=one.kind,
                may_change=one.may_change,
                topics=tuple(one.topics),
                valid_from=one.valid_from.isoformat(),
                valid_until=one.valid_until.isoformat() if one.valid_until else None,
                document=one.document,
                revoked_on=one.revoked_on.isoformat() if one.revoked_on else None,
            )
            for one in authorities
        ),
        protected=row.protected,
    )


def _begin(session: Session, number: str, now: datetime) -> _Try | LockedOut | None:
    """Count one try against the member's limit; None when no member has this number."""
    if not member_number.is_valid(number):
        return None
    found = session.execute(_PIN, {"key": number}).one_or_none()
    if found is None:
        return None
    session.execute(insert(session, MemberPin).values(member_id=found.id).on_conflict_do_nothing())
    row = session.execute(select(MemberPin.__table__).where(MemberPin.member_id == found.id).with_for_update()).one()
    if row.locked_until is not None and row.locked_until > now:
        return LockedOut(seconds=(row.locked_until - now).total_seconds())
    failures = 1 if row.locked_until is not None else row.failures + 1
    session.execute(
        update(MemberPin)
        .where(MemberPin.member_id == found.id)
        .values(failures=failures, locked_until=now + LOCKOUT if failures >= FAILURES else None)
    )
    return _Try(found.id, row.digest)


def _forgive(session: Session, member_id: str) -> None:
    session.execute(update(MemberPin).where(MemberPin.member_id == member_id).values(failures=0, locked_until=None))
