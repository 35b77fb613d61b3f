"""Keeps the time that everybody spends in each state, as the PBX tells it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from core.bus import Bus, Delivery
from core.errors import Problem
from core.following import follow
from core.tasks import TaskOwner
from records.agent_times import OFF, AgentTimes
from records.agents import Agent
from telephony.agents.states import AgentStateChanged

log = logging.getLogger(__name__)

BEHIND = "the times of the agents' states fell behind: some are kept longer than they were"


class TimeKeeper:
    """Follows the agents' states; `at` says who is signed on with a telephone.

    Who sat there is remembered until the telephone is off: it is nobody's as soon as they leave, and their last state
    ends when the PBX says so.
    """

    def __init__(self, *, times: AgentTimes, bus: Bus, at: Callable[[str], Agent | None]) -> None:
        self._times, self._bus, self._at = times, bus, at
        self._seated: dict[str, str] = {}  # agents by telephone
        self._tasks = TaskOwner("agent-times")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "states.*", self._take, behind=BEHIND), name="states")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _take(self, delivery: Delivery) -> None:
        event = delivery.event
        if not isinstance(event, AgentStateChanged):
            return
        before, now = self._seated.get(event.device), self._at(event.device)
        agent_id = now.agent_id if now else before
        if before is not None and before != agent_id:
            await self._keep(before, OFF, "", event.at)
        if agent_id is None:
            return
        # As told, not since when it is so: the telephone may have been free before they sat down.
        await self._keep(agent_id, event.state.presence, event.state.reason, event.at)
        if event.state.presence == OFF:
            self._seated.pop(event.device, None)
        else:
            self._seated[event.device] = agent_id

    async def _keep(self, agent_id: str, presence: str, reason: str, at: datetime) -> None:
        try:
            await self._times.began(agent_id, presence, reason, at)
        except Problem as problem:  # the next state ends the open one all the same
            log.error("a state of %s was not kept: %s", agent_id, problem)
