"""What is taken out of a call while it is spoken: each test is a short call."""

from __future__ import annotations

import json
import pickle

import msgspec
import pytest
from call_story import LINE_S, Story, told

from assist.redaction.labelled import spoken
from assist.redaction.language import languages
from assist.redaction.model import MASK, SECRETS, Kind, Mode, Policy, Redacted
from assist.redaction.redactor import WINDOW, Redactor
from assist.speech.words import Word
from core.errors import Problem

# --- secrets over several utterances and speakers ---------------------------------------------------


def test_a_social_given_in_pieces_and_read_back() -> None:
    assert told(
        ("agent", "can i get your social"),
        ("caller", "sure it's four one two"),
        ("agent", "uh huh"),
        ("caller", "fifty five"),
        ("caller", "nine thousand one"),
        ("agent", "so that's four one two five five nine oh oh one"),
    ) == [
        "can i get your social",
        f"sure it's {MASK}",
        "uh huh",
        MASK,
        MASK,
        f"so that's {MASK}",
    ]


def test_the_last_four_in_two_goes() -> None:
    lines = told(("agent", "the last four are"), ("caller", "six seven"), ("agent", "okay"), ("caller", "eight nine"))
    assert lines == ["the last four are", MASK, "okay", MASK]


def test_what_was_heard_before_a_correction_stays_with_what_shows_and_goes_with_what_does_not() -> None:
    texts = (("my", None), ("annuity", "a new at he"), ("pin", None), ("is", None), ("four", "for"), ("nine", ""))
    words = tuple(Word(text, place, place + 0.5, 0.9, heard) for place, (text, heard) in enumerate(texts))
    [shown] = Redactor("en").hear("u-1", "caller", words, final=True)
    assert [(word.text, word.heard) for word in shown.words] == [
        ("my", None),
        ("annuity", "a new at he"),
        ("pin", None),
        ("is", None),
        (MASK, None),
        (MASK, None),
    ]


def test_a_correction_that_shows_only_in_part_keeps_nothing_of_what_was_heard() -> None:
    texts = (("my", None), ("pin", "pin for nine too"), ("is", ""), ("four", ""), ("nine", ""))
    words = tuple(Word(text, place, place + 0.5, 0.9, heard) for place, (text, heard) in enumerate(texts))
    [shown] = Redactor("en").hear("u-1", "caller", words, final=True)
    assert [word.heard for word in shown.words if word.heard] == []


def test_a_secret_is_known_again_long_after() -> None:
    story = Story()
    story.says("agent", "your pin please")
    story.says("caller", "four oh nine six")
    for _ in range(30):
        story.says("agent", "the survivor option pays half of that to your wife for as long as she lives")
    assert story.says("agent", "your total is four oh nine six dollars") == f"your total is {MASK} dollars"


def test_what_it_was_is_told_behind_it() -> None:
    story = Story()
    assert story.says("caller", "four one two five five nine oh oh one") == MASK
    assert story.kinds(0) == ["undecided"]
    story.says("caller", "that's my social")
    assert story.kinds(0) == ["ssn"]


def test_what_showed_is_masked_once_it_is_known_for_a_secret() -> None:
    story = Story()
    assert story.says("caller", "it has been since nineteen fifty two") == "it has been since nineteen fifty two"
    story.says("agent", "and your pin")
    story.says("caller", "nineteen fifty two")
    assert story.ends()[0] == f"it has been since {MASK}"


def test_corrections_belong_to_the_secret() -> None:
    lines = told(
        ("agent", "and the account number"),
        ("caller", "double oh seven one eight no i mean one nine"),
        ("caller", "three four four sorry three four five"),
    )
    assert lines[1:] == [f"{MASK} no i mean {MASK}", f"{MASK} sorry {MASK}"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("my password is capital p as in papa e a r four four okay", f"my password is {MASK} okay"),
        ("my password is bluebird seven and it fails", f"my password is {MASK} and it fails"),
        ("bluebird seven is my password", f"{MASK} is my password"),
        ("my password is not working", "my password is not working"),
        ("i forgot my password again", "i forgot my password again"),
    ],
)
def test_passwords(line: str, shown: str) -> None:
    assert told(("caller", line)) == [shown]


def test_a_password_is_asked_for_and_said_again() -> None:
    lines = told(
        ("agent", "what's the password you tried"),
        ("caller", "it's sunflower nineteen"),
        ("agent", "sunflower nineteen with a small s"),
    )
    assert lines[1] == f"it's {MASK}"
    assert "sunflower" not in lines[2]
    assert "nineteen" not in lines[2]


