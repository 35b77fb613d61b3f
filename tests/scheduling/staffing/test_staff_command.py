"""`memberline coverage staff`: a forecast's agents, one number, the lines of a trunk; bad input named with its row."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.commands.coverage import command as coverage
from memberline.commands.coverage.staff import command
from scheduling.staffing import staffed
from scheduling.staffing.answering import speed_of_answer_s
from scheduling.staffing.load import Load
from scheduling.staffing.needed import performance
from scheduling.staffing.simulation.model import Agents, Queue, Scenario
from scheduling.staffing.simulation.run import simulate

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "coverage"
HEAD = "queue,start,calls,low,high,planned,handle_s,patience_s"
ROWS = (
    "general,2026-11-30 09:00-05:00,50,40,80,,180,",
    "general,2026-11-30 09:15-05:00,50,40,80,60,180,",
    "retirement,2026-11-30 09:00-05:00,10,8,14,10,600,300",
)
HALF_HOUR = ("--calls", 100, "--minutes", 30, "--handle", 180)


def run(*arguments: object) -> Result:
    found = CliRunner().invoke(command, [str(each) for each in arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def forecast(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "forecast.csv"
    path.write_text("\n".join([head, *(rows or ROWS)]) + "\n")
    return path


def rows_of(*arguments: object) -> list[dict[str, str]]:
    found = run(*arguments, "--format", "csv")
    assert found.exit_code == 0, found.output
    return list(csv.DictReader(io.StringIO(found.output)))


# --- one number -------------------------------------------------------------------------------------


def test_a_textbook_half_hour() -> None:
    """100 calls in 30 minutes, 180 s each, 80 % in 20 s: 14 agents, 88.8 %."""
    told = run(*HALF_HOUR, "--target", "80/20").output
    assert "14 agents on the telephones\n" in told
    assert "service level   0.888 within 20 s (target 80/20)" in told
    assert "occupancy       71.4%" in told
    assert "14 agents on the telephones, 20 scheduled" in run(*HALF_HOUR, "--shrinkage", 30).output


@pytest.mark.parametrize(
    ("options", "agents"),
    [
        (("--target", "79/20"), 13),
        (("--target", "90/20"), 15),
        (("--occupancy", 70), 15),
        (("--target", "none", "--occupancy", 100), 11),
        (("--target", "none", "--abandonment", 5, "--patience", 180), 13),
        (("--patience", 180), 12),
        (("--patience", 180, "--erlang", "c"), 14),
        (("--patience", 180, "--erlang", "a"), 12),
    ],
    ids=["79", "90", "occupancy", "only-busy", "only-abandonment", "patience", "erlang-c", "erlang-a"],
)
def test_each_promise_has_its_agents(options: tuple[object, ...], agents: int) -> None:
    assert json.loads(run(*HALF_HOUR, *options, "--format", "json").output)["agents"] == agents


def test_one_number_as_csv() -> None:
    (row,) = rows_of(*HALF_HOUR)
    assert (row["agents"], row["service_level"][:5], row["patience_s"]) == ("14", "0.888", "")


@pytest.mark.parametrize(
    ("calls", "handle", "blocking", "lines"),
    [(100, 240, 1, 14), (4.46 * 30, 120, 1, 10), (0, 240, 1, 0), (60, 60, 50, 1)],
)
def test_the_lines_of_a_trunk(calls: float, handle: float, blocking: float, lines: int) -> None:
    """4.46 erlangs on 10 lines lose 1 %: the telephone engineer's table."""
    options = ("--trunks", "--calls", calls, "--minutes", 60, "--handle", handle, "--blocking", blocking)
    assert json.loads(run(*options, "--format", "json").output)["lines"] == lines
    assert f"{lines} line" in run(*options).output


# --- a forecast -------------------------------------------------------------------------------------


