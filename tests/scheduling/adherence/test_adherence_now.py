"""The wall at a moment: green, late, missing."""

from __future__ import annotations

import pytest
from adherence_day import at, plan, spells

from scheduling.adherence.model import Rules
from scheduling.adherence.now import now

DAY = plan("phone 8:00 10:00", "break 10:00 10:15", "phone 10:15 12:00", "lunch 12:00 12:30", "meeting 12:30 13:00")
AS_PLANNED = ("7:55 available", "10:00 paused:break", "10:15 available", "12:00 signed_out", "12:30 paused:meeting")


@pytest.mark.parametrize(
    ("events", "moment", "light", "since"),
    [
        (AS_PLANNED, "9:00", "green", "8:00"),
        (AS_PLANNED, "12:15", "green", "8:00"),
        (AS_PLANNED, "7:56", "off", "0:00"),
        (AS_PLANNED, "13:30", "off", "13:00"),
        ((), "8:00:30", "green", "8:00"),
        ((), "8:01:30", "missing", "8:00"),
        (("8:05 paused:meeting",), "8:10", "late", "8:00"),
        (("7:55 available", "9:00 signed_out"), "9:00:30", "missing", "9:00"),
        (("7:55 available", "9:59:30 paused:break"), "9:59:40", "green", "9:59:30"),
        (("7:55 available", "9:50 paused:break"), "9:59:40", "late", "9:50"),
        (("7:55 available",), "10:00:40", "green", "8:00"),
        (("7:55 available",), "10:05", "late", "10:00"),
        (("7:55 available", "9:50 on_call"), "10:05", "green", "8:00"),
        (("7:55 available", "9:50 on_call", "10:06 available"), "10:06:30", "green", "8:00"),
        (("7:55 available", "9:50 on_call", "10:06 available"), "10:08", "late", "10:06"),
        (("7:55 available", "9:00 unknown"), "9:30", "unknown", "9:00"),
        (("12:05 signed_out",), "12:15", "missing", "12:00"),
    ],
    ids=[
        "on the phones", "at lunch, signed out", "before the shift", "after it", "within the grace", "not come",
        "in a meeting", "gone", "off a little early", "off early", "late for the break by a little", "no break",
        "on a call past the end", "just off that call", "still not in the break", "nothing heard", "never came",
    ],
)  # fmt: skip
def test_a_light(events: tuple[str, ...], moment: str, light: str, since: str) -> None:
    found = now("ana", DAY, spells(*events, until=moment), at(moment), Rules())
    assert (found.light, found.since) == (light, at(since))


def test_a_light_tells_what_is_planned_until_when_and_what_is() -> None:
    found = now("ana", DAY, spells("7:55 available"), at("10:05"), Rules())
    assert (found.activity, found.until, found.presence, found.reason) == ("break", at("10:15"), "available", "")


def test_what_is_known_of_later_changes_no_light() -> None:
    whole = spells("8:20 available", "9:00 paused:training", "12:00 signed_out")
    for moment in ("8:00:30", "8:10", "8:20", "8:30", "9:00", "9:00:30", "10:05", "11:00"):
        cut = tuple(spell for spell in spells("8:20 available", "9:00 paused:training", until=moment) if spell)
        lights = {now("ana", DAY, each, at(moment), Rules()).light for each in (whole, cut)}
        if at(moment) not in {spell.start for spell in whole}:
            assert len(lights) == 1, moment


def test_nothing_planned_and_nothing_heard_is_off() -> None:
    found = now("ana", [], [], at("9:00"), Rules())
    assert (found.light, found.activity, found.until) == ("off", None, None)


def test_nobody_is_reported_missing_of_whom_nothing_was_ever_told() -> None:
    assert now("ana", DAY, [], at("9:00"), Rules()).light == "unknown"
