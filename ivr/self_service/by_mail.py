"""What is sent by mail: a duplicate tax form, forms, an estimate, a letter that confirms the income.

Always to the address on record and to no other; where mail came back, or the address is being changed, a person
decides.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, timedelta

from ivr.dialog.actions import Served, birth_date
from ivr.self_service import words
from ivr.self_service.serving import Case, SelfService, requested, spec
from ivr.speaking.values import AnyValue, Count

SENT = timedelta(days=14)
"""So long what was sent is still on its way to who asks again."""
COOLING = timedelta(days=30)
"""So long after a change of address a machine sends nothing: a thief's first step is another address."""
KEPT_YEARS = 7
"""So many years of tax forms are there."""
FORMS_OUT = (2, 1)
"""The month and day from which last year's tax forms are out."""
ESTIMATED_YEARS = 15

_MAIL_RETURNED = "mail returned"


class ByMail(SelfService):
    """Sends something to the address on record."""

    async def serve(self, case: Case) -> Served:
        told = self.wanted(case)
        if isinstance(told, Served):
            return told
        if await self._address_in_doubt(case):
            return Served(outcome="person")
        details, values = told
        return requested(case, await self._ask(case, details, stands=SENT), values)

    @abstractmethod
    def wanted(self, case: Case) -> tuple[dict[str, str], dict[str, AnyValue]] | Served:
        """The request's details and what is said of it; or why nothing is sent."""

    async def _address_in_doubt(self, case: Case) -> bool:
        if not case.member.address or _MAIL_RETURNED in case.member.flags:
            return True
        changes = [
            request
            for request in await self._office.requests.of_member(case.member.member_id)
            if request.kind == "change_address" and request.state != "refused"
        ]
        return any(one.decided_at is None or case.now - one.decided_at < COOLING for one in changes)


class TaxForm(ByMail):
    spec = spec(
        "tax_form",
        "A duplicate 1099-R by mail (`year`: four digits, or nothing for the last one)",
        "knowledge",
        {
            "requested": ("year", "reference"),
            "already": ("year", "reference", "day"),
            "not_yet": ("year",),
            "invalid": (),
            "none": (),
        },
        topics=("tax_form_1099r",),
        optional=("year",),
    )

    def wanted(self, case: Case) -> tuple[dict[str, str], dict[str, AnyValue]] | Served:
        if case.member.benefit_cents is None:
            return Served(outcome="none")
        today, keyed = case.today, case.given("year")
        last = today.year - 1 if (today.month, today.day) >= FORMS_OUT else today.year - 2
        if keyed and not (len(keyed) == 4 and keyed.isascii() and keyed.isdigit()):
            return Served(outcome="invalid")
        year = int(keyed) if keyed else last
        if last < year <= today.year:
            return Served(outcome="not_yet", values={"year": Count(number=year)})
        if not last - KEPT_YEARS < year <= last:
            return Served(outcome="invalid")
        return {"year": str(year)}, {"year": Count(number=year)}


class FormByMail(ByMail):
    spec = spec(
        "form_by_mail",
        "A form by mail (`form`: which)",
        "knowledge",
        {"requested": ("form", "reference"), "already": ("form", "reference", "day")},
        topics=("form_request",),
        inputs=("form",),
    )

    def wanted(self, case: Case) -> tuple[dict[str, str], dict[str, AnyValue]] | Served:
        form = case.given("form")
        return {"form": form}, {"form": words.form(form)}


class BenefitEstimate(ByMail):
    spec = spec(
        "benefit_estimate",
        "An estimate of the benefit by mail (`date`: the day of retirement, if the member has one in mind)",
        "knowledge",
        {"requested": ("reference",), "already": ("reference", "day"), "invalid": (), "retired": ()},
        topics=("benefit_estimate",),
        optional=("date",),
    )

    def wanted(self, case: Case) -> tuple[dict[str, str], dict[str, AnyValue]] | Served:
        if case.member.relation != "active_member":
            return Served(outcome="retired")
        keyed = case.given("date")
        if not keyed:
            return {}, {}
        day = _day(keyed)
        if day is None or not case.today < day <= case.today + timedelta(days=366 * ESTIMATED_YEARS):
            return Served(outcome="invalid")
        return {"date": day.isoformat()}, {}


class IncomeLetter(ByMail):
    spec = spec(
        "income_letter",
        "A letter by mail that confirms the income, for landlords and lenders",
        "knowledge",
        {"requested": ("reference",), "already": ("reference", "day"), "none": ()},
        topics=("payment_status",),
    )

    def wanted(self, case: Case) -> tuple[dict[str, str], dict[str, AnyValue]] | Served:
        return Served(outcome="none") if case.member.benefit_cents is None else ({}, {})


def _day(keyed: str) -> date | None:
    """A day as it is keyed (month, day, year), or as YYYY-MM-DD."""
    if keyed.isdigit():
        return birth_date(keyed)
    try:
        return date.fromisoformat(keyed)
    except ValueError:
        return None
