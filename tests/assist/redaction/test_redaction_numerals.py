"""Digits in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.redaction.language import load
from assist.redaction.lengths import is_routing_number
from assist.redaction.numerals import Token, fold, runs


def _digits(text: str, language: str = "en") -> list[str]:
    tokens = [Token(fold(word), place) for place, word in enumerate(text.split())]
    return [run.digits for run in runs(tokens, load(language).numerals)]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four oh one", ["401"]),
        ("forty five sixty", ["4560"]),
        ("double five triple oh", ["55000"]),
        ("nine thousand one", ["9001"]),
        ("two thousand four hundred and twelve", ["2412"]),
        ("nineteen hundred", ["1900"]),
        ("eight hundred five five five", ["800555"]),
        ("four hundred twelve dollars and eighteen cents", ["412", "18"]),
        ("five eight seven dash two two", ["58722"]),
        ("four one two or five", ["412", "5"]),
        ("oh my o", ["0"]),
        ("412-55-9001 and 7", ["412559001", "7"]),
        ("double trouble", []),
    ],
)
def test_english(said: str, digits: list[str]) -> None:
    assert _digits(said) == digits


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("cuatro cero uno", ["401"]),
        ("treinta y uno cuarenta y cuatro", ["3144"]),
        ("veintidós", ["22"]),
        ("mil novecientos cincuenta y dos", ["1952"]),
        ("dos mil doscientos", ["2200"]),
        ("doble siete", ["77"]),
        ("un momento", []),
    ],
)
def test_spanish(said: str, digits: list[str]) -> None:
    assert _digits(said, "es") == digits


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_digits_said_singly_come_back(digits: str) -> None:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    assert _digits(" ".join(names[int(digit)] for digit in digits)) == [digits]


@given(
    st.lists(st.sampled_from([*load("en").numerals.values, "oh", "hundred", "thousand", "double", "and", "dash", "x"]))
)
def test_every_run_covers_its_words(words: list[str]) -> None:
    tokens = [Token(word, place) for place, word in enumerate(words)]
    numerals = load("en").numerals
    end = 0
    for run in runs(tokens, numerals):
        assert end <= run.start < run.end <= len(words)
        assert run.digits.isdigit()
        end = run.end
    covered = {at for run in runs(tokens, numerals) for at in range(run.start, run.end)}
    assert {at for at, word in enumerate(words) if word in numerals.values} <= covered


def test_routing_numbers_have_a_check_digit() -> None:
    assert is_routing_number("061000052")
    assert not is_routing_number("061000053")
    assert not is_routing_number("06100005")
