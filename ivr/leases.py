"""A caller in the menu is ours for some seconds at a time: Asterisk takes them back when we are silent for that long.

The dialplan gives every caller an absolute time limit before it hands them over. While we serve them the limit is put
off again and again, beside whatever command is pending, so that it costs no step any time. When this process, its
machine or the link dies, the limit comes, wherever the caller is in the menu, and the dialplan goes on to a person.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.errors import Problem
from core.tasks import TaskOwner

log = logging.getLogger(__name__)

LEASE_S = 5  # from the last sign of life to the dialplan; `Site.menu_unheard_s` is the first of them
RENEW_EVERY_S = 1.5
TOO_LATE_S = 3.75  # a renewal that comes this long after the last might meet the caller in the queue already
LIMIT = "TIMEOUT(absolute)"

SetVariable = Callable[[str, str, str], Awaitable[None]]


class Leases:
    """`set_variable` sets a variable of a channel and returns once the PBX has done it."""

    def __init__(self, set_variable: SetVariable, clock: Clock, *, every_s: float = RENEW_EVERY_S) -> None:
        self._set, self._clock, self._every_s = set_variable, clock, every_s
        self._held: dict[str, asyncio.Task[None]] = {}
        self._tasks = TaskOwner("menu-leases")

    def take(self, channel: str) -> None:
        """The dialplan has handed this caller over, with a first limit."""
        self.release(channel)
        self._held[channel] = self._tasks.start(self._keep(channel), name=channel)

    def release(self, channel: str) -> None:
        """No renewal is sent from now on; one that is under way comes before whatever is sent next."""
        if (task := self._held.pop(channel, None)) is not None:
            task.cancel()

    def lost(self, channel: str) -> None:
        """The channel left the menu by itself. A renewal may have met it outside: take the limit back."""
        if channel in self._held:
            self.release(channel)
            self._tasks.start(self._clear(channel), name=f"clear-{channel}")

    async def stop(self) -> None:
        self._held.clear()
        await self._tasks.stop()

    async def _keep(self, channel: str) -> None:
        while True:
            renewed = self._clock.monotonic()
            await asyncio.sleep(self._every_s)
            if self._clock.monotonic() - renewed > TOO_LATE_S:
                log.error("%s: the menu stood still for too long; the dialplan goes on with the caller", channel)
                return
            try:
                await self._set(channel, LIMIT, str(LEASE_S))
            except Problem as problem:
                log.info("%s: the caller is not ours any longer: %s", channel, problem)
                return

    async def _clear(self, channel: str) -> None:
        try:
            await self._set(channel, LIMIT, "0")
        except Problem:
            log.debug("%s: is gone, and its limit with it", channel)
