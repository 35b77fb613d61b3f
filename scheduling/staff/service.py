"""The people who work here, live: every change is stored, carried out on the PBX, and told to everybody.

Order matters where rights go: first there is no way in, then what is held is void, then the telephone leaves its
queues.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import Problem
from core.following import follow
from core.tasks import TaskOwner
from records.agents import Agent, Agents, Change, Hired, Moved
from records.changes import Note, unnoted
from records.events import AgentChanged, DeskConnected
from telephony.agents.states import AgentState, OffPhones

log = logging.getLogger(__name__)

AVAILABLE = "available"
CATCH_UP_S = 1.0  # how soon a change by another process holds
_OVERLAP = timedelta(seconds=5)  # changes that were stored a little out of order


class Phones(Protocol):
    """The verbs of `telephony.agents.service`; each raises `Problem` saying why it could not be done."""

    def state(self, device: str) -> AgentState | None: ...
    async def sign_on(self, device: str, name: str, queues: Mapping[str, int]) -> None: ...
    async def sign_off(self, device: str) -> None: ...
    async def choose(self, device: str, name: str) -> None: ...
    async def extend_wrap_up(self, device: str, seconds: float) -> None: ...
    async def end_wrap_up(self, device: str) -> None: ...
    async def desk(self, device: str, there: bool) -> None: ...


class Staff:
    """Everybody who works here. `states` are those that an agent can choose while taking no calls."""

    def __init__(
        self, *, agents: Agents, phones: Phones, bus: Bus, clock: Clock, states: tuple[OffPhones, ...]
    ) -> None:
        self._agents, self._phones, self._bus, self._clock = agents, phones, bus, clock
        self.states = states
        self._known: dict[str, Change] = {}
        self._catching_up = asyncio.Lock()
        self._tasks = TaskOwner("staff")

    async def load(self) -> None:
        """Who works here now."""
        self._known = {change.agent.agent_id: change for change in await self._agents.changes(None)}

    async def start(self) -> None:
        self._tasks.start(self._watch(), name="watch")
        behind = "the desks' connections fell behind: somebody may be away who is not, or the other way round"
        self._tasks.start(follow(self._bus, "desk.*", self._desk, behind=behind), name="desks")

    async def stop(self) -> None:
        await self._tasks.stop()

    @property
    def all(self) -> tuple[Agent, ...]:
        return tuple(change.agent for change in self._known.values() if change.agent.active)

    def get(self, agent_id: str) -> Agent:
        """Raises `Problem` where nobody of this id works here."""
        change = self._known.get(agent_id)
        if change is None or not change.agent.active:
            raise Problem(f"there is no agent {agent_id}")
        return change.agent

    def at(self, device: str) -> Agent | None:
        """Who is signed on with this telephone."""
        return next((agent for agent in self.all if agent.device == device), None)

    def name_at(self, device: str) -> tuple[str, str]:
        """Id and name of the agent at a telephone; the telephone itself where nobody is known there."""
        agent = self.at(device)
        return (agent.agent_id, agent.name) if agent else (device, device)

    def state(self, agent_id: str) -> AgentState | None:
        """What the PBX says of the agent's telephone; None where they are on none."""
        device = self.get(agent_id).device
        return self._phones.state(device) if device else None

    # --- on and off the phones ------------------------------------------------------------------

    async def sign_on(self, agent_id: str, device: str) -> None:
        """Take calls with this telephone, in the queues the agent has rights to. One telephone at a time."""
        agent = self.get(agent_id)
        if not agent.queues:
            raise Problem(f"{agent.name} has a right to no queue", remedy="An administrator can give one")
        if agent.device and agent.device != device:
            await self._off(agent)
        before = await self._agents.take_device(agent_id, device)
        await self.catch_up()
        try:
            await self._phones.sign_on(device, agent.name, agent.queues)
        except Problem:
            await self._agents.take_device(agent_id, None if before == device else before)
            await self.catch_up()
            raise

    async def sign_off(self, agent_id: str) -> None:
        """Take no more calls; the one they have goes on until it ends."""
        agent = self.get(agent_id)
        if agent.device:
            await self._off(agent)
            await self._agents.take_device(agent_id, None)
            await self.catch_up()

    async def choose(self, agent_id: str, name: str) -> None:
        """`available` or one of `states`; raises `Problem` for another."""
        if name != AVAILABLE and name not in (state.name for state in self.states):
            known = ", ".join((AVAILABLE, *(state.name for state in self.states)))
            raise Problem(f"there is no state {name!r}", remedy=f"Choose one of: {known}")
        await self._phones.choose(self._device(agent_id), name)

    async def extend_wrap_up(self, agent_id: str, seconds: float) -> None:
        await self._phones.extend_wrap_up(self._device(agent_id), seconds)

    async def end_wrap_up(self, agent_id: str) -> None:
        await self._phones.end_wrap_up(self._device(agent_id))

    # --- hire, move, leave ----------------------------------------------------------------------

    async def hire(self, hired: Hired, note: Note = unnoted) -> Agent:
        agent = await self._agents.hire(hired, note)
        await self.catch_up()
        return agent

    async def move(self, agent_id: str, moved: Moved, note: Note = unnoted) -> Agent:
        """Other rights hold at once: sessions end, and the telephone is in the queues it now has a right to."""
        self.get(agent_id)
        agent = await self._agents.move(agent_id, moved, note)
        await self.catch_up()
        return agent

    async def leave(self, agent_id: str, note: Note = unnoted) -> None:
        self.get(agent_id)
        await self._agents.leave(agent_id, note)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Carry out what changed in the records since last time, whoever changed it: this process, the command line."""
        async with self._catching_up:
            since = max((change.changed_at for change in self._known.values() if change.changed_at), default=None)
            for change in await self._agents.changes(since and since - _OVERLAP):
                if self._known.get(change.agent.agent_id) != change:
                    await self._changed(change)

    # --- inside ---------------------------------------------------------------------------------

    async def _off(self, agent: Agent) -> None:
        assert agent.device is not None
        state = self._phones.state(agent.device)
        if state is not None and state.presence in ("on_call", "ringing"):
            raise Problem(f"{agent.device} has a call", remedy="Sign off when it is over")
        await self._phones.sign_off(agent.device)

    def _device(self, agent_id: str) -> str:
        device = self.get(agent_id).device
        if device is None:
            raise Problem("you are signed on with no telephone", remedy="Sign on first")
        return device

    async def _changed(self, change: Change) -> None:
        agent = change.agent
        before = self._known.get(agent.agent_id)
        self._known[agent.agent_id] = change
        revoked = before is not None and before.rights_at != change.rights_at
        await self._bus.publish(
            f"staff.{agent.agent_id}", AgentChanged(at=self._clock.now(), agent=agent, revoked=revoked)
        )
        if before is None:
            return
        try:
            if not agent.active and before.agent.device:
                await self._phones.sign_off(before.agent.device)
            elif agent.device == before.agent.device and agent.device and agent.queues != before.agent.queues:
                await self._phones.sign_on(agent.device, agent.name, agent.queues)
        except Problem as problem:
            log.error("the queues of %s are not as their rights say: %s", agent.agent_id, problem)

    async def _desk(self, delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, DeskConnected) and (change := self._known.get(event.agent_id)) and change.agent.device:
            await self._phones.desk(change.agent.device, event.there)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CATCH_UP_S)
            try:
                await self.catch_up()
            except Problem as problem:
                log.warning("the staff could not be read: %s", problem)
