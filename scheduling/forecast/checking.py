"""A calendar that cannot be meant, told entry by entry, all at once; and a calendar read from a file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from core.errors import Problem
from scheduling.forecast.calendar import Calendar, Days, Effect, Outage, holiday_names

MOST_LIFT, LEAST_LIFT = 5.0, -0.95
MOST_BYTES = 1_000_000
_LONGEST = {"campaign": timedelta(days=200), "mailing": timedelta(days=0), "payday": timedelta(days=0)}


def check(calendar: Calendar, place: str = "calendar") -> None:
    """Raises one `Problem` that names everything wrong."""
    if wrong := list(_wrong(calendar)):
        raise Problem("\n".join(f"{place}: {each}" for each in wrong))


def _wrong(calendar: Calendar) -> Iterator[str]:
    try:
        ZoneInfo(calendar.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"zone {calendar.zone!r} is not known. Write it as America/New_York"
    try:
        holiday_names(calendar.holidays, [2026])
    except NotImplementedError:
        yield f"holidays {calendar.holidays!r} are of no country or region known. Write US or US-GA, or leave it empty"
    for number, outage in enumerate(calendar.outages, 1):
        if outage.begins.tzinfo is None or outage.ends.tzinfo is None:
            yield f"outage {number} ({outage.why}) has a time without an offset. Write 2026-03-09T08:15:00-05:00"
        elif outage.ends <= outage.begins:
            yield f"outage {number} ({outage.why}) ends at {outage.ends}, not after it begins"
    seen: set[str] = set()
    for effect in calendar.effects:
        if effect.name in seen:
            yield f"effect {effect.name!r} is there twice. Give all its times in one entry"
        seen.add(effect.name)
        yield from (f"effect {effect.name!r} {told}" for told in _wrong_effect(effect))


def _wrong_effect(effect: Effect) -> Iterator[str]:
    if effect.lift is not None and not LEAST_LIFT <= effect.lift <= MOST_LIFT:
        yield (
            f"has a lift of {effect.lift:g}, {100 * effect.lift:+,.0f} % calls."
            f" {LEAST_LIFT:g} to {MOST_LIFT:g} is taken for true; 0.2 is 20 % more"
        )
    if not effect.days and not effect.days_of_month:
        yield "has no days. Give days or days_of_month"
    if effect.days_of_month and effect.kind == "campaign":
        yield "is a campaign by days of the month. Give its first and last days"
    if 0 in effect.days_of_month:
        yield "has a day 0 of the month. Write 1 to 31, or -1 for the last business day"
    ordered = sorted(effect.days, key=lambda days: days.first)
    for days in ordered:
        if days.last < days.first:
            yield f"ends on {days.last}, before it begins on {days.first}"
        elif days.last - days.first > _LONGEST[effect.kind]:
            most = _LONGEST[effect.kind].days + 1
            yield f"lasts from {days.first} to {days.last}. A {effect.kind} lasts {most} days at most"
    for before, after in pairwise(ordered):
        if after.first <= before.last:
            yield f"has times that overlap: {before.first} to {before.last}, and {after.first}"


# --- from a file ------------------------------------------------------------------------------------


def read(path: Path) -> Calendar:
    """A calendar as YAML or JSON. Raises `Problem` with the file and the entry for all that cannot be used."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Problem(f"has more than {MOST_BYTES} bytes", place=str(path), remedy="Is it a calendar?")
        given = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a calendar file") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise Problem(f"is no YAML ({error})", place=str(path)) from None
    if wrong := list(_unknown(given, Calendar, "")):
        raise Problem("\n".join(f"{path}: {each}" for each in wrong))
    try:
        calendar = msgspec.convert(given, Calendar)
    except msgspec.ValidationError as error:
        raise Problem(str(error).replace("`$.", "`"), place=str(path)) from None
    check(calendar, str(path))
    return calendar


def _unknown(given: Any, kind: type[msgspec.Struct], where: str) -> Iterator[str]:
    """Names that nothing is called by: a lift written as `lfit` would else be none."""
    if not isinstance(given, dict):
        return
    known = [field.name for field in msgspec.structs.fields(kind)]
    for name in given:
        if name not in known:
            meant = difflib.get_close_matches(str(name), known, 1)
            remedy = f"Did you mean {meant[0]}?" if meant else f"There are {', '.join(known)}"
            yield f"{where}{name} is no field. {remedy}"
    parts: dict[str, type[msgspec.Struct]] = {"effects": Effect, "outages": Outage}
    if kind is Effect:
        parts = {"days": Days}
    for name, part in parts.items():
        entries = given.get(name)
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            yield from _unknown(entry, part, f"{where}{name}[{number}].")
