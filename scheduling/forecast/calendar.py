"""What moves calls and is known before: closed days, outages, paydays, mailings, campaigns. Pure values and look-ups.

Days are the site's own. An effect's days fall into phases, because callers do not come evenly: a mailing is followed by
a wave that ebbs, a campaign begins and ends with more calls than it has in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from core.events import Message

EffectKind = Literal["payday", "mailing", "campaign"]
LAST_BUSINESS_DAY = -1
_DAY = timedelta(days=1)
_EDGE = 3  # open days at a campaign's beginning and end
_WAVES = (("first days", 2), ("then", 3), ("later", 4))  # of a mailing, in open days
_PAYDAYS = (("on the day", 1), ("the day after", 1))
# The share of an expected lift that each phase is expected to have.
_SHARE = {"first days": 1.0, "then": 0.6, "later": 0.3, "on the day": 1.0, "the day after": 0.5}


class Days(Message, frozen=True, kw_only=True):
    """From `first` to `last`, both included."""

    first: date
    last: date


class Outage(Message, frozen=True, kw_only=True):
    """Calls could not come as they would have. `queues` empty: all."""

    begins: datetime
    ends: datetime
    why: str
    queues: tuple[str, ...] = ()

    def concerns(self, queue: str) -> bool:
        return not self.queues or queue in self.queues


class Effect(Message, frozen=True, kw_only=True):
    """Something that comes again. `days` are its times, those of earlier years too: what it did then is learnt.

    `days_of_month`: every month on these days, or the business day before; `LAST_BUSINESS_DAY` is the month's last.
    `lift` is what is expected where no earlier time tells (0.5: half as many calls more); None: no idea.
    """

    name: str
    kind: EffectKind
    days: tuple[Days, ...] = ()
    days_of_month: tuple[Annotated[int, msgspec.Meta(ge=-1, le=31)], ...] = ()
    lift: float | None = None
    queues: tuple[str, ...] = ()

    def concerns(self, queue: str) -> bool:
        return not self.queues or queue in self.queues

    def phases(self) -> dict[str, float]:
        """The names of its phases, with the share of `lift` that is expected in each."""
        names = ("beginning", "middle", "end") if self.kind == "campaign" else [name for name, _ in self._waves()]
        return {f"{self.name}, {name}": _SHARE.get(name, 1.0) for name in names}

    def phase_days(self, first: date, last: date, is_open: Mapping[date, bool]) -> Iterator[tuple[date, str]]:
        """The open days from `first` to `last` that it concerns, each with its phase."""
        for begins, ends in self.times(first, last, is_open):
            found = self._campaign(begins, ends, is_open) if self.kind == "campaign" else self._after(begins, is_open)
            yield from ((day, phase) for day, phase in found if first <= day <= last)

    def _campaign(self, begins: date, ends: date, is_open: Mapping[date, bool]) -> Iterator[tuple[date, str]]:
        days = [day for day in _each(begins, ends) if is_open.get(day)]
        edge = min(_EDGE, max(1, len(days) // 3))
        for place, day in enumerate(days):
            name = "beginning" if place < edge else "end" if place >= len(days) - edge else "middle"
            yield day, f"{self.name}, {name}"

    def _after(self, begins: date, is_open: Mapping[date, bool]) -> Iterator[tuple[date, str]]:
        names = [name for name, length in self._waves() for _ in range(length)]
        days = (day for day in _each(begins, begins + 21 * _DAY) if is_open.get(day))
        for day, name in zip(days, names, strict=False):
            yield day, f"{self.name}, {name}"

    def _waves(self) -> tuple[tuple[str, int], ...]:
        return _PAYDAYS if self.kind == "payday" else _WAVES

    def times(self, first: date, last: date, is_open: Mapping[date, bool]) -> Iterator[tuple[date, date]]:
        """First and last day of each time that it comes, of those by the month's days about `first` to `last`."""
        yield from ((days.first, days.last) for days in self.days)
        month = (first - 31 * _DAY).replace(day=1)
        while self.days_of_month and month <= last:
            following = (month + 31 * _DAY).replace(day=1)
            for number in self.days_of_month:
                end = following - _DAY
                day = end if number == LAST_BUSINESS_DAY else min(end, month + (number - 1) * _DAY)
                day = next((each for each in _each_back(day, 10) if is_open.get(each)), day)
                yield day, day
            month = following


class Calendar(Message, frozen=True, kw_only=True):
    """`holidays`: a country, or country-region ("US-GA"); empty: none. `closed` days have no calls, `special` ones have
    calls of which nothing is to be learnt; both with the reason."""

    zone: str = "UTC"
    holidays: str = ""
    closed: Mapping[date, str] = {}
    special: Mapping[date, str] = {}
    outages: tuple[Outage, ...] = ()
    effects: tuple[Effect, ...] = ()


def holiday_names(code: str, years: Collection[int]) -> dict[date, str]:
    """The holidays of a country or region by day; of a day that only stands in for one, that one's name.

    Raises `NotImplementedError` for a code that is not known.
    """
    if not code:
        return {}
    from holidays import country_holidays  # noqa: PLC0415 - a third of a second, for those who use it

    country, _, region = code.partition("-")
    found = country_holidays(country, subdiv=region or None, years=sorted(years))
    return {day: name.removesuffix(" (observed)") for day, name in found.items()}


def _each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def _each_back(day: date, most: int) -> Iterator[date]:
    for back in range(most):
        yield day - back * _DAY
