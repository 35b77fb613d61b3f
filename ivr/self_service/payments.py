"""Payments: the next one, the last one, and one that did not arrive."""

from __future__ import annotations

from datetime import date, timedelta

from ivr.dialog.actions import Served
from ivr.self_service.serving import Case, SelfService, requested, spec
from ivr.speaking.values import AnyValue, Day, Money

SUSPENDED = "payment suspended"  # the member's status; why is for a person to say
BANK_DAYS = 5
"""So long a payment may be under way before it counts as missing."""
ANSWERED = timedelta(days=14)
"""So long what was done about a missing payment answers who asks again."""

_TOPICS = ("payment_status",)


class NextPayment(SelfService):
    spec = spec(
        "next_payment",
        "When the next payment is made, and how much it is",
        "knowledge",
        {"scheduled": ("amount", "day"), "suspended": (), "none": ()},
        topics=_TOPICS,
    )

    async def serve(self, case: Case) -> Served:
        if case.member.status == SUSPENDED:
            return Served(outcome="suspended")
        payment = case.member.next_payment
        if payment is None:
            return Served(outcome="none")
        day = Day(day=date.fromisoformat(payment.date))
        return Served(outcome="scheduled", values={"amount": Money(cents=payment.amount_cents), "day": day})


class LastPayment(SelfService):
    spec = spec(
        "last_payment",
        "When the last payment was made, how much it was, and whether the bank sent it back",
        "knowledge",
        {"paid": ("amount", "day"), "returned": ("amount", "day"), "none": ()},
        topics=_TOPICS,
    )

    async def serve(self, case: Case) -> Served:
        payment = (await self._account(case)).last_payment
        if payment is None:
            return Served(outcome="none")
        values: dict[str, AnyValue] = {"amount": Money(cents=payment.amount_cents), "day": Day(day=payment.on)}
        return Served(outcome="returned" if payment.returned else "paid", values=values)


class MissingPayment(SelfService):
    """Reports that the last payment did not arrive, unless it is too early to say or the bank has sent it back."""

    spec = spec(
        "missing_payment",
        "Report a payment that did not arrive",
        "knowledge",
        {
            "requested": ("paid", "reference"),
            "already": ("paid", "reference", "day"),
            "early": ("paid", "until"),
            "returned": ("paid",),
            "none": (),
        },
        topics=_TOPICS,
    )

    async def serve(self, case: Case) -> Served:
        payment = (await self._account(case)).last_payment
        if payment is None:
            return Served(outcome="none")
        paid = Day(day=payment.on)
        if payment.returned:
            return Served(outcome="returned", values={"paid": paid})
        until = payment.on + timedelta(days=BANK_DAYS)
        if case.today < until:
            return Served(outcome="early", values={"paid": paid, "until": Day(day=until)})
        asked = await self._ask(case, {"paid": payment.on.isoformat()}, stands=ANSWERED)
        return requested(case, asked, {"paid": paid})
