"""`memberline coverage adherence`: from two files to who kept to the schedule."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.commands.coverage.adherence import command
from scheduling.plan.model import Activity, Block, Schedule

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "adherence"
PLAN = (
    "person,kind,start,end\nana,phone,2025-03-10 08:00,2025-03-10 10:00\nana,break,2025-03-10 10:00,2025-03-10 10:15\n"
)
EVENTS = "person,time,state,reason\nana,2025-03-10 08:30,available,\nana,2025-03-10 10:00,paused,break\n"


def run(*arguments: object) -> Result:
    found = CliRunner().invoke(command, [str(each) for each in arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def files(folder: Path, plan: str = PLAN, events: str = EVENTS) -> tuple[Path, Path]:
    made = folder / "plan.csv", folder / "events.csv"
    for path, text in zip(made, (plan, events), strict=True):
        path.write_text(text)
    return made


def told(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--format", "json").output)


def example(*arguments: object) -> Result:
    zone = ("--zone", "America/New_York")
    return run(EXAMPLES / "plan.csv", EXAMPLES / "events.csv", *zone, *arguments)


def test_the_example_as_a_supervisor_reads_it() -> None:
    lines = example("--explanations", EXAMPLES / "explanations.csv", "--exceptions").output.splitlines()
    assert lines[0] == "Mon 2025-03-10 (America/New_York)"
    cem, ben, ana = (next(line for line in lines if line.startswith(name)) for name in ("Cem", "Ben", "Ana"))
    assert lines.index(cem) < lines.index(ben) < lines.index(ana)  # whom one would look after first
    assert ben.split()[2].strip(".") == "x#########################WWW#EE"
    assert ben.split()[3:] == ["87%", "93%", ".", "20", ".", "40", "12", "."]
    assert ana.split()[3:] == ["100%", "101%", ".", ".", ".", ".", ".", "12"]
    assert "    08:00:00 to 08:12:00 phone: late, signed_out, excused (Snow on the bridge: approved)" in lines
    assert "    15:40:00 to 16:00:00 phone: left early, signed_out (Doctor: open)" in lines
    assert "note: no event of cem: taken to have been signed out" in lines


def test_as_csv_minutes_by_reason() -> None:
    ana, ben, cem = csv.DictReader(io.StringIO(example("--format", "csv").output))
    assert (ana["person"], ana["adherence"], ana["call_past_end_min"]) == ("ana", "1.0", "12.0")
    assert (ben["late_min"], ben["left_early_min"], ben["wrong_state_min"]) == ("12.0", "20.0", "40.0")
    assert (cem["missing_min"], cem["unknown_min"], cem["worked_min"]) == ("479.0", "1.0", "0.0")


def test_as_json_everything(tmp_path: Path) -> None:
    found = told(*files(tmp_path))
    assert (found["adherence"], found["conformance"]) == (105 / 135, 0.75)
    (day,) = found["days"]
    assert day["by_verdict"] == {"late": 1800.0, "right": 6300.0}
    assert day["exceptions"][0]["verdict"] == "late"


def test_the_schedule_that_plan_stored(tmp_path: Path) -> None:
    monday = {"person_id": "ana", "day": "2025-03-10"}
    blocks = [
        {**monday, "start": 8 * 60, "end": 10 * 60, "activity": Activity.PHONE},
        {**monday, "start": 10 * 60, "end": 10 * 60 + 15, "activity": Activity.BREAK},
    ]
    schedule = Schedule(
        week="2025-W11",
        blocks=tuple(msgspec.convert(block, Block) for block in blocks),
        objective=0,
        bound=0,
        constant=0,
        costs={},
    )
    stored = tmp_path / "week.json"
    stored.write_bytes(msgspec.json.encode(schedule))
    plan, events = files(tmp_path)
    of_json, of_csv = (told(each, events, "--zone", "America/New_York") for each in (stored, plan))
    assert of_json == of_csv


def test_the_csv_that_plan_prints_is_a_plan(tmp_path: Path) -> None:
    text = (
        "person_id,name,start,end,activity,queues,title\n"
        "ana,Ana Lee,2025-03-10 08:00-04:00,2025-03-10 10:15-04:00,phone,general,\n"
    )
    _, events = files(tmp_path)
    other = tmp_path / "printed.csv"
    other.write_text(text)
    found = run(other, events, "--zone", "America/New_York").output
    assert any(line.startswith("Ana Lee") for line in found.splitlines())


def test_grace_and_more_right_states(tmp_path: Path) -> None:
    events = "person,time,state,reason\nana,2025-03-10 08:04,paused,coaching\nana,2025-03-10 10:00,paused,break\n"
    paths = files(tmp_path, events=events)
    assert told(*paths)["adherence"] == 15 / 135
    widened = told(*paths, "--right", "phone=paused:coaching")["days"][0]["by_verdict"]
    assert widened["late"] == 240
    forgiven = told(*paths, "--right", "phone=paused:coaching", "--grace", 300)
    assert forgiven["adherence"] == 1.0


def test_only_up_to_a_moment_and_only_from_a_day(tmp_path: Path) -> None:
    plan = PLAN + "ana,phone,2025-03-11 08:00,2025-03-11 09:00\n"
    events = EVENTS + "ana,2025-03-11 08:00,available,\n"
    paths = files(tmp_path, plan, events)
    assert [day["day"] for day in told(*paths)["days"]] == ["2025-03-10", "2025-03-11"]
    assert [day["day"] for day in told(*paths, "--from", "2025-03-11")["days"]] == ["2025-03-11"]
    assert [day["day"] for day in told(*paths, "--to", "2025-03-10")["days"]] == ["2025-03-10"]
    (running,) = told(*paths, "--to", "2025-03-10 09:00")["days"]
    assert running["by_verdict"] == {"late": 1800.0, "right": 1800.0, "unknown": 4500.0}


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    plan = "person,kind,start,end\nana,phone,2025-11-02 00:30,2025-11-02 02:30\n"
    events = (
        "person,time,state,reason\nana,2025-11-02 00:30,available,\nana,2025-11-02 01:40,paused,break\n"
        "ana,2025-11-02 01:10,available,\nana,2025-11-02 02:30,signed_out,\n"
    )
    (day,) = told(*files(tmp_path, plan, events), "--zone", "America/New_York")["days"]
    assert (day["scheduled_s"], day["by_verdict"]["wrong_state"]) == (3 * 3600, 1800)


@pytest.mark.parametrize(
    ("plan", "events", "expected"),
    [
        (
            PLAN + "ben,fone,2025-03-10 08:00,2025-03-10 09:00\n,phone,2025-03-10 08:00,2025-03-10 09:00\n",
            EVENTS,
            ["plan.csv:4: kind is 'fone'. Did you mean phone?", "plan.csv:5: person has 0 characters"],
        ),
        (
            PLAN + "ana,meeting,2025-03-10 09:30,2025-03-10 10:30\n",
            EVENTS,
            ["plan.csv:4: ana is at phone then already, by row 2"],
        ),
        (PLAN + "ana,phone,2025-03-10 11:00,2025-03-10 11:00\n", EVENTS, ["plan.csv:4: ends before it begins"]),
        (PLAN + "ana,phone,2025-03-10,2025-03-10 11:00\n", EVENTS, ["plan.csv:4: start is '2025-03-10'"]),
        (PLAN + "ana,phone,2025-03-09 02:30,2025-03-09 05:00\n", EVENTS, ["plan.csv:4: start is 2025-03-09 02:30"]),
        ("person,kind,start\n", EVENTS, ["plan.csv: has no column end"]),
        ("person,kind,start,end\n", EVENTS, ["plan.csv: has no row"]),
        ("person,kind,start,end,colour\n", EVENTS, ["plan.csv:1: the column 'colour' is not known"]),
        (PLAN + "ana,phone,a,b,c\n", EVENTS, ["plan.csv:4: has more fields than the 4 columns"]),
        (
            PLAN,
            EVENTS + "ana,2025-03-10 11:00,availabel,\nana,soon,available,\n*,2025-03-10 12:00,available,\n",
            [
                "events.csv:4: state is 'availabel'. Did you mean available?",
                "events.csv:5: time is 'soon'",
                "events.csv:6: everybody is available",
            ],
        ),
        (PLAN, "person,time,state\n*,2025-03-10 12:00,unknown\n", ["events.csv: says nothing of any person"]),
    ],
    ids=[
        "kind and person", "overlap", "no length", "no time of day", "skipped hour", "no column", "no row",
        "unknown column", "too many fields", "events", "nobody",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_file_and_row(
    tmp_path: Path, plan: str, events: str, expected: list[str]
) -> None:
    with pytest.raises(Problem) as problem:
        run(*files(tmp_path, plan, events), "--zone", "America/New_York")
    lines = str(problem.value).splitlines()
    assert len(lines) == len(expected)
    for line, part in zip(lines, expected, strict=True):
        assert line.startswith(f"{tmp_path}/{part}")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--zone", "Mars"), "--zone: is 'Mars'"),
        (("--right", "fone=paused:x"), "--right: 'fone=paused:x' is no state of a block. Did you mean phone?"),
        (("--right", "phone=asleep"), "--right: 'phone=asleep' is no state"),
        (("--to", "2025-03-01"), "--from and --to: nothing before"),
    ],
    ids=["zone", "kind", "state", "before the plan"],
)
def test_options_that_cannot_be(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    with pytest.raises(Problem) as problem:
        run(*files(tmp_path), *arguments)
    assert str(problem.value).startswith(expected)


def test_an_explanation_that_cannot_be_used(tmp_path: Path) -> None:
    said = tmp_path / "said.csv"
    said.write_text("person,start,end,explanation,decision\nana,2025-03-10 08:00,2025-03-10 08:15,bus,aproved\n")
    with pytest.raises(Problem, match=r"said\.csv:2: decision is 'aproved'\. Did you mean approved\?"):
        run(*files(tmp_path), "--explanations", said)
