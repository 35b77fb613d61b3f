"""A member as an agent sees them at a glance: values, without a word of SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from core.events import Message


class PastContact(Message, frozen=True, kw_only=True):
    """One line of the member's history."""

    contact_id: str
    at: datetime
    channel: Literal["call", "letter", "fax", "email", "visit"]
    topics: tuple[str, ...]
    summary: str
    resolution: str


class Payment(Message, frozen=True, kw_only=True):
    """Money in cents, date as YYYY-MM-DD."""

    date: str
    amount_cents: int


class Beneficiary(Message, frozen=True, kw_only=True):
    name: str
    relation: str
    share_percent: int


class Authority(Message, frozen=True, kw_only=True):
    """Who may act for the member, by which document. `topics` empty: in all matters. Dates as YYYY-MM-DD.

    Whether it holds on a given day is said by `records.authority`.
    """

    authority_id: str
    name: str
    kind: str  # power_of_attorney | guardian | custodian | executor | spouse | employer | representative
    document: str  # where the plan keeps the paper that says so
    may_change: bool
    topics: tuple[str, ...]
    valid_from: str
    valid_until: str | None
    revoked_on: str | None = None


class MemberProfile(Message, frozen=True, kw_only=True):
    """What an agent needs at a glance. No SSN, no bank number, no PIN: those never reach a desk."""

    member_id: str
    member_number: str
    name: str
    relation: str  # active_member | retiree | survivor
    status: str
    birth_date: str
    plan: str
    tier: str
    employer: str
    service_years: float | None
    address: tuple[str, ...]
    phone: str
    email: str
    benefit_cents: int | None
    next_payment: Payment | None
    beneficiaries: tuple[Beneficiary, ...]
    open_matters: tuple[str, ...]
    flags: tuple[str, ...]
    last_contacts: tuple[PastContact, ...]
    authorities: tuple[Authority, ...] = ()
    protected: bool = False


def seen_by(profile: MemberProfile, *, cleared: bool) -> MemberProfile:
    """What somebody sees of a member: of a protected one only that they are, unless they are cleared for it."""
    if cleared or not profile.protected:
        return profile
    return MemberProfile(
        member_id=profile.member_id,
        member_number="",
        name="Protected member",
        relation="",
        status="",
        birth_date="",
        plan="",
        tier="",
        employer="",
        service_years=None,
        address=(),
        phone="",
        email="",
        benefit_cents=None,
        next_payment=None,
        beneficiaries=(),
        open_matters=(),
        flags=("protected: hand over to a cleared colleague",),
        last_contacts=(),
        protected=True,
    )
