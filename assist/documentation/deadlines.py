"""When something that was promised is due: "by friday", "within ten business days", "tomorrow noon", as a date.

What counts is the last day that keeps the promise, so of "seven to ten days" the ten, of "this week" the last working
day. A working day is Monday to Friday without the plan's holidays.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assist.spoken import MONTHS, date_at, figure_at, ordinal_at

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TODAY = frozenset(("today", "tonight"))
_PART = frozenset(("morning", "afternoon", "evening", "noon"))
_BEFORE = frozenset(
    ("by", "before", "until", "till", "on", "within", "inside", "in", "of", "the", "this", "next", "no")
)
_BEFORE |= {"a", "later", "than", "about", "another", "end", "at", "over", "first", "thing"}
_TO = frozenset(("to", "or", "through", "and"))
_UNITS = frozenset(("day", "days", "week", "weeks", "month", "months", "hour", "hours", "minutes"))
LONGEST_DAYS = 3660  # a promise of more than ten years is a number misheard


@dataclass(frozen=True, slots=True)
class Deadline:
    """Said in words `start` to `end` (exclusive). `due` is None when the day of the call is not known."""

    start: int
    end: int
    due: date | None


def deadlines(words: Sequence[str], on: date | None, closed: Container[date] = ()) -> list[Deadline]:
    """All deadlines said in `words`, in their order; `on` is the day of the call, `closed` the plan's holidays."""
    found: list[Deadline] = []
    at = 0
    while at < len(words):
        end, due = _at(words, at, on, closed)
        if end > at:
            start = at
            while start > (found[-1].end if found else 0) and words[start - 1] in _BEFORE:
                start -= 1
            found.append(Deadline(start, end, due))
        at = max(end, at + 1)
    return found


def _at(words: Sequence[str], at: int, on: date | None, closed: Container[date]) -> tuple[int, date | None]:
    """Where the deadline that begins at `at` ends, and its day; `at` itself where none begins."""
    word = words[at]
    before = words[at - 1] if at else ""
    if word in _TODAY or (word in _PART and before == "this") or word == "overnight":
        end = at + 2 if word == "today" and words[at + 1 : at + 2] == ("overnight",) else at + 1
        return end, _plus(on, word == "overnight")
    if word == "tomorrow":
        return at + 1 + (at + 1 < len(words) and words[at + 1] in _PART), _plus(on, 1)
    if word in _WEEKDAYS:
        return at + 1 + (at + 1 < len(words) and words[at + 1] in _PART), _weekday(on, word, before == "next")
    if word in ("week", "month") and before in ("this", "next", "the"):
        return _end_of(words, at, on, closed)
    said = date_at(words, at)
    if said is not None:
        return said.end, _next_date(on, MONTHS.index(said.month) + 1, said.day, said.year)
    return _counted(words, at, on, closed) or _nth(words, at, on) or (at, None)


def _plus(on: date | None, days: int) -> date | None:
    return None if on is None else on + timedelta(days=days)


def _weekday(on: date | None, word: str, following: bool) -> date | None:
    """The next such day after `on`; with "next" that of the week that follows."""
    if on is None:
        return None
    wanted = _WEEKDAYS.index(word)
    if following:
        return on + timedelta(days=7 - on.weekday() + wanted)
    return on + timedelta(days=(wanted - on.weekday() - 1) % 7 + 1)


def _end_of(words: Sequence[str], at: int, on: date | None, closed: Container[date]) -> tuple[int, date | None]:
    """ "this week", "next month", "the end of the week": its last working day."""
    if words[at - 1] == "the" and tuple(words[max(at - 3, 0) : at - 1]) != ("end", "of"):
        return at, None
    if on is None:
        return at + 1, None
    later = words[at - 1] == "next"
    if words[at] == "week":
        return at + 1, _back(on + timedelta(days=4 - on.weekday() + 7 * later), on, closed)
    first = _months_on(on.replace(day=1), 1 + later)
    return at + 1, _back(first - timedelta(days=1), on, closed)


