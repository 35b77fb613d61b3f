"""Following a subject for as long as a room lives."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from core.bus import Bus, Delivery, SubscriptionOverflow

log = logging.getLogger(__name__)


async def follow(bus: Bus, pattern: str, handle: Callable[[Delivery], Awaitable[None]], *, behind: str) -> None:
    """Hand every delivery under `pattern` to `handle`, one after another, until cancelled.

    Who falls further behind than the bus keeps for it starts anew; `behind` says in the log what that costs.
    """
    while True:
        subscription = bus.subscribe(pattern)
        try:
            async for delivery in subscription:
                await handle(delivery)
        except SubscriptionOverflow:
            log.error("%s", behind)
        finally:
            await subscription.close()
