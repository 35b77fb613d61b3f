"""The recent past of subjects, in memory: a ring for each, bounded together."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import islice

from core.bus import Delivery, Position


class History:
    """`keep` events of each subject, `keep_total` of all: beyond that, whole subjects go, those idle longest first."""

    def __init__(self, *, keep: int, keep_total: int) -> None:
        self._keep, self._keep_total = keep, keep_total
        self._streams: OrderedDict[str, Stream] = OrderedDict()  # the one idle longest comes first
        self._kept = 0
        self.forgotten = 0  # subjects that are no longer remembered

    def get(self, subject: str) -> Stream | None:
        return self._streams.get(subject)

    def begin(self, subject: str, at: Position) -> Stream:
        """A subject that is heard of for the first time, or whose past was another one; it stands at `at`."""
        if old := self._streams.pop(subject, None):
            self._kept -= len(old.history)
        stream = self._streams[subject] = Stream(at, self._keep)
        return stream

    def add(self, stream: Stream, delivery: Delivery) -> None:
        """One more event of a stream, at its next place."""
        self._streams.move_to_end(delivery.subject)
        self._kept -= len(stream.history)
        stream.position = delivery.position
        stream.history.append(delivery)
        self._kept += len(stream.history)
        while self._kept > self._keep_total and len(self._streams) > 1:
            _, oldest = self._streams.popitem(last=False)
            self._kept -= len(oldest.history)
            self.forgotten += 1

    def clear(self) -> None:
        self._streams.clear()
        self._kept = 0


class Stream:
    """One subject's recent events; `position` is that of the last one."""

    __slots__ = ("history", "position")

    def __init__(self, position: Position, keep: int) -> None:
        self.position = position
        self.history: deque[Delivery] = deque(maxlen=keep)

    def since(self, position: Position) -> Sequence[Delivery] | None:
        """What came after, complete; None where that is not remembered."""
        missed = self.position.offset - position.offset
        if position.epoch != self.position.epoch or not 0 <= missed <= len(self.history):
            return None
        return list(islice(self.history, len(self.history) - missed, None))
