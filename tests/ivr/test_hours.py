"""When it is open: weekdays, holidays, special days, and the two days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.document.model import Hours, Stretch, Weekday
from ivr.hours import closing, is_open, next_opening

ZONE = "America/New_York"
PLACE = ZoneInfo(ZONE)
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def stretch(opens: str, closes: str) -> Stretch:
    return Stretch(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def there(text: str, fold: int = 0) -> datetime:
    """A wall-clock time in New York, as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=PLACE, fold=fold).astimezone(UTC)


OFFICE = Hours(
    days={
        **{day: (stretch("08:00", "17:00"),) for day in WEEKDAYS[:4]},
        "friday": (stretch("08:00", "12:00"), stretch("13:00", "16:00")),
    },
    holidays={
        date(2026, 11, 26): "Thanksgiving Day",
        date(2026, 12, 24): "Christmas Eve",
        date(2026, 12, 25): "Christmas",
    },
    special={
        date(2026, 12, 24): (stretch("08:00", "12:00"),),
        date(2026, 12, 31): (),
        date(2027, 1, 2): (stretch("09:00", "10:00"),),
    },
)


def every_day(*stretches: Stretch) -> Hours:
    return Hours(days=dict.fromkeys(WEEKDAYS, stretches))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-24 07:59:59", False),  # a Tuesday
        ("2026-11-24 08:00:00", True),
        ("2026-11-24 16:59:59", True),
        ("2026-11-24 17:00:00", False),
        ("2026-11-27 12:30:00", False),  # a Friday's lunch
        ("2026-11-27 13:00:00", True),
        ("2026-11-28 10:00:00", False),  # a Saturday
        ("2026-11-26 10:00:00", False),  # a holiday
        ("2026-12-24 10:00:00", True),  # a holiday with hours of its own
        ("2026-12-24 12:00:00", False),
        ("2026-12-31 10:00:00", False),  # a special day without any
        ("2027-01-02 09:30:00", True),  # a special Saturday
    ],
)
def test_special_days_win_over_holidays_and_holidays_over_weekdays(when: str, expected: bool) -> None:
    assert is_open(OFFICE, ZONE, there(when)) is expected


def test_the_next_opening_is_over_the_weekend_or_the_holiday() -> None:
    assert next_opening(OFFICE, ZONE, there("2026-11-24 06:00")) == there("2026-11-24 08:00")
    assert next_opening(OFFICE, ZONE, there("2026-11-24 08:00")) == there("2026-11-25 08:00")
    assert next_opening(OFFICE, ZONE, there("2026-11-25 18:00")) == there("2026-11-27 08:00")
    assert next_opening(OFFICE, ZONE, there("2026-11-27 12:00")) == there("2026-11-27 13:00")
    assert next_opening(OFFICE, ZONE, there("2026-12-30 20:00")) == there("2027-01-01 08:00")


def test_closing_is_the_end_of_the_stretch_that_is_open() -> None:
    assert closing(OFFICE, ZONE, there("2026-11-27 09:00")) == there("2026-11-27 12:00")
    assert closing(OFFICE, ZONE, there("2026-11-27 12:00")) is None
    assert closing(OFFICE, ZONE, there("2026-11-28 12:00")) is None


def test_stretches_that_touch_are_one() -> None:
    hours = every_day(stretch("08:00", "12:00"), stretch("12:00", "17:00"), stretch("16:00", "18:00"))
    assert closing(hours, ZONE, there("2026-11-24 09:00")) == there("2026-11-24 18:00")
    assert next_opening(hours, ZONE, there("2026-11-24 09:00")) == there("2026-11-25 08:00")


def test_a_stretch_may_end_at_midnight_or_on_the_next_day() -> None:
    late = every_day(stretch("18:00", "00:00"))
    assert is_open(late, ZONE, there("2026-11-24 23:59"))
    assert closing(late, ZONE, there("2026-11-24 23:59")) == there("2026-11-25 00:00")
    night = every_day(stretch("22:00", "06:00"))
    assert is_open(night, ZONE, there("2026-11-24 03:00"))
    assert closing(night, ZONE, there("2026-11-24 03:00")) == there("2026-11-24 06:00")
    assert not is_open(night, ZONE, there("2026-11-24 12:00"))


def test_hours_that_never_open_have_no_opening_and_those_that_never_close_no_closing() -> None:
    now = there("2026-11-24 12:00")
    assert (is_open(Hours(days={}), ZONE, now), next_opening(Hours(days={}), ZONE, now)) == (False, None)
    always = every_day(stretch("00:00", "00:00"))
    assert is_open(always, ZONE, now)
    assert (next_opening(always, ZONE, now), closing(always, ZONE, now)) == (None, None)


