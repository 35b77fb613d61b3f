"""Following a subject for as long as a room lives, and telling what must be heard, while the bus comes and goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from core.bus import Bus, Delivery, Position, SubscriptionOverflow
from core.errors import BusGone, place_of
from core.events import Event

log = logging.getLogger(__name__)

RETRY_S = 0.5


async def follow(
    bus: Bus,
    pattern: str,
    handle: Callable[[Delivery], Awaitable[None]],
    *,
    behind: str,
    again: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Hand every delivery under `pattern` to `handle`, one after another, until cancelled.

    A delivery that cannot be handled is logged and costs no other. Who falls further behind than the bus keeps for it
    starts anew; `behind` says in the log what that costs. Then `again` is called, to make good what was missed: what is
    published from then on waits for it.
    """
    missed = False
    while True:
        subscription = bus.subscribe(pattern)
        try:
            if missed and again is not None:
                missed = False
                try:
                    await again()
                except Exception as failure:  # noqa: BLE001
                    log.error("what was missed on %s could not be made good: %s", pattern, place_of(failure))
            async for delivery in subscription:
                try:
                    await handle(delivery)
                except Exception as failure:  # noqa: BLE001
                    log.error("%s on %s: %s", type(delivery.event).__name__, pattern, place_of(failure))
        except SubscriptionOverflow:
            log.error("%s", behind)
            missed = True
        finally:
            await subscription.close()


async def tell(bus: Bus, subject: str, event: Event, *, kept: bool = True) -> Position:
    """Publish what must be heard: where the bus is away, again and again until it is back.

    An event may be stored though its answer was lost, so it can come twice: events say what is, not by how much it
    changed. Raises `Problem` for a subject that is none.
    """
    while True:
        try:
            return await bus.publish(subject, event, kept=kept)
        except BusGone as gone:
            log.debug("%s waits: %s", subject, gone)
            await asyncio.sleep(RETRY_S)
