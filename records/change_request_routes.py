"""Changes for the pension system over HTTP: what waits, and what colleagues decide. All of it is on record.

A decision and its entry in the audit log are stored together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from core.access import Rule
from core.events import Message
from core.paging import Paging, Place, cut
from core.routes import Refusal, Request, Route
from records.audit import Audit
from records.change_requests import ChangeRequests
from records.change_rows import ChangeRequest
from records.change_rules import Noticed, NotNow, Refused, Reversed, Seconded, State
from records.changes import Note
from records.directory import Directory
from records.outbox import Load, Outbox, Parked

_Text = Annotated[str, msgspec.Meta(max_length=400)]


class ChangesAsked(Paging, frozen=True, kw_only=True):
    """The query of the list: of one state where named, else everything that waits for somebody."""

    state: State | None = None


class ChangePage(Message, frozen=True, kw_only=True):
    """Oldest first. Of secrets the last four characters. `next`: the cursor of the next page; None: there is none."""

    items: tuple[ChangeRequest, ...]
    next: str | None


class Approval(Message, frozen=True, kw_only=True):
    """`values`: the parts as they should be, where an agent corrects a proposed change; None: as they are."""

    values: Mapping[Annotated[str, msgspec.Meta(max_length=40)], _Text] | None = None


class Reason(Message, frozen=True, kw_only=True):
    why: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Nothing(Message, frozen=True, kw_only=True):
    """No more is needed."""


class ChangeValues(Message, frozen=True, kw_only=True):
    """In full."""

    old: Mapping[str, str]
    new: Mapping[str, str]


class OutboxNow(Message, frozen=True, kw_only=True):
    """How full the outbox is, and the changes that stop their members' lines."""

    load: Load
    parked: tuple[Parked, ...]


