"""Numbers, dates and amounts as people say them, to the keys that they would have pressed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from said import asking, words

from ivr.dialog.kinds import take
from ivr.document.model import Collect, Kind
from ivr.speaking import numbers
from ivr.speaking.values import Day, Digits, Money
from ivr.speaking.words import spoken
from ivr.speech.grammar import grammar
from ivr.speech.meaning import understood


def keys(kind: Kind, text: str, language: str = "en") -> str:
    said = understood(words(text), asking(kind, language), language)
    assert not (said.sure and said.keys not in ("", "0"))  # a value is always said back
    return said.keys


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("one two oh three", "1203"),
        ("zero o oh", "000"),
        ("double five", "55"),
        ("triple zero seven", "0007"),
        ("double oh seven", "007"),
        ("seventeen", "17"),
        ("twenty two", "22"),
        ("twenty oh five", "2005"),
        ("forty seven three hundred one", "47301"),
        ("three hundred", "300"),
        ("two hundred and five", "205"),
        ("two thousand five", "2005"),
        ("nineteen forty seven", "1947"),
        ("um it's one two please", "12"),
        ("my number is one two three", "123"),
        ("[unk] one two", "12"),
    ],
)
def test_digits_in_english(text: str, digits: str) -> None:
    assert keys("digits", text) == digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("uno dos cero", "120"),
        ("doble cinco", "55"),
        ("diecisiete", "17"),
        ("treinta y uno", "31"),
        ("veintidós", "22"),
        ("doscientos cinco", "205"),
        ("mil novecientos cuarenta y siete", "1947"),
        ("dos mil cinco", "2005"),
    ],
)
def test_digits_in_spanish(text: str, digits: str) -> None:
    assert keys("digits", text, "es") == digits


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("march twenty second nineteen forty seven", "03221947"),
        ("march the twenty second nineteen forty seven", "03221947"),
        ("the twenty second of march nineteen forty seven", "03221947"),
        ("march twenty two nineteen forty seven", "03221947"),
        ("three twenty two forty seven", "03221947"),
        ("three twenty two nineteen forty seven", "03221947"),
        ("oh three two two one nine four seven", "03221947"),
        ("oh three twenty two nineteen forty seven", "03221947"),
        ("march second two thousand five", "03022005"),
        ("march two two thousand five", "03022005"),
        ("march twenty two thousand five", "03202005"),
        ("march thirty first two thousand and five", "03312005"),
        ("may fifth twenty twenty six", "05052026"),
        ("october tenth two thousand", "10102000"),
        ("december first nineteen oh five", "12011905"),
        ("june thirtieth twenty seven", "06302027"),
        ("twenty two march nineteen forty seven", "03221947"),
        ("thirty twelve nineteen forty seven", "12301947"),
        ("february thirtieth nineteen forty seven", ""),
        ("march nineteen forty seven", ""),
        ("march april one nineteen forty seven", ""),
        ("thirteen thirteen nineteen forty seven", ""),
        ("march first seventeen hundred", ""),
        ("march", ""),
    ],
)
def test_dates_in_english(text: str, day: str) -> None:
    assert keys("date", text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("veintidós de marzo de mil novecientos cuarenta y siete", "03221947"),
        ("el veintidós de marzo del mil novecientos cuarenta y siete", "03221947"),
        ("marzo veintidós mil novecientos cuarenta y siete", "03221947"),
        ("primero de enero de dos mil cinco", "01012005"),
        ("treinta y uno de diciembre de dos mil", "12312000"),
        ("tres veintidós cuarenta y siete", "03221947"),
        ("veintidós tres cuarenta y siete", "03221947"),
    ],
)
def test_dates_in_spanish(text: str, day: str) -> None:
    assert keys("date", text, "es") == day


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("en", "one hundred twenty three dollars and fifty cents", "123*50"),
        ("en", "twelve hundred dollars", "1200"),
        ("en", "a hundred dollars", "100"),
        ("en", "two thousand one hundred forty three dollars and five cents", "2143*05"),
        ("en", "one two five zero", "1250"),
        ("en", "five dollars zero cents", "5"),
        ("en", "three point five", "3*50"),
        ("en", "fifty cents", "0*50"),
        ("en", "dollars", ""),
        ("es", "ciento veintitrés dólares con cincuenta centavos", "123*50"),
        ("es", "mil doscientos dólares", "1200"),
    ],
)
def test_amounts(language: str, text: str, amount: str) -> None:
    assert keys("amount", text, language) == amount


def test_a_telephone_number() -> None:
    assert keys("phone", "four oh four five five five oh one nine nine") == "4045550199"
    assert keys("phone", "eight hundred five five five twelve twelve") == "8005551212"


def test_a_person_may_be_asked_for_instead() -> None:
    said = understood(words("operator"), asking("date"), "en")
    assert (said.keys, said.text, said.sure) == ("0", "operator", True)


def test_zero_as_a_value_is_not_a_person() -> None:
    said = understood(words("zero"), asking("digits"), "en")
    assert (said.keys, said.text, said.sure) == ("0", "0", False)


# --- whatever the menu can say, it understands ------------------------------------------------------

LANGUAGES = st.sampled_from(["en", "es"])


def heard(text: str) -> str:
    """As a recogniser writes it: no marks, no joined words."""
    return text.lower().replace("-", " ").replace(",", " ")


@given(st.dates(date(1850, 1, 1), date(2149, 12, 31)), LANGUAGES)
def test_every_date_is_understood_as_the_menu_says_it(day: date, language: str) -> None:
    text = heard(spoken(Day(day=day), language)).split(maxsplit=1)[1]  # without the weekday
    if language == "en" and day.year % 100 == 0 and day.year % 1000:
        return  # "nineteen hundred" is said in one, and understood as one
    found = keys("date", text, language)
    taken = take(Collect(name="day", kind="date", say=(), next="x"), found)
    assert taken is not None
    assert taken.value == Day(day=day)


@given(st.integers(1, 99_999_999), LANGUAGES)
def test_every_amount_is_understood_as_the_menu_says_it(cents: int, language: str) -> None:
    found = keys("amount", heard(spoken(Money(cents=cents), language)), language)
    taken = take(Collect(name="sum", kind="amount", say=(), next="x"), found)
    assert taken is not None
    assert taken.value == Money(cents=cents)


@example("12000000000", "en")  # no telephone number whose 1 may be left out
@given(st.from_regex(r"[0-9]{1,12}", fullmatch=True), LANGUAGES)
def test_every_number_is_understood_as_the_menu_says_it(digits: str, language: str) -> None:
    assert keys("digits", heard(spoken(Digits(digits=digits), language)), language) == digits


@given(st.integers(0, 99_999), LANGUAGES)
def test_every_whole_number_is_understood(number: int, language: str) -> None:
    assert keys("digits", heard(numbers.words(number, language)), language) == str(number)


@given(st.dates(date(1850, 1, 1), date(2149, 12, 31)), LANGUAGES)
def test_every_word_of_a_date_is_listened_for(day: date, language: str) -> None:
    listened = {word for sentence in grammar(asking("date", language), language) for word in sentence.split()}
    said = heard(spoken(Day(day=day), language)).split()[1:]
    assert [word for word in said if word not in listened] == []
