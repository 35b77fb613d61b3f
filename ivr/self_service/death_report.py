"""The report of a death: taken from anybody, told nothing, and a person is next."""

from __future__ import annotations

from datetime import datetime

from ivr.dialog.actions import Served
from ivr.self_service.service import Customer, Spec
from ivr.self_service.serving import Office, keep
from ivr.speaking.values import Digits
from records import member_number


class ReportDeath:
    """Opens a request for whoever takes the call next. Whether the number is a member's is never said."""

    spec = Spec(
        name="report_death",
        about="Report the death of a member (`member_number`, if the caller has it); a person is next",
        level="none",
        outcomes={"requested": ("reference",)},
        optional=("member_number",),
        topics=("death_report",),
    )

    def __init__(self, office: Office) -> None:
        self._office = office

    async def __call__(self, customer: Customer, now: datetime) -> Served:
        keyed = customer.inputs.get("member_number", "").strip()
        member = await self._office.members.by_number(keyed) if member_number.is_valid(keyed) else None
        member_id = member.member_id if member else None
        asked = await self._office.requests.ask(
            self.spec.name,
            call_id=customer.call_id,
            member_id=member_id,
            details={"member_number": keyed[: member_number.LENGTH], "calling_number": customer.number},
            at=now,
        )
        served = Served(outcome="requested", values={"reference": Digits(digits=asked.request.reference)})
        await keep(self._office, self.spec, customer, served, now, member_id=member_id)
        return served
