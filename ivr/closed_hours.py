"""When queues take calls, closures counted in: what call backs go by. Pure over the hours and the closures known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ivr.closures import Closure, closed
from ivr.waiting.openings import Openings

_MOST_STEPS = 200  # from opening to closure and on; further ahead than closures can be made


class ClosedOpenings:
    """`Openings` that knows of closures. `closures` gives those that are not over."""

    def __init__(self, hours: Openings, closures: Callable[[], Iterable[Closure]]) -> None:
        self._hours, self._closures = hours, closures

    def is_open(self, queue: str, now: datetime) -> bool:
        return not closed(self._closures(), queue, now) and self._hours.is_open(queue, now)

    def opens(self, queue: str, now: datetime) -> datetime | None:
        """The next moment after `now` at which it opens, having been closed; None when it never does."""
        closures = tuple(self._closures())
        at: datetime | None = now
        if self.is_open(queue, now):
            at = self._shuts(closures, queue, now)
        for _ in range(_MOST_STEPS):
            if at is None:
                return None
            if closed(closures, queue, at):
                at = max(each.ends_at for each in closures if each.in_force(at) and each.covers(queue))
            elif self._hours.is_open(queue, at):
                return at
            else:
                at = self._hours.opens(queue, at)
        return None

    def closes(self, queue: str, now: datetime) -> datetime:
        """When the hours end in which `now` lies. A closure is a pause: what waits waits on, so it ends nothing."""
        return now if closed(self._closures(), queue, now) else self._hours.closes(queue, now)

    def _shuts(self, closures: tuple[Closure, ...], queue: str, now: datetime) -> datetime | None:
        """When it is next not open; None: never, as far as is known."""
        begins = min((each.begins_at for each in closures if each.covers(queue) and each.begins_at > now), default=None)
        by_hours = self._hours.closes(queue, now) if self._hours.opens(queue, now) is not None else None
        return min((each for each in (begins, by_hours) if each is not None), default=None)
