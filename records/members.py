"""The member directory on our own tables. `by_phone` is the screen-pop's hot path: one thread hop, five statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Select, and_, bindparam, func, null, select, union_all, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.tables import AnyRow
from records import contact_rows, member_rows
from records.contact_rows import fit
from records.directory import Account, Acting, Matches, Proof, ProofResult
from records.passwords import Passwords
from records.phones import e164
from records.profile import MemberProfile
from records.proofs import Proofs
from records.references import is_access_number
from records.tables import Authority as AuthorityTable
from records.tables import Beneficiary as BeneficiaryTable
from records.tables import Employer, Matter, Member, MemberPhone, Request

AT_MOST = 5
"""So many members of one telephone number are shown; a care home may have more."""
LAST_CONTACTS = 3

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
_OPEN_MATTERS: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(Matter.member_id, Matter.title, null().label("kind"), Matter.opened_at.label("at"), Matter.id).where(
        Matter.member_id.in_(_THEIRS), Matter.closed_at.is_(None)
    ),
    select(Request.member_id, Request.reference, Request.kind, Request.at, Request.id).where(
        Request.member_id.in_(_THEIRS), Request.state.in_(("proposed", "open"))
    ),
).order_by("at", "id")
"""What is under way: matters, and what was asked for by telephone (`title` is the reference then)."""
_AUTHORITIES = (
    select(AuthorityTable.__table__)
    .where(AuthorityTable.member_id.in_(_THEIRS))
    .order_by(AuthorityTable.name, AuthorityTable.id)
)
_BY_ACCESS = select(AuthorityTable.__table__).where(AuthorityTable.access_number == bindparam("key"))
_ACCOUNT = select(_M.c.language, _M.c.last_payment_date, _M.c.last_payment_cents, _M.c.last_payment_returned).where(
    _M.c.id == bindparam("key")
)
_MATTERS = (
    select(Matter.__table__)
    .where(Matter.member_id == bindparam("key"))
    .order_by(Matter.opened_at.desc(), Matter.id)
    .limit(50)
)


class MemberDirectory:
    """`records.directory.Accounts` from our own tables. `proofs` None: those of `records.proofs`, days in UTC."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords, proofs: Proofs | None = None) -> None:
        self._db, self._proofs = db, proofs or Proofs(db, clock, passwords, zone=UTC)

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

    async def by_access(self, access_number: str) -> Acting | None:
        if not is_access_number(access_number):
            return None

        def found(session: Session) -> Acting | None:
            row = session.execute(_BY_ACCESS, {"key": access_number}).one_or_none()
            if row is None:
                return None
            (member,) = _profiles(session, session.execute(_BY_ID, {"key": row.member_id}).all())
            return Acting(member=member, authority=member_rows.authority(row))

        return await self._db.read(found)

    async def account(self, member_id: str) -> Account | None:
        def found(session: Session) -> Account | None:
            row = session.execute(_ACCOUNT, {"key": member_id}).one_or_none()
            if row is None:
                return None
            return member_rows.account(row, session.execute(_MATTERS, {"key": member_id}).all())

        return await self._db.read(found)

    async def prove(self, member_id: str, proof: Proof) -> ProofResult:
        return await self._proofs.prove(member_id, proof)

    async def remember_language(self, member_id: str, language: str) -> None:
        chosen = update(Member).where(Member.id == member_id).values(language=fit(language, 10))

        def remembered(session: Session) -> None:
            session.execute(chosen)

        await self._db.write(remembered)

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
        member_rows.profile(
            row, beneficiaries[row.id], map(_open, matters[row.id]), contacts[row.id], authorities[row.id]
        )
        for row in rows
    )


def _open(row: AnyRow) -> str:
    return row.title if row.kind is None else member_rows.asked_for(row.kind, row.title)


def _grouped(rows: Iterable[AnyRow]) -> Mapping[str, list[AnyRow]]:
    groups: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        groups[row.member_id].append(row)
    return groups
