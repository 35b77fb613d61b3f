"""`memberline ivr test`, `play`, `graph` and `replay` as whoever writes a menu runs them."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import migrations
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from ivr.document.reading import read
from ivr.self_service.catalogue import SPECS
from ivr.versions import VersionStore
from memberline.cli import cli
from records.contact import Chose, Walked
from records.contacts import Contacts

MENU = """\
name: A small menu
languages: [en]
zone: America/New_York
start: notice
person: people
include: [main.yaml]
"""
MAIN = """\
steps:
  notice:
    step: consent
    say: {en: "This call is recorded. If you do not want that, press 9."}
    refuse: 9
    next: main
  main:
    step: menu
    about: Main menu
    say: {en: "For your payment, press 1. For a form, press 2."}
    speech: true
    options:
      1: {about: Payment, phrases: {en: my payment}, next: payment}
      2: {about: A form, phrases: {en: a form}, next: form}
  payment:
    step: serve
    service: next_payment
    identify: who
    outcomes:
      scheduled: {say: {en: "{amount} on {day}."}, next: main}
      suspended: person
      none: person
      person: person
      not_allowed: person
  who:
    step: identify
    number: {en: Your number?}
    number_again: {en: Your number again?}
    pin: {en: Your PIN?}
    pin_again: {en: Your PIN again?}
    verified: main
    unverified: person
  form: {step: collect, name: form, kind: digits, say: {en: Which form?}, next: people}
  people: {step: queue, queue: member_services, say: {en: I will connect you.}}
"""
TESTS = """\
document: menu.yaml
tests:
  - name: A form goes to a person
    call:
      - presses: 2
      - enters: 12#
    ends: {queue: member_services}
  - name: Zero reaches one too
    call:
      - hears: For a form, press 2
      - presses: 0
      - hears: I will connect you
