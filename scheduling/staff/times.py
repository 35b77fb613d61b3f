"""Keeps the time that everybody spends in each state, as the PBX tells it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.bus import Bus, Delivery
from core.errors import Problem
from core.following import follow
from core.tasks import TaskOwner
from records.agent_times import AgentTimes
from records.agents import Agent
from telephony.agents.states import AgentStateChanged

log = logging.getLogger(__name__)

BEHIND = "the times of the agents' states fell behind: some are kept longer than they were"


class TimeKeeper:
    """Follows the agents' states; `at` says who is signed on with a telephone."""

    def __init__(self, *, times: AgentTimes, bus: Bus, at: Callable[[str], Agent | None]) -> None:
        self._times, self._bus, self._at = times, bus, at
        self._tasks = TaskOwner("agent-times")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "states.*", self._take, behind=BEHIND), name="states")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _take(self, delivery: Delivery) -> None:
        event = delivery.event
        if not isinstance(event, AgentStateChanged) or (agent := self._at(event.device)) is None:
            return
        state = event.state
        try:
            await self._times.began(agent.agent_id, state.presence, state.reason, state.since)
        except Problem as problem:  # the next state ends the open one all the same
            log.error("a state of %s was not kept: %s", agent.agent_id, problem)