def test_who_declines_tells_nothing() -> None:
    lines = told(("agent", "what's your mother's maiden name"), ("caller", "i don't remember what i put"))
    assert lines[1] == "i don't remember what i put"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what's your social", "nine one one"),
        ("what's your social", "four fifty seven"),
        ("and the pin", "twenty four seven"),
        ("i need your name date of birth and the last four", "april fourth and six seven seven one"),
        ("your medicare number", "w nine"),
    ],
)
def test_an_answer_that_is_also_the_name_of_something(question: str, answer: str) -> None:
    _, line = told(("agent", question), ("caller", answer))
    assert line in (MASK, f"april fourth and {MASK}")


@pytest.mark.parametrize(
    "line",
    [
        "my passport number is eight eight eight eight abernathy road",
        "fax my social is eight eight eight eight eight eight eight eight eight eight",
        "my pin is four four four four dollars",
        "my social is oh eight oh eight eight eight",
    ],
)
def test_what_a_cue_says_counts_more_than_what_it_looks_like(line: str) -> None:
    (shown,) = told(("caller", line))
    assert "eight" not in shown
    assert "four" not in shown


# --- what shows, and when ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("it is two thousand four hundred dollars", Kind.AMOUNT),
        ("it went from four ten to one eighty six a month", Kind.AMOUNT),
        ("i live at eighteen oh six north lee street", Kind.HOUSE_NUMBER),
        ("it's in valdosta georgia three one six oh two", Kind.ZIP_CODE),
        ("he passed on march ninth nineteen ninety eight", Kind.DATE),
        ("he retired in two thousand five", Kind.YEAR),
        ("my phone is two two nine five five five oh one seven three", Kind.TELEPHONE),
        ("my member number is one oh four four two seven nine seven", Kind.MEMBER_NUMBER),
        ("she is seventy two years old", Kind.AGE),
        ("it went up one point five percent", Kind.PERCENTAGE),
        ("i waited forty five minutes", Kind.COUNT),
        ("where is my form ten ninety nine r", Kind.FORM),
        ("your reference number is four four one oh nine two", Kind.REFERENCE),
        ("come at two thirty p m", Kind.TIME),
        ("write to lorene one nine at gmail dot com", Kind.EMAIL),
    ],
)
def test_harmless_numbers_show(line: str, kind: Kind) -> None:
    story = Story()
    assert story.says("caller", line) == line
    assert kind in story.kinds(0)
    assert story.shown["caller1"].masked == ()


@pytest.mark.parametrize(
    "line",
    [
        "my member number is one oh four four two seven nine eight",  # the check digit is wrong
        "my phone is two two nine five five five oh one seven",  # a digit short: as long as a social
        "five five three two oh one seven eight six",
        "six oh one eight two two nine four four one",
    ],
)
def test_what_nothing_tells_the_meaning_of_stays_masked(line: str) -> None:
    story = Story()
    story.says("caller", line)
    assert story.ends()[0].endswith(MASK)
    assert story.kinds(0) == ["undecided"]


def test_digits_are_masked_first_and_shown_once_they_are_known() -> None:
    story = Story()
    assert story.is_saying("caller", "it's four hundred") == f"it's {MASK}"
    assert story.is_saying("caller", "it's four hundred dollars") == "it's four hundred dollars"
    assert story.says("caller", "it's four hundred dollars a month") == "it's four hundred dollars a month"


def test_a_telephone_number_shows_when_it_is_whole() -> None:
    story = Story()
    story.says("agent", "what's the best number to reach you")
    assert story.says("caller", "two two nine") == MASK
    assert story.says("caller", "five five five") == MASK
    story.says("caller", "oh one seven three")
    assert story.ends()[1:] == ["two two nine", "five five five", "oh one seven three"]


def test_words_that_are_not_final_keep_an_answer_masked() -> None:
    """The agent is not through with the question when the caller answers."""
    redactor = Redactor("en")
    redactor.hear("a", "agent", spoken(["and", "now", "i", "need", "your", "pin"], 10.0), False)
    (answer,) = redactor.hear("c", "caller", spoken(["in", "nineteen", "fifty", "oh", "nine"], 12.0), True)
    assert answer.text == f"in {MASK}"


def test_a_late_question_goes_to_its_place() -> None:
    redactor = Redactor("en")
    (answer,) = redactor.hear("c", "caller", spoken(["bluebird"], 12.0), True)
    assert answer.text == "bluebird"
    question, answer = redactor.hear("a", "agent", spoken(["what's", "your", "password"], 10.0), True)
    assert question.utterance_id == "a"
    assert (answer.utterance_id, answer.text) == ("c", MASK)


