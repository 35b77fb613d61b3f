"""`memberline coverage simulate`: days played through, what if beside today, and what cannot be played named."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.commands.coverage import command as coverage
from memberline.commands.coverage.simulate import command
from scheduling.staffing.simulation.days import needed_h, shifts
from scheduling.staffing.simulation.model import Queue, Scenario
from scheduling.staffing.simulation.scenario_file import read
from scheduling.staffing.simulation.scenarios import planned

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "coverage"
FORECAST, STAFFING = EXAMPLES / "forecast.csv", EXAMPLES / "staffing.csv"
FILES = ("--forecast", FORECAST, "--staffing", STAFFING)
MONDAY = ("--day", "2026-11-30")
QUICK = ("--days", 40)

OFFICE = """\
queues:
  general: {calls: [30, 30, 30, 30], handle_s: 300, patience_s: 240}
  retirement: {calls: [10, 10, 10, 10], handle_s: 300, patience_s: 240}
agents:
  - {name: juniors, count: 12, skills: {general: 0}, on: [8:00-9:00]}
  - {name: seniors, count: 4, skills: {retirement: 0}, on: [8:00-9:00]}
"""


def run(*arguments: object) -> Result:
    found = CliRunner().invoke(command, [str(each) for each in arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def told(*arguments: object) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(run(*arguments, *QUICK, "--format", "json").output)
    return made


def outcome(made: dict[str, Any], what_if: str, queue: str = "all", day: str = "all") -> dict[str, Any]:
    (row,) = [r for r in made["rows"] if (r["what_if"], r["queue"], r["day"]) == (what_if, queue, day)]
    found: dict[str, Any] = row["outcome"]
    return found


def costs(made: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {each["what_if"]: each["cost"] for each in made["costs"]}


def scenario(folder: Path, text: str = OFFICE) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text)
    return path


# --- a forecast with its staffing -------------------------------------------------------------------


def test_what_was_staffed_for_the_target_reaches_it_in_the_days_played() -> None:
    made = told(*FILES)
    days = {row["day"] for row in made["rows"]}
    assert len(days) == 6
    for queue in ("general", "retirement"):
        for day in days:
            met = outcome(made, "today", queue, day)
            assert met["service_level"]["low"] < met["service_level"]["mean"] < met["service_level"]["high"]
            assert met["service_level"]["high"] > 0.8
    assert costs(made)["today"]["agent_h"] == pytest.approx(427.25)


def test_the_targets_need_what_staff_told_and_the_callers_are_those_of_the_forecast() -> None:
    made = told(*FILES)
    assert costs(made)["today"]["needed_h"] == pytest.approx(costs(made)["today"]["agent_h"], rel=0.02)
    calls = outcome(made, "today")["calls"]
    assert calls["low"] < 2123.2 < calls["high"]


def test_the_staffing_alone_tells_enough() -> None:
    assert outcome(told("--staffing", STAFFING, *MONDAY), "today", "general", "Mon 2026-11-30")["calls"]["mean"] > 300


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    first, again, other = (told(*FILES, *MONDAY, "--seed", seed)["rows"] for seed in (3, 3, 4))
    assert first == again != other


# --- what if ----------------------------------------------------------------------------------------


def test_more_calls_and_three_ill_stand_beside_today() -> None:
    made = told(*FILES, *MONDAY, "--volume", 1.8, "--ill", 3)
    today, then = (outcome(made, name, day="Mon 2026-11-30") for name in ("today", "calls 1.8, ill 3"))
    assert then["calls"]["mean"] == pytest.approx(1.8 * today["calls"]["mean"], rel=0.03)
    assert then["service_level"]["high"] < today["service_level"]["low"]
    assert then["abandonment"]["low"] > today["abandonment"]["high"]
    cost = costs(made)
    assert cost["calls 1.8, ill 3"]["agent_h"] == cost["today"]["agent_h"]
    assert cost["calls 1.8, ill 3"]["present_h"] < cost["today"]["present_h"]
    assert cost["calls 1.8, ill 3"]["needed_h"] > 1.3 * cost["today"]["needed_h"]


def test_every_combination_of_what_is_given_twice() -> None:
    made = told(*FILES, *MONDAY, "--volume", 1, "--volume", "retirement=2", "--target", "90/10", "--target", "60/60")
    names = list(costs(made))
    assert names == [
        "today",
        "calls 1, target 90/10",
        "calls 1, target 60/60",
        "calls 2 retirement, target 90/10",
        "calls 2 retirement, target 60/60",
    ]
    needed = [each["needed_h"] for each in costs(made).values()]
    assert needed[1] > needed[0] > needed[2]
    assert needed[3] > needed[1]


def test_two_queues_as_one_need_fewer_hours_and_answer_sooner() -> None:
    made = told(*FILES, *MONDAY, "--merge", "general+retirement")
    merged = outcome(made, "merge general+retirement", "general+retirement", "Mon 2026-11-30")
    assert merged["service_level"]["low"] > outcome(made, "today", day="Mon 2026-11-30")["service_level"]["high"]
    cost = costs(made)
    assert cost["merge general+retirement"]["needed_h"] < cost["today"]["needed_h"]


def test_in_words_and_as_text() -> None:
    text = run(
        *FILES, *MONDAY, *QUICK, "--what-if", "open enrollment: calls 1.8, ill 3", "--merge", "general+retirement"
    ).output
    head = next(line for line in text.splitlines() if "today" in line and "open enrollment" in line)
    assert head.split() == ["today", "merge", "general+retirement", "open", "enrollment"]
    merged = text.split("general+retirement\n")[1].splitlines()[0]
    assert merged.split()[:2] == ["calls", "-"]
    assert "target needs" in text


def test_many_what_ifs_are_told_in_turn_each_beside_today() -> None:
    options = [part for volume in (1.1, 1.2, 1.3) for part in ("--volume", volume)]
    text = run(*FILES, *MONDAY, "--days", 10, *options).output
    heads = [line.split() for line in text.splitlines() if line.strip().startswith("today")]
    assert heads == [["today", "calls", "1.1", "calls", "1.2"], ["today", "calls", "1.3"]]


def test_the_text_of_several_days_has_each_with_its_interval() -> None:
    text = run(*FILES, *QUICK).output
    assert "general, 80 % within 20 s, today" in text
    assert sum(line.startswith("Mon 2026-11-30") for line in text.splitlines()) == 2
    assert "note:" not in text


def test_csv_has_a_row_for_each_queue_and_day() -> None:
    rows = list(csv.DictReader(io.StringIO(run(*FILES, *QUICK, "--ill", 1, "--format", "csv").output)))
    assert len(rows) == 2 * 3 * 6
    assert [row["agent_h"] for row in rows if row["agent_h"]] == ["427.25", "427.25"]
    assert all(float(row["service_level_low"]) <= float(row["service_level"]) for row in rows)


# --- the guide --------------------------------------------------------------------------------------

GUIDE = (Path(__file__).parents[3] / "docs" / "coverage.md").read_text()
PRINTED = re.findall(
    r"```console\n\$ memberline coverage ((?:history|forecast|staff|simulate|intraday) .*)\n((?:.*\n)*?)```", GUIDE
)


@pytest.mark.parametrize(
    ("line", "shown"), PRINTED, ids=[f"{n}-{line.split()[0]}" for n, (line, _) in enumerate(PRINTED)]
)
def test_the_guide_prints_what_is_printed(monkeypatch: pytest.MonkeyPatch, line: str, shown: str) -> None:
    """Each shown line, in this order; … stands for some that are left out. What goes to a file is the sample's file."""
    monkeypatch.chdir(EXAMPLES)
    typed, _, file = line.partition(" > ")
    found = CliRunner().invoke(coverage, shlex.split(typed), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    if file:
        assert found.output == Path(file).read_text()
        return
    lines = iter(found.output.splitlines())
    assert [wanted for wanted in shown.splitlines() if wanted != "…" and wanted not in lines] == []


def test_the_guide_shows_the_sample_scenario() -> None:
    shown = GUIDE.split("```yaml\n")[1].split("```")[0]
    assert shown in (EXAMPLES / "scenario.yaml").read_text()
    assert len(PRINTED) >= 10


# --- a scenario file --------------------------------------------------------------------------------


def test_the_sample_scenario_is_played() -> None:
    made = told(EXAMPLES / "scenario.yaml", *MONDAY)
    assert list(costs(made)) == ["today", "a mailing"]
    assert costs(made)["today"]["agent_h"] == pytest.approx(3 * 7.75 + 4 * 7.5 + 5 * 8.5 + 7.25)


def test_agents_of_some_weekdays_are_not_there_on_others() -> None:
    days = planned(read(EXAMPLES / "scenario.yaml")).days
    people = [sum(group.count for group in day.agents) for day in days.values()]
    assert people == [13, 13, 12, 12, 12]


def test_a_day_of_calls_as_json(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(
        json.dumps(
            {
                "name": "as it is",
                "queues": {"general": {"calls": [30, 30], "handle_s": 300}},
                "agents": [{"name": "all", "count": 12, "skills": {"general": 0}, "on": ["8:00-8:30"]}],
            }
        )
    )
    made = told(path)
    assert costs(made)["as it is"]["agent_h"] == 6
    assert outcome(made, "as it is", "general", "the day")["abandonment"]["mean"] < 0.2


def test_overflow_helps_the_queue_that_overflows(tmp_path: Path) -> None:
    (tmp_path / "staffing.csv").write_text(
        "queue,start,agents,calls,handle_s,patience_s\n"
        + "".join(
            f"{queue},2026-11-30 {9 + n // 4:02}:{15 * (n % 4):02},{agents},{calls},300,300\n"
            for queue, agents, calls in (("general", 8, 27), ("retirement", 12, 20))
            for n in range(16)
        )
    )
    text = "staffing: staffing.csv\n"
    apart = told(scenario(tmp_path, text))
    over = told(scenario(tmp_path, text + "overflow:\n  - {queue: general, to: retirement, after_s: 20}\n"))
    before, after = (outcome(made, "today", "general", "Mon 2026-11-30") for made in (apart, over))
    assert after["abandonment"]["high"] < before["abandonment"]["low"]


def test_calls_when_nobody_is_staffed_are_noted(tmp_path: Path) -> None:
    lines = STAFFING.read_text().splitlines()
    at = lines[0].split(",").index("agents")
    row = lines[1].split(",")
    assert row[:2] == ["general", "2026-11-30 08:00-05:00"]
    row[at] = "0"
    path = tmp_path / "staffing.csv"
    path.write_text("\n".join([lines[0], ",".join(row), *lines[2:]]))
    assert "note: general on 2026-11-30: " in run("--staffing", path, *MONDAY, *QUICK).output
    left_out = tmp_path / "monday.csv"
    left_out.write_text("\n".join(line for line in lines if "2026-11-30" in line or line == lines[0]))
    text = run("--forecast", FORECAST, "--staffing", left_out, *QUICK).output
    assert "note: 4 days of the forecast are left out" in text


# --- pieces -----------------------------------------------------------------------------------------


def test_counts_become_shifts() -> None:
    groups = shifts("general", [2, 3, 3, 0, 2], {"general": 0}, 900)
    assert [(group.count, group.on) for group in groups] == [(2, [(0, 2700), (3600, 4500)]), (1, [(900, 2700)])]


def test_the_hours_that_a_target_needs() -> None:
    queue = Queue("general", [50.0, 50.0, 0.0], [180.0])
    day = Scenario("x", [queue], shifts("general", [1, 1, 1], {"general": 0}))
    assert needed_h(day) == 2 * 14 / 4


# --- what is wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "there is nothing to play. Name a scenario, or --forecast and --staffing"),
        (("--forecast", FORECAST), "there is nothing to play"),
        (("--staffing", FORECAST), "forecast.csv: has no column agents"),
        ((*FILES, "--day", "2026-12-25"), "has no calls on 2026-12-25. There are 2026-11-30 to 2026-12-04"),
        ((*FILES, "--volume", "-2"), "what if 'calls -2': '-2' is no factor"),
        ((*FILES, "--ill", "400"), "400 ill of"),
        ((*FILES, "--target", "101/20"), "what if 'target 101/20': '101/20' is no service level"),
        ((*FILES, "--merge", "general+widows"), "there is no queue 'widows'. There are: general, retirement"),
        ((*FILES, "--what-if", "today: ill 1"), "the same twice, or named as today is"),
        ((*FILES, "--days", 3), "simulation: 3 days"),
        ((EXAMPLES / "scenario.yaml", "--staffing", STAFFING), "scenario.yaml: has its own agents or calls"),
    ],
    ids=["nothing", "no-staffing", "no-agents", "day", "volume", "ill", "target", "merge", "name", "days", "both"],
)
def test_an_option_that_cannot_be_is_named(options: tuple[object, ...], said: str) -> None:
    with pytest.raises(Problem) as refused:
        run(*options)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("general,2026-11-30 09:00,-3,5,300", "staffing.csv:2: agents is -3. Expected 0 or more"),
        ("general,2026-11-30 09:00,2.5,5,300", "staffing.csv:2: agents is '2.5'. Expected a whole number"),
        ("general,2026-11-30 09:00,,5,300", "staffing.csv:2: agents is empty"),
        ("general,2026-11-30 09:00,3,,300", "staffing.csv:2: calls is empty. Write it, or give --forecast"),
        ("general,2026-11-30 09:00,3,5,0", "staffing.csv:2: handle_s is 0"),
        ("general,9 o'clock,3,5,300", "staffing.csv:2: start is"),
        ("general,2026-11-30 09:00,3,5,300\ngeneral,2026-11-30 09:15,3,5,300\ngeneral,2026-11-30 09:40,3,5,300",
         "staffing.csv:4: start is 2026-11-30 09:40. Intervals are 15 minutes"),
    ],
    ids=["negative", "half", "empty", "no-calls", "handle", "start", "off-the-grid"],
)  # fmt: skip
def test_a_row_of_staffing_that_cannot_be_is_named(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "staffing.csv"
    path.write_text(f"queue,start,agents,calls,handle_s\n{row}\n")
    with pytest.raises(Problem) as refused:
        run("--staffing", path)
    assert said in str(refused.value)


def test_queues_that_only_one_of_the_files_has(tmp_path: Path) -> None:
    path = tmp_path / "staffing.csv"
    path.write_text("queue,start,agents\ngenerl,2026-11-30 09:00-05:00,3\n")
    with pytest.raises(Problem, match=r"staffing.csv:2: the queue 'generl' has no calls .* Did you mean general\?"):
        run("--forecast", FORECAST, "--staffing", path)
    path.write_text("queue,start,agents\ngeneral,2026-11-30 09:00-05:00,3\n")
    with pytest.raises(Problem, match="nobody is staffed for the queue 'retirement'"):
        run("--forecast", FORECAST, "--staffing", path)
    path.write_text("queue,start,agents\ngeneral,2026-11-30 09:00,3\n")
    with pytest.raises(Problem, match="an offset in one of the files only"):
        run("--forecast", FORECAST, "--staffing", path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("count: 12", "count: some"), "scenario.yaml:5:28: found 'some'"),
        (("skills: {general: 0}", "skills: {generl: 0}"), "a skill for the queue 'generl'"),
        (("on: [8:00-9:00]", "on: [9:00-8:00]"), "hours such as 8:00-12:30"),
        (("handle_s: 300", "handle_s: -300"), "a number of at least 0"),
        (("handle_s: 300", "handle_s: 0"), "a number above 0"),
        (("handle_s: 300, ", ""), "no calls or no handle_s of general"),
        (("[30, 30, 30, 30]", "[30, -30, 30, 30]"), "'-30'"),
        (("[30, 30, 30, 30]", "[30, 30]"), "scenario today: queue general: 2 intervals, another queue has 4"),
        (("queues:", "qeues:"), "the unknown field 'qeues'"),
        (("queues:", "overflow: []\nstaffing: staffing.csv\nqueues:"), "both agents and staffing"),
        (("patience_s: 240}", "patience_s: 240, target: 101/20}"), "a target such as 80/20"),
        (("patience_s: 240}", "patience_s: 240, widen: [[0]]}"), "two: seconds waited"),
    ],
    ids=[
        "count",
        "skill",
        "hours",
        "negative",
        "zero",
        "missing",
        "calls",
        "lengths",
        "field",
        "both",
        "target",
        "widen",
    ],
)
def test_a_scenario_that_cannot_be_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in OFFICE
    with pytest.raises(Problem) as refused:
        run(scenario(tmp_path, OFFICE.replace(*change, 1)))
    assert said in str(refused.value)
