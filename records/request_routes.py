"""What callers asked for by themselves, over HTTP: what waits, and an agent's decision on it. Both are on record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from core.access import Rule
from core.events import Message
from core.routes import Refusal, Request, Route
from records.audit import Audit
from records.directory import Directory
from records.requests import AlreadyDecided, Requests
from records.requests import Request as Asked


class WaitingAsked(Message, frozen=True, kw_only=True):
    """The query of what waits: the oldest so many, of one state where named."""

    state: Literal["proposed", "open"] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class WaitingRequests(Message, frozen=True, kw_only=True):
    """Oldest first."""

    items: tuple[Asked, ...]


class Decision(Message, frozen=True, kw_only=True):
    """`done`: carried out, or a proposed change approved."""

    state: Literal["done", "refused"]


class RequestRoutes:
    def __init__(self, *, requests: Requests, members: Directory, audit: Audit) -> None:
        self._requests, self._members, self._audit = requests, members, audit

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/api/requests", self.waiting, Rule(resource="request", action="see"), query=WaitingAsked),
            Route(
                "POST",
                "/api/requests/{reference}/decision",
                self.decide,
                Rule(resource="request", action="change"),
                body=Decision,
            ),
        )

    async def waiting(self, request: Request[None]) -> WaitingRequests:
        """What nobody has decided or done yet. Those of protected members are for colleagues who are cleared."""
        asked: WaitingAsked = request.query
        found = await self._requests.waiting(asked.limit, state=asked.state)
        await self._audit.looked(request.user.agent_id, "requests", why=asked.state or "all that wait")
        if request.user.cleared:
            return WaitingRequests(items=found)
        protected = await self._protected({one.member_id for one in found if one.member_id is not None})
        return WaitingRequests(items=tuple(one for one in found if one.member_id not in protected))

    async def decide(self, request: Request[Decision]) -> Asked:
        """Say that it is done (or the change approved), or refused. Once: a later other decision is refused."""
        reference, agent_id = request.path["reference"], request.user.agent_id
        found = await self._requests.by_reference(reference)
        if found is None:
            raise Refusal(404, "There is no request with this reference", remedy="Check its digits")
        if not request.user.cleared and await self._protected({found.member_id} if found.member_id else set()):
            raise Refusal(403, "This member is protected", remedy="Hand over to a colleague who is cleared")
        try:
            decided = await self._requests.decide(found.request_id, agent_id, request.body.state)
        except AlreadyDecided as problem:
            raise Refusal(409, problem.what) from problem
        await self._audit.looked(
            agent_id, "request", why=f"{found.kind}: {decided.state}", member_id=found.member_id, about=reference
        )
        return decided

    async def _protected(self, member_ids: set[str]) -> set[str]:
        members = await asyncio.gather(*(self._members.profile(member_id) for member_id in member_ids))
        return {member.member_id for member in members if member is not None and member.protected}
