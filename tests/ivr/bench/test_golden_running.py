"""A golden test passes where the call is as it says; where not, it tells the call and the line that differed."""

from __future__ import annotations

from pathlib import Path

import pytest
from benched import DOCS, LEVELS, MENU, PEACHTREE, a_menu, page, suite

from ivr.bench import golden, telling
from ivr.bench.coverage import Exit, covered
from ivr.bench.facts import Person
from ivr.bench.facts_form import SECTIONS
from ivr.bench.golden import Result
from ivr.bench.golden_file import FIELDS, LEARNT, LINES, OPTIONAL, QUEUE_ENDS
from ivr.document.model import Document
from ivr.document.reading import read_files

PAGE = "menus-bench.md"
HEAD = "tests:\n  - name: A test\n    now: 2026-11-24 10:00\n    language: en\n"


def ran(tmp_path: Path, test: str, document: Document = PEACHTREE) -> Result:
    """One test, whose fields are written from its call on."""
    read = suite(
        tmp_path / "a.test.yaml", HEAD + "".join(f"    {line}\n" for line in test.strip().splitlines()), document
    )
    assert read.findings == ()
    return golden.run(read.tests[0], document, LEVELS)


def differs(result: Result) -> list[str]:
    return [str(failure).rpartition("a.test.yaml:")[2] for failure in result.failures]


@pytest.mark.parametrize("name", page(PAGE))
def test_the_examples_of_the_page_pass(name: str, tmp_path: Path) -> None:
    read = suite(tmp_path / name, page(PAGE)[name])
    assert (read.findings, read.document) == ((), tmp_path / "menu.yaml")
    assert "menu.yaml" in MENU
    results = [golden.run(test, PEACHTREE, LEVELS) for test in read.tests]
    assert [differs(result) for result in results] == [[]] * len(read.tests)


def test_every_word_of_the_language_is_on_the_page() -> None:
    text = (DOCS / PAGE).read_text()
    words = {*FIELDS, *OPTIONAL, *LINES, *LEARNT, *QUEUE_ENDS, *SECTIONS, *Person.__struct_fields__, "tests"}
    assert [word for word in words if word not in text] == []


# --- what is heard


@pytest.mark.parametrize(
    "words",
    [
        "for your pension payments, press 1",
        "FOR YOUR PENSION PAYMENTS, press one",
        "/pension .* press 1\\./",
        "Main menu. For your pension payments",
    ],
)
def test_words_are_heard_as_they_are_written_or_spoken(words: str, tmp_path: Path) -> None:
    assert differs(ran(tmp_path, f"call:\n  - hears: '{words}'")) == []


def test_words_are_heard_in_order_and_each_once(tmp_path: Path) -> None:
    assert differs(ran(tmp_path, "call:\n  - hears: [Main menu, press 2, press 4]")) == []
    for words in ("[press 4, press 2]", "[Main menu, main menu]", "[press two, press 1]"):
        assert len(differs(ran(tmp_path, f"call:\n  - hears: {words}"))) == 1, words


def test_what_was_said_before_the_last_thing_done_is_not_heard_any_longer(tmp_path: Path) -> None:
    assert differs(
        ran(tmp_path, "call:\n  - presses: 1\n  - hears: Enter your member number\n  - hears: Main menu")
    ) == [
        '8:9: expected to hear "Main menu", heard "Enter your member number, then the pound key. '
        'If you do not have it, just press pound."'
    ]


def test_what_must_not_be_heard_is_looked_for_up_to_the_next_thing_done(tmp_path: Path) -> None:
    assert differs(ran(tmp_path, "call:\n  - hears_not: Medicare\n  - presses: 1"))[0].startswith(
        '6:9: expected not to hear "Medicare", heard'
    )
    assert differs(ran(tmp_path, "call:\n  - presses: 1\n  - hears_not: [Medicare, /main menu/]")) == []
    assert len(differs(ran(tmp_path, "call:\n  - hears_not: /medicare/"))) == 1


def test_a_value_may_be_written_or_spoken(tmp_path: Path) -> None:
    test = """
facts:
  members: {10000023: {pin: 1234}}
  services: {next_payment: {scheduled: {amount: $1200.50, day: 2026-12-01}}}
call:
  - presses: 1
  - enters: 10000023#
  - enters: 1234#
  - hears: %s
"""
    for words in (
        "payment of $1,200.50 is on",
        "one thousand two hundred dollars and fifty cents",
        "/twenty twenty.six/",
    ):
        assert differs(ran(tmp_path, test % words)) == [], words


# --- where it ends


def test_everything_that_is_otherwise_at_the_end_is_told(tmp_path: Path) -> None:
    test = """
call:
  - presses: 3
ends: {queue: survivors, priority: 9, skills: [death], facts: {reason: A death}}
learnt: {verified: pin, consent: given, path: [no]}
"""
    assert differs(ran(tmp_path, test)) == [
        "7:40: expected priority 9, found 10 (in the queue survivors)",
        "7:51: expected skills [death], found [survivors] (in the queue survivors)",
        "7:67: expected facts {reason: A death}, found {reason: Report of a death} (in the queue survivors)",
        "8:24: expected verified pin, found none",
        "8:51: expected path [no], found [language: en, Report a death, Report of a death]",
    ]


