"""What became of something: an application, a refund, a form that was sent in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from ivr.dialog.actions import Served
from ivr.self_service import words
from ivr.self_service.serving import Case, SelfService, spec
from ivr.speaking.values import Day, Words
from records.directory import Account, MemberMatter

REMEMBERED = timedelta(days=365)
"""So long a matter that is closed is still told of."""
AWAITED = timedelta(days=120)
"""So far back a form that arrived, or was sent out, is looked for."""

_ON_PAPER = ("letter", "fax", "email", "visit")
_LOOKED_THROUGH = 50  # contacts


class ApplicationStatus(SelfService):
    spec = spec(
        "application_status",
        "How an application for retirement stands",
        "knowledge",
        {"open": ("what", "day"), "closed": ("what", "day"), "none": ()},
        topics=("retirement_application",),
    )

    async def serve(self, case: Case) -> Served:
        named = words.named().applications
        covered = case.authority.topics if case.authority and case.authority.topics else tuple(named)
        matter = _newest(await self._account(case), set(named) & set(covered), case)
        if matter is None:
            return Served(outcome="none")
        return _stands(matter, case, Words(texts=named[matter.topic]))


class RefundStatus(SelfService):
    spec = spec(
        "refund_status",
        "How a refund of contributions stands",
        "knowledge",
        {"open": ("day",), "closed": ("day",), "none": ()},
        topics=("refund",),
    )

    async def serve(self, case: Case) -> Served:
        matter = _newest(await self._account(case), {"refund"}, case)
        return Served(outcome="none") if matter is None else _stands(matter, case)


class FormArrived(SelfService):
    """Did my form arrive? Looks for it among what came in on paper, then among what is under way or was sent out."""

    spec = spec(
        "form_arrived",
        "Whether a form has arrived (`form`: which)",
        "knowledge",
        {"arrived": ("form", "day"), "under_way": ("form", "day"), "sent": ("form", "day"), "not_yet": ("form",)},
        topics=("form_request",),
        inputs=("form",),
    )

    async def serve(self, case: Case) -> Served:
        topic = case.given("form")
        form, since = words.form(topic), case.now - AWAITED
        history = await self._office.contacts.history(case.member.member_id, _LOOKED_THROUGH)
        for past in history:
            if past.at >= since and past.channel in _ON_PAPER and topic in past.topics:
                return Served(outcome="arrived", values={"form": form, "day": Day(day=case.day(past.at))})
        for matter in (await self._account(case)).matters:
            if matter.topic == topic and matter.closed_at is None:
                return Served(outcome="under_way", values={"form": form, "day": Day(day=case.day(matter.opened_at))})
        for request in await self._office.requests.of_member(case.member.member_id):
            if request.at >= since and request.kind == "form_by_mail" and request.details.get("form") == topic:
                if request.state == "refused":
                    continue
                return Served(outcome="sent", values={"form": form, "day": Day(day=case.day(request.at))})
        return Served(outcome="not_yet", values={"form": form})


def _newest(account: Account, topics: Collection[str], case: Case) -> MemberMatter | None:
    """The newest that is open; else the one closed last, when that is not too long ago."""
    of_these = [matter for matter in account.matters if matter.topic in topics]
    for matter in of_these:
        if matter.closed_at is None:
            return matter
    closed = [(one.closed_at, one) for one in of_these if one.closed_at and case.now - one.closed_at <= REMEMBERED]
    return max(closed, key=lambda pair: pair[0])[1] if closed else None


def _stands(matter: MemberMatter, case: Case, what: Words | None = None) -> Served:
    named = {"what": what} if what else {}
    if matter.closed_at is None:
        return Served(outcome="open", values={**named, "day": Day(day=case.day(matter.opened_at))})
    return Served(outcome="closed", values={**named, "day": Day(day=case.day(matter.closed_at))})
