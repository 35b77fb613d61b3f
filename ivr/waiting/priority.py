"""Who moves up in the line: pure. Told to the queue as ML_PRIORITY; callers of a higher number are served first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

WITHIN = timedelta(days=30)
CALLS = 3  # this one included
REPEATED, IRATE = 10, 20
FLAG = "irate"


def priority(past_calls: Iterable[datetime], now: datetime, *, flags: Iterable[str] = ()) -> int | None:
    """The priority of a caller who has called at these moments before; None: that of the queue.

    Whoever calls for the third time within 30 days moves up, and so does who is flagged as irate, before them.
    """
    if FLAG in flags:
        return IRATE
    recent = sum(now - WITHIN <= at <= now for at in past_calls)
    return REPEATED if recent + 1 >= CALLS else None