class ChangeRequestRoutes:
    def __init__(self, *, changes: ChangeRequests, outbox: Outbox, members: Directory, audit: Audit) -> None:
        self._changes, self._outbox, self._members, self._audit = changes, outbox, members, audit

    def routes(self) -> Sequence[Route]:
        see = Rule(resource="change_request", action="see")
        decide = Rule(resource="change_request", action="change")
        one = "/api/change-requests/{change_id}"
        return (
            Route("GET", "/api/change-requests", self.waiting, see, query=ChangesAsked),
            Route("GET", "/api/contacts/{contact_id}/change-requests", self.of_contact, see),
            Route("GET", f"{one}/values", self.values, decide),
            Route("POST", f"{one}/approve", self.approve, decide, body=Approval),
            Route("POST", f"{one}/refuse", self.refuse, decide, body=Reason),
            Route("POST", f"{one}/reverse", self.reverse, decide, body=Reason),
            Route("POST", f"{one}/noticed", self.noticed, decide, body=Nothing),
            Route("POST", f"{one}/resend", self.resend, decide, body=Nothing),
            Route("POST", f"{one}/give-up", self.give_up, decide, body=Reason),
            Route("GET", "/api/outbox", self.outbox, see),
        )

    async def waiting(self, request: Request[None]) -> ChangePage:
        """What waits for somebody's decision, or for its time. Those of protected members are for who is cleared."""
        asked: ChangesAsked = request.query
        states: tuple[State, ...] = ("proposed", "waiting") if asked.state is None else (asked.state,)
        found = await self._changes.page(states, asked.limit + 1, asked.place())
        page, after = cut(found, asked.limit, _place)
        await self._audit.looked(request.user.agent_id, "change_requests", why=asked.state or "all that wait")
        return ChangePage(items=await self._seen(request, page), next=after)

    async def of_contact(self, request: Request[None]) -> ChangePage:
        """What became of what this contact gave."""
        contact_id = request.path["contact_id"]
        found = await self._changes.of_contact(contact_id)
        await self._audit.looked(request.user.agent_id, "change_requests", why="contact", contact_id=contact_id)
        return ChangePage(items=await self._seen(request, found), next=None)

    async def values(self, request: Request[None]) -> ChangeValues:
        """Everything in full, secrets too: for a second person who compares them. Who looked is on record first."""
        change = await self._one(request)
        if request.user.role not in self._changes.rules.second_by:
            raise Refusal(403, "Only a second person sees this in full", remedy="Ask a colleague to look")
        why = f"{change.field} in full"
        await self._audit.looked(
            request.user.agent_id, "change_values", why=why, member_id=change.member_id, about=_about(change)
        )
        values = await self._changes.values(change.change_id)
        if values is None:
            raise _none()
        return ChangeValues(old=values.old, new=values.new)

    async def approve(self, request: Request[Approval]) -> ChangeRequest:
        """Stand for a proposed change (corrected, where values are given), or be the second person of a waiting one."""
        change, user = await self._one(request), request.user
        if change.standing.state == "proposed":
            confirmed = self._changes.confirm(change.change_id, request.body.values, user.agent_id, self._note(request))
            return await _answered(confirmed)
        if request.body.values is not None:
            raise Refusal(422, "Only a proposed change can be corrected", remedy="Refuse it, and propose it anew")
        return await self._act(request, change, Seconded(by=user.agent_id, role=user.role))

    async def refuse(self, request: Request[Reason]) -> ChangeRequest:
        """It will not be made."""
        change, user = await self._one(request), request.user
        return await self._act(request, change, Refused(by=user.agent_id, role=user.role, why=request.body.why))

    async def reverse(self, request: Request[Reason]) -> ChangeRequest:
        """Take it back before it goes: the member objects, say. Anybody on the telephones may."""
        change = await self._one(request)
        return await self._act(request, change, Reversed(by=request.user.agent_id, why=request.body.why))

    async def noticed(self, request: Request[Nothing]) -> ChangeRequest:
        """A colleague has told the member at their old contact: the waiting period begins."""
        change = await self._one(request)
        return await self._act(request, change, Noticed(by=request.user.agent_id))

    async def resend(self, request: Request[Nothing]) -> ChangeRequest:
        """A parked change is tried once more."""
        change = await self._one(request)
        return await _answered(self._changes.resend(change.change_id, self._note(request)))

    async def give_up(self, request: Request[Reason]) -> ChangeRequest:
        """A parked change will not be sent; what is behind it goes on."""
        change = await self._one(request)
        why = request.body.why or "given up"
        return await _answered(self._changes.give_up(change.change_id, why, self._note(request)))

    async def outbox(self, request: Request[None]) -> OutboxNow:
        """How much waits to be sent, and what stands in the way."""
        return OutboxNow(load=await self._outbox.load(), parked=await self._outbox.parked())

    # --- inside -----------------------------------------------------------------------------------

    async def _one(self, request: Request[Any]) -> ChangeRequest:
        change = await self._changes.get(request.path["change_id"])
        if change is None:
            raise _none()
        if not await self._seen(request, (change,)):
            raise Refusal(403, "This member is protected", remedy="Hand over to a colleague who is cleared")
        return change

    async def _act(self, request: Request[Any], change: ChangeRequest, act: Any) -> ChangeRequest:
        return await _answered(self._changes.act(change.change_id, act, self._note(request)))

    def _note(self, request: Request[Any]) -> Note:
        return self._audit.note(request.user.agent_id, "change_request")

    async def _seen(self, request: Request[Any], found: Sequence[ChangeRequest]) -> tuple[ChangeRequest, ...]:
        """Without those of protected members, unless the user is cleared."""
        if request.user.cleared:
            return tuple(found)
        ids = {change.member_id for change in found}
        members = await asyncio.gather(*(self._members.profile(member_id) for member_id in ids))
        protected = {member.member_id for member in members if member is not None and member.protected}
        return tuple(change for change in found if change.member_id not in protected)


async def _answered(decided: Awaitable[ChangeRequest]) -> ChangeRequest:
    try:
        return await decided
    except NotNow as problem:
        raise Refusal(409, problem.what, remedy=problem.remedy) from problem


def _none() -> Refusal:
    return Refusal(404, "There is no such change", remedy="Load the list again")


def _about(change: ChangeRequest) -> str:
    return f"change {change.change_id}"


def _place(change: ChangeRequest) -> Place:
    return Place(at=change.standing.proposed_at, id=change.change_id)
