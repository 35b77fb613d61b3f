"""Names for the ids that lists are made of, over HTTP: whom a change, a task or a request is about, and who gave it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import msgspec

from core.access import Rule
from core.events import Message
from core.routes import Refusal, Request, Route
from records.audit import Audit
from records.directory import Directory
from records.profile import seen_by

MOST = 50  # of each, at a time

_Ids = Annotated[str, msgspec.Meta(max_length=2_000)]


class NamesAsked(Message, frozen=True, kw_only=True):
    """The query: ids of members and of agents, separated by commas, at most 50 of each."""

    members: _Ids = ""
    agents: _Ids = ""


class NamedMember(Message, frozen=True, kw_only=True):
    """Of a protected member only that they are, unless the user is cleared."""

    name: str
    member_number: str


class Names(Message, frozen=True, kw_only=True):
    """By id; whom nobody knows is left out."""

    members: Mapping[str, NamedMember]
    agents: Mapping[str, str]


class NameRoutes:
    """The handlers. `agent_name` gives the name for an agent's id, and what is no such id as it is."""

    def __init__(self, *, members: Directory, audit: Audit, agent_name: Callable[[str], str]) -> None:
        self._members, self._audit, self._agent_name = members, audit, agent_name

    def routes(self) -> Sequence[Route]:
        return (Route("GET", "/api/names", self.names, Rule(resource="member", action="see"), query=NamesAsked),)

    async def names(self, request: Request[None]) -> Names:
        """The names of members and agents in a list."""
        asked: NamesAsked = request.query
        members, agents = _ids(asked.members), _ids(asked.agents)
        if max(len(members), len(agents)) > MOST:
            raise Refusal(422, f"More than {MOST} names are asked for", remedy="Ask again for the rest")
        found = await asyncio.gather(*(self._members.profile(member_id) for member_id in members))
        if members:
            await self._audit.looked(request.user.agent_id, "names", why=f"list of {len(members)}")
        seen = [seen_by(each, cleared=request.user.cleared) for each in found if each is not None]
        return Names(
            members={each.member_id: NamedMember(name=each.name, member_number=each.member_number) for each in seen},
            agents={agent_id: self._agent_name(agent_id) for agent_id in agents},
        )


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in text.split(",") if each))
