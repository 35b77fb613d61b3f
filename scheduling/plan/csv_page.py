"""A week's schedule as CSV: a row for each block. Pure."""

from __future__ import annotations

import csv
import io
from datetime import date
from zoneinfo import ZoneInfo

from scheduling.plan.clocks import moment
from scheduling.plan.model import Schedule
from scheduling.plan.reading import Week
from scheduling.plan.telling import names

COLUMNS = ("person_id", "name", "start", "end", "activity", "queues", "title")


def rows(week: Week, schedule: Schedule) -> str:
    """Times are the site's, with their offset; queues stand one after the other, parted by a space."""
    zone, called = ZoneInfo(week.zone), names(week.request.people)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for block in schedule.blocks:
        begins, ends = (_told(block.day, minute, zone) for minute in (block.start, block.end))
        queues = " ".join(sorted(block.queues))
        table.writerow(
            [block.person_id, called[block.person_id], begins, ends, block.activity.value, queues, block.title]
        )
    return out.getvalue()


def _told(day: date, minute: int, zone: ZoneInfo) -> str:
    return moment(day, minute, zone).astimezone(zone).isoformat(sep=" ", timespec="minutes")