def test_planned_calls_count_and_patience_where_it_is_known(tmp_path: Path) -> None:
    general, more, retirement = rows_of(forecast(tmp_path), "--shrinkage", 30)
    assert (general["calls"], general["agents"], general["scheduled"], general["abandonment"]) == (
        "50.0",
        "14",
        "20",
        "0.0",
    )
    assert (more["calls"], more["agents"]) == ("60.0", "16")
    assert float(retirement["abandonment"]) > 0
    assert [row["start"] for row in (general, more)] == ["2026-11-30 09:00-05:00", "2026-11-30 09:15-05:00"]


def test_the_upper_limit_and_a_target_of_one_queue(tmp_path: Path) -> None:
    made = rows_of(forecast(tmp_path), "--upper", "--target", "90/10", "--target", "retirement=50/60")
    assert [row["calls"] for row in made] == ["80.0", "80.0", "14.0"]
    assert [row["target"] for row in made] == ["90/10", "90/10", "50/60"]
    assert float(made[0]["service_level"]) >= 0.9
    easy, hard = (rows_of(forecast(tmp_path), "--target", f"retirement={level}")[2] for level in ("50/60", "95/5"))
    assert int(easy["agents"]) < int(hard["agents"])


def test_the_text_sums_the_hours_of_each_day(tmp_path: Path) -> None:
    told = run(forecast(tmp_path), "--shrinkage", 30).output
    assert "general: 80 % within 20 s; nobody gives up (Erlang C)" in told
    assert "retirement: 80 % within 20 s; callers give up (Erlang A)" in told
    day = next(line for line in told.splitlines() if line.startswith("Mon 2026-11-30"))
    assert day.split()[2:8] == ["110.0", "180", "7.5", "h", "10.8", "h"]  # (14 + 16) / 4, (20 + 23) / 4
    assert "09:15    60.0" in told
    assert "09:15" not in run(forecast(tmp_path), "--short").output


def test_the_lengths_of_intervals_are_what_the_starts_tell(tmp_path: Path) -> None:
    half = forecast(tmp_path, *(row.replace("09:15", "09:30") for row in ROWS))
    assert json.loads(run(half, "--format", "json").output)["interval_minutes"] == 30
    assert json.loads(run(half, "--minutes", 15, "--format", "json").output)["interval_minutes"] == 15
    with pytest.raises(Problem, match=r"forecast.csv:3: comes 30 minutes after the one before"):
        run(half, "--minutes", 60)


def test_the_sample_is_read_and_what_is_printed_is_read_back(tmp_path: Path) -> None:
    printed = run(EXAMPLES / "forecast.csv", "--shrinkage", 30, "--format", "csv").output
    assert printed == (EXAMPLES / "staffing.csv").read_text()
    path = tmp_path / "staffing.csv"
    path.write_text(printed)
    counts = staffed.read(path)
    assert len(counts) == 359
    assert sum(row.agents for row in counts) / 4 == pytest.approx(427.25)


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    path = forecast(tmp_path, "general;2026-11-30 09:00;50,5;180", head="queue;start;calls;handle_s")
    assert rows_of(path)[0]["calls"] == "50.5"


