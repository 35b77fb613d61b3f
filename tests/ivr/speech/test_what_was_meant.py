"""What may be said in a menu, and what was meant by what was heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import asking, menu, shipped_menus, words

from ivr.dialog.actions import Said, Words
from ivr.speech.grammar import grammar
from ivr.speech.meaning import Meaning, understood
from ivr.speech.phrases import phrase_of, spoken
from ivr.speech.recognisers import HeardWord
from ivr.speech.tongues import ENGLISH, SPANISH

MAIN = menu(_1="my payment, payments", _2="tax statement, 1099-R", _3="retirement", _4="my address")
PAYMENTS = menu(_1="next payment", _3="my payment did not arrive", _5="my payment")
VISITS = menu(_2="my appointment", _3="move my appointment", _4="cancel")


def heard(text: str, asked: Words = MAIN, language: str = "en", confidence: float = 1.0, **lasting: float) -> Said:
    return understood(words(text, confidence, **lasting), asked, language)


# --- phrases


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_phrase_of_the_shipped_menus_means_its_own_key_when_it_is_said(language: str) -> None:
    counted = 0
    for name, asked in shipped_menus(language):
        for phrase, key in asked.phrases.items():
            said = heard(spoken(phrase, language), asked, language)
            assert said == Said(keys=key, text=phrase, sure=True), (name, phrase)
            counted += 1
    assert counted > 150


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_two_options_of_a_shipped_menu_are_said_alike(language: str) -> None:
    for name, asked in shipped_menus(language):
        keys: dict[tuple[str, ...], str] = {}
        for phrase, key in asked.phrases.items():
            assert keys.setdefault(phrase_of(phrase, language), key) == key, (name, phrase)


@pytest.mark.parametrize(
    "text",
    [
        "um my payment please",
        "i would like to hear about my payment",
        "my um payment",
        "i'm calling about payments thank you",
        "hello my payment",
    ],
)
def test_a_phrase_is_found_in_what_people_say_around_it(text: str) -> None:
    said = heard(text)
    assert (said.keys, said.sure) == ("1", True)


def test_the_longest_phrase_is_meant() -> None:
    assert heard("my payment did not arrive", PAYMENTS) == Said(keys="3", text="my payment did not arrive", sure=True)
    assert heard("move my appointment", VISITS).keys == "3"
    assert heard("my appointment", VISITS).keys == "2"


def test_what_could_have_been_a_longer_phrase_of_another_key_is_asked_about() -> None:
    """ "Reschedule my appointment", of which the first word was not made out, is not "my appointment"."""
    said = heard("[unk] my appointment", VISITS, unknown=0.1)
    assert (said.keys, said.sure) == ("2", False)
    assert heard("[unk] cancel", VISITS, unknown=0.1).sure


def test_two_things_said_are_asked_about_the_last_one_first() -> None:
    said = heard("my payment my address")
    assert (said.keys, said.text, said.sure) == ("4", "my address", False)


def test_what_was_heard_badly_is_asked_about_and_what_was_heard_worse_is_not_understood() -> None:
    assert heard("my payment", confidence=0.7) == Said(keys="1", text="my payment", sure=False)
    assert heard("my payment", confidence=0.3) == Said(keys="", text="", sure=False)


def test_a_phrase_in_a_long_speech_is_asked_about_and_in_a_very_long_one_passed_over() -> None:
    assert heard("[unk] retirement", unknown=0.1).sure
    assert not heard("[unk] retirement", unknown=1.0).sure
    assert heard("[unk] retirement", unknown=1.0).keys == "3"
    assert heard("[unk] retirement", unknown=9.0).keys == ""


def test_words_that_only_one_option_has_are_asked_about() -> None:
    assert heard("statement") == Said(keys="2", text="tax statement", sure=False)
    assert heard("the statement please").keys == "2"
    assert heard("statement address").keys == ""
    assert heard("statement [unk]", unknown=1.0).keys == ""


def test_a_word_that_people_say_around_anything_says_nothing() -> None:
    asked = menu(_1="about the plan", _2="forms")
    assert heard("about", asked).keys == ""


def test_words_for_a_person_always_work() -> None:
    for text in ("agent", "representative please", "i want to talk to a representative"):
        assert (heard(text).keys, heard(text).sure) == ("0", True)
    assert heard("quisiera hablar con representante", menu("es", _1="pagos"), "es").keys == "0"


def test_the_name_of_a_key_is_as_good_as_the_key_where_nothing_else_is_said() -> None:
    for text in ("two", "press two", "number two please"):
        assert (heard(text).keys, heard(text).sure) == ("2", True)
    assert heard("zero").keys == "0"
    assert heard("eight").keys == ""  # there is no such option
    assert heard("two [unk]").keys == ""
    assert heard("two three").keys == ""
    assert heard("dos", menu("es", _2="pagos"), "es").keys == "2"


def test_a_documents_own_phrase_wins_over_the_name_of_a_key() -> None:
    assert heard("one", menu(_5="one", _1="other")).keys == "5"


def test_numbers_in_a_phrase_are_said_in_words() -> None:
    assert spoken("1099-R", "en") == "ten ninety nine r"
    assert spoken("401(k)", "en") == "four oh one k"
    assert spoken("¿Dónde están?", "es") == "dónde están"
    assert heard("ten ninety nine r").keys == "2"


def test_accents_and_capitals_make_no_difference() -> None:
    asked = menu("es", _1="Mi Dirección", _2="clave")
    assert heard("mi direccion", asked, "es") == heard("mi dirección", asked, "es")
    assert heard("mi direccion", asked, "es").text == "Mi Dirección"


# --- yes and no


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("en", "yes", "1"),
        ("en", "um yeah that's right", "1"),
        ("en", "correct", "1"),
        ("en", "no", "2"),
        ("en", "nope", "2"),
        ("en", "that's not right", "2"),
        ("en", "no that's wrong", "2"),
        ("es", "sí", "1"),
        ("es", "sí por favor", "1"),
        ("es", "correcto", "1"),
        ("es", "no", "2"),
        ("es", "no es correcto", "2"),
    ],
)
def test_yes_and_no(language: str, text: str, keys: str) -> None:
    said = heard(text, Words(kind="yes_no"), language)
    assert (said.keys, said.sure) == (keys, True)


def test_yes_and_no_in_one_breath_is_not_sure() -> None:
    assert not heard("no that's right", Words(kind="yes_no")).sure


# --- the grammar


def test_a_grammar_has_the_phrases_the_words_around_them_and_a_way_out() -> None:
    sentences = grammar(MAIN, "en")
    assert {"my payment", "ten ninety nine r", "operator", "please", "um", "two", "press two", "[unk]"} <= set(
        sentences
    )
    assert "nine" not in sentences
    assert sentences.count("my payment") > sentences.count("please")


def test_a_sentence_with_a_word_that_the_model_does_not_know_is_not_listened_for() -> None:
    sentences = grammar(menu(_1="annuitant payment", _2="forms"), "en", lambda word: word != "annuitant")
    assert "annuitant payment" not in sentences
    assert "payment" not in sentences
    assert "forms" in sentences


def test_where_nothing_can_be_understood_there_is_no_grammar() -> None:
    assert grammar(Words(), "en") == ()
    assert grammar(MAIN, "en", lambda word: False) == ()
    assert grammar(Words(kind="yes_no"), "fr") == ()


@pytest.mark.parametrize("kind", ["digits", "date", "amount", "phone", "yes_no"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_kind_has_words_to_listen_for(kind: str, language: str) -> None:
    asked = asking(kind, language)  # type: ignore[arg-type]
    assert len(set(grammar(asked, language)) - set(grammar(Words(phrases=asked.phrases), language))) > 5


# --- what may follow


def test_what_may_become_another_phrase_is_waited_for() -> None:
    assert Meaning(PAYMENTS, "en").may_go_on(words("my payment"))
    assert Meaning(VISITS, "en").may_go_on(words("move my"))
    assert not Meaning(MAIN, "en").may_go_on(words("my payment"))
    assert not Meaning(VISITS, "en").may_go_on(words("cancel"))
    assert not Meaning(MAIN, "en").may_go_on(())


def test_a_number_may_go_on_until_it_is_whole() -> None:
    assert Meaning(asking("phone"), "en").may_go_on(words("four oh four"))
    assert not Meaning(asking("phone"), "en").may_go_on(words("four oh four five five five oh one nine nine"))
    assert Meaning(asking("date"), "en").may_go_on(words("march twenty second"))
    assert not Meaning(asking("date"), "en").may_go_on(words("march twenty second nineteen forty seven"))
    assert Meaning(asking("digits"), "en").may_go_on(words("one two"))
    assert not Meaning(asking("digits"), "en").may_go_on(words("operator"))


def test_a_cough_and_an_um_are_no_answers() -> None:
    assert Meaning(MAIN, "en").meaningless(words("[unk]", unknown=0.2))
    assert Meaning(MAIN, "en").meaningless(words("um please"))
    assert not Meaning(MAIN, "en").meaningless(words("[unk]", unknown=0.8))
    assert not Meaning(MAIN, "en").meaningless(words("retirement retirement"))


# --- anything at all

VOCABULARY = sorted(
    {
        *" ".join((*ENGLISH.asides, *ENGLISH.yes, *ENGLISH.no, *SPANISH.asides, *SPANISH.no)).split(),
        *ENGLISH.units, *ENGLISH.teens, *ENGLISH.tens, *ENGLISH.months, *ENGLISH.ordinals, *ENGLISH.repeats,
        *SPANISH.units, *SPANISH.teens, *SPANISH.tens, *SPANISH.hundreds, *SPANISH.months,
        *("hundred", "thousand", "mil", "dollars", "cents", "point", "y", "and", "oh", "cero", "[unk]", "my"),
        *("payment", "tax", "statement", "sí", "ñ", "7", "'", "-", "名"),
    }
)  # fmt: skip
ANY_WORD = st.builds(
    HeardWord, st.one_of(st.sampled_from(VOCABULARY), st.text(max_size=8)), st.floats(0, 1), st.floats(0, 3)
)
ANY_WORDS = st.builds(
    Words,
    phrases=st.dictionaries(
        st.one_of(st.text(max_size=20), st.lists(st.sampled_from(VOCABULARY), max_size=4).map(" ".join)),
        st.sampled_from("0123456789"),
        max_size=6,
    ),
    kind=st.sampled_from([None, "digits", "date", "amount", "phone", "yes_no"]),
)


@given(st.lists(ANY_WORD, max_size=14), ANY_WORDS, st.sampled_from(["en", "es", "es-MX", "fr", "xx", ""]))
def test_anything_heard_anywhere_gives_an_answer(heard: list[HeardWord], asked: Words, language: str) -> None:
    said = understood(heard, asked, language)
    assert set(said.keys) <= set("0123456789*")
    assert not (said.sure and not said.keys)
    assert not (said.sure and asked.kind in ("digits", "date", "amount", "phone") and said.text not in asked.phrases)
    if asked.kind is None:
        assert said.keys in ("", *asked.phrases.values())
    Meaning(asked, language).may_go_on(heard)
    Meaning(asked, language).meaningless(heard)
    assert all(sentence for sentence in grammar(asked, language))
