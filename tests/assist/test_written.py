"""Spoken words as people write them, and that each piece stands for exactly the words it claims."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assist.written.reading import FILLERS, pieces, written

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("said", "as_written"),
    [
        ("four one two oak street apartment three", "412 Oak Street Apt 3"),
        ("it is four twelve oak street apartment b as in boy", "it is 412 Oak Street Apt B"),
        ("one oh six fifty old mill road", "10650 Old Mill Road"),
        ("twelve second street unit nine", "12 2nd Street Unit 9"),
        (
            "eighteen oh six north lee street and that's valdosta georgia three one six oh two",
            "1806 North Lee Street, Valdosta, Georgia 31602",
        ),
        ("p o box forty two macon georgia three one two oh one", "PO Box 42, Macon, Georgia 31201"),
        ("nine elm court in saint marys north carolina", "9 Elm Court, Saint Marys, North Carolina"),
        ("the zip code is three one two oh one", "the zip code is 31201"),
        ("two two nine five five five oh one seven three", "229-555-0173"),
        ("one four seven eight five five five oh one two two", "478-555-0122"),
        ("the account number is one two three four five six seven eight nine oh", "the account number is 1234567890"),
        ("two thousand one hundred and forty dollars a month", "$2,140 a month"),
        ("five dollars and fifty cents", "$5.50"),
        ("nineteen point two five percent", "19.25%"),
        ("at ten thirty a m", "at 10:30 AM"),
        ("at fifteen thirty a m", "at 1530 AM"),
        ("the ninth of march twenty twenty five", "March 9, 2025"),
        ("march ninth of this year twenty twenty five", "March 9, 2025"),
        ("may thirty fifth", "may 35th"),
        ("by the twenty second", "by the 22nd"),
        ("the second one", "the second one"),
        ("four years and twenty six days", "four years and 26 days"),
        ("it's d as in dog underscore okafor nine two at example dot org", "it's d_okafor92@example.org"),
        ("you can reach me m dot lopez at mail dot example dot org", "you can reach me m.lopez@mail.example.org"),
        ("look at the dot on the form", "look at the dot on the form"),
        ("okafor o k a f o r", "okafor OKAFOR"),
        ("my name is b as in boy i l l", "my name is BILL"),
        ("my ten ninety nine r i think it is lost", "my 1099 r i think it is lost"),
        ("i like a dog", "i like a dog"),
        ("double two nine triple five", "229555"),
    ],
)
def test_as_people_write_it(said: str, as_written: str) -> None:
    assert written(said) == as_written


@pytest.mark.parametrize(
    ("said", "as_written"),
    [
        ("four one two no four one three", "413"),
        ("four one two i mean four one three oak street", "413 Oak Street"),
        ("two hundred dollars", "$200"),
        ("make it two hundred no two twenty five make it two hundred and twenty five", "make it 225"),
        ("two hundred sorry two fifty dollars", "$250"),
        ("march ninth no march tenth", "March 10"),
        ("the ninth i mean the tenth of march", "March 10"),
        ("four seven eight five five five oh one two two no one nine nine", "478-555-0199"),
        ("four one two no i never lived there", "412 no i never lived there"),
    ],
)
def test_the_speaker_takes_it_back(said: str, as_written: str) -> None:
    assert written(said) == as_written


def test_the_spoken_form_is_kept_beside_it() -> None:
    words = ["um", "four", "one", "uh", "two", "no", "four", "one", "three", "oak", "street", "please"]
    found = {piece.kind: piece for piece in pieces(words) if piece.kind != "word"}
    house = found["address"]
    assert (house.text, house.corrected) == ("413 Oak Street", True)
    assert " ".join(words[house.start : house.end]) == "four one uh two no four one three oak street"
    assert found["filler"].start == 0


VOCABULARY = st.sampled_from(
    [
        *DIGITS,
        *(
            "oh",
            "o",
            "p",
            "a",
            "i",
            "b",
            "twenty",
            "thirty",
            "eleven",
            "hundred",
            "thousand",
            "point",
            "double",
            "triple",
        ),
        *(
            "no",
            "i",
            "mean",
            "sorry",
            "make",
            "that",
            "dollars",
            "cents",
            "percent",
            "and",
            "at",
            "dot",
            "com",
            "as",
            "in",
        ),
        *(
            "street",
            "oak",
            "apartment",
            "box",
            "macon",
            "georgia",
            "zip",
            "march",
            "may",
            "first",
            "second",
            "ninth",
            "of",
        ),
        *("the", "uh", "um", "é", "42", "³", "m", "-", "underscore"),
    ]
)


@given(st.lists(VOCABULARY, max_size=40))
@settings(max_examples=400, deadline=None)
def test_every_word_is_in_exactly_one_piece(words: list[str]) -> None:
    read = pieces(words)
    assert [place for piece in read for place in range(piece.start, piece.end)] == list(range(len(words)))
    for piece in read:
        if piece.kind == "word":
            assert piece.text == words[piece.start]
        assert (piece.text == "") == (piece.kind == "filler")
        assert piece.kind != "filler" or words[piece.start] in FILLERS


@given(st.lists(st.integers(0, 9), min_size=2, max_size=9))
@settings(deadline=None)
def test_digits_said_singly_come_back(digits: list[int]) -> None:
    assert written(" ".join(DIGITS[digit] for digit in digits)) == "".join(map(str, digits))


@given(st.lists(st.integers(0, 9), min_size=2, max_size=6), st.lists(st.integers(0, 9), min_size=2, max_size=6))
@settings(deadline=None)
def test_what_is_taken_back_is_gone(first: list[int], second: list[int]) -> None:
    said = " ".join((*(DIGITS[digit] for digit in first), "no", *(DIGITS[digit] for digit in second)))
    assert written(said) == "".join(map(str, second))


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_at_all_is_taken(text: str) -> None:
    assert isinstance(written(text), str)
