"""Which numbers are called back, and how they are dialled; who moves up in the line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Problem
from ivr.waiting.callback_service import Trunk
from ivr.waiting.dialable import Dialable, dial_string
from ivr.waiting.priority import IRATE, REPEATED, priority

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("keyed", "e164"),
    [
        ("4045550123", "+14045550123"),
        ("+1 (404) 555-0123", "+14045550123"),
        ("7875550123", "+17875550123"),  # Puerto Rico
        ("8005551234", "+18005551234"),
        ("911", None),
        ("112", None),
        ("411", None),
        ("5551234", None),  # without an area code
        ("9005551234", None),  # premium
        ("8095551234", None),  # +1, and abroad
        ("4165550123", None),
        ("+442079460000", None),
        ("anonymous", None),
        ("", None),
        ("4045550123,,9", None),
    ],
)
def test_only_ordinary_numbers_at_home_are_called(keyed: str, e164: str | None) -> None:
    assert Dialable().e164(keyed) == e164


def test_what_is_allowed_is_a_setting() -> None:
    assert Dialable(regions=("US", "CA")).e164("4165550123") == "+14165550123"
    assert Dialable(regions=()).e164("+442079460000") == "+442079460000"
    assert Dialable(premium=True).e164("9005551234") == "+19005551234"
    assert Dialable(never=frozenset({"+14045550123"})).e164("404 555 0123") is None
    assert Dialable(regions=(), premium=True).e164("911") is None


@given(st.text(max_size=40))
def test_whatever_is_keyed_in_it_is_a_number_or_none(keyed: str) -> None:
    found = Dialable().e164(keyed)
    assert found is None or (found.startswith("+1") and found[1:].isdigit() and len(found) == 12)


def test_a_trunk_gets_the_number_in_its_own_form() -> None:
    assert dial_string("PJSIP/{number}@trunk", "+14045550123") == "PJSIP/+14045550123@trunk"
    assert dial_string("PJSIP/{digits}@trunk", "+14045550123") == "PJSIP/14045550123@trunk"
    assert dial_string("DAHDI/g1/9{national}", "+14045550123") == "DAHDI/g1/94045550123"


@pytest.mark.parametrize("pattern", ["PJSIP/{numer}@trunk", "PJSIP/{@trunk", "PJSIP/{}@trunk"])
def test_a_dial_string_that_names_something_else_is_refused_at_the_start(pattern: str) -> None:
    with pytest.raises(Problem, match=r"\{number\}"):
        Trunk(dial=pattern)


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=each) for each in days]


def test_the_third_call_within_thirty_days_moves_up() -> None:
    assert priority(days_ago(3), NOW) is None
    assert priority(days_ago(3, 29.9), NOW) == REPEATED
    assert priority(days_ago(3, 30.1), NOW) is None


def test_who_is_flagged_as_irate_goes_before_them() -> None:
    assert priority([], NOW, flags=("irate",)) == IRATE
    assert IRATE > REPEATED
    assert priority([], NOW, flags=("hearing aid",)) is None
