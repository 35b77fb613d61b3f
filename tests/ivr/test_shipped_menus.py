"""Every menu that ships: good, short, and told as calls that take each of its ways, in each of its languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from core.yaml_places import Finding
from ivr.bench import golden, golden_file
from ivr.bench.coverage import covered
from ivr.bench.doings import AtAgency, Doing, InQueue, MenuEnded, Presses, Says, Waits
from ivr.bench.facts import CallBacks, Facts, Given, Person, Representative
from ivr.bench.golden import Golden, Hears, HearsNot
from ivr.bench.golden_file import Suite
from ivr.bench.sounds import Utterance
from ivr.bench.understanding import understood
from ivr.bench.walk import Walk
from ivr.dialog.actions import Listen, Prove, QueueNow, Served, Words, birth_date
from ivr.document.model import Collect, Document, Leave, Menu
from ivr.document.reading import load, read
from ivr.self_service.catalogue import SPECS
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Money
from ivr.speaking.values import Words as WordsSaid

ROOT = Path(__file__).parents[2] / "ivr" / "menus"
MENUS = sorted(ROOT.glob("*/menu.yaml"))
LEVELS = {name: spec.level for name, spec in SPECS.items()}
CALLERS = ROOT / "peachtree" / "menu.yaml"
ENDS_WELL = (InQueue, AtAgency, MenuEnded)


@cache
def document(menu: Path) -> Document:
    return load(menu, SPECS)


@cache
def suites(menu: Path) -> tuple[Suite, ...]:
    return tuple(golden_file.read(path, SPECS, lambda _: document(menu)) for path in golden_file.files(menu.parent))


def stories(menu: Path) -> Iterator[Golden]:
    for suite in suites(menu):
        yield from suite.tests


def is_by_keys(story: Golden) -> bool:
    """Nobody speaks in it, nor chooses a language as part of it: it can be told in any."""
    return bool(story.given.language) and not any(isinstance(line.what, Says) for line in story.lines)


TOLD = [(menu, story) for menu in MENUS for story in stories(menu)]
BY_KEYS = [(menu, story) for menu, story in TOLD if is_by_keys(story)]
by_keys = pytest.mark.parametrize(("menu", "story"), BY_KEYS, ids=[story.name for _, story in BY_KEYS])
every_menu = pytest.mark.parametrize("menu", MENUS, ids=lambda menu: menu.parent.name)
every_story = pytest.mark.parametrize(("menu", "story"), TOLD, ids=[story.name for _, story in TOLD])


def doings(story: Golden) -> list[Doing]:
    return [line.what for line in story.lines if not isinstance(line.what, Hears | HearsNot)]


def test_there_are_menus_that_ship() -> None:
    assert {"closing", "peachtree"} <= {menu.parent.name for menu in MENUS}


# --- the document -----------------------------------------------------------------------------------


@every_menu
def test_nothing_is_wrong_with_it_not_even_a_prompt_that_is_too_long(menu: Path) -> None:
    assert [str(finding) for finding in read(menu, SPECS).findings] == []


@every_menu
def test_no_more_than_seven_ways_are_read_out_in_one_menu(menu: Path) -> None:
    for name, step in document(menu).steps.items():
        if isinstance(step, Menu):
            assert sum(bool(option.say) for option in step.options.values()) <= 7, name


@every_menu
def test_every_key_of_a_menu_is_told(menu: Path) -> None:
    """In the option's own words or in the menu's, in every language."""
    for name, step in document(menu).steps.items():
        if not isinstance(step, Menu):
            continue
        for key, option in step.options.items():
            if key == "0":
                continue
            for language in document(menu).languages:
                told = " ".join(prompt.texts[language] for prompt in (*step.say, *option.say))
                assert key in told, f"{name}, {key}, {language}"


@every_menu
def test_whatever_may_be_said_opens_its_own_way(menu: Path) -> None:
    """A phrase within another's would be asked back, and be of no use."""
    plan = document(menu)
    for name, step in plan.steps.items():
        if not isinstance(step, Menu) or not step.speech:
            continue
        for language in plan.languages:
            phrases = {
                phrase: key for key, option in step.options.items() for phrase in option.phrases.get(language, ())
            }
            for phrase, key in phrases.items():
                said = understood(phrase, Words(phrases=phrases), language)
                assert (said.keys, said.sure) == (key, True), f"{name}: {phrase}"


@every_menu
def test_spanish_speaks_to_the_caller_as_usted_and_in_one_manner(menu: Path) -> None:
    for utterance in in_spanish(menu):
        words = f" {utterance.text.casefold()} "
        for other in (" tú ", " tu ", " te ", " press ", "presione", "pulse", "numeral", "almohadilla"):
            assert other not in words, utterance.text


# --- the calls --------------------------------------------------------------------------------------


@every_menu
def test_its_stories_are_well_written(menu: Path) -> None:
    findings: list[Finding] = [finding for suite in suites(menu) for finding in suite.findings]
    assert [str(finding) for finding in findings] == []


@every_story
def test_story(menu: Path, story: Golden) -> None:
    result = golden.run(story, document(menu), LEVELS)
    assert [str(failure) for failure in result.failures] == []


@every_menu
def test_the_stories_take_every_option_case_outcome_and_way_after_too_many_tries(menu: Path) -> None:
    results = [golden.run(story, document(menu), LEVELS) for story in stories(menu)]
    coverage = covered(document(menu), [result.walk for result in results if result.walk is not None])
    assert (coverage.missing, coverage.never_met) == ((), ())
    assert coverage.taken == coverage.all > 0


