"""Dates, money and numbers as callers hear them, in both languages of the sample plan and in a third."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import Problem
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Minutes, Money, Words
from ivr.speaking.words import fill, placeholders, spoken

LANGUAGES = ("en", "es", "es-MX", "fr")


@pytest.mark.parametrize(
    ("cents", "english", "spanish"),
    [
        (
            214380,
            "two thousand one hundred forty-three dollars and eighty cents",
            "dos mil ciento cuarenta y tres dólares con ochenta centavos",
        ),
        (100, "one dollar", "un dólar"),
        (101, "one dollar and one cent", "un dólar con un centavo"),
        (2100, "twenty-one dollars", "veintiún dólares"),
        (
            3102131,
            "thirty-one thousand twenty-one dollars and thirty-one cents",
            "treinta y un mil veintiún dólares con treinta y un centavos",
        ),
        (80, "eighty cents", "ochenta centavos"),
        (0, "zero dollars", "cero dólares"),
        (100_000_000, "one million dollars", "un millón de dólares"),
        (150_000_000, "one million five hundred thousand dollars", "un millón quinientos mil dólares"),
        (-4550, "minus forty-five dollars and fifty cents", "menos cuarenta y cinco dólares con cincuenta centavos"),
        (-5, "minus five cents", "menos cinco centavos"),
    ],
)
def test_money_is_told_with_cents_only_where_there_are_some(cents: int, english: str, spanish: str) -> None:
    assert spoken(Money(cents=cents), "en") == english
    assert spoken(Money(cents=cents), "es") == spanish


@pytest.mark.parametrize(
    ("day", "english", "spanish"),
    [
        (
            datetime.date(2026, 11, 27),
            "Friday, November twenty-seventh, twenty twenty-six",
            "viernes, veintisiete de noviembre de dos mil veintiséis",
        ),
        (
            datetime.date(2005, 1, 1),
            "Saturday, January first, two thousand five",
            "sábado, primero de enero de dos mil cinco",
        ),
        (
            datetime.date(1961, 8, 31),
            "Thursday, August thirty-first, nineteen sixty-one",
            "jueves, treinta y uno de agosto de mil novecientos sesenta y uno",
        ),
    ],
)
def test_dates_have_their_weekday_and_the_order_of_the_language(day: datetime.date, english: str, spanish: str) -> None:
    assert spoken(Day(day=day), "en") == english
    assert spoken(Day(day=day), "es") == spanish


@pytest.mark.parametrize(
    ("time", "english", "spanish"),
    [
        (datetime.time(8, 30), "eight thirty in the morning", "las ocho y treinta de la mañana"),
        (datetime.time(13, 5), "one oh five in the afternoon", "la una y cinco de la tarde"),
        (datetime.time(17, 0), "five o'clock in the afternoon", "las cinco de la tarde"),
        (datetime.time(12, 0), "noon", "las doce del mediodía"),
        (datetime.time(0, 0), "midnight", "las doce de la noche"),
    ],
)
def test_clock_times_are_told_with_the_part_of_the_day(time: datetime.time, english: str, spanish: str) -> None:
    assert spoken(Clock(time=time), "en") == english
    assert spoken(Clock(time=time), "es") == spanish


@pytest.mark.parametrize(
    ("minutes", "english", "spanish"),
    [
        (0, "less than a minute", "menos de un minuto"),
        (1, "about one minute", "alrededor de un minuto"),
        (5, "about five minutes", "alrededor de cinco minutos"),
        (21, "about twenty-one minutes", "alrededor de veintiún minutos"),
        (125, "about two hours", "alrededor de dos horas"),
    ],
)
def test_a_wait_is_told_as_one_would_say_it(minutes: int, english: str, spanish: str) -> None:
    assert spoken(Minutes(minutes=minutes), "en") == english
    assert spoken(Minutes(minutes=minutes), "es") == spanish


@pytest.mark.parametrize(
    ("number", "english", "spanish"),
    [
        (1, "one", "uno"),
        (121, "one hundred twenty-one", "ciento veintiuno"),
        (31000, "thirty-one thousand", "treinta y un mil"),
    ],
)
def test_counts(number: int, english: str, spanish: str) -> None:
    assert spoken(Count(number=number), "en") == english
    assert spoken(Count(number=number), "es") == spanish


@pytest.mark.parametrize(
    ("digits", "english"),
    [
        ("+14045550199", "four zero four, five five five, zero one nine nine"),
        ("4045550199", "four zero four, five five five, zero one nine nine"),
        ("(404) 555-0199", "four zero four, five five five, zero one nine nine"),
        ("1-800-555-0100", "eight zero zero, five five five, zero one zero zero"),
        ("+525512345678", "five two, five five, one two three four, five six seven eight"),
        ("47-301", "four seven, three zero one"),
        ("123456", "one two three, four five six"),
        ("1234567", "one two three, four five, six seven"),
        ("0012345678", "zero zero one, two three four, five six, seven eight"),
        ("R4F2K", "R four F, two K"),
        ("٤٢", "four two"),
    ],
)
def test_digits_come_one_by_one_with_a_pause_between_groups(digits: str, english: str) -> None:
    assert spoken(Digits(digits=digits), "en") == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (
            "4521 Main St Apt 12, Decatur GA 30030-1234",
            "forty-five twenty-one Main St Apt twelve, Decatur GA three zero zero three zero twelve thirty-four",
        ),
        ("Form 1099-R", "Form ten ninety-nine R"),
        ("W-4P", "W four P"),
        ("up to $1,200.50 by May 3rd", "up to one thousand two hundred dollars and fifty cents by May third"),
        ("call 404-555-0199 from 8:30", "call four zero four, five five five, zero one nine nine from eight thirty"),
        ("4.5 percent of 1,234", "four point five percent of one thousand two hundred thirty-four"),
    ],
)
def test_numbers_in_a_written_text_are_read_as_people_read_them(text: str, english: str) -> None:
    assert spoken(Words(texts={"": text}), "en") == english


def test_words_are_taken_in_the_callers_language_or_in_the_one_for_all() -> None:
    form = Words(texts={"en": "the tax form", "es": "el formulario de impuestos"})
    assert spoken(form, "es") == "el formulario de impuestos"
    assert spoken(form, "es-MX") == "el formulario de impuestos"
    assert spoken(Words(texts={"": "Decatur"}), "es") == "Decatur"
    with pytest.raises(Problem, match=r"no text in 'fr'.*Texts there are: en, es"):
        spoken(form, "fr")


def test_a_third_language_is_spoken_by_what_the_libraries_know_of_it() -> None:
    assert spoken(Money(cents=214380), "fr") == "deux mille cent quarante-trois dollars et quatre-vingts cents"
    assert spoken(Day(day=datetime.date(2026, 11, 1)), "fr") == "dimanche premier novembre deux mille vingt-six"
    assert spoken(Minutes(minutes=5), "pt") == "cinco minutos"
    assert spoken(Digits(digits="47"), "vi") == "bốn bảy"


@pytest.mark.parametrize(
    ("value", "language", "what"),
    [
        (Money(cents=100), "vi", "an amount of money cannot be said in 'vi'"),
        (Count(number=1), "tlh", "a cardinal number cannot be said in 'tlh'"),
        (Day(day=datetime.date(2026, 1, 1)), "xx", "no language 'xx' is known"),
        (Digits(digits=" - "), "en", "a value of type Digits holds nothing that can be said"),
        (Words(texts={"": ""}), "en", "a value of type Words holds nothing that can be said"),
        (Count(number=-1), "en", "a negative count"),
    ],
)
def test_what_a_language_cannot_say_is_one_clear_problem(value: AnyValue, language: str, what: str) -> None:
    with pytest.raises(Problem, match=re.escape(what)):
        spoken(value, language)


def test_a_prompt_is_filled_with_its_values() -> None:
    text = "Your payment of {amount} was sent on {day}. Press 1 to hear it again."
    values: dict[str, AnyValue] = {"amount": Money(cents=2100), "day": Day(day=datetime.date(2026, 11, 27))}
    assert placeholders(text) == ("amount", "day")
    assert fill(text, values, "en") == (
        "Your payment of twenty-one dollars was sent on Friday, November twenty-seventh, twenty twenty-six. "
        "Press one to hear it again."
    )
    assert fill("Oprima 1,\npor favor.", values, "es") == "Oprima uno, por favor."
    assert fill("To go back, press *. Then press #.", {}, "en") == "To go back, press star. Then press pound."


def test_a_missing_value_is_named_with_those_that_are_there() -> None:
    with pytest.raises(Problem, match=r"no value for \{day\}, \{who\}.*Values there are: amount"):
        fill("{amount} on {day} to {who}", {"amount": Money(cents=1)}, "en")


def test_a_prompt_without_a_word_is_refused() -> None:
    with pytest.raises(Problem, match="a prompt without a word"):
        fill(" \n ", {}, "en")


# --- properties ----------------------------------------------------------------------------------

written = st.text(min_size=1, max_size=40)
values: st.SearchStrategy[AnyValue] = st.one_of(
    st.builds(Money, cents=st.integers(-(10**12), 10**12)),
    st.builds(Day, day=st.dates()),
    st.builds(Clock, time=st.times()),
    st.builds(Count, number=st.integers(0, 10**9)),
    st.builds(Minutes, minutes=st.integers(-5, 10_000)),
    st.builds(Digits, digits=st.one_of(st.text("0123456789+-() ", min_size=1, max_size=15), written)),
    st.builds(Words, texts=st.fixed_dictionaries({"": written})),
)


def has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def sayable(value: AnyValue) -> bool:
    """Free text may hold nothing but spaces and marks; all else always has words."""
    text = value.digits if isinstance(value, Digits) else value.texts[""] if isinstance(value, Words) else "x"
    return any(character.isalnum() for character in text)


@settings(deadline=None)
@given(values, st.sampled_from(LANGUAGES))
def test_no_value_is_said_with_a_digit_or_not_at_all(value: AnyValue, language: str) -> None:
    assume(sayable(value))
    said = spoken(value, language)
    assert said.strip()
    assert not has_digit(said)
    assert said.isprintable()


@settings(deadline=None)
@given(st.lists(written, min_size=1, max_size=4), st.lists(values, min_size=1, max_size=3), st.sampled_from(LANGUAGES))
def test_every_placeholder_is_filled_and_no_digit_is_left(
    texts: list[str], given_values: list[AnyValue], language: str
) -> None:
    assume(all(sayable(value) for value in given_values))
    named = {f"value_{'abc'[at]}": value for at, value in enumerate(given_values)}
    text = " ".join([*(text.replace("{", "(").replace("}", ")") for text in texts), *(f"{{{name}}}" for name in named)])
    filled = fill(text, named, language)
    assert placeholders(filled) == ()
    assert not has_digit(filled)
    assert all(spoken(value, language) in filled for value in given_values)