@pytest.mark.parametrize(
    ("call", "end", "told"),
    [
        ("- presses: 0", "goodbye", "found none (in the queue member_services)"),
        ("- hangs_up", "{at: main}", "found none (the caller hung up)"),
        ("- presses: 1", "{queue: member_services}", "found none (the call goes on, at identify)"),
        ("- presses: 4", "{outside: 911}", "found 18006334227 (at the agency 18006334227)"),
        ("- waits", "{at: language}", "found main (the call goes on, at main)"),
    ],
)
def test_another_end_is_told(call: str, end: str, told: str, tmp_path: Path) -> None:
    [failure] = differs(ran(tmp_path, f"call:\n  {call}\nends: {end}"))
    assert failure.endswith(told)


@pytest.mark.parametrize(
    ("call", "end"),
    [
        ("- presses: 0", "{queue: member_services}"),
        ("- presses: 4", "{outside: 800-633-4227}"),
        ("- waits", "{at: main}"),
        ("- hears: This call is recorded", "{at: consent}"),
        ("- hangs_up", "hangs_up"),
    ],
)
def test_an_end_that_is_as_it_says(call: str, end: str, tmp_path: Path) -> None:
    assert differs(ran(tmp_path, f"call:\n  {call}\nends: {end}")) == []


def test_a_call_that_is_over_and_one_that_asks_what_is_not_said(tmp_path: Path) -> None:
    assert differs(ran(tmp_path, "call:\n  - presses: 0\n  - presses: 1")) == [
        "7:9: expected a call that goes on, found its end: in the queue member_services"
    ]
    test = "facts: {members: {1: {pin: 12}}}\ncall:\n  - presses: 1\n  - enters: 1#\n  - enters: 12#"
    assert (
        "9:9: expected a menu that goes on, found: the service 'next_payment' is asked"
        in differs(ran(tmp_path, test))[0]
    )


def test_a_menu_that_cannot_begin_is_a_failure(tmp_path: Path) -> None:
    first = "first: {step: serve, service: office, outcomes: {told: people}}\n"
    text = f"name: A\nlanguages: [en]\nzone: America/New_York\nstart: first\nperson: people\nsteps:\n  {first}" + (
        "  people: {step: queue, queue: member_services}\n"
    )
    document = read_files("menu.yaml", {"menu.yaml": text}).document
    assert document is not None
    result = golden.run(
        suite(tmp_path / "a.test.yaml", HEAD.replace("    language: en\n", "") + "    call: []\n", document).tests[0],
        document,
        {"office": "none"},
    )
    assert result.walk is None
    assert "the service 'office' is asked" in str(result.failures[0])
    assert next(telling.failed(result)).startswith("FAILED A test")


def test_a_failing_test_is_told_as_the_dialogue_that_it_was(tmp_path: Path) -> None:
    menu = a_menu(
        "main:\n  step: menu\n  say: {en: Press 1.}\n  options:\n    1: {about: One, next: more}\n"
        "more: {step: collect, name: form, kind: digits, say: {en: Which form?}, next: people}\n"
    )
    result = ran(tmp_path, "call:\n  - presses: 1\n  - enters: 12#\n  - hears: Goodbye", menu)
    told = [line.replace(str(tmp_path) + "/", "") for line in telling.failed(result)]
    assert told == [
        "FAILED A test (a.test.yaml:2:11)",
        "              (a call, Tuesday 2026-11-24 10:00)",
        "      menu:   Press 1.",
        "      caller: presses 1",
        "      menu:   Which form?",
        "      caller: enters 12#",
        "      menu:   I will connect you.",
        "              (in the queue member_services)",
        '  >>> a.test.yaml:8:9: expected to hear "Goodbye"',
        '      heard "I will connect you."',
    ]


# --- coverage


def test_what_no_test_took_is_named(tmp_path: Path) -> None:
    results = [
        ran(tmp_path, "call:\n  - presses: 3"),
        ran(tmp_path, "call:\n  - presses: 1\n  - enters: '#'"),
        ran(tmp_path, "call:\n  - waits: 4"),
    ]
    coverage = covered(PEACHTREE, [result.walk for result in results if result.walk])
    assert [exit_.name for exit_ in coverage.missing_options] == ["2 A form", "4 Medicare"]
    by_step = {step: [exit_.name for exit_ in coverage.missing if exit_.step == step] for step in PEACHTREE.steps}
    assert by_step["main"] == ["2 A form", "4 Medicare"]
    assert by_step["open-or-closed"] == ["otherwise, to after-hours"]
    assert by_step["identify"] == ["verified", "minor", "too many tries"]
    assert by_step["payment"] == ["scheduled", "suspended", "none", "person", "not_allowed", "failed"]
    assert Exit(step="member-services", kind="way", name="closed") in coverage.missing
    assert coverage.never_met == ("after-hours", "form-number", "form-noted", "leave-number", "medicare", "bye")
    assert coverage.all - coverage.taken == len(coverage.missing)


def test_options_that_lead_to_the_same_step_are_told_apart(tmp_path: Path) -> None:
    menu = a_menu(
        "main:\n  step: menu\n  say: {en: Press.}\n  options:\n"
        "    1: {about: Same, next: people}\n    2: {about: Same, next: people}\n"
    )
    result = ran(tmp_path, "call:\n  - presses: 2", menu)
    assert result.walk is not None
    assert [exit_.name for exit_ in covered(menu, [result.walk]).missing_options] == ["1 Same"]
