"""What every self-service does around its own work: who may be served, and what is kept of it.

A protected member and a minor are never served by a machine; whoever acts for a member is held to their authority, as
it stands that day. What was told or asked for is in the audit log before the caller hears it, and in the contact's
course.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from core.errors import Problem
from ivr.dialog.actions import Served
from ivr.self_service.service import Customer, Spec
from ivr.speaking.values import AnyValue, Day, Digits
from records.appointments import Appointments
from records.audit import Audit
from records.authority import covers, is_minor, may_not_act
from records.contact import Served as ServedStep
from records.contact import Verification
from records.contacts import Contacts
from records.directory import Account, Accounts
from records.pins import Pins
from records.profile import Authority, MemberProfile
from records.requests import Asked, Requests, State

CALLER = "caller"
"""Who looked, in the audit log, where no agent did."""

_RANK: dict[Verification, int] = {"none": 0, "number_match": 1, "knowledge": 2, "pin": 3}


@dataclass(frozen=True)
class Office:
    """What the services work with. `zone` is the site's: days are days there."""

    members: Accounts
    requests: Requests
    appointments: Appointments
    contacts: Contacts
    audit: Audit
    pins: Pins
    zone: tzinfo


@dataclass(frozen=True)
class Case:
    """A customer who may be served. `authority` where somebody acts for the member."""

    customer: Customer
    member: MemberProfile
    authority: Authority | None
    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def given(self, name: str) -> str:
        """An input as the caller keyed it; "" where none came."""
        return self.customer.inputs.get(name, "").strip()


def spec(
    name: str,
    about: str,
    level: Verification,
    outcomes: Mapping[str, tuple[str, ...]],
    *,
    topics: tuple[str, ...],
    inputs: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    changes: bool = False,
) -> Spec:
    """A service for a verified member: beside its own outcomes it may have to send them on.

    `person`: this member, or this matter, is for people only. `not_allowed`: the authority does not reach that far.
    """
    return Spec(
        name=name,
        about=about,
        level=level,
        outcomes={**outcomes, "person": (), "not_allowed": ()},
        inputs=inputs,
        optional=optional,
        topics=topics,
        changes=changes,
    )


class SelfService(ABC):
    """One service for verified members. `serve` does its own work; everything around it is here."""

    spec: Spec
    members_only = False  # whoever acts for a member cannot do this for them

    def __init__(self, office: Office) -> None:
        self._office = office

    async def __call__(self, customer: Customer, now: datetime) -> Served:
        case = await self._case(customer, now)
        served = case if isinstance(case, Served) else await self.serve(case)
        await keep(self._office, self.spec, customer, served, now, member_id=customer.member_id)
        return served

    @abstractmethod
    async def serve(self, case: Case) -> Served:
        """What the caller is told. Raises `Problem` where it cannot be answered."""

    async def _case(self, customer: Customer, now: datetime) -> Case | Served:
        if _RANK[customer.verification] < _RANK[self.spec.level]:
            return Served(outcome="unverified")
        member = await self._office.members.profile(customer.member_id)
        if member is None:
            raise Problem("the member is not known any more", place=customer.call_id)
        today = now.astimezone(self._office.zone).date()
        if member.protected or is_minor(member, today):
            return Served(outcome="person")
        authority = None
        if customer.authority:
            authority = next((one for one in member.authorities if one.authority_id == customer.authority), None)
            if authority is None or may_not_act(authority, member, today) or self.members_only:
                return Served(outcome="not_allowed")
            if not covers(authority, self.spec.topics, change=self.spec.changes):
                return Served(outcome="not_allowed")
        return Case(customer, member, authority, now, self._office.zone)

    async def _ask(
        self, case: Case, details: Mapping[str, str], *, state: State = "open", stands: timedelta = timedelta(0)
    ) -> Asked:
        return await self._office.requests.ask(
            self.spec.name,
            call_id=case.customer.call_id,
            member_id=case.member.member_id,
            details=details,
            at=case.now,
            authority_id=case.customer.authority or None,
            state=state,
            stands=stands,
        )

    async def _account(self, case: Case) -> Account:
        account = await self._office.members.account(case.member.member_id)
        if account is None:
            raise Problem("the member is not known any more", place=case.customer.call_id)
        return account


async def keep(
    office: Office, about: Spec, customer: Customer, served: Served, now: datetime, *, member_id: str | None
) -> None:
    """Put on record what is about to be told: the audit log, and the course of the contact."""
    reference = served.values.get("reference")
    step = ServedStep(
        at=now,
        service=about.name,
        outcome=served.outcome,
        reference=reference.digits if isinstance(reference, Digits) else "",
    )
    by = f" by authority {customer.authority}" if customer.authority else ""
    await asyncio.gather(
        office.audit.looked(
            CALLER,
            "self_service",
            why=f"call {customer.call_id}",
            member_id=member_id or None,
            about=f"{about.name}: {served.outcome}{by}",
        ),
        office.contacts.progress(customer.call_id, step),
    )


def requested(case: Case, asked: Asked, values: Mapping[str, AnyValue] | None = None) -> Served:
    """`requested` with the reference; `already`, and since which day, where an earlier call asked for the same."""
    told = {**(values or {}), "reference": Digits(digits=asked.request.reference)}
    if asked.before:
        return Served(outcome="already", values={**told, "day": Day(day=case.day(asked.request.at))})
    return Served(outcome="requested", values=told)
