"""A caller in the menu is ours for some seconds at a time: Asterisk takes them back when we are silent for that long.

The dialplan gives every caller an absolute time limit before it hands them over. While we serve them the limit is put
off again and again, beside whatever command is pending, so that it costs no step any time. When this process, its
machine or the link dies, the limit comes, wherever the caller is in the menu, and the dialplan goes on to a person.

It is put off right after each command too, for what else that does: it wakes the channel. Asterisk looks for commands
when something comes from the caller, which is every 20 ms, and only every 100 ms where a telephone sends no silence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.clock import Clock
from core.errors import Problem
from core.tasks import TaskOwner

log = logging.getLogger(__name__)

LEASE_S = 5  # from the last sign of life to the dialplan; `Site.menu_unheard_s` is the first of them
RENEW_EVERY_S = 1.5
TOO_LATE_S = 3.75  # a renewal that comes this long after the last might meet the caller in the queue already
LIMIT = "TIMEOUT(absolute)"

SetVariable = Callable[[str, str, str], Awaitable[None]]


@dataclass
class _Held:
    """A caller who is ours. `renewed_at` is monotonic; `ours` is over once we may be too late for them."""

    renewed_at: float
    ours: bool = True
    task: asyncio.Task[None] | None = None


class Leases:
    """`set_variable` sets a variable of a channel and returns once the PBX has done it."""

    def __init__(self, set_variable: SetVariable, clock: Clock, *, every_s: float = RENEW_EVERY_S) -> None:
        self._set, self._clock, self._every_s = set_variable, clock, every_s
        self._held: dict[str, _Held] = {}
        self._tasks = TaskOwner("menu-leases")

    def take(self, channel: str) -> None:
        """The dialplan has handed this caller over, with a first limit."""
        self.release(channel)
        held = self._held[channel] = _Held(self._clock.monotonic())
        held.task = self._tasks.start(self._keep(channel, held), name=channel)

    def wake(self, channel: str) -> None:
        """Have the limit put off once more, after what the caller of this function sends before it waits."""
        if (held := self._held.get(channel)) is not None:
            self._tasks.start(self._renew(channel, held), name=f"wake-{channel}")

    def release(self, channel: str) -> None:
        """No renewal is sent from now on; one that is under way comes before whatever is sent next."""
        if (held := self._held.pop(channel, None)) is not None:
            held.ours = False
            if held.task is not None:
                held.task.cancel()

    def lost(self, channel: str) -> None:
        """The channel left the menu by itself. A renewal may have met it outside: take the limit back."""
        if channel in self._held:
            self.release(channel)
            self._tasks.start(self._clear(channel), name=f"clear-{channel}")

    async def stop(self) -> None:
        for channel in list(self._held):
            self.release(channel)
        await self._tasks.stop()

    async def _keep(self, channel: str, held: _Held) -> None:
        while held.ours:
            await asyncio.sleep(max(0.0, held.renewed_at + self._every_s - self._clock.monotonic()))
            if self._clock.monotonic() - held.renewed_at >= self._every_s:
                await self._renew(channel, held)

    async def _renew(self, channel: str, held: _Held) -> None:
        if not held.ours:
            return
        now = self._clock.monotonic()
        if now - held.renewed_at > TOO_LATE_S:
            held.ours = False
            log.error("%s: the menu stood still for too long; the dialplan goes on with the caller", channel)
            return
        held.renewed_at = now
        try:
            await self._set(channel, LIMIT, str(LEASE_S))
        except Problem as problem:
            held.ours = False
            log.info("%s: the caller is not ours any longer: %s", channel, problem)

    async def _clear(self, channel: str) -> None:
        try:
            await self._set(channel, LIMIT, "0")
        except Problem:
            log.debug("%s: is gone, and its limit with it", channel)