def test_the_zone_decides_which_day_it_is() -> None:
    now = datetime(2026, 11, 28, 2, tzinfo=UTC)  # Saturday in UTC, Friday 21:00 in New York
    hours = Hours(days={"friday": (stretch("20:00", "22:00"),)})
    assert is_open(hours, ZONE, now)
    assert not is_open(hours, "UTC", now)


def test_on_the_day_of_23_hours_opening_times_are_wall_clock_times() -> None:
    """On 2026-03-08 the clocks go from 2:00 to 3:00."""
    hours = every_day(stretch("01:00", "04:00"))
    assert next_opening(hours, ZONE, there("2026-03-08 00:30")) == datetime(2026, 3, 8, 6, tzinfo=UTC)
    assert closing(hours, ZONE, there("2026-03-08 01:30")) == datetime(
        2026, 3, 8, 8, tzinfo=UTC
    )  # two hours, not three
    whole = every_day(stretch("00:00", "00:00"))
    sunday = Hours(days={"sunday": whole.days["sunday"]})
    opens = next_opening(sunday, ZONE, there("2026-03-07 12:00"))
    closes = closing(sunday, ZONE, there("2026-03-08 12:00"))
    assert opens is not None
    assert closes is not None
    assert closes - opens == timedelta(hours=23)


def test_a_time_that_the_clocks_skip_is_the_moment_of_the_change() -> None:
    change = datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert next_opening(every_day(stretch("02:30", "05:00")), ZONE, there("2026-03-08 00:30")) == change
    assert closing(every_day(stretch("01:00", "02:30")), ZONE, there("2026-03-08 01:30")) == change
    skipped = every_day(stretch("02:15", "02:45"))
    assert next_opening(skipped, ZONE, there("2026-03-08 00:30")) == there("2026-03-09 02:15")


def test_on_the_day_of_25_hours_an_hour_that_comes_twice_is_open_twice() -> None:
    """On 2026-11-01 the clocks go from 2:00 back to 1:00."""
    hours = every_day(stretch("01:00", "01:45"))
    assert is_open(hours, ZONE, there("2026-11-01 01:30", fold=0))
    assert is_open(hours, ZONE, there("2026-11-01 01:30", fold=1))
    assert closing(hours, ZONE, there("2026-11-01 01:00", fold=0)) == there("2026-11-01 01:45", fold=1)
    sunday = Hours(days={"sunday": (stretch("00:00", "00:00"),)})
    opens = next_opening(sunday, ZONE, there("2026-10-31 12:00"))
    closes = closing(sunday, ZONE, there("2026-11-01 12:00"))
    assert opens is not None
    assert closes is not None
    assert closes - opens == timedelta(hours=25)


times = st.times().map(lambda each: each.replace(second=0, microsecond=0))
some_hours = st.builds(
    Hours,
    days=st.dictionaries(
        st.sampled_from(WEEKDAYS), st.lists(st.builds(Stretch, opens=times, closes=times), max_size=2).map(tuple)
    ),
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
zones = st.sampled_from((ZONE, "Europe/Madrid", "America/Phoenix", "Australia/Lord_Howe", "UTC"))
MOMENT = timedelta(microseconds=1)


@given(some_hours, zones, instants)
def test_what_is_said_of_opening_and_closing_is_true_at_that_moment(hours: Hours, zone: str, now: datetime) -> None:
    opens, closes = next_opening(hours, zone, now), closing(hours, zone, now)
    if opens is not None:
        assert opens > now
        assert is_open(hours, zone, opens)
        assert not is_open(hours, zone, opens - MOMENT)
    if closes is not None:
        assert is_open(hours, zone, now)
        assert is_open(hours, zone, closes - MOMENT)
        assert not is_open(hours, zone, closes)
    if opens is not None and closes is not None:
        assert closes < opens
    if not is_open(hours, zone, now):
        assert closes is None


@given(some_hours, zones, instants, st.floats(0, 1))
def test_between_now_and_the_next_change_nothing_changes(hours: Hours, zone: str, now: datetime, part: float) -> None:
    opened = is_open(hours, zone, now)
    change = closing(hours, zone, now) if opened else next_opening(hours, zone, now)
    if change is not None:
        assert is_open(hours, zone, now + (change - now - MOMENT) * part) is opened
