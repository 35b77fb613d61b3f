"""The times that the sample plan's counsellors offer: rows of the appointments' table. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
PLACE = "Atlanta"

_DAYS = 28
_BEGIN = (time(9, 0), time(10, 30), time(13, 0), time(14, 30))
_LASTS = timedelta(minutes=45)


def times(counsellors: Sequence[str], today: date) -> Iterator[dict[str, Any]]:
    """Four times a working day for each counsellor, from tomorrow on, for four weeks."""
    for ahead in range(1, _DAYS + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() >= 5:
            continue
        for counsellor in counsellors:
            for begin in _BEGIN:
                begins_at = datetime.combine(day, begin, ZONE)
                yield {
                    "id": f"{counsellor}-{begins_at:%Y%m%d%H%M}",
                    "counsellor_id": counsellor,
                    "begins_at": begins_at,
                    "ends_at": begins_at + _LASTS,
                    "place": PLACE,
                }
