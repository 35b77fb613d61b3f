"""The bus inside one process: delivery is a function call, history is a ring per subject.

An epoch lasts as long as a subject is remembered. A subject that was forgotten (see `keep_total`) and speaks again
starts another epoch, so that an offset never means two things.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice

from core.bus import Delivery, Position, SubscriptionOverflow
from core.errors import Problem
from core.events import Event

log = logging.getLogger(__name__)

Listener = Callable[[Delivery], None]


class InProcessBus:
    """Engine of `core.bus.Bus` for a single process; to be used from one event loop.

    `keep` events of each subject can be recovered, and `keep_total` of all subjects together: beyond that, whole
    subjects are forgotten, those idle longest first.
    """

    def __init__(self, *, keep: int = 1_000, keep_total: int = 50_000) -> None:
        self._start = secrets.token_hex(6)
        self._keep, self._keep_total = keep, keep_total
        self._streams: OrderedDict[str, _Stream] = OrderedDict()  # the one idle longest comes first
        self._kept = 0
        self._forgotten = 0
        self._listeners = _PatternIndex()

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        stream = self._streams.get(subject)
        if stream is None:
            _words(subject, wildcards=False)
            stream = self._streams[subject] = _Stream(self._epoch(), self._keep)
        else:
            self._streams.move_to_end(subject)
        if kept:
            self._kept -= len(stream.history)
            delivery = stream.append(subject, event)
            self._kept += len(stream.history)
            while self._kept > self._keep_total and len(self._streams) > 1:
                self._forget()
        else:
            delivery = Delivery(subject, stream.position, event, kept=False)
        for listener in self._listeners.matching(subject):
            try:
                listener(delivery)
            except Exception:
                log.exception("a listener of %s failed", subject)
        return delivery.position

    def listen(self, pattern: str, listener: Listener) -> Callable[[], None]:
        return self._listeners.add(pattern, listener)

    def subscribe(self, pattern: str, *, bound: int = 10_000) -> InProcessSubscription:
        subscription = InProcessSubscription(pattern, bound)
        subscription.detach = self.listen(pattern, subscription.put)
        return subscription

    async def position(self, subject: str) -> Position:
        stream = self._streams.get(subject)
        return stream.position if stream else Position(self._epoch(), 0)

    async def since(self, subject: str, position: Position) -> Sequence[Delivery] | None:
        stream = self._streams.get(subject)
        if stream is None:
            return [] if position == Position(self._epoch(), 0) else None
        return stream.since(position)

    def _epoch(self) -> str:
        """The epoch of a subject that starts now: another one as soon as anything was forgotten."""
        return f"{self._start}-{self._forgotten}"

    def _forget(self) -> None:
        _, stream = self._streams.popitem(last=False)
        self._kept -= len(stream.history)
        self._forgotten += 1


class InProcessSubscription:
    """Deliveries waiting for one reader. One task iterates at a time."""

    detach: Callable[[], None]

    def __init__(self, pattern: str, bound: int) -> None:
        self._pattern, self._bound = pattern, bound
        self._waiting: deque[Delivery] = deque()
        self._news = asyncio.Event()
        self._closed = self._overflowed = False

    def put(self, delivery: Delivery) -> None:
        if len(self._waiting) >= self._bound:
            self._overflowed = True
            self._waiting.clear()
            self.detach()
        else:
            self._waiting.append(delivery)
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


class _Stream:
    """One subject's recent events."""

    __slots__ = ("epoch", "history", "offset")

    def __init__(self, epoch: str, keep: int) -> None:
        self.epoch, self.offset = epoch, 0
        self.history: deque[Delivery] = deque(maxlen=keep)

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.offset)

    def append(self, subject: str, event: Event) -> Delivery:
        self.offset += 1
        delivery = Delivery(subject, Position(self.epoch, self.offset), event)
        self.history.append(delivery)
        return delivery

    def since(self, position: Position) -> Sequence[Delivery] | None:
        missed = self.offset - position.offset
        if position.epoch != self.epoch or not 0 <= missed <= len(self.history):
            return None
        return list(islice(self.history, len(self.history) - missed, None))


class _PatternIndex:
    """Listeners by pattern, a word a level: looking up a subject visits only nodes that can match it."""

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, pattern: str, listener: Listener) -> Callable[[], None]:
        """Returns what removes it again; removing twice is harmless."""
        path = [self._root]
        words = _words(pattern, wildcards=True)
        for word in words:
            path.append(path[-1].next.setdefault(word, _Node()))
        key = object()
        path[-1].listeners[key] = listener

        def remove() -> None:
            if path[-1].listeners.pop(key, None) is None:
                return
            for word, parent, node in reversed(list(zip(words, path, path[1:], strict=False))):
                if node.next or node.listeners:
                    break
                del parent.next[word]

        return remove

    def matching(self, subject: str) -> list[Listener]:
        found: list[Listener] = []
        level = [self._root]
        for word in subject.split("."):
            below = []
            for node in level:
                if rest := node.next.get(">"):
                    found.extend(rest.listeners.values())
                if exact := node.next.get(word):
                    below.append(exact)
                if anyone := node.next.get("*"):
                    below.append(anyone)
            level = below
        for node in level:
            found.extend(node.listeners.values())
        return found


class _Node:
    __slots__ = ("listeners", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.listeners: dict[object, Listener] = {}


def _words(dotted: str, *, wildcards: bool) -> list[str]:
    """The words of a subject or pattern; raises `Problem` for one that could never be matched as meant."""
    words = dotted.split(".")
    if not all(words) or any(character.isspace() for character in dotted):
        raise Problem(f"{dotted!r} is no subject", remedy="Use words with dots between them, like agent.a1")
    for place, word in enumerate(words, start=1):
        if ("*" in word or ">" in word) and (word not in ("*", ">") or not wildcards):
            raise Problem(f"{dotted!r} has a wildcard inside a word, or is not a pattern")
        if word == ">" and place < len(words):
            raise Problem(f"{dotted!r} goes on after '>'", remedy="'>' stands last, for one word or more")
    return words
