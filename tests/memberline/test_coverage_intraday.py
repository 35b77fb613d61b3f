"""`memberline coverage intraday`, from files to what a scheduler reads at ten o'clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.commands.coverage import intraday

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "coverage"
HISTORY, CALENDAR = EXAMPLES / "history.csv", EXAMPLES / "calendar.yaml"
PLAN, TODAY = EXAMPLES / "plan.csv", EXAMPLES / "today.csv"
HEAD = "queue,start,offered,in_target,abandoned\n"


def run(*more: str | Path, plan: Path = PLAN, today: Path = TODAY) -> Result:
    arguments = [plan, today, HISTORY, "--calendar", CALENDAR, *more]
    return CliRunner().invoke(intraday.command, [str(each) for each in arguments])


def told(*more: str | Path, **files: Path) -> dict[str, Any]:
    result = run(*more, "--format", "json", **files)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)  # type: ignore[no-any-return]


def problem(result: Result) -> str:
    assert isinstance(result.exception, Problem)
    return str(result.exception)


def rest(found: dict[str, Any]) -> float:
    return sum(each["level"]["offered"] for each in found["projection"]["intervals"] if each["agents"] is not None)


def test_a_busy_morning_says_whom_to_move_and_sends_nobody_home() -> None:
    found = told()
    assert found["now"] == "2026-11-30T15:00:00Z"
    assert found["moves"]
    assert found["early_leave"] == []
    points = [move["points"] for move in found["moves"]]
    assert all(each > 0 for each in points)
    after = 100 * (found["moves"][-1]["service_level"] - found["projection"]["projected"]["service_level"])
    assert sum(points) == pytest.approx(after)
    assert {move["activity"] for move in found["moves"]} <= {"correspondence", "review"}


def test_what_came_changes_what_is_still_expected(tmp_path: Path) -> None:
    calm = tmp_path / "calm.csv"
    rows = [line.split(",") for line in TODAY.read_text().splitlines()[1:]]
    few = [f"{queue},{start},{int(offered) // 3},{int(offered) // 3},0" for queue, start, offered, *_ in rows]
    calm.write_text(HEAD + "\n".join(few) + "\n")
    assert rest(told(today=calm)) < 0.8 * rest(told())
    assert told(today=calm)["projection"]["so_far"]["service_level"] == 1


def test_who_went_home_is_not_counted_on() -> None:
    with_all, without = told(), told("--absent", "ana", "--absent", "ben")
    share = "service_level"
    assert without["projection"]["projected"][share] < with_all["projection"]["projected"][share]


def test_enough_people_and_no_promise_at_stake_may_go_home(tmp_path: Path) -> None:
    calm = tmp_path / "calm.csv"
    rows = [line.split(",") for line in TODAY.read_text().splitlines()[1:]]
    calm.write_text(HEAD + "".join(f"{queue},{start},1,1,0\n" for queue, start, *_ in rows))
    text = run("--target", "30/120", today=calm).output
    assert "can be offered:\n  offer " in text
    assert "pull" not in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("general,2026-11-30 08:00,3,4,0\n", "today.csv:2: 4 answered in time and 0 given up of 3 offered"),
        ("general,2026-11-30 08:07,3,3,0\n", "today.csv:2: start is 2026-11-30 08:07"),
        ("general,2026-11-30 08:00,,3,0\n", "today.csv:2: offered is empty"),
        ("general,2026-11-30 08:00,3.5,3,0\n", "today.csv:2: offered is 3.5"),
        ("general,2026-11-30 08:00,3,3,0\ngeneral,2026-12-01 08:00,3,3,0\n", "today.csv:3: is of 2026-12-01"),
        ("sales,2026-11-30 08:00,3,3,0\n", "nothing is forecast for sales on 2026-11-30"),
    ],
    ids=["more than came", "no quarter hour", "empty", "half a call", "two days", "no such queue"],
)
def test_a_day_that_cannot_be_is_named_with_its_line(lines: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "today.csv"
    path.write_text(HEAD + lines)
    assert said in problem(run(today=path))


def test_whoever_is_not_planned_cannot_be_absent() -> None:
    assert "Did you mean ana?" in problem(run("--absent", "anna"))


def test_a_plan_of_another_day_plans_nobody(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(PLAN.read_text().replace("2026-11-30", "2026-11-23"))
    assert "plans nobody on 2026-11-30" in problem(run(plan=path))
