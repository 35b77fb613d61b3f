"""The handbook over HTTP: searched by whoever works here, and on a call what was opened goes on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from assist.guide.guiding import Guiding
from assist.handbook.model import Offered
from core.access import Rule
from core.events import Message
from core.routes import Refusal, Request, Route

MOST_TYPED = 200


class HandbookAsked(Message, frozen=True, kw_only=True):
    """`words` as they are typed. With the call of one's desk: for its member's plan and tier only."""

    words: str = ""
    call_id: str = ""


class HandbookFound(Message, frozen=True, kw_only=True):
    passages: tuple[Offered, ...]


class GuideRoutes:
    """The handlers. `agent_on` gives the agent on whose desk a call is."""

    def __init__(self, *, guiding: Guiding, agent_on: Callable[[Request[Any]], Awaitable[str | None]]) -> None:
        self._guiding, self._agent_on = guiding, agent_on

    def routes(self) -> Sequence[Route]:
        see, change = Rule(resource="handbook", action="see"), Rule(resource="call", action="change")
        opened = "/api/calls/{call_id}/handbook/{passage_id}/opened"
        return (
            Route("GET", "/api/handbook", self.search, see, query=HandbookAsked),
            Route("POST", opened, self.opened, change, self._agent_on),
        )

    async def search(self, request: Request[None]) -> HandbookFound:
        """Passages of the handbook for these words, the likeliest first"""
        asked: HandbookAsked = request.query
        if len(asked.words) > MOST_TYPED:
            raise Refusal(422, f"{len(asked.words)} letters are too many", remedy=f"Type {MOST_TYPED} at most")
        return HandbookFound(passages=await self._guiding.search(asked.words, asked.call_id or None))

    async def opened(self, request: Request[None]) -> None:
        """Say that a passage was read on this call"""
        if not await self._guiding.opened(request.path["call_id"], request.path["passage_id"]):
            raise Refusal(404, "There is no such passage any more")
