"""The desks of all agents, as values: who sits at which telephone, what each desk shows, and telling them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from assist.desk.messages import AnyDeskEvent, DeskReplaced, DeskState, Words
from assist.desk.state import apply
from core.bus import Bus, Position
from core.clock import Clock
from core.errors import BusGone
from core.following import tell
from records.agents import Agent
from telephony.agents.states import AgentState


class Desks:
    """`states` is what each agent's desk shows, by the agent's id."""

    def __init__(self, bus: Bus, clock: Clock, agents: Iterable[Agent], speech_model: str) -> None:
        self._bus, self._clock, self._speech_model = bus, clock, speech_model
        self.states: dict[str, DeskState] = {}
        self._by_device: dict[str, Agent] = {}
        self._people: dict[str, Agent] = {}
        self._positions: dict[str, Position] = {}  # the place in its stream that each desk holds for
        self._telling = asyncio.Lock()  # a desk and its place change together
        for agent in agents:
            self.seat(agent)

    def at(self, device: str) -> Agent | None:
        """Who sits at this telephone."""
        return self._by_device.get(device)

    def cleared(self, agent_id: str) -> bool:
        """Whether they may see protected members."""
        agent = self._people.get(agent_id)
        return agent is not None and agent.cleared

    def seat(self, agent: Agent) -> None:
        """Somebody came, went, or sits at another telephone; a desk that is there stays as it is."""
        before = self.states.get(agent.agent_id)
        if before is not None and self._by_device.get(before.device, agent).agent_id == agent.agent_id:
            self._by_device.pop(before.device, None)
        if not agent.active:
            self.states.pop(agent.agent_id, None)
            self._people.pop(agent.agent_id, None)
            return
        self._people[agent.agent_id] = agent
        if agent.device:
            self._by_device[agent.device] = agent
        if before is None:
            self.states[agent.agent_id] = DeskState(
                agent_id=agent.agent_id,
                agent_name=agent.name,
                device=agent.device or "",
                state=AgentState(presence="signed_out", since=self._clock.now()),
                speech_model=self._speech_model,
                phones_up=True,
                call=None,
            )

    async def snapshot(self, agent_id: str) -> tuple[DeskState, Position] | None:
        """A desk and the place in its stream that it holds for; None for somebody who has none (any more).

        While the bus is away it is what was told before.
        """
        if agent_id in self.states and agent_id not in self._positions:
            async with self._telling:
                position = await self._bus.position(f"agent.{agent_id}")
                return (self.states[agent_id], position) if agent_id in self.states else None
        return (self.states[agent_id], self._positions[agent_id]) if agent_id in self.states else None

    async def tell(self, agent_id: str, event: AnyDeskEvent) -> bool:
        """Whether there is a desk to be told on: somebody who left in mid-call has none.

        Waits while the bus is away, and holds up what is to be told after it. Words still being spoken pass by: they
        wait for nobody, and who comes later gets them when they are final.
        """
        async with self._telling:
            if agent_id not in self.states:
                return False
            if isinstance(event, Words) and not event.utterance.final:
                with suppress(BusGone):
                    await self._bus.publish(f"agent.{agent_id}", event, kept=False)
                return True
            await self._keep(agent_id, event)
            return True

    async def begin(self) -> None:
        """Tell each desk as it is: the bus may have outlived an earlier process, and hold what that one told."""
        for agent_id in list(self.states):
            async with self._telling:
                if state := self.states.get(agent_id):
                    await self._keep(agent_id, DeskReplaced(at=self._clock.now(), state=state))

    async def _keep(self, agent_id: str, event: AnyDeskEvent) -> None:
        position = await tell(self._bus, f"agent.{agent_id}", event)
        if agent_id in self.states:  # they may have left meanwhile
            self.states[agent_id], self._positions[agent_id] = apply(self.states[agent_id], event), position
