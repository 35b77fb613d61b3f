"""The measurements' own frame: what is reported, and when a goal counts as met."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks import harness
from benchmarks.harness import Goal, Result, interleaved, percentile
from core.errors import Problem


def test_a_goal_is_met_at_its_value_and_missed_without_a_figure() -> None:
    assert Goal("ratio", ">=", 1).met({"ratio": 1.0})
    assert not Goal("ratio", ">=", 1).met({"ratio": 0.99})
    assert Goal("p99_ms", "<=", 25).met({"p99_ms": 25.0})
    assert not Goal("p99_ms", "<=", 25).met({})


def test_measures_take_turns_and_give_their_medians() -> None:
    turns: list[str] = []
    values: Iterator[float] = iter([1.0, 10.0, 9.0, 30.0, 2.0, 20.0])

    def measure(name: str) -> float:
        turns.append(name)
        return next(values)

    assert interleaved(3, lambda: measure("a"), lambda: measure("b")) == [2.0, 20.0]
    assert turns == ["a", "b"] * 3


def test_percentiles() -> None:
    values = [float(n) for n in range(101)]
    assert [percentile(values, share) for share in (0, 0.5, 0.95, 1)] == [0, 50, 95, 100]


def test_the_report_and_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    result = Result({"ratio": 1.23456}, (Goal("ratio", ">=", 1), Goal("p99_ms", "<=", 25)))
    monkeypatch.setattr("benchmarks.tracker.run", lambda: result)
    output = CliRunner().invoke(command.main, ["tracker", "--json"]).output
    report = json.loads(output)
    assert report.pop("machine")
    assert report == {
        "benchmark": "tracker",
        "figures": {"ratio": 1.2346},
        "goals": [
            {"figure": "ratio", "op": ">=", "value": 1, "met": True},
            {"figure": "p99_ms", "op": "<=", "value": 25, "met": False},
        ],
    }
    table = CliRunner().invoke(command.main, ["tracker"]).output
    assert ">= 1 met" in table
    assert "<= 25 MISSED" in table


def test_each_benchmark_says_what_it_measures() -> None:
    listing = CliRunner().invoke(command.main, ["--list"]).output
    assert "tracker" in listing
    assert all(harness.benchmarks().values())


def test_a_quick_look_is_asked_for_by_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(presses: int = 400, seconds: float = 60.0) -> Result:
        return Result({"presses": presses, "seconds": seconds})

    monkeypatch.setattr("benchmarks.tracker.run", measured)
    output = CliRunner().invoke(command.main, ["tracker", "--json", "--set", "presses=40"]).output
    assert json.loads(output)["figures"] == {"presses": 40, "seconds": 60.0}
    wrong = CliRunner().invoke(command.main, ["tracker", "--set", "calls=40"])
    assert wrong.exit_code == 1
    assert "presses, seconds" in wrong.output
    assert "is no number" in CliRunner().invoke(command.main, ["tracker", "--set", "presses=few"]).output


def test_an_unknown_name_is_a_problem_that_names_the_others() -> None:
    with pytest.raises(Problem, match="tracker"):
        harness.run("nosuch")


def test_the_list_names_what_can_be_measured_and_nothing_else() -> None:
    speed = {"screen_pop", "state_latency", "tap", "tracker"}
    callers = {"estimated_wait", "ivr_latency", "ivr_load", "ivr_speech"}
    words = {"documentation", "redaction", "speech_capacity", "speech_overhead", "wer", "word_latency"}
    advice = {"advice", "advice_latency", "handbook"}
    coverage = {"closed_loop", "forecast", "plan", "staffing"}
    others = {"compression", "fanout", "recording", "recovery"}
    assert set(harness.benchmarks()) == speed | callers | words | advice | coverage | others