def test_words_taken_back_leave_nothing() -> None:
    redactor = Redactor("en")
    redactor.hear("c", "caller", spoken(["four", "one"], 1.0), False)
    (gone,) = redactor.hear("c", "caller", (), True)
    assert (gone.words, gone.spans, gone.final) == ((), (), True)


# --- modes ------------------------------------------------------------------------------------------

ACCOUNT = (("agent", "the account number please"), ("caller", "one oh oh three four five five nine"))


def test_modes_say_what_is_kept() -> None:
    for mode in Mode:
        if mode is Mode.KEEP:
            continue
        story = Story(policy=Policy.of({"bank_account": mode}))
        for line in ACCOUNT:
            story.says(*line)
        story.ends()
        (span,) = story.shown["caller2"].masked
        assert (span.kind, span.mode) == (Kind.BANK_ACCOUNT, mode)
        kept = "" if mode is Mode.MASK else "one oh oh three four five five nine"
        assert span.secret.reveal() == kept


def test_the_last_four_show_at_the_end_of_a_whole_number() -> None:
    lines = told(*ACCOUNT, ("agent", "thank you it takes about two weeks"), modes={"bank_account": "last_four"})
    assert lines[1] == f"{MASK} 4559"
    short = told(("agent", "your pin"), ("caller", "four five five nine"), modes={"pin": "last_four"})
    assert short[1] == MASK


def test_a_harmless_kind_can_be_masked_too() -> None:
    (line,) = told(
        ("caller", "my phone is two two nine five five five oh one seven three"), modes={"telephone": "mask"}
    )
    assert line == f"my phone is {MASK}"


@pytest.mark.parametrize(
    ("modes", "complaint"),
    [
        ({"social": "mask"}, "there is no kind 'social'"),
        ({"ssn": "hide"}, "there is no mode 'hide'"),
        ({"undecided": "keep"}, "undecided"),
        ({"undecided": "last_four"}, "undecided"),
    ],
)
def test_a_wrong_policy_is_told(modes: dict[str, str], complaint: str) -> None:
    with pytest.raises(Problem, match=complaint) as told_of:
        Policy.of(modes, place="memberline.toml: redaction")
    assert str(told_of.value).startswith("memberline.toml: redaction: ")


def test_no_secret_kind_is_shown_by_default() -> None:
    assert all(Policy().mode(kind) not in (Mode.KEEP, Mode.LAST_FOUR) for kind in SECRETS)
    assert all(Policy().mode(kind) is Mode.KEEP for kind in Kind if kind.harmless)


# --- what must not leak -----------------------------------------------------------------------------


def _undecided() -> Redacted:
    story = Story()
    story.says("caller", "five five three two oh one seven eight six")
    return story.shown["caller1"]


def test_a_secret_does_not_show_by_accident() -> None:
    redacted = _undecided()
    (span,) = redacted.spans
    assert span.secret.reveal() == "five five three two oh one seven eight six"
    for text in (repr(redacted), str(span), f"{span.secret}", json.dumps(str(redacted.words))):
        assert "five" not in text
    with pytest.raises(TypeError):
        msgspec.json.encode(redacted)
    with pytest.raises(TypeError):
        pickle.dumps(redacted)


def test_words_that_are_not_final_carry_no_secret() -> None:
    story = Story()
    story.is_saying("caller", "five five three two oh one")
    assert [bool(span.secret) for span in story.shown["caller1"].spans] == [False]


def test_spans_tell_the_seconds_to_silence() -> None:
    story = Story()
    story.says("agent", "your pin")
    story.says("caller", "it's four oh nine six")
    (span,) = story.shown["caller2"].masked
    assert (span.start, span.end) == (1, 5)
    assert (span.start_s, span.end_s) == pytest.approx((2 * LINE_S + 0.3, 2 * LINE_S + 1.5))


def test_a_language_without_a_redactor_is_refused() -> None:
    assert languages() == ("en", "es")
    with pytest.raises(Problem, match="no redactor for the language 'fr'"):
        Redactor("fr")


def test_a_long_call_costs_and_keeps_no_more() -> None:
    story = Story()
    for at in range(6 * WINDOW):
        story.says("caller", f"check number four one oh {'two' if at % 2 else 'nine'} is on its way")
    assert len(story.redactor._said) <= WINDOW  # what is kept is not to be seen from outside


def test_figures_of_a_recogniser_that_writes_them() -> None:
    lines = told(
        ("agent", "social please"),
        ("caller", "412-55-9001"),
        ("agent", "that's $1,400 and 3 letters"),
    )
    assert lines[1:] == [MASK, "that's $1,400 and 3 letters"]