"""


@pytest.fixture
def menu(tmp_path: Path) -> Path:
    (tmp_path / "menu.yaml").write_text(MENU)
    (tmp_path / "main.yaml").write_text(MAIN)
    (tmp_path / "menu.test.yaml").write_text(TESTS)
    return tmp_path / "menu.yaml"


def ivr(*arguments: object, typed: str = "") -> Result:
    """A `Problem` is printed as the program would."""
    result = CliRunner().invoke(cli, ["ivr", *map(str, arguments)], input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit | Problem), result.exception
    return result


# --- test


def test_tests_are_run_and_what_they_never_took_is_named(menu: Path) -> None:
    result = ivr("test", menu.parent)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "ok A form goes to a person",
        "ok Zero reaches one too",
        "",
        f"{menu}: 1 of 16 ways taken",
        "  payment: no test comes here",
        "  who: no test comes here",
        "  main: never option 1 Payment; too many tries",
        "  form: never too many tries",
        "2 tests, 0 failed",
    ]


def test_every_option_can_be_required(menu: Path) -> None:
    assert ivr("test", menu.parent, "--require-full").exit_code == 1
    tests = menu.parent / "more.test.yaml"
    tests.write_text("document: menu.yaml\ntests:\n  - name: Payment\n    call:\n      - says: my payment please\n")
    assert ivr("test", menu.parent, "--require-full").exit_code == 0


def test_a_test_that_fails_is_told_as_a_dialogue(menu: Path) -> None:
    tests = menu.parent / "menu.test.yaml"
    tests.write_text(TESTS.replace("I will connect you", "Goodbye"))
    result = ivr("test", tests)
    assert result.exit_code == 1
    assert f'  >>> {tests}:12:9: expected to hear "Goodbye"' in result.output
    assert "      caller: presses 0" in result.output
    assert result.output.endswith("2 tests, 1 failed\n")


def test_the_same_as_json(menu: Path) -> None:
    tests = menu.parent / "menu.test.yaml"
    tests.write_text(TESTS.replace("I will connect you", "Goodbye"))
    told = json.loads(ivr("test", tests, "--json").output)
    assert told["passed"] is False
    assert [(test["name"], test["passed"]) for test in told["tests"]] == [
        ("A form goes to a person", True),
        ("Zero reaches one too", False),
    ]
    [differs] = told["tests"][1]["differs"]
    assert (differs["file"], differs["line"], differs["expected"]) == (str(tests), 12, 'to hear "Goodbye"')
    assert told["coverage"][0]["missing"][0] == {"step": "main", "kind": "option", "name": "1 Payment"}
    assert told["coverage"][0]["never_met"] == ["payment", "who"]


def test_everything_wrong_with_test_files_and_their_menu_is_told(menu: Path) -> None:
    tests = menu.parent / "menu.test.yaml"
    tests.write_text(TESTS.replace("presses", "preses").replace("ends", "end"))
    problem = str(ivr("test", menu.parent).exception)
    assert f"{tests}:5:9: found the unknown field 'preses'" in problem
    assert f"{tests}:7:5: found the unknown field 'end'" in problem
    tests.write_text(TESTS)
    (menu.parent / "main.yaml").write_text(MAIN.replace("next: payment", "next: paymnt"))
    assert "found the target 'paymnt'" in str(ivr("test", menu.parent).exception)


def test_another_menu_can_be_tested_and_one_must_be_named(menu: Path) -> None:
    tests = menu.parent / "menu.test.yaml"
    tests.write_text(TESTS.replace("document: menu.yaml\n", ""))
    assert "names no document. Write document: into it, or use --document" in str(ivr("test", tests).exception)
    assert ivr("test", tests, "--document", menu).exit_code == 0
    assert ivr("test", menu.parent / "none").exit_code == 2


# --- play

PLAYED = """\
wait
say my payment
facts member pin=1234
10000023#
1234#
scheduled amount=$10
dance
save The payment is told
save The payment is told
quit
0
"""


def test_a_call_is_played_from_a_pipe_and_kept_as_a_test(menu: Path) -> None:
    result = ivr("play", menu, "--now", "2026-11-24 10:00", "--from", "404-555-0123", typed=PLAYED)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("A small menu, version ")
    assert lines[0].endswith("; Tuesday 2026-11-24 10:00. ? for help.")
    assert lines[1:5] == [
        "This call is recorded. If you do not want that, press 9.",
        "> wait",
        "For your payment, press 1. For a form, press 2.",
        "> say my payment",
    ]
    assert "ten dollars on Tuesday, December first, twenty twenty-six." in lines
    assert "('dance' is nothing that can be done here. Say ? for what there is)" in lines
    path = menu.parent / "the-payment-is-told.test.yaml"
    assert lines[-4:] == [
        f"(written to {path})",
        "> save The payment is told",
        f"({path}: is there already. Give another name)",
        "> quit",
    ]
    assert yaml.safe_load(path.read_text())["document"] == "menu.yaml"
    assert ivr("test", path).output.startswith("ok The payment is told\n")


def test_a_call_is_played_with_the_facts_of_a_file_of_tests(menu: Path) -> None:
    facts = menu.parent / "facts.test.yaml"
    facts.write_text("facts: {queues: {member_services: closed}}\ntests:\n  - {name: A, call: []}\n")
    output = ivr("play", menu, "--facts", facts, typed="wait\n0\nsave\n").output
    assert "I am sorry, no one can take your call right now. Please try again later." in output
    assert "(no name. Say what must be so, as: save Whoever presses 1 hears the payment)" in output
    facts.write_text("fact: {}\n")
    assert "found the unknown field 'fact'" in str(ivr("play", menu, "--facts", facts).exception)


def test_a_menu_that_is_not_good_or_options_that_mean_nothing_are_told(menu: Path) -> None:
    assert "'noon' is no time. Expected a day and a time" in str(ivr("play", menu, "--now", "noon").exception)
    assert "no language 'fr'. Use en" in str(ivr("play", menu, "--language", "fr").exception)
    menu.write_text(MENU.replace("people", "peple"))
    assert "menu.yaml:5:9: found the target 'peple'" in str(ivr("play", menu).exception)


# --- graph


@pytest.mark.parametrize(("name", "begins"), [("menu.svg", b"<?xml"), ("menu.png", b"\x89PNG"), ("menu.pdf", b"%PDF")])
def test_a_menu_is_drawn(menu: Path, name: str, begins: bytes) -> None:
    output = menu.parent / name
    assert ivr("graph", menu, "-o", output).output == f"{output}: 6 steps\n"
    assert output.read_bytes().startswith(begins)


def test_a_menu_is_drawn_for_graphviz_itself(menu: Path) -> None:
    output = menu.parent / "menu.dot"
    assert ivr("graph", menu, "-o", output).exit_code == 0
    assert output.read_text().startswith("digraph menu {")
    assert ivr("graph", menu, "--format", "dot", "-o", menu.parent / "menu.gv").exit_code == 0


def test_a_menu_with_errors_is_drawn_and_they_are_told(menu: Path) -> None:
    (menu.parent / "main.yaml").write_text(MAIN.replace("next: form}", "next: froms}"))
    output = menu.parent / "menu.dot"
    result = ivr("graph", menu, "-o", output)
    assert result.exit_code == 1
    assert "error: found the target 'froms'" in result.output
    assert "→ froms?" in output.read_text()


def test_what_cannot_be_drawn_is_told(menu: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no format 'gif'. Use one of svg, png, pdf, dot" in str(ivr("graph", menu, "-o", "menu.gif").exception)
    assert "cannot be written" in str(ivr("graph", menu, "-o", menu / "a.dot").exception)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "dot is not here. Install the package graphviz" in str(ivr("graph", menu, "-o", "menu.svg").exception)
    menu.write_text("name: A\n")
    assert "no step of it can be read" in str(ivr("graph", menu, "-o", menu.parent / "a.dot").exception)


# --- replay

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
DID = ("notice -", "main 1", "who xxxxxxxx#", "who =member", "who =right", "payment =scheduled", "main 0", "people =,")
PATH = ("Payment", "member number entered", "PIN right", "payment: scheduled", "asked for a person", "people")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'calls.db'}"
    migrations.upgrade(address)
    monkeypatch.setenv("MEMBERLINE_DATABASE_URL", address)
    return address


def kept(url: str, menu: Path, *, did: tuple[str, ...] = DID, version: str = "") -> str:
    """A call is made to this menu; its contact's id."""

    async def run() -> str:
        database = Database(url)
        try:
            found = read(menu, SPECS)
            assert found.document is not None
            await VersionStore(database, SystemClock()).use(found.document, found.main, dict(found.files))
            contacts = Contacts(database, SystemClock())
            contact_id = await contacts.open(
                "call-1",
                system="pbx",
                linkedid="1.1",
                caller_number="+14045559876",
                dialled="5001",
                started_at=AT,
            )
            await contacts.identify("call-1", None, "none", "en", version or found.document.version)
            for option in PATH:
                await contacts.progress("call-1", Chose(at=AT, option=option))
            if did:
                await contacts.progress("call-1", Walked(at=AT, did=did))
            return contact_id
        finally:
            await database.close()

    return asyncio.run(run())