@by_keys
def test_a_story_by_keys_goes_the_same_way_in_every_other_language(menu: Path, story: Golden) -> None:
    """And each prompt can be said there, with its values."""
    walked = told_in(menu, story, story.given.language)
    for language in document(menu).languages:
        other = told_in(menu, story, language)
        assert (other.trail, other.over) == (walked.trail, walked.over)


@every_story
def test_wherever_a_caller_is_asked_zero_leads_to_a_person_or_to_a_call_back(menu: Path, story: Golden) -> None:
    for asked in questions(menu, story):
        step = document(menu).steps[asked.at]
        if isinstance(step, Collect) and (step.least <= 1 or asked.state.phase == "confirm"):
            continue  # 0 is a digit of what is asked for
        at = asked.at
        press(asked, "0")
        waiting = isinstance(asked.over, InQueue) or asked.state.phase == "offer"
        assert waiting or isinstance(document(menu).steps[asked.at], Leave), f"0 at {at} leads to {asked.at}"


@every_story
def test_whoever_falls_silent_anywhere_ends_with_people_or_a_kind_word(menu: Path, story: Golden) -> None:
    for asked in questions(menu, story):
        at = asked.at
        for _ in range(30):
            if asked.over is None:
                asked.do(Waits())
        assert isinstance(asked.over, ENDS_WELL), f"silence at {at} leads to {asked.at}"


@pytest.mark.parametrize("seed", range(200))
def test_callers_who_do_anything_come_to_an_end_and_at_night_to_no_queue(seed: int) -> None:
    chance = Random(seed)
    night = chance.random() < 0.5
    walk = begun(CALLERS, anybody(chance, night=night))
    for _ in range(25):
        if walk.over is None:
            walk.do(Presses(chance.choice(INPUTS)))
    for _ in range(40):
        if walk.over is None:
            walk.do(Waits())
    assert isinstance(walk.over, ENDS_WELL)
    said = [each.text for turn in walk.turns for each in turn.heard if each.language == "en"]
    if night:
        assert not isinstance(walk.over, InQueue)
        assert not [text for text in said if "Please hold" in text or "with somebody who can help" in text]


# --- callers of whom anything may be true, and who do anything

MEMBER, GUARDED, CHILD, ACTING = "10000023", "10000064", "10000056", "700015"
PIN, LAST_FOUR, BIRTH = "2580", "6789", "03041950"
INPUTS = (*"0123456789*#", *"1111", MEMBER + "#", GUARDED + "#", CHILD + "#", ACTING + "#", PIN + "#", LAST_FOUR, BIRTH)


def anybody(chance: Random, *, night: bool) -> Given:
    person = Person(first_name="Rose", pin=PIN, ssn=LAST_FOUR, birth=birth_date(BIRTH))
    members = {
        MEMBER: replace(person, telephone="404-555-0123"),
        GUARDED: replace(person, protected=True),
        CHILD: replace(person, minor=True),
    }
    outcomes = {
        name: tuple(
            Served(outcome=outcome, values={value: VALUES.get(value, WORDS) for value in spec.outcomes[outcome]})
            for outcome in chance.choices(tuple(spec.outcomes), k=4)
        )
        for name, spec in SPECS.items()
    }
    facts = Facts(
        members=members,
        representatives={ACTING: Representative(member=MEMBER, code=PIN)},
        services=outcomes,
        queues={"member_services": QueueNow(wait_s=chance.choice((None, 60.0, 900.0)), position=2)},
        callbacks=CallBacks(refused=chance.choice(((), ("all",)))),
        unanswered=chance.choice(((), ("1-800-772-1213", "1-800-633-4227"))),
    )
    return Given(
        now=datetime(2026, chance.choice((3, 11)), 10, 22 if night else 10),  # noqa: DTZ001 - in the document's zone
        calls_from=chance.choice(("", "404-555-0123")),
        language=chance.choice(("en", "es")),
        facts=facts,
    )


VALUES: dict[str, AnyValue] = {
    "amount": Money(cents=184320),
    "year": Count(number=2025),
    "time": Clock(time=time(9, 30)),
    **dict.fromkeys(("day", "paid", "until"), Day(day=date(2026, 3, 17))),
    **dict.fromkeys(("reference", "slot", "zip"), Digits(digits="31201")),
}
WORDS = WordsSaid(texts={"": "Macon"})

# --- how they are told again ------------------------------------------------------------------------


def begun(menu: Path, given: Given) -> Walk:
    return Walk(document(menu), given, LEVELS)


def told_in(menu: Path, story: Golden, language: str) -> Walk:
    walk = begun(menu, replace(story.given, language=language))
    for doing in doings(story):
        walk.do(doing)
    while walk.listen_on():
        pass
    return walk


def press(walk: Walk, keys: str) -> None:
    walk.do(Presses(keys))


def questions(menu: Path, story: Golden) -> Iterator[Walk]:
    """The call at each of its questions, one after the other, for something else to be done there."""
    lines = doings(story)
    for count in range(len(lines) + 1):
        walk = begun(menu, story.given)
        for doing in lines[:count]:
            walk.do(doing)
        while walk.listen_on():
            pass
        if walk.over is None and isinstance(walk.question, Listen | Prove):
            yield walk


@cache
def in_spanish(menu: Path) -> frozenset[Utterance]:
    """Everything that the stories make it say to a Spanish caller."""
    said: set[Utterance] = set()
    for story in stories(menu):
        if is_by_keys(story):
            said |= {each for turn in told_in(menu, story, "es").turns for each in turn.heard if each.language == "es"}
    return frozenset(said)
