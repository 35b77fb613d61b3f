"""What both engines have in common: handing deliveries to the listeners and readers of this process."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable

from core.bus import Delivery, SubscriptionOverflow
from realtime.bus.patterns import Listener, PatternIndex

log = logging.getLogger(__name__)


class Listening:
    """Listeners by pattern. `deliver` calls them one after the other; one that raises disturbs nobody."""

    def __init__(self) -> None:
        self._listeners = PatternIndex()
        self._readers: set[BusSubscription] = set()

    def listen(self, pattern: str, listener: Listener) -> Callable[[], None]:
        return self._listeners.add(pattern, listener)

    def subscribe(self, pattern: str, *, bound: int = 10_000) -> BusSubscription:
        subscription = BusSubscription(pattern, bound)
        leave = self.listen(pattern, subscription.put)
        self._readers.add(subscription)

        def detach() -> None:
            leave()
            self._readers.discard(subscription)

        subscription.detach = detach
        return subscription

    def deliver(self, delivery: Delivery) -> None:
        for listener in self._listeners.matching(delivery.subject):
            try:
                listener(delivery)
            except Exception:
                log.exception("a listener of %s failed", delivery.subject)

    def overflow(self) -> None:
        """Deliveries were lost: whoever reads must begin anew."""
        for reader in tuple(self._readers):
            reader.lose()


class BusSubscription:
    """Deliveries waiting for one reader. One task iterates at a time."""

    detach: Callable[[], None]

    def __init__(self, pattern: str, bound: int) -> None:
        self._pattern, self._bound = pattern, bound
        self._waiting: deque[Delivery] = deque()
        self._news = asyncio.Event()
        self._closed = self._overflowed = False

    def put(self, delivery: Delivery) -> None:
        if len(self._waiting) >= self._bound:
            self.lose()
        else:
            self._waiting.append(delivery)
            self._news.set()

    def lose(self) -> None:
        """Something that should have been put was not: the reader is told instead of going on with a hole."""
        self._overflowed = True
        self._waiting.clear()
        self.detach()
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Delivery]:
        return self

    async def __anext__(self) -> Delivery:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            if self._overflowed:
                raise SubscriptionOverflow(f"{self._pattern}: more than {self._bound} events behind")
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()

    async def close(self) -> None:
        """Stop receiving. What was delivered before can still be read, then the iteration ends."""
        self._closed = True
        self.detach()
        self._news.set()
