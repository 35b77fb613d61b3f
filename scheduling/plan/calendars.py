"""A week as calendar files, one for each person (RFC 5545). Pure: when it is made is given.

An event's UID is made of the person, the day and which block of that day it is, so that a week published again changes
the events that are there. Times are UTC, so no zone has to be described.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from scheduling.plan.clocks import moment
from scheduling.plan.model import Activity, Block, Person, Schedule

_LINE = 75  # octets, without the line's end
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://memberline.invalid/schedule")
_STAMP = "%Y%m%dT%H%M%SZ"


def calendars(people: Sequence[Person], schedule: Schedule, zone: ZoneInfo, made: datetime) -> dict[str, str]:
    """The text of each file by its name. `made` is UTC."""
    blocks: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(schedule.blocks, key=lambda each: (each.day, each.start)):
        blocks[block.person_id].append(block)
    return {
        # what a person is called by may be no name of a file
        f"{quote(person.person_id, safe='')}.ics": _calendar(person, blocks[person.person_id], zone, made)
        for person in people
    }


def _calendar(person: Person, blocks: Sequence[Block], zone: ZoneInfo, made: datetime) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Memberline//Schedule//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(person.name)}",
    ]
    of_day: dict[date, int] = defaultdict(int)
    for block in blocks:
        lines += _event(block, of_day[block.day], zone, made)
        of_day[block.day] += 1
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(block: Block, number: int, zone: ZoneInfo, made: datetime) -> Iterator[str]:
    begins, ends = (moment(block.day, minute, zone) for minute in (block.start, block.end))
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid.uuid5(_NAMES, f'{block.person_id} {block.day} {number}')}"
    yield f"DTSTAMP:{made:{_STAMP}}"
    yield f"DTSTART:{begins:{_STAMP}}"
    yield f"DTEND:{max(begins, ends):{_STAMP}}"
    yield f"SUMMARY:{escaped(block.title or block.activity.value.capitalize())}"
    if block.queues:
        yield f"DESCRIPTION:{escaped(', '.join(sorted(block.queues)))}"
    yield f"CATEGORIES:{escaped(block.activity.value)}"
    yield f"TRANSP:{'TRANSPARENT' if block.activity in {Activity.BREAK, Activity.LUNCH} else 'OPAQUE'}"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A TEXT value: what parts values is escaped, a new line becomes \\n, and no other control character stays."""
    plain = re.sub(r"\r\n?|\n", "\n", text)
    plain = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", " ", plain)
    return re.sub(r"([\\;,])", r"\\\1", plain).replace("\n", "\\n")


def folded(line: str) -> str:
    """With its end; a long one in parts of at most 75 octets, which never part a character."""
    parts: list[str] = []
    now = ""
    for character in line:
        if len((now + character).encode()) > _LINE - bool(parts):
            parts.append(now)
            now = ""
        now += character
    return "\r\n ".join([*parts, now]) + "\r\n"
