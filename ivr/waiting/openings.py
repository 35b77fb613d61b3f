"""When a queue takes calls, by the menu document in use: what call backs and closings go by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from ivr import hours
from ivr.document.model import Document, Hours, Queue

ALWAYS_OPEN_FOR = timedelta(days=1)  # how long a call back waits at most where a queue never closes


class Openings(Protocol):
    def is_open(self, queue: str, now: datetime) -> bool: ...

    def opens(self, queue: str, now: datetime) -> datetime | None:
        """The next moment after `now` at which it opens, having been closed; None when it never does."""

    def closes(self, queue: str, now: datetime) -> datetime:
        """When the stretch in which `now` lies ends; a day later where it never ends; `now` where it is closed."""


class DocumentOpenings:
    """The hours that the document's queue steps name. `current` gives the document in use."""

    def __init__(self, current: Callable[[], Document]) -> None:
        self._current = current

    def is_open(self, queue: str, now: datetime) -> bool:
        rule = self._hours(queue)
        return rule is None or hours.is_open(rule, self._current().zone, now)

    def opens(self, queue: str, now: datetime) -> datetime | None:
        rule = self._hours(queue)
        return None if rule is None else hours.next_opening(rule, self._current().zone, now)

    def closes(self, queue: str, now: datetime) -> datetime:
        rule = self._hours(queue)
        if rule is None:
            return now + ALWAYS_OPEN_FOR
        if not hours.is_open(rule, self._current().zone, now):
            return now
        return hours.closing(rule, self._current().zone, now) or now + ALWAYS_OPEN_FOR

    def _hours(self, queue: str) -> Hours | None:
        """Those of the first step to this queue that has any; None: always open."""
        document = self._current()
        steps = (step for step in document.steps.values() if isinstance(step, Queue) and step.queue == queue)
        return next((document.hours[step.hours] for step in steps if step.hours), None)
