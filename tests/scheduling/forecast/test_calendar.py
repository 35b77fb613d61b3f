"""The calendar: when what comes again comes, and what cannot be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import Problem
from scheduling.forecast.calendar import LAST_BUSINESS_DAY, Calendar, Days, Effect, Outage, holiday_names
from scheduling.forecast.checking import check, read

OPEN = {
    day: day.weekday() < 5 and day != date(2026, 5, 25) for day in (date(2026, 4, 1) + timedelta(i) for i in range(120))
}


def test_a_payday_on_a_weekend_is_the_business_day_before() -> None:
    paid = Effect(name="paid", kind="payday", days_of_month=(15, LAST_BUSINESS_DAY))
    found = dict(paid.phase_days(date(2026, 5, 1), date(2026, 6, 5), OPEN))
    assert [day for day, phase in found.items() if phase == "paid, on the day"] == [
        date(2026, 5, 15),
        date(2026, 5, 29),
    ]
    assert found[date(2026, 5, 18)] == found[date(2026, 6, 1)] == "paid, the day after"


def test_a_mailing_has_a_wave_of_open_days() -> None:
    mailing = Effect(name="statements", kind="mailing", days=(Days(first=date(2026, 5, 21), last=date(2026, 5, 21)),))
    found = dict(mailing.phase_days(date(2026, 5, 1), date(2026, 6, 30), OPEN))
    assert [day.day for day, phase in found.items() if phase.endswith("first days")] == [21, 22]
    assert [day.day for day, phase in found.items() if phase.endswith("then")] == [26, 27, 28]  # the 25th is closed
    assert len(found) == 9


def test_a_campaign_begins_and_ends() -> None:
    campaign = Effect(name="enrollment", kind="campaign", days=(Days(first=date(2026, 6, 1), last=date(2026, 6, 12)),))
    phases = [phase for _, phase in campaign.phase_days(date(2026, 6, 1), date(2026, 6, 30), OPEN)]
    assert phases == ["enrollment, beginning"] * 3 + ["enrollment, middle"] * 4 + ["enrollment, end"] * 3


def test_holidays_and_their_observed_days_have_one_name() -> None:
    names = holiday_names("US", [2026])
    assert names[date(2026, 7, 3)] == names[date(2026, 7, 4)] == "Independence Day"
    assert holiday_names("", [2026]) == {}


def effect(**more: object) -> Calendar:
    given = {"name": "x", "kind": "campaign", "days": (Days(first=date(2026, 1, 5), last=date(2026, 1, 9)),)}
    return Calendar(effects=(Effect(**(given | more)),))  # type: ignore[arg-type]


def day(number: int) -> Days:
    return Days(first=date(2026, 1, number), last=date(2026, 1, number))


@pytest.mark.parametrize(
    ("calendar", "told"),
    [
        (effect(lift=20.0), r"effect 'x' has a lift of 20, \+2,000 % calls"),
        (effect(lift=-1.0), "effect 'x' has a lift of -1"),
        (effect(days=()), "effect 'x' has no days"),
        (effect(days=(Days(first=date(2026, 2, 1), last=date(2026, 1, 1)),)), "before it begins on 2026-02-01"),
        (effect(kind="mailing"), "A mailing lasts 1 days at most"),
        (effect(days=(day(5), day(5))), "times that overlap"),
        (effect(days_of_month=(3,)), "a campaign by days of the month"),
        (effect(kind="payday", days=(), days_of_month=(0,)), "a day 0 of the month"),
        (Calendar(effects=effect().effects * 2), "effect 'x' is there twice"),
        (Calendar(zone="Mars/Olympus"), "zone 'Mars/Olympus' is not known"),
        (Calendar(holidays="US-XX"), "holidays 'US-XX' are of no country or region"),
        (
            Calendar(
                outages=(
                    Outage(begins=datetime(2026, 1, 2, tzinfo=UTC), ends=datetime(2026, 1, 1, tzinfo=UTC), why="y"),
                )
            ),
            r"outage 1 \(y\) ends",
        ),
        (
            Calendar(outages=(Outage(begins=datetime(2026, 1, 1), ends=datetime(2026, 1, 2), why="y"),)),  # noqa: DTZ001
            r"outage 1 \(y\) has a time without an offset",
        ),
    ],
    ids=[
        "2,000 percent",
        "fewer than none",
        "no days",
        "ends before it begins",
        "long mailing",
        "overlap",
        "monthly campaign",
        "day 0",
        "twice",
        "zone",
        "holidays",
        "outage backwards",
        "outage without an offset",
    ],
)
def test_what_cannot_be_meant_is_told(calendar: Calendar, told: str) -> None:
    with pytest.raises(Problem, match=told):
        check(calendar)


GOOD = """
zone: America/New_York
holidays: US-GA
closed: {2026-11-27: the day after Thanksgiving}
outages:
  - {begins: 2026-03-09T08:15:00-05:00, ends: 2026-03-09T09:00:00-05:00, why: the trunk was down}
effects:
  - {name: open enrollment, kind: campaign, lift: 0.5, days: [{first: 2025-10-15, last: 2025-11-07}]}
"""


def test_a_calendar_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "calendar.yaml"
    path.write_text(GOOD)
    calendar = read(path)
    assert calendar.closed == {date(2026, 11, 27): "the day after Thanksgiving"}
    assert calendar.outages[0].begins == datetime(2026, 3, 9, 13, 15, tzinfo=UTC)
    assert calendar.effects[0].days[0].last == date(2025, 11, 7)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("lift", "lfit"), r"effects\[0\].lfit is no field. Did you mean lift\?"),
        (GOOD.replace("0.5", "much"), r"Expected `float \| null`, got `str` - at `effects\[0\].lift`"),
        (GOOD.replace("0.5", "20"), "2,000 %"),
        ("zone: [", "is no YAML"),
        ("- zone", "Expected `object`, got `array`"),
    ],
    ids=["misspelt", "no number", "2,000 percent", "no YAML", "a list"],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "calendar.yaml"
    path.write_text(text)
    with pytest.raises(Problem, match=told) as raised:
        read(path)
    assert str(path) in str(raised.value)
