"""Members between tables and values: what the rows of a member say. No I/O of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.tables import AnyRow
from records import contact_rows
from records.directory import Account, LastPayment, MemberMatter
from records.profile import Authority, Beneficiary, MemberProfile, Payment


def profile(
    row: AnyRow,
    beneficiaries: Iterable[AnyRow],
    matters: Iterable[str],
    contacts: Iterable[AnyRow],
    authorities: Iterable[AnyRow],
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
        open_matters=tuple(matters),
        flags=tuple(row.flags),
        last_contacts=tuple(contact_rows.past_contact(one) for one in contacts),
        authorities=tuple(map(authority, authorities)),
        protected=row.protected,
    )


def authority(row: AnyRow) -> Authority:
    return Authority(
        authority_id=row.id,
        name=row.name,
        kind=row.kind,
        may_change=row.may_change,
        topics=tuple(row.topics),
        valid_from=row.valid_from.isoformat(),
        valid_until=row.valid_until.isoformat() if row.valid_until else None,
        document=row.document,
        revoked_on=row.revoked_on.isoformat() if row.revoked_on else None,
    )


def account(row: AnyRow, matters: Sequence[AnyRow]) -> Account:
    payment = None
    if row.last_payment_date is not None:
        payment = LastPayment(
            on=row.last_payment_date,
            amount_cents=row.last_payment_cents,
            returned=row.last_payment_returned,
        )
    return Account(
        language=row.language,
        last_payment=payment,
        matters=tuple(
            MemberMatter(topic=one.topic, title=one.title, opened_at=one.opened_at, closed_at=one.closed_at)
            for one in matters
        ),
    )


def asked_for(kind: str, reference: str) -> str:
    """A request that waits, as the desk shows it among what is open."""
    return f"By telephone: {kind.replace('_', ' ')} (reference {reference})"
