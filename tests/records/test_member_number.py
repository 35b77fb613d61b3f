from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from records.member_number import LENGTH, is_valid, make

serials = st.integers(0, 9_999_999)


@given(serials)
def test_what_is_made_is_valid(serial: int):
    assert is_valid(make(serial))


@given(serials, st.integers(0, LENGTH - 1), st.integers(0, 9))
def test_one_wrong_key_is_noticed(serial: int, place: int, digit: int):
    number = make(serial)
    assume(number[place] != str(digit))
    assert not is_valid(number[:place] + str(digit) + number[place + 1 :])


@given(serials, st.integers(0, LENGTH - 2))
def test_two_swapped_keys_are_noticed(serial: int, place: int):
    number = make(serial)
    assume(number[place] != number[place + 1])
    assert not is_valid(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(st.text())
def test_anything_else_is_not_valid(text: str):
    assert is_valid(text) == (
        len(text) == LENGTH and text.isascii() and text.isdigit() and text == make(int(text[:-1]))
    )
