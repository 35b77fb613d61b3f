"""`memberline advise` and `memberline document` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.errors import Problem
from memberline.cli import cli

DIALOGUES = Path(__file__).parents[1] / "dialogues" / "dialogues-1.yaml"


def test_advice_as_json() -> None:
    result = CliRunner().invoke(cli, ["advise", str(DIALOGUES), "--json"])
    advised = json.loads(result.output)
    assert [set(one) for one in advised] == [{"id", "suggestions", "topics", "irate", "alarms"}] * 10
    made = next(one["suggestions"][0] for one in advised if one["id"] == "dev-004")
    assert set(made) == {"turn", "destination", "confidence", "reason", "evidence", "withdrawn_turn"}
    assert (made["destination"], made["withdrawn_turn"]) == ("pension_analyst", None)


def test_documentation_as_json() -> None:
    result = CliRunner().invoke(cli, ["document", str(DIALOGUES), "--json"])
    documented = json.loads(result.output)
    assert {"id", "topics", "summary", "updates", "commitments", "resolution"} <= set(documented[0])
    assert documented[0]["updates"][0] == {
        "field": "mailing_address",
        "value": "1806 north lee street apartment b valdosta georgia 31602",
    }


@pytest.mark.parametrize("command", ["advise", "document"])
@pytest.mark.parametrize("option", [[], ["--score"]])
def test_for_people(command: str, option: list[str]) -> None:
    result = CliRunner().invoke(cli, [command, str(DIALOGUES), *option])
    assert result.exit_code == 0
    assert ("F1" in result.output) == bool(option)


@pytest.mark.parametrize("command", ["advise", "document"])
def test_a_file_that_is_not_there(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "/nowhere.yaml"])
    assert isinstance(result.exception, Problem)
    assert "/nowhere.yaml" in str(result.exception)