def _back(day: date, on: date, closed: Container[date]) -> date:
    """The last working day up to `day`, but never before the call."""
    while day > on and not works(day, closed):
        day -= timedelta(days=1)
    return max(day, on)


def _next_date(on: date | None, month: int, day: int, year: int | None) -> date | None:
    if on is None and year is None:
        return None
    for each in (year,) if year is not None or on is None else (on.year, on.year + 1, on.year + 4):
        try:
            due = date(each or 0, month, day)
        except ValueError:  # the 30th of February; the 29th in three years of four
            continue
        if year is not None or on is None or due >= on:
            return due
    return None


def _counted(words: Sequence[str], at: int, on: date | None, closed: Container[date]) -> tuple[int, date | None] | None:
    """ "ten business days", "seven to ten days", "a week", "forty eight hours"."""
    number = figure_at(words, at)
    if number is not None:
        count, end = number.text, number.end
        if end + 1 < len(words) and words[end] in _TO and (upper := figure_at(words, end + 1)) is not None:
            count, end = upper.text, upper.end
    elif words[at] in ("a", "an", "couple") and at + 1 < len(words):
        count, end = ("2" if words[at] == "couple" else "1"), at + 1 + (words[at + 1] == "of")
    else:
        return None
    working = end < len(words) and words[end] in ("business", "working", "work")
    end += working
    if end >= len(words) or words[end] not in _UNITS or not count.isdigit() or _is_age(words, at, end):
        return None
    if number is None and (words[at - 1] if at else "") not in ("in", "within", "about", "a"):
        return None  # "a month" is how much, "in a month" is when
    return end + 1, _after(on, int(count), words[end].rstrip("s"), working, closed)


def _is_age(words: Sequence[str], at: int, end: int) -> bool:
    """ "two weeks ago", "thirty hours a week", "one eighty six a month" are no deadlines."""
    after = words[end + 1 : end + 3]
    return bool(set(after[:1]) & {"ago", "a", "per", "old"}) or tuple(after) == ("of", "service")


def _after(on: date | None, count: int, unit: str, working: bool, closed: Container[date]) -> date | None:
    if on is None or count > LONGEST_DAYS:
        return None
    if unit == "month":
        return _months_on(on, count)
    days = {"day": count, "week": 7 * count, "hour": -(-count // 24), "minute": 0}[unit]
    if unit == "hour" and count < 9:
        days = 0
    if not working:
        return on + timedelta(days=min(days, LONGEST_DAYS))
    return add_working_days(on, days, closed)


def _nth(words: Sequence[str], at: int, on: date | None) -> tuple[int, date | None] | None:
    """ "by the twentieth": the next such day of a month."""
    day, end = ordinal_at(words, at)
    lead = tuple(words[max(at - 2, 0) : at])
    if not day or day > 31 or len(lead) < 2 or lead[1] != "the" or lead[0] not in ("by", "before", "until", "on"):
        return None
    if on is None:
        return end, None
    month = on.replace(day=1)
    for _ in range(3):
        try:
            due = month.replace(day=day)
        except ValueError:
            due = on - timedelta(days=1)
        if due >= on:
            return end, due
        month = _months_on(month, 1)
    return end, None


def _months_on(day: date, months: int) -> date:
    """The same day `months` later, or the last of that month."""
    month = day.month - 1 + months
    for last in range(day.day, 0, -1):
        try:
            return date(day.year + month // 12, month % 12 + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def works(day: date, closed: Container[date]) -> bool:
    return day.weekday() < 5 and day not in closed


def add_working_days(on: date, days: int, closed: Container[date] = ()) -> date:
    """The day that is `days` working days after `on`, which itself does not count."""
    day = on
    for _ in range(min(days, LONGEST_DAYS)):
        day += timedelta(days=1)
        while not works(day, closed):
            day += timedelta(days=1)
    return day
