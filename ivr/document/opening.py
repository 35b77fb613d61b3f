"""Opening hours, as they are written: days with their stretches, holidays, special days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from typing import cast, get_args

import yaml

from core.yaml_places import cut, shown, suggestion
from ivr.document.forms import DATE_WORDS, Context, Form, Path, Schema, Text, as_day
from ivr.document.model import Hours, Stretch, Weekday

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
CLOSED = "closed"
HOLIDAYS, SPECIAL = "holidays", "special"
FEDERAL = "us-federal"
STRETCH_WORDS = "hours as 8:00-17:00 of the 24-hour clock"
CALENDAR_WORDS = f"a calendar with its years as {FEDERAL} 2026-2027 or US-GA 2026"
_STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})", re.ASCII)
_CALENDAR = re.compile(r"(\S+)\s+(\d{4})(?:\s*[-–]\s*(\d{4}))?", re.ASCII)
_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_DAY_PATTERN = "({0})(-({0}))?".format("|".join(WEEKDAYS))


class OpeningHours(Form[Hours]):
    empty = Hours(days={})

    def read(self, context: Context, node: yaml.Node, path: Path) -> Hours:
        days: dict[Weekday, tuple[Stretch, ...]] = {}
        holidays: dict[date, str] = {}
        special: dict[date, tuple[Stretch, ...]] = {}
        for name, (key, value) in context.notes.entries(node, optional=None).items():
            if name == HOLIDAYS:
                holidays = _holidays(context, value)
                continue
            if name == SPECIAL:
                special = dict(_special(context, value))
                continue
            stretches = _stretches(context, value)
            for day in _days(context, key, name):
                if day in days:
                    context.notes.note(key, f"{day} twice", "it once")
                days[day] = stretches
        return Hours(days=days, holidays=holidays, special=special)

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/hours"}


def _days(context: Context, key: yaml.Node, name: str) -> list[Weekday]:
    """The days that a key names: one, a range, several with commas."""
    days: list[Weekday] = []
    for part in name.split(","):
        ends = [end.strip() for end in part.split("-", 1)]
        if not all(end in WEEKDAYS for end in ends):
            expected = "a day as monday, a range as monday-friday, holidays or special"
            context.notes.note(key, cut(name), expected, meant=_day_meant(name, ends))
            continue
        first, last = WEEKDAYS.index(cast(Weekday, ends[0])), WEEKDAYS.index(cast(Weekday, ends[-1]))
        days += [WEEKDAYS[(first + i) % 7] for i in range((last - first) % 7 + 1)]
    return days


def _day_meant(name: str, ends: list[str]) -> str:
    near = [suggestion(end, (*WEEKDAYS, HOLIDAYS, SPECIAL)) for end in ends]
    return "-".join(near) if all(near) and name.count(",") == 0 else ""


def _stretches(context: Context, node: yaml.Node) -> tuple[Stretch, ...]:
    if isinstance(node, yaml.ScalarNode) and node.value == CLOSED:
        return ()
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not nodes:
        context.notes.note(node, "an empty list", f"{STRETCH_WORDS}, or {CLOSED}")
    stretches = tuple(stretch for each in nodes if (stretch := _stretch(context, each)))
    ordered = sorted(stretches, key=lambda each: each.opens)
    for before, after in pairwise(ordered):
        if before.closes == time(0) or after.opens < before.closes:
            context.notes.note(node, f"hours that overlap at {after.opens:%H:%M}", "stretches one after the other")
    return tuple(ordered)


def _stretch(context: Context, node: yaml.Node) -> Stretch | None:
    match = _STRETCH.fullmatch(node.value.strip()) if isinstance(node, yaml.ScalarNode) else None
    if match is None:
        context.notes.note(node, shown(node), STRETCH_WORDS)
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    if to_hour == 24 and to_minute == 0:
        to_hour = 0  # the model's end of a day
    elif (to_hour, to_minute) <= (from_hour, from_minute):
        expected = "a closing time after the opening time, of the 24-hour clock; after midnight is the next day's"
        context.notes.note(node, cut(node.value), expected)
        return None
    try:
        return Stretch(opens=time(from_hour, from_minute), closes=time(to_hour, to_minute))
    except ValueError:
        context.notes.note(node, cut(node.value), STRETCH_WORDS)
        return None


def _special(context: Context, node: yaml.Node) -> Iterator[tuple[date, tuple[Stretch, ...]]]:
    for name, (key, value) in context.notes.entries(node, optional=None).items():
        stretches = _stretches(context, value)
        if (day := as_day(name)) is None:
            context.notes.note(key, cut(name), DATE_WORDS)
        else:
            yield day, stretches


def _holidays(context: Context, node: yaml.Node) -> dict[date, str]:
    days: dict[date, str] = {}
    for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if not isinstance(each, yaml.MappingNode):
            days |= _calendar(context, each)
            continue
        for name, (key, value) in context.notes.entries(each, optional=None).items():
            about = Text("the name of the holiday").read(context, value, ())
            if (day := as_day(name)) is None:
                context.notes.note(key, cut(name), DATE_WORDS)
            else:
                days[day] = about
    return dict(sorted(days.items()))


def _calendar(context: Context, node: yaml.Node) -> dict[date, str]:
    match = _CALENDAR.fullmatch(node.value.strip()) if isinstance(node, yaml.ScalarNode) else None
    if match is None:
        context.notes.note(node, shown(node), f"{CALENDAR_WORDS}, or dates with their names")
        return {}
    name, first, last = match[1], int(match[2]), int(match[3] or match[2])
    if not _FIRST_YEAR <= first <= last <= _LAST_YEAR:
        context.notes.note(node, cut(node.value), f"years from {_FIRST_YEAR} to {_LAST_YEAR}, the earlier one first")
        return {}
    days = _public(name, range(first, last + 1))
    if days is None:
        context.notes.note(node, f"the calendar {cut(name)}", CALENDAR_WORDS, meant=suggestion(name, [FEDERAL]))
        return {}
    return days


def _public(name: str, years: range) -> dict[date, str] | None:
    """The holidays of a calendar; None for one that is not known."""
    from holidays import country_holidays  # noqa: PLC0415 - a third of a second, for those who use it

    if name == FEDERAL:
        return dict(country_holidays("US", years=years, categories=("government",)))
    match = _COUNTRY.fullmatch(name)
    if match is None:
        return None
    try:
        return dict(country_holidays(match[1], subdiv=match[2], years=years))
    except NotImplementedError:
        return None


def definitions() -> dict[str, Schema]:
    """What the schema calls `hours`."""
    stretch: Schema = {"type": "string", "pattern": r"^\d{1,2}:\d{2}\s*[-–]\s*\d{1,2}:\d{2}$"}
    open_at: Schema = {
        "description": "A stretch as 8:00-17:00, a list of these, or closed.",
        "anyOf": [{"const": CLOSED}, stretch, {"type": "array", "items": stretch, "minItems": 1}],
    }
    day = r"^\d{4}-\d{2}-\d{2}$"
    dates: Schema = {"type": "object", "patternProperties": {day: {"type": "string"}}, "additionalProperties": False}
    calendar: Schema = {"type": "string", "pattern": r"^\S+\s+\d{4}(\s*[-–]\s*\d{4})?$"}
    hours: Schema = {
        "type": "object",
        "description": "When something is open. A day that is not named is closed.",
        "properties": {
            HOLIDAYS: {
                "description": f"Closed on these days: dates with their names, {CALENDAR_WORDS}, or a list of these.",
                "anyOf": [calendar, dates, {"type": "array", "items": {"anyOf": [calendar, dates]}}],
            },
            SPECIAL: {
                "type": "object",
                "description": "Days with hours of their own; they win over a holiday.",
                "patternProperties": {day: open_at},
                "additionalProperties": False,
            },
            **dict.fromkeys((*WEEKDAYS, "monday-friday"), open_at),
        },
        "patternProperties": {rf"^{_DAY_PATTERN}(\s*,\s*{_DAY_PATTERN})*$": open_at},
        "additionalProperties": False,
    }
    return {"hours": hours}