# --- what is wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "row", "told"),
    [
        (HEAD, "general,2026-11-30 09:00,-3,0,5,,180,", "forecast.csv:2: calls is -3. Expected 0 or more"),
        (HEAD, "general,2026-11-30 09:00,3,0,5,-1,180,", "forecast.csv:2: planned is -1"),
        (HEAD, "general,2026-11-30 09:00,3,0,5,,,", "forecast.csv:2: handle_s is empty. Write the seconds"),
        (HEAD, "general,2026-11-30 09:00,3,0,5,,0,", "forecast.csv:2: handle_s is 0. Expected more than 0"),
        (HEAD, "general,2026-11-30 09:00,3,0,5,,180,-9", "forecast.csv:2: patience_s is -9"),
        (HEAD, "general,2026-11-30 09:00,many,0,5,,180,", "forecast.csv:2: calls is 'many'"),
        (HEAD, "general,2026-11-30 09:00,nan,0,5,,180,", "forecast.csv:2: calls is 'nan'"),
        (HEAD, "general,2026-11-30 09:00,,0,5,,180,", "forecast.csv:2: calls is empty"),
        (HEAD, "general,2026-11-30 09:00,900000,0,5,,180,", "forecast.csv:2: calls is 900000. At most"),
        (HEAD, "general,2026-11-30 09:00,90000,0,5,,900,", "forecast.csv:2: 90000 calls of 900 s. At most 50000"),
        (HEAD, "general,2026-11-30,3,0,5,,180,", "forecast.csv:2: start is '2026-11-30'"),
        (HEAD, ",2026-11-30 09:00,3,0,5,,180,", "forecast.csv:2: queue has 0 characters"),
        (HEAD, "general,2026-11-30 09:00,3,0,5,,180,,9", "forecast.csv:2: has more fields than the 8 columns"),
        ("queue,start,callz,handle_s", "g,2026-11-30 09:00,3,180", ":1: the column 'callz' is not known. Did you mean"),
        ("queue,start,calls", "g,2026-11-30 09:00,3", "forecast.csv: has no column handle_s"),
        ("queue,calls,handle_s", "g,3,180", "forecast.csv: has no column start"),
    ],
    ids=[
        "negative", "negative-planned", "no-handle", "handle-0", "patience", "words", "nan", "empty", "slip", "load",
        "day-alone", "no-queue", "too-many", "unknown-column", "no-handle-column", "no-start-column",
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_named(tmp_path: Path, head: str, row: str, told: str) -> None:
    with pytest.raises(Problem) as refused:
        run(forecast(tmp_path, row, head=head))
    assert told in str(refused.value)


def test_all_bad_rows_are_told_at_once(tmp_path: Path) -> None:
    bad = [f"general,2026-11-30 09:{15 * n:02},-{n + 1},0,5,,180," for n in range(4)]
    with pytest.raises(Problem) as refused:
        run(forecast(tmp_path, *bad, ROWS[0], ROWS[2].replace("retirement", "general")))
    assert all(f"forecast.csv:{line}: calls is -" in str(refused.value) for line in (2, 3, 4, 5))
    assert "forecast.csv:7: general at 2026-11-30 09:00-05:00 is there twice" in str(refused.value)


def test_a_handle_time_from_the_command_stands_for_the_files(tmp_path: Path) -> None:
    path = forecast(tmp_path, "general,2026-11-30 09:00,50", head="queue,start,calls")
    assert rows_of(path, "--handle", 180)[0]["agents"] == "14"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--target", "0/20"), "--target: '0/20' is no service level. Expected, say, 80/20"),
        (("--target", "101/20"), "--target: '101/20' is no service level"),
        (("--target", "80"), "--target: '80' is no service level"),
        (("--target", "80/20", "--target", "90/10"), "--target: two targets for all queues"),
        (("--target", "none"), "--target none: promises nothing"),
        (("--target", "generl=80/20"), "--target: there is no queue 'generl'. Did you mean general?"),
        (("--abandonment", 0), "--abandonment: is 0. Expected percent"),
        (("--abandonment", 100), "--abandonment: is 100"),
        (("--occupancy", 0.85), "--occupancy: is 0.85. Expected percent: 1 to 100"),
        (("--shrinkage", 0.3), "--shrinkage: is 0.3. Expected percent"),
        (("--shrinkage", 100), "--shrinkage: is 100"),
        (("--patience", 0), "--patience: is 0. Expected more than 0"),
        (("--erlang", "a"), "forecast.csv:2: the patience of callers is not known. Give --patience"),
        (("--minutes", 0), "--minutes: is 0"),
        (("--calls", 5), "a forecast and a number of calls"),
        (("--trunks",), "a forecast and a number of calls"),
    ],
    ids=[
        "0-20", "101-20", "no-seconds", "two", "none", "other-queue", "nobody-abandons", "all-abandon", "share",
        "shrinkage-share", "all-shrink", "patience-0", "patience-unknown", "minutes-0", "both", "trunks-of-forecast",
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_named(tmp_path: Path, options: tuple[object, ...], told: str) -> None:
    with pytest.raises(Problem) as refused:
        run(forecast(tmp_path), *options)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "there is nothing to staff for"),
        (("--calls", -1, "--handle", 180), "--calls: is -1. Expected 0 or more"),
        (("--calls", 1e8, "--handle", 180), "--calls: 1e+08 calls of 180 s"),
        (("--calls", 100), "--handle: is missing"),
        (("--calls", 100, "--handle", -5), "--handle: is -5"),
        (("--calls", 100, "--handle", 180, "--upper"), "--upper: is of a forecast"),
        (("--calls", 100, "--handle", 180, "--erlang", "a"), "--erlang a: the patience of callers is not known"),
        (("--trunks", "--handle", 180), "--calls: is missing"),
        (("--trunks", "--calls", 100, "--handle", 180, "--blocking", 0), "--blocking: is 0"),
        (("no-such.csv",), "no-such.csv: cannot be read"),
    ],
    ids=[
        "nothing",
        "negative",
        "load",
        "no-handle",
        "negative-handle",
        "upper",
        "patience",
        "trunk",
        "blocking",
        "no-file",
    ],
)
def test_what_a_single_number_needs(options: tuple[object, ...], told: str) -> None:
    with pytest.raises(Problem) as refused:
        run(*options)
    assert told in str(refused.value)


