"""What is known of the past: a caller's visit to a queue, and the sums of all visits in 15 minutes.

`QueueVisit` is kept while it happens, because what is asked of it later (patience, service level at any threshold)
cannot be had from sums. `IntervalRow` is what forecasts learn from, what other systems export and what outlives the
visits. Everything of a visit counts in the interval in which the caller came, as in Erlang's formulas, not when the
work was done.

Times are UTC; an interval begins at 0, 15, 30 or 45 minutes. Seconds are sums, so rows can be added.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from core.events import Message

INTERVAL = timedelta(minutes=15)
INTERVAL_S = 900

VisitOutcome = Literal["answered", "abandoned", "timeout", "no_agents", "transferred", "failed"]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class QueueVisit(Message, frozen=True, kw_only=True):
    """One caller in one queue. `call_id`, `queue` and `offered_at` name it; who is sent on to another queue has two.

    None is what is not known, or not yet. `talk_s` is the agent's whole part in the call, the `hold_s` in it included;
    `wrap_s` the work after it.
    """

    call_id: str
    queue: str
    offered_at: datetime
    left_at: datetime | None = None  # the wait's end
    outcome: VisitOutcome | None = None
    device: str = ""
    ended_at: datetime | None = None  # the agent's part in the call
    talk_s: Seconds | None = None
    hold_s: Seconds | None = None
    wrap_s: Seconds | None = None

    @property
    def wait_s(self) -> float | None:
        return None if self.left_at is None else max(0.0, (self.left_at - self.offered_at).total_seconds())

    @property
    def handle_s(self) -> float | None:
        """Talk, hold and wrap-up. A wrap-up that nobody told of counts as none."""
        return None if self.talk_s is None else self.talk_s + (self.wrap_s or 0.0)


class IntervalRow(Message, frozen=True, kw_only=True):
    """The visits that were offered to `queue` in the 15 minutes from `start` (UTC).

    `offered` less `answered` and `abandoned` left otherwise (timed out, sent on). `handled` are those whose handle time
    is known, `handle_s` its sum. `wait_s` is everybody's waiting, `answered_wait_s` that of the answered. With nobody
    there yet to say how a wait ended, a visit is offered only.
    """

    queue: str
    start: datetime
    offered: Count
    answered: Count = 0
    abandoned: Count = 0
    handled: Count = 0
    handle_s: Seconds = 0.0
    wait_s: Seconds = 0.0
    answered_wait_s: Seconds = 0.0

    @property
    def mean_handle_s(self) -> float | None:
        return self.handle_s / self.handled if self.handled else None

    @property
    def mean_answer_s(self) -> float | None:
        """Average speed of answer."""
        return self.answered_wait_s / self.answered if self.answered else None


def interval_of(at: datetime) -> datetime:
    """The start of the interval that `at` (timezone-aware) lies in, in UTC. Every zone's quarter hours are UTC's."""
    utc = at.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)
