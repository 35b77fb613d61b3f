"""Waiting in tests: for a condition, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool], within: float = 15.0) -> None:
    """Wait for what a test expects; fails after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what a test waits for has no event of its own
            await asyncio.sleep(0.005)


async def until_found(true: Callable[[], Awaitable[bool]], within: float = 15.0, every: float = 0.01) -> float:
    """The same for what has to be asked for; returns how many seconds it took."""
    begun = time.monotonic()
    async with asyncio.timeout(within):
        while not await true():  # noqa: ASYNC110 - what happens in other processes has no event here
            await asyncio.sleep(every)
    return time.monotonic() - begun
