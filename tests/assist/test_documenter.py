"""The documenter over labelled dialogues, and its parts one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assist.advice import directory as directories
from assist.conversation import CallerFacts, Speaker, Turn
from assist.dialogues import load
from assist.documentation.commitments import commitments
from assist.documentation.documenter import Documenter
from assist.documentation.heard import Heard, heard
from assist.documentation.updates import updates
from assist.scoring import folded, score_documents
from assist.spoken import dates, figures, written
from records.contact import Said

PLAN = directories.load()
DOCUMENTER = Documenter(PLAN)
FOLDER = Path(__file__).parents[1] / "dialogues"


def test_the_documenter_is_as_good_as_it_was() -> None:
    """A floor under what it reached (updates 1.00, commitments 0.92, topics 0.88, resolution 33 of 40)."""
    dialogues = [dialogue for path in sorted(FOLDER.glob("*.yaml")) for dialogue in load(path, PLAN)]
    score = score_documents([(one, DOCUMENTER.document(one.turns, one.caller)) for one in dialogues])
    assert score.dialogues == 40
    assert score.updates.f1 >= 0.95
    assert score.commitments.f1 >= 0.88
    assert score.topics.f1 >= 0.85
    assert score.resolution_right >= 31


@pytest.mark.parametrize(
    ("said", "figure"),
    [
        ("three one six oh two", "31602"),
        ("eighteen oh six", "1806"),
        ("double two nine triple five", "229555"),
        ("two hundred and twenty five", "225"),
        ("four ten", "410"),
        ("two thousand one hundred and forty", "2140"),
        ("two thousand and seven", "2007"),
        ("twenty twenty five", "2025"),
        ("nineteen ninety eight", "1998"),
        ("nineteen point five", "19.5"),
        ("a thousand", None),
        ("eleven thousand", "11000"),
    ],
)
def test_numbers_as_people_say_them(said: str, figure: str | None) -> None:
    assert [number.text for number in figures(said.split())] == ([] if figure is None else [figure])


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("the ninth of march", "march 9"),
        ("march ninth of this year twenty twenty five", "march 9 2025"),
        ("the twenty second of may", "may 22"),
        ("june thirtieth twenty twenty five", "june 30 2025"),
        ("july of two thousand and nine", None),
    ],
)
def test_dates_as_people_say_them(said: str, date: str | None) -> None:
    assert [each for each, _ in dates(said.split())] == ([] if date is None else [date])


def given_in(*said: str) -> dict[str, str]:
    """What the caller (odd ones) and the agent (even ones) bring up."""
    return {update.field: update.value for update in updates(talk(*said))}


def talk(*said: str) -> tuple[Heard, ...]:
    """The caller says odd ones, the agent even ones."""
    return heard(
        Turn(speaker="agent" if place % 2 else "caller", text=text, utterance_id=f"u{place}")
        for place, text in enumerate(said)
    )


def test_an_address_with_its_apartment_named_later() -> None:
    found = given_in(
        "we moved to four twelve oak street that's macon georgia three one two oh one",
        "four twelve oak street macon georgia three one two zero one",
        "yes and it's apartment three",
    )
    assert found == {"mailing_address": "412 oak street apartment 3 macon georgia 31201"}


def test_a_corrected_number_wins() -> None:
    found = given_in(
        "my new cell phone is four seven eight five five five oh one two two",
        "four seven eight five five five zero one two two",
        "no it's four seven eight five five five oh one nine nine",
    )
    assert found == {"phone": "478-555-0199"}


def test_routing_and_account_numbers_are_told_apart() -> None:
    found = given_in(
        "i have a new bank",
        "what is the routing number",
        "zero six one one zero three nine four six",
        "thank you and the account number",
        "nine nine oh one double four two",
    )
    assert found == {"bank_routing": "061103946", "bank_account": "9901442"}


def test_an_email_is_spelled() -> None:
    assert given_in("it's m as in mary dot lopez seven at example dot org") == {"email": "m.lopez7@example.org"}


def test_a_number_that_is_only_mentioned_is_no_update() -> None:
    assert given_in("i have worked there for nineteen years and i was born in nineteen fifty one") == {}


def promises(*said: str) -> list[str]:
    return [each.text for each in commitments(talk(*said))]


@pytest.mark.parametrize(
    ("said", "promised"),
    [
        ("i'll mail you the form tomorrow", "mail the form tomorrow"),
        ("we will call you by friday with the answer", "call by friday with the answer"),
        ("i'm sending the packet today so you have it", "send the packet today"),
        ("i'll have an analyst call you by four today", "have an analyst call by four today"),
        ("i'll transfer you now", None),
        ("i'll send you over to them", None),
        ("let me check the screen", None),
        ("i'll check that", None),
        ("you can send the form back to us", None),
    ],
)
def test_promises(said: str, promised: str | None) -> None:
    assert promises("", said) == ([] if promised is None else [promised])


@pytest.mark.parametrize(
    ("said", "promised"),
    [
        (("", "i can mail you a copy", "yes please"), ["mail a copy"]),
        (("", "i can mail you a copy", "no don't bother"), []),
        (("", "we turn those around in ten business days"), ["turn those around in ten business days"]),
        (("", "we have those around in ten business days"), []),
        (("", "a letter will go out tomorrow to confirm"), ["send a letter tomorrow to confirm"]),
        (("", "i'll mail the form it should reach you by friday"), ["mail the form by friday"]),
        (("", "i'll email you the link", "okay", "i just sent it"), []),
        (("", "i'll check on that and call you by friday"), ["check on that and call by friday"]),
    ],
)
def test_promises_made_otherwise(said: tuple[str, ...], promised: list[str]) -> None:
    assert promises(*said) == promised


def test_what_the_caller_promises_is_not_ours() -> None:
    assert promises("i'll mail you the form tomorrow") == []


def test_the_summary_says_who_what_and_where_to() -> None:
    turns = [
        Turn(speaker="caller", text="my service credit is wrong it has me at nineteen years"),
        Turn(speaker="agent", text="i'll mail you a copy of the record tomorrow and connect you to an analyst"),
    ]
    caller = CallerFacts(relation="retiree", verified=False)
    draft = DOCUMENTER.document(turns, caller, transfer="pension_analyst")
    assert draft.resolution == "transferred"
    assert draft.topics == ("service_credit",)
    assert draft.summary == (
        "Retiree, not verified, called about service credit: “my service credit is wrong it has me at 19 years”."
        " Agent will mail a copy of the record tomorrow. Transferred to Pension Analyst."
    )


def test_bank_numbers_stay_out_of_running_text() -> None:
    turns = [Turn(speaker="caller", text="the routing number is zero six one one zero three nine four six")]
    draft = DOCUMENTER.document(turns, CallerFacts(relation="retiree", verified=True))
    assert [update.value for update in draft.updates] == ["061103946"]
    assert "061103946" not in draft.summary


def test_a_number_said_in_parts_is_put_together() -> None:
    found = given_in("my cell is four seven eight", "okay", "five five five", "uh huh", "oh one two two")
    assert found == {"phone": "478-555-0122"}


def test_an_address_given_in_two_answers() -> None:
    found = given_in("it's now nine elm court", "and the city and zip", "macon georgia three one two oh one")
    assert found == {"mailing_address": "9 elm court macon georgia 31201"}


def test_what_is_on_file_is_the_old_value() -> None:
    given = updates(
        talk(
            "i have a new phone",
            "okay i still show four seven eight five five five oh one two two",
            "it's four seven eight five five five oh one nine nine now",
        )
    )
    assert [(each.field, each.value, each.old_value) for each in given] == [("phone", "478-555-0199", "478-555-0122")]


def test_what_the_pension_system_has_already_is_no_update() -> None:
    said = talk("my number is four seven eight five five five oh one two two")
    assert updates(said, {"phone": "(478) 555-0122"}) == ()
    assert updates(said, {"phone": "(478) 555-0199"})[0].old_value == "(478) 555-0199"


def test_how_sure_an_update_is() -> None:
    number = "four seven eight five five five oh one two two"
    once, agreed = updates(talk(f"my cell is {number}")), updates(talk(f"my cell is {number}", f"{number} got it"))
    wrong = updates(talk("the routing number is zero six one one zero three nine four five"))
    assert once[0].confidence < agreed[0].confidence
    assert wrong[0].confidence < once[0].confidence


def test_every_part_is_linked_to_its_words() -> None:
    said: list[tuple[Speaker, str]] = [
        ("caller", "um my service credit is wrong it has me at nineteen years"),
        ("caller", "and uh my cell is four seven eight five five five oh one two two"),
        ("agent", "i've corrected your birth date and uh i'll mail you the record by friday"),
    ]
    turns = [Turn(speaker=speaker, text=text, utterance_id=f"u{place}") for place, (speaker, text) in enumerate(said)]
    draft = DOCUMENTER.document(turns, CallerFacts(), on=date(2025, 11, 24))
    texts = {turn.utterance_id: turn.text.split() for turn in turns}

    def words(spans: tuple[Said, ...]) -> str:
        return " ".join(" ".join(texts[span.utterance_id][span.first : span.last]) for span in spans)

    assert words(draft.updates[0].said) == "four seven eight five five five oh one two two"
    assert words(draft.promises[0].said) == "i'll mail you the record by friday"
    assert (draft.promises[0].due, draft.promises[0].when) == ("2025-11-28", "by friday")
    assert words(draft.done[0].said) == "i've corrected your birth date"
    assert draft.done[0].text == "Corrected your birth date."
    grounds = {ground.part: words(ground.said) for ground in draft.grounds}
    assert "service credit" in grounds["topic:service_credit"]
    assert grounds["reason"].startswith("my service credit is wrong")
    assert draft.correspondence[0].due == "2025-11-28"
    assert draft.disposition == "change"


def test_what_the_caller_has_to_do() -> None:
    turns = [
        Turn(speaker="agent", text="you'll need to send us a copy of the card"),
        Turn(speaker="caller", text="okay i'll bring it in on monday"),
    ]
    draft = DOCUMENTER.document(turns, CallerFacts())
    assert [each.text for each in draft.follow_ups] == [
        "Caller is to send us a copy of the card.",
        "Caller will bring it in on monday.",
    ]


@pytest.mark.parametrize(
    ("said", "resolution"),
    [
        (("can you help me with this", "let me transfer you to an analyst", "thank you"), "transferred"),
        (("is my form in", "i'll have an analyst call you by friday", "okay"), "follow_up"),
        (("is my form in", "i'll mail you a copy", "okay"), "resolved"),
        (("what is her balance", "i can't discuss her account", "never mind then thank you"), "unresolved"),
        (("is my form in", "yes it is we've updated your record", "thank you"), "resolved"),
    ],
)
def test_how_a_call_ends(said: tuple[str, ...], resolution: str) -> None:
    turns = [Turn(speaker="agent" if place % 2 else "caller", text=text) for place, text in enumerate(said)]
    assert DOCUMENTER.document(turns, CallerFacts()).resolution == resolution


def test_no_words_no_documentation() -> None:
    draft = DOCUMENTER.document((), CallerFacts())
    assert (draft.summary, draft.reason, draft.resolution) == ("", "", "unresolved")


@given(
    st.lists(
        st.sampled_from(
            [
                "one",
                "two",
                "oh",
                "five",
                "twenty",
                "hundred",
                "thousand",
                "and",
                "point",
                "double",
                "street",
                "at",
                "dot",
                "com",
                "box",
                "p",
                "o",
            ]
        )
    )
)
@settings(max_examples=300, deadline=None)
def test_any_numbers_at_all_are_taken(said: list[str]) -> None:
    text = " ".join(said)
    updates(talk(text, text))
    assert folded("".join(written(said))).isascii()
