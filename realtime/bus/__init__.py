"""The engines of the bus: inside one process, and over NATS JetStream where several machines run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.bus import Bus
from realtime.bus.in_process import InProcessBus

__all__ = ["InProcessBus", "open_bus"]


@asynccontextmanager
async def open_bus(url: str) -> AsyncIterator[Bus]:
    """The bus at `url` (`nats://host:4222`); without one, the one inside this process. Raises `Problem`."""
    if not url:
        yield InProcessBus()
        return
    from realtime.bus.nats import NatsBus  # noqa: PLC0415 - its library is only loaded where it is used

    bus = NatsBus(url)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()