# --- the group, and the speed of answer -------------------------------------------------------------


def test_the_group_lists_the_chain_in_its_order() -> None:
    told = CliRunner().invoke(coverage, ["--help"]).output
    places = [told.index(f"\n  {name} ") for name in ("history", "forecast", "staff", "plan", "simulate", "adherence")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("agents", "erlangs", "patience_s"), [(1, 0.5, 60), (9, 10, 180), (40, 30, 900), (20, 90, 4000)]
)
def test_the_speed_of_answer_is_that_of_the_states(agents: int, erlangs: float, patience_s: float) -> None:
    """Who finds k waiting is next after the times of k + 1 departures, if still there."""
    load = Load(erlangs, 300.0, patience_s, 300.0)
    met = performance(load, agents, 20)
    with mpmath.workdps(40):
        leaving = mpmath.mpf(300) / patience_s
        weight, total, served, waits = mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0)
        for state in range(20_000):
            total += weight
            stays, wait = mpmath.mpf(1), mpmath.mpf(0)
            if state >= agents:
                position = state - agents
                stays = agents / (agents + (position + 1) * leaving)
                # who stays does not leave, yet waits as if all stages were hastened by one more who might
                wait = mpmath.fsum(1 / (agents + (ahead + 1) * leaving) for ahead in range(position + 1))
            served += weight * stays
            waits += weight * stays * wait
            weight = weight * erlangs / (min(state + 1, agents) + max(0, state + 1 - agents) * leaving)
            if state > agents + 10 and weight < mpmath.mpf(10) ** -35 * total:
                break
        expected = float(waits / served * 300)
    assert speed_of_answer_s(load, np.array([agents]), met)[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("agents", "patience_s"), [(9, 180.0), (12, 180.0), (8, 600.0)])
def test_the_speed_of_answer_is_that_of_simulated_days(agents: int, patience_s: float) -> None:
    queue = Queue("all", [30.0] * 40, [300.0], patience_s)
    scenario = Scenario("steady", [queue], [Agents("all", agents, {"all": 0}, [(0, 36_000)])])
    load = Load(30.0, 300.0, patience_s)
    told = speed_of_answer_s(load, np.array([agents]), performance(load, agents, 20))[0]
    assert simulate(scenario, days=300).met(intervals=slice(8, 32)).answer_s.holds(told)


def test_nobody_is_answered_where_nobody_is() -> None:
    load = Load([10.0, 0.0, 10.0], 300, [60.0, 60.0, np.inf])
    met = performance(load, [0, 0, 0], 20)
    assert speed_of_answer_s(load, np.zeros(3, np.int64), met).tolist() == [np.inf, 0, np.inf]