def test_a_call_that_was_made_becomes_a_test_that_passes(url: str, menu: Path, tmp_path: Path) -> None:
    contact_id = kept(url, menu)
    tests, old = tmp_path / "replayed" / "call.test.yaml", tmp_path / "replayed" / "menu"
    result = ivr("replay", contact_id, "-o", tests, "--menu", old)
    assert result.exit_code == 0, result.exception
    assert (old / "main.yaml").read_text() == MAIN
    text = tests.read_text()
    assert text.startswith(f"# Made of contact {contact_id}: menu A small menu, version ")
    assert "note:" not in result.output
    [test] = yaml.safe_load(text)["tests"]
    assert (test["now"], test["ends"], test["learnt"]["verified"]) == (
        "2026-11-24 10:00",
        {"queue": "member_services"},
        "pin",
    )
    assert "9876" not in text
    assert ivr("test", tests).output.startswith("ok The call of 2026-11-24 10:00\n")
    assert ivr("replay", "call-1").output.startswith("# Made of contact")  # by the call's id, printed
    tests.write_text("something else")
    assert f"{tests}: is there already. Give another name" in str(ivr("replay", contact_id, "-o", tests).exception)


def test_what_cannot_be_replayed_is_told(url: str, menu: Path) -> None:
    assert "there is no such contact" in str(ivr("replay", "c0").exception)
    kept(url, menu, did=(), version="0123456789abcdef")
    assert "menu version 0123456789abcdef is not kept any longer" in str(ivr("replay", "call-1").exception)
    kept(url, menu, did=())
    assert "what the caller did in the menu was not kept of this call" in str(ivr("replay", "call-1").exception)


def test_a_record_that_tells_too_little_says_so_in_the_test(url: str, menu: Path) -> None:
    kept(url, menu, did=("notice -", "form 1"))
    output = ivr("replay", "call-1").output
    assert "# the call stands at main where the record has form: the rest is left out" in output
    assert "# recorded: Payment, member number entered" in output
