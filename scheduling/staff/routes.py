"""What is asked and commanded over HTTP about the staff and about one's own state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from core.access import Rule
from core.errors import Problem
from core.events import Message
from core.paging import NamePlace, Paging, cut
from core.routes import Refusal, Request, Route
from records.agents import Agent, Hired, Moved
from records.audit import Audit
from scheduling.staff.service import Staff
from telephony.agents.states import AgentState


class StateChosen(Message, frozen=True, kw_only=True):
    """PUT /api/agents/{agent_id}/state: `available`, or a state off the phones by its name."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class SignOn(Message, frozen=True, kw_only=True):
    """POST /api/agents/{agent_id}/telephone: take calls with it, as the PBX names it (`PJSIP/1001`)."""

    device: Annotated[str, msgspec.Meta(min_length=3, max_length=80)]


class WrapUpExtended(Message, frozen=True, kw_only=True):
    """POST /api/agents/{agent_id}/wrap-up"""

    seconds: Annotated[int, msgspec.Meta(ge=10, le=1800)] = 60


class StaffLine(Message, frozen=True, kw_only=True):
    agent: Agent
    state: AgentState | None


class StaffList(Message, frozen=True, kw_only=True):
    """GET /api/agents: who works here, by name. `next` is the next page's `after`; null: there is none."""

    agents: tuple[StaffLine, ...]
    next: str | None


class StaffRoutes:
    """The handlers. Every change of somebody is in the audit log."""

    def __init__(self, *, staff: Staff, audit: Audit) -> None:
        self._staff, self._audit = staff, audit

    def routes(self) -> Sequence[Route]:
        see, change = Rule(resource="staff", action="see"), Rule(resource="staff", action="change")
        state = Rule(resource="state", action="change")
        one = "/api/agents/{agent_id}"
        return (
            Route("GET", "/api/agents", self.everybody, see, query=Paging),
            Route("POST", "/api/agents", self.hire, change, body=Hired),
            Route("PATCH", one, self.move, change, body=Moved),
            Route("DELETE", one, self.leave, change),
            Route("PUT", f"{one}/state", self.choose, state, owner=self._named, body=StateChosen),
            Route("POST", f"{one}/telephone", self.sign_on, state, owner=self._named, body=SignOn),
            Route("DELETE", f"{one}/telephone", self.sign_off, state, owner=self._named),
            Route("POST", f"{one}/wrap-up", self.extend, state, owner=self._named, body=WrapUpExtended),
            Route("DELETE", f"{one}/wrap-up", self.end, state, owner=self._named),
        )

    async def everybody(self, request: Request[None]) -> StaffList:
        """Who works here, by name, page by page."""
        paging: Paging = request.query
        place = paging.name_place()
        people = sorted(self._staff.all, key=_place)
        left = people if place is None else [agent for agent in people if _place(agent) > place]
        page, after = cut(left, paging.limit, _place)
        lines = tuple(StaffLine(agent=each, state=self._staff.state(each.agent_id)) for each in page)
        return StaffList(agents=lines, next=after)

    async def hire(self, request: Request[Hired]) -> Agent:
        """Somebody new."""
        return await self._staff.hire(request.body, self._audit.note(request.user.agent_id, "hire"))

    async def move(self, request: Request[Moved]) -> Agent:
        """Change what is given of a person; other rights end their sessions."""
        agent_id = await self._named(request)
        moved = {name for name, value in msgspec.structs.asdict(request.body).items() if value is not None}
        if agent_id == request.user.agent_id and moved & {"role", "cleared"}:
            raise Refusal(409, "You cannot change your own rights", remedy="Ask another administrator")
        return await self._staff.move(agent_id, request.body, self._audit.note(request.user.agent_id, "move"))

    async def leave(self, request: Request[None]) -> None:
        """Somebody works here no more."""
        agent_id = await self._named(request)
        if agent_id == request.user.agent_id:
            raise Refusal(409, "You cannot let yourself go", remedy="Ask another administrator")
        await self._staff.leave(agent_id, self._audit.note(request.user.agent_id, "leave"))

    async def choose(self, request: Request[StateChosen]) -> None:
        """Take calls again, or do something else; during a call it is kept for after the wrap-up."""
        await self._staff.choose(request.path["agent_id"], request.body.name)
        await self._for_somebody_else(request, "state", request.body.name)

    async def sign_on(self, request: Request[SignOn]) -> None:
        """Take calls with this telephone, in the queues of one's rights."""
        await self._staff.sign_on(request.path["agent_id"], request.body.device)
        await self._for_somebody_else(request, "sign_on", request.body.device)

    async def sign_off(self, request: Request[None]) -> None:
        """Take no more calls."""
        await self._staff.sign_off(request.path["agent_id"])
        await self._for_somebody_else(request, "sign_off", "")

    async def extend(self, request: Request[WrapUpExtended]) -> None:
        """Stay in wrap-up longer."""
        await self._staff.extend_wrap_up(request.path["agent_id"], request.body.seconds)
        await self._for_somebody_else(request, "extend_wrap_up", f"{request.body.seconds} s")

    async def end(self, request: Request[None]) -> None:
        """End the wrap-up now."""
        await self._staff.end_wrap_up(request.path["agent_id"])
        await self._for_somebody_else(request, "end_wrap_up", "")

    async def _named(self, request: Request[Any]) -> str:
        """The agent whom the path names; 404 where nobody of this id works here."""
        agent_id = request.path["agent_id"]
        try:
            return self._staff.get(agent_id).agent_id
        except Problem as problem:
            raise Refusal(404, problem.what) from None

    async def _for_somebody_else(self, request: Request[Any], action: str, why: str) -> None:
        """A supervisor's hand in somebody else's work is on record; one's own is in the times kept of it."""
        agent_id, asking = request.path["agent_id"], request.user.agent_id
        if agent_id != asking:
            await self._audit.looked(asking, action, about=f"agent {agent_id}", why=why)


def _place(agent: Agent) -> NamePlace:
    return NamePlace(agent.name, agent.agent_id)
