"""Numbers told on the telephone: a slip is noticed, and no kind passes for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import member_number
from records.references import is_access_number, is_reference, new_access_number, new_reference

KINDS = (member_number.is_valid, is_reference, is_access_number)


@pytest.mark.parametrize(("draw", "kind"), [(new_reference, is_reference), (new_access_number, is_access_number)])
def test_a_drawn_number_is_of_its_kind_and_of_no_other(draw, kind):
    drawn = {draw() for _ in range(200)}
    assert len(drawn) > 190  # nobody can tell the next one
    for number in drawn:
        assert [is_one for is_one in KINDS if is_one(number)] == [kind]
        assert len(number) == 8
        assert number[0] != "0"


@given(place=st.integers(0, 7), other=st.integers(1, 9))
def test_every_wrong_digit_is_noticed(place: int, other: int):
    number = new_reference()
    wrong = str((int(number[place]) + other) % 10)
    assert not is_reference(number[:place] + wrong + number[place + 1 :])


@given(place=st.integers(0, 6))
def test_two_swapped_digits_are_noticed(place: int):
    number = new_reference()
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_reference(swapped) == (swapped == number)


@pytest.mark.parametrize("digits", ["", "1", "123456789", "1234567x", "１２３４５６７８"])
def test_what_is_no_number_is_none(digits: str):
    assert not any(is_one(digits) for is_one in KINDS)
