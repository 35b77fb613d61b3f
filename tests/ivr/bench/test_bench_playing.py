"""Playing a call by hand: every line does something or is told what it might have meant; what was played passes as a
test."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from benched import LEVELS, PEACHTREE, SUNDAY, WORKDAY
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Problem
from ivr.bench import facts_words, golden, golden_text
from ivr.bench.doings import MenuEnded
from ivr.bench.facts import Facts, Given
from ivr.bench.golden_file import read
from ivr.bench.playing import Player
from ivr.bench.telling import Told
from ivr.dialog.actions import QueueNow
from ivr.document.model import Document
from ivr.document.reading import load
from ivr.self_service.catalogue import SPECS

SHIPPED = Path(__file__).parents[3] / "ivr" / "menus" / "peachtree" / "menu.yaml"


def player(*lines: str, language: str = "en", document: Document = PEACHTREE) -> Player:
    playing = Player(document, Given(now=WORKDAY, language=language), SPECS)
    playing.begin()
    for line in lines:
        playing.typed(line)
    return playing


def words(told: list[Told]) -> list[str]:
    return [each.words for each in told]


def test_each_line_is_answered_with_what_is_new() -> None:
    playing = Player(PEACHTREE, Given(now=WORKDAY), SPECS)
    assert words(playing.begin())[-1] == "Para español, oprima el número 2."
    assert playing.question == "a key"
    assert words(playing.typed("1"))[0].startswith("This call is recorded")
    assert playing.question == "9 cuts it short; wait, or anything else, hears it out"
    assert words(playing.typed("wait"))[0] == "Main menu."
    assert playing.question == "a key, or say it"
    assert words(playing.typed("say I want to check my payment"))[0].startswith("Enter your member number")
    assert playing.question == "up to 12 keys"
    assert words(playing.typed("hang up")) == ["the caller hung up; say save NAME to keep this call as a test"]


def test_what_was_heard_to_its_end_is_shown_before_what_comes_of_the_key() -> None:
    playing = player()
    said = words(playing.typed("3"))
    assert said[0] == "Main menu."
    assert said[-2:] == [
        "I am sorry for your loss. I will connect you at once.",
        "in the queue survivors; say save NAME to keep this call as a test",
    ]


def test_a_service_that_nothing_is_known_of_is_asked_for_and_values_left_out_are_made_up() -> None:
    playing = player("facts member pin=1234", "1", "10000023#")
    told = words(playing.typed("1234#"))
    assert told[:2] == [
        "that is right",
        "the service next_payment is asked. What comes of it? One of these; values left out are made up:",
    ]
    assert "  scheduled amount=… day=…" in told
    assert playing.question == "what comes of next_payment?"
    assert words(playing.typed("schduled"))[0].endswith("(did you mean 'scheduled'?)")
    told = words(playing.typed("scheduled amount=$10"))
    assert told[1] == "Your next payment of ten dollars is on Tuesday, December first, twenty twenty-six."


def test_back_takes_back_the_last_thing_done() -> None:
    playing = player("2", "7#")
    assert words(playing.typed("back"))[0].startswith("Enter the number of the form")
    assert words(playing.typed("back"))[0].startswith("Thank you for calling")
    assert words(playing.typed("back")) == ["nothing was done yet"]


def test_after_the_end_one_may_go_back_or_begin_again() -> None:
    playing = player("3")
    assert playing.question == "again, back, save NAME, quit"
    assert words(playing.typed("1")) == ["the call is over. Say back, again, save NAME or quit"]
    assert words(playing.typed("again"))[0].startswith("Thank you for calling")
    assert playing.walk is not None
    assert playing.walk.over is None


def test_the_clock_is_when_the_call_arrives_until_something_was_done() -> None:
    playing = player()
    told = words(playing.typed("at 2026-11-22 10:00"))
    assert playing.given.now == SUNDAY
    assert told[0].startswith("Thank you for calling")
    playing = player("wait")
    playing.typed("at 17:30")
    assert words(playing.typed("0"))[0].startswith("Our office is closed.")
    assert words(player().typed("at noon"))[0].startswith("'noon' is no time")


def test_facts_that_are_added_hold_for_the_whole_call() -> None:
    playing = player("0")
    assert playing.walk is not None
    told = words(playing.typed('facts queue member_services wait="12 min" position=3'))
    assert any("The wait is about twelve minutes." in said for said in told)
    playing.typed("1")
    playing.typed("4045550123#")
    playing.typed("1")
    assert playing.walk is not None
    assert playing.walk.over == MenuEnded()
    playing.typed("facts queue member_services closed")
    assert "member-services: closed" in playing.walk.learnt.path
    assert playing.given.facts.queues == {"member_services": QueueNow(closed=True)}


def test_what_does_not_fit_the_changed_call_is_left_out() -> None:
    playing = player('facts queue member_services wait="12 min"', "0", "1")
    told = words(playing.typed("facts queue member_services wait=90s"))
    assert told[-1] == "the call is over earlier now: 1 left out"
    assert len(playing.doings) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("facts member collar=blue", "found the unknown field 'collar'"),
        ("facts membr 1", "there are no facts of the kind 'membr'. Did you mean 'member'?"),
        ("facts member 1 pin", "'pin' is no field. Write fields as name=value"),
        ("facts queue nowhere closed", "there is no queue 'nowhere'. There are member_services, survivors"),
        ("facts member first_name='Ro", "a quotation mark too many or too few"),
        ("facts representative code=1", "no number. Give one before the fields"),
        ("facts representative 7 member=9", "there is no member '9'. Add them first: facts member …"),
        ("facts service next_payment", "no outcome. Give what comes of the service"),
        ("facts service nothing none", "found the service 'nothing'"),
        ("language fr", "no language 'fr'. There are en, es"),
        ("dance", "'dance' is nothing that can be done here. Say ? for what there is"),
        ("say", "'say' is nothing that can be done here"),
    ],
)
def test_a_line_that_means_nothing_is_told_and_changes_nothing(line: str, told: str) -> None:
    playing = player("wait")
    before = (playing.given, list(playing.doings))
    assert told in words(playing.typed(line))[0]
    assert (playing.given, playing.doings) == before


def test_facts_are_shown_as_they_would_be_written() -> None:
    assert words(player().typed("facts")) == ["none"]
    playing = player(
        "facts member first_name=Rose pin=0042",
        "facts member protected=yes",
        "facts representative 700015 member=10000023 code=4711",
        "facts service next_payment none",
        "facts announced We are closed because of ice.",
        "facts announced survivors Busy.",
        "facts callbacks refused=404-555-0199,404-555-0198",
        "facts unanswered 1-800-633-4227",
    )
    assert words(playing.typed("facts")) == [
        "members:",
        "  '10000023':",
        "    first_name: Rose",
        "    pin: '0042'",
        "    protected: true",
        "representatives:",
        "  '700015':",
        "    member: '10000023'",
        "    code: '4711'",
        "services:",
        "  next_payment: none",
        "announced:",
        "  everywhere: We are closed because of ice.",
        "  survivors: Busy.",
        "callbacks:",
        "  reference: CB7",
        "  refused:",
        "  - 404-555-0199",
        "  - 404-555-0198",
        "unanswered:",
        "- 1-800-633-4227",
    ]


def test_who_calls_and_in_which_language_can_be_said() -> None:
    playing = player("facts member telephone=404-555-0123", "from 404-555-0123", "dialled 5001", "language es")
    assert playing.walk is not None
    assert playing.walk.learnt.verification == "number_match"
    assert (playing.walk.learnt.language, playing.given.dialled) == ("es", "5001")


def test_help_names_the_options_at_hand_and_every_command() -> None:
    told = words(player("wait").typed("?"))
    assert told[0] == "1  Payments (say payments, my payment, pension check)"
    assert any(line.startswith("save NAME") for line in told)


def test_quit_ends_and_an_unanswered_call_is_no_test_yet() -> None:
    playing = player("facts member pin=1", "1", "10000023#", "1#")
    with pytest.raises(Problem, match="the call waits for what a service says"):
        playing.test("Too early")
    playing.typed("quit")
    assert playing.done


# --- what was played passes


@cache
def shipped() -> Document:
    return load(SHIPPED, SPECS)


LINES = st.lists(
    st.one_of(
        st.text("0123456789*#", min_size=1, max_size=9),
        st.sampled_from(["1", "2", "3", "10000023#", "1234#", "10000023#1234#", "700015#", "4711#", "03041950#"]),
        st.sampled_from(["wait", "wait", "say my payment", "say yes", "mumble a form", "say nonsense", "say 1 2 3"]),
        st.sampled_from(["at 2026-12-24 9:00", "at 23:00", "back", "hang up", "language es", "language", "again"]),
        st.sampled_from(["from 404-555-0123", "facts unanswered 1-800-633-4227", "facts callbacks refused=all"]),
        st.sampled_from(
            [
                'facts queue member_services wait="12 min" position=3',
                "facts queue survivors closed",
                "facts announced We are closed.",
                "facts member first_name=Rose pin=1234 telephone=404-555-0123 ssn=6789 birth=1950-03-04",
                "facts member locked=1",
                "facts member minor=true",
                "facts representative 700015 member=10000023 code=4711",
            ]
        ),
    ),
    max_size=14,
)


MOST_ANSWERS = 50


def passes_as_it_was_played(playing: Player, document: Document, folder: Path) -> None:
    path = folder / "played.test.yaml"
    path.write_text(golden_text.dump([playing.test("As it was played")], document="menu.yaml"))
    suite = read(path, SPECS, lambda _: document)
    assert suite.findings == ()
    result = golden.run(suite.tests[0], document, LEVELS)
    assert list(map(str, result.failures)) == []


def answered(playing: Player) -> None:
    """Whatever is asked for comes to its first outcome, with values that are made up."""
    for _ in range(MOST_ANSWERS):
        if not playing.question.startswith("what comes of"):
            return
        service = playing.question.removeprefix("what comes of ").removesuffix("?")
        playing.typed(next(iter(SPECS[service].outcomes)))
    raise AssertionError(f"asked again and again: {playing.question}")


@pytest.mark.parametrize(
    ("service", "outcome"), [(name, each) for name, spec in SPECS.items() for each in spec.outcomes]
)
def test_every_outcome_can_be_typed_without_its_values(service: str, outcome: str) -> None:
    facts = facts_words.answered(Facts(), service, outcome, SPECS)
    assert [served.outcome for served in facts.services[service]] == [outcome]


@settings(deadline=None, max_examples=40)
@given(LINES)
def test_whatever_is_played_passes_as_a_golden_test(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    playing = player(language="")
    for line in lines:
        playing.typed(line)
        answered(playing)
    passes_as_it_was_played(playing, PEACHTREE, tmp_path_factory.mktemp("played"))


@settings(deadline=None, max_examples=25)
@given(LINES)
def test_whatever_is_played_of_the_shipped_menu_passes_too(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    document = shipped()
    playing = player("facts member pin=1234 first_name=Rose", document=document)
    for line in lines:
        playing.typed(line)
        answered(playing)
    passes_as_it_was_played(playing, document, tmp_path_factory.mktemp("played"))
