"""What a forecast is made of: its rows, how good each method was, and what the scheduler changed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from core.events import Message

COVERED = 0.8  # share of intervals whose calls lie between `low` and `high`

Method = Literal["last_week", "last_year", "four_weeks", "poisson", "regression", "boosting"]


class ForecastRow(Message, frozen=True, kw_only=True):
    """What is expected of `queue` in the 15 minutes from `start` (UTC).

    `calls` is the mean of what will be offered; it lies between `low` and `high` in `COVERED` of the intervals.
    `handle_s` is the mean of talk, hold and wrap-up; `patience_s` the mean time after which callers give up. None: the
    history does not tell.
    """

    queue: str
    start: datetime
    calls: float
    low: float
    high: float
    handle_s: float | None = None
    patience_s: float | None = None


class Spread(Message, frozen=True, kw_only=True):
    """How far a queue's calls lie from the forecast.

    Calls of an interval of mean m have the variance `interval`·m + `day`²·m²: a whole day is higher or lower by the
    share `day` (standard deviation), and within it calls scatter `interval` times as much as Poisson's.
    """

    day: float
    interval: float


class Measured(Message, frozen=True, kw_only=True):
    """A method on weeks that it had not seen. WAPE: the sum of absolute errors, as a share of all calls."""

    method: Method
    interval_wape: float
    day_wape: float


class QueueForecast(Message, frozen=True, kw_only=True):
    """How a queue's rows were made. `measured` is empty where the history is too short to hold weeks back."""

    queue: str
    method: Method
    measured: tuple[Measured, ...]
    weeks_held_back: int
    spread: Spread
    effects: Mapping[str, float]  # what each holiday, payday, mailing and campaign does: 1.2 is 20 % more calls


class Forecast(Message, frozen=True, kw_only=True):
    """Rows by queue and time, of the intervals in which calls come. `notes` say what the reader should know."""

    zone: str
    first: date
    last: date
    rows: tuple[ForecastRow, ...]
    queues: tuple[QueueForecast, ...]
    notes: tuple[str, ...] = ()


class Adjustment(Message, frozen=True, kw_only=True):
    """What the scheduler knows better, of the intervals that begin from `begins` up to and not including `ends`.

    Either `factor` (1.2: a fifth more) or `calls` (together, spread as they were forecast).
    """

    queue: str
    begins: datetime
    ends: datetime
    factor: Annotated[float, msgspec.Meta(ge=0, le=20)] | None = None
    calls: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    by: str
    why: str
    at: datetime


class AdjustedRow(Message, frozen=True, kw_only=True):
    """A row as it is planned with (`adjusted`) beside what was forecast; `by` are the adjustments that made it so."""

    forecast: ForecastRow
    adjusted: ForecastRow
    by: tuple[Adjustment, ...] = ()
