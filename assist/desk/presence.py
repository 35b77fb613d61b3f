"""What an agent is doing, as the queues say it, and the wrap-up that keeps calls away while a contact is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from assist.desk.messages import Presence
from core.tasks import TaskOwner
from telephony.events import QueueMemberChanged

WRAP_UP = "wrap-up"  # the reason a device is paused with while its agent documents a call


class Pausing(Protocol):
    """The phone system's verb for keeping new calls away from a device, in all its queues."""

    async def pause(self, device: str, paused: bool, reason: str) -> None: ...


class WrapUps:
    """The agents who document a call now; each ends by itself after `seconds`."""

    def __init__(self, pausing: Pausing, seconds: float, tasks: TaskOwner) -> None:
        self._pausing, self._seconds, self._tasks = pausing, seconds, tasks
        self._running: dict[str, tuple[str, asyncio.Task[None]]] = {}

    def running(self, agent_id: str) -> bool:
        return agent_id in self._running

    def begin(self, agent_id: str, device: str) -> None:
        """Keep new calls away from `device`, from now on; a wrap-up already running starts again."""
        self.forget(agent_id)
        self._running[agent_id] = device, self._tasks.start(self._run(agent_id, device), name="wrap-up")

    async def end(self, agent_id: str) -> None:
        """Let calls in again, if they were kept away."""
        if running := self.forget(agent_id):
            await self._pausing.pause(running, False, WRAP_UP)

    def forget(self, agent_id: str) -> str | None:
        """Stop the clock without touching the phone system; the device it was for."""
        device, task = self._running.pop(agent_id, ("", None))
        if task is not None:
            task.cancel()
        return device or None

    async def _run(self, agent_id: str, device: str) -> None:
        await self._pausing.pause(device, True, WRAP_UP)
        await asyncio.sleep(self._seconds)
        del self._running[agent_id]
        await self._pausing.pause(device, False, WRAP_UP)


def presence_of(memberships: Sequence[QueueMemberChanged]) -> Presence:
    """What an agent is doing, from all that the queues say of the device; the most telling one counts."""
    if not memberships:
        return "signed_out"
    states = {m.state for m in memberships}
    if states & {"in_use", "busy", "on_hold"}:
        return "on_call"
    if "ringing" in states:
        return "ringing"
    if states <= {"unavailable", "invalid", "unknown"}:
        return "unavailable"
    if any(m.paused for m in memberships):
        return "wrap_up" if any(m.paused_reason == WRAP_UP for m in memberships) else "paused"
    return "available"
