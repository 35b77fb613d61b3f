"""`memberline ivr check` and `memberline ivr schema` as whoever writes a menu runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.document.schema import generate
from memberline.cli import cli
from memberline.commands.ivr import COMMANDS

GOOD = """\
name: A small menu
languages: [en]
zone: America/New_York
start: hello
person: people
prompts:
  welcome: {en: Welcome.}
steps:
  hello: {step: announce, say: welcome, next: people}
  people: {step: queue, queue: member_services}
"""


@pytest.fixture
def menu(tmp_path: Path) -> Path:
    path = tmp_path / "menu.yaml"
    path.write_text(GOOD)
    return path


def check(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["ivr", "check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_good_menu_is_called_good_with_its_version(menu: Path) -> None:
    result = check(menu)
    assert result.exit_code == 0
    assert result.output.startswith(f"{menu}: good (2 steps in en; version ")


def test_all_errors_are_told_with_place_and_suggestion(menu: Path) -> None:
    menu.write_text(GOOD.replace("hello\nperson", "helo\nperson").replace("next: people", "next: poeple"))
    result = check(menu)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{menu}:4:8: error: found the target 'helo', expected a step of this document (did you mean 'hello'?)",
        f"{menu}:9:47: error: found the target 'poeple', expected a step of this document, back or person "
        "(did you mean 'people'?)",
        f"{menu}: 2 errors, 0 warnings",
    ]


def test_a_service_that_memberline_does_not_have_is_told(menu: Path) -> None:
    step = "{step: serve, service: next_paymnt, outcomes: {none: people}}"
    menu.write_text(GOOD.replace("next: people", "next: serve") + f"  serve: {step}\n")
    assert "found the service 'next_paymnt', expected a service of Memberline (did you mean 'next_payment'?)" in (
        check(menu).output
    )


def test_a_warning_fails_only_if_it_is_asked_to(menu: Path) -> None:
    menu.write_text(GOOD.replace("prompts:\n", "prompts:\n  more: {en: More.}\n"))
    assert check(menu).exit_code == 0
    assert f"{menu}:7:3: warning: found the prompt 'more', which nothing says" in check(menu).output
    assert check(menu, "--strict").exit_code == 1


def test_the_same_as_json(menu: Path) -> None:
    good = check(menu, "--json")
    assert json.loads(good.output) == {"good": True, "version": json.loads(good.output)["version"], "findings": []}
    assert len(json.loads(good.output)["version"]) == 16
    menu.write_text(GOOD.replace("hello\nperson", "helo\nperson"))
    bad = check(menu, "--json")
    assert bad.exit_code == 1
    assert json.loads(bad.output) == {
        "good": False,
        "version": None,
        "findings": [
            {
                "file": str(menu),
                "line": 4,
                "column": 8,
                "severity": "error",
                "found": "the target 'helo'",
                "expected": "a step of this document",
                "suggestion": "hello",
            }
        ],
    }


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = check(tmp_path / "none.yaml")
    assert result.exit_code == 1
    assert "none.yaml: error: found a file that cannot be read (No such file or directory)" in result.output


def test_the_schema_is_printed_whole() -> None:
    result = CliRunner().invoke(cli, ["ivr", "schema"])
    assert json.loads(result.output) == generate()


def test_help_names_every_command_without_loading_any() -> None:
    result = CliRunner().invoke(cli, ["ivr", "--help"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in COMMANDS)
