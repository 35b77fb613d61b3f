"""How busy the decoders are, in figures. Pure; times are handed in."""

from __future__ import annotations

from collections import deque

from core.events import Message

WINDOW_S = 10.0  # the load is a mean over this long
RECENT_S = 60.0  # the lag is of results that are no older
MOST_KEPT = 4000  # turns


class Figures(Message, frozen=True, kw_only=True):
    """The decoders at one moment. Seconds, shares of 1, counts since the start."""

    streams: int
    calls: float  # carried; a stream that belongs to no call counts half
    most_calls: int | None  # None: as many as there are streams for
    threads: int
    turns_waiting: int  # streams that stand in line for a thread
    waiting_s: float  # audio that was fed and not yet decoded, all streams together
    furthest_behind_s: float  # the same, of the stream that has most
    lag_p50_s: float  # from a frame's arrival to the delivery of what it gave, over the last minute
    lag_p95_s: float
    load: float  # share of all threads' time that live legs took in the last ten seconds
    later_load: float  # the same of recordings that are decoded later
    decoded_s: float  # of live audio that went through a recogniser or the gate before it
    lost_s: float  # of live audio that was told as a gap
    refused: int  # streams that were not taken


class Load:
    """Busy seconds over a sliding window, in slices of half a second."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._slices: deque[tuple[int, float]] = deque()  # which half second, busy seconds

    def add(self, now: float, busy_s: float) -> None:
        """A thread was busy for `busy_s` until `now`."""
        number = int(now * 2)
        if self._slices and self._slices[-1][0] == number:
            busy_s += self._slices.pop()[1]
        self._slices.append((number, busy_s))
        self._forget(now)

    def share(self, now: float) -> float:
        self._forget(now)
        return min(1.0, sum(busy_s for _, busy_s in self._slices) / (WINDOW_S * self._threads))

    def _forget(self, now: float) -> None:
        while self._slices and self._slices[0][0] <= int((now - WINDOW_S) * 2):
            self._slices.popleft()


class Lags:
    """How long results took, lately."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque(maxlen=MOST_KEPT)

    def add(self, now: float, lag_s: float) -> None:
        self._recent.append((now, lag_s))

    def percentiles(self, now: float) -> tuple[float, float]:
        """(median, 95th) of the last minute; zeros where nothing was decoded."""
        while self._recent and self._recent[0][0] < now - RECENT_S:
            self._recent.popleft()
        lags = sorted(lag_s for _, lag_s in self._recent)
        if not lags:
            return 0.0, 0.0
        return lags[len(lags) // 2], lags[min(len(lags) - 1, len(lags) * 95 // 100)]
