"""The bus inside one process: delivery is a function call, history is a ring per subject.

An epoch lasts as long as a subject is remembered. A subject that was forgotten (see `keep_total`) and speaks again
starts another epoch, so that an offset never means two things.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from core.bus import Delivery, Position
from core.events import Event
from realtime.bus.history import History
from realtime.bus.listening import BusSubscription, Listening
from realtime.bus.patterns import Listener, words_of


class InProcessBus:
    """Engine of `core.bus.Bus` for a single process; to be used from one event loop. `keep`…: see `History`."""

    def __init__(self, *, keep: int = 1_000, keep_total: int = 50_000) -> None:
        self._start = secrets.token_hex(6)
        self._history = History(keep=keep, keep_total=keep_total)
        self._listening = Listening()

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        stream = self._history.get(subject)
        if stream is None:
            words_of(subject, wildcards=False)
            if kept:
                stream = self._history.begin(subject, self._unspoken())
        if stream is None or not kept:
            here = stream.position if stream else self._unspoken()
            self._listening.deliver(Delivery(subject, here, event, kept=False))
            return here
        place = Position(stream.position.epoch, stream.position.offset + 1)
        delivery = Delivery(subject, place, event)
        self._history.add(stream, delivery)
        self._listening.deliver(delivery)
        return place

    def listen(self, pattern: str, listener: Listener) -> Callable[[], None]:
        return self._listening.listen(pattern, listener)

    def subscribe(self, pattern: str, *, bound: int = 10_000) -> BusSubscription:
        return self._listening.subscribe(pattern, bound=bound)

    async def position(self, subject: str) -> Position:
        stream = self._history.get(subject)
        return stream.position if stream else self._unspoken()

    async def since(self, subject: str, position: Position) -> Sequence[Delivery] | None:
        stream = self._history.get(subject)
        if stream is None:
            return [] if position == self._unspoken() else None
        return stream.since(position)

    def _unspoken(self) -> Position:
        """Where a subject stands that is not known: in another epoch as soon as anything was forgotten."""
        return Position(f"{self._start}-{self._history.forgotten}", 0)
