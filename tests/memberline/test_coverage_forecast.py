"""`memberline coverage history` and `forecast`, from files to files."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.commands.coverage import forecast, history
from scheduling.forecast.sample import QUEUES, sample
from scheduling.history import csv_file

ZONE = "America/New_York"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "past.csv"
    made = sample(3, date(2025, 1, 6), date(2025, 6, 29), size=0.2, queues=QUEUES[:2])
    path.write_text(csv_file.written(made.rows()))
    return path


def run(command: object, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])  # type: ignore[arg-type]


def good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def problem(result: Result) -> str:
    assert isinstance(result.exception, Problem)
    return str(result.exception)


def quick(past: Path, *more: str | Path) -> Result:
    return run(
        forecast.command, past, "--zone", ZONE, "--weeks", "1", "--method", "last_week", "--method", "regression", *more
    )


def test_a_week_ahead_with_how_good_each_method_was(past: Path) -> None:
    text = good(quick(past))
    assert "2025-06-28 to 2025-07-04" in text  # the history ends on a Friday
    assert text.count("<- the best") == 2
    assert text.count("calls\n") >= 9


def test_as_csv_and_as_json_it_is_the_same(past: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(good(quick(past, "--format", "csv")))))
    told = json.loads(good(quick(past, "--format", "json")))
    assert [float(row["calls"]) for row in rows] == [each["forecast"]["calls"] for each in told["planned"]]
    assert rows[0]["start"] == "2025-06-30 08:00-04:00"
    assert {each["queue"] for each in told["forecast"]["queues"]} == {"general", "retirement"}


def test_a_change_by_hand_is_shown_beside(past: Path, tmp_path: Path) -> None:
    change = {
        "queue": "general",
        "begins": "2025-06-30T04:00:00Z",
        "ends": "2025-07-01T04:00:00Z",
        "factor": 1.5,
        "by": "dana",
        "why": "letters",
        "at": "2025-06-27T12:00:00Z",
    }
    path = tmp_path / "changes.json"
    path.write_text(json.dumps([change]))
    assert good(quick(past, "--adjustments", path)).count("by hand") == 1
    path.write_text(json.dumps([change | {"factor": 200}]))
    assert "Expected `float` <= 20.0 - at `$[0].factor`" in problem(quick(past, "--adjustments", path))


def test_by_ten_the_rest_of_the_day(past: Path, tmp_path: Path) -> None:
    today = tmp_path / "today.csv"
    starts = [f"2025-06-30 {hour:02}:{minute:02}" for hour in (8, 9) for minute in (0, 15, 30, 45)]
    today.write_text("queue,start,offered\n" + "".join(f"general,{start},40\n" for start in starts))
    before, after = (
        list(csv.DictReader(io.StringIO(good(quick(past, "--format", "csv", *more)))))
        for more in ((), ("--so-far", today))
    )
    rest = [row for row in after if row["queue"] == "general"]
    was = {row["start"]: float(row["calls"]) for row in before if row["queue"] == "general"}
    assert rest[0]["start"] == "2025-06-30 10:00-04:00"
    assert all(float(row["calls"]) > 1.2 * was[row["start"]] for row in rest)


def test_files_become_one_in_two_formats(past: Path, tmp_path: Path) -> None:
    log = tmp_path / "queue_log"
    log.write_text("1751373000|1.1|general|NONE|ENTERQUEUE||555|1\n1751373060|1.1|general|NONE|ABANDON|1|1|60\n")
    out, book = tmp_path / "all.csv", tmp_path / "all.xlsx"
    told = good(run(history.command, past, log, "--zone", ZONE, "-o", out))
    assert "general: " in told
    rows = csv_file.read(out, ZoneInfo(ZONE))
    added = [row for row in rows if row.start == datetime.fromisoformat("2025-07-01T12:30:00+00:00")]
    assert [(row.queue, row.offered, row.abandoned) for row in added] == [("general", 1, 1)]
    good(run(history.command, out, "--zone", ZONE, "-o", book))
    assert "xl/worksheets/sheet2.xml" in ZipFile(book).namelist()


def test_what_is_kept_is_what_is_read_again(past: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "memberline.toml"
    chosen.write_text(f'database_url = "sqlite:///{tmp_path / "history.db"}"\n')
    kept = good(run(history.command, past, "--zone", ZONE, "--keep", "--settings", chosen))
    out = tmp_path / "out.csv"
    span = ("--since", "2025-01-01", "--until", "2025-12-01")
    assert good(run(history.command, *span, "--zone", ZONE, "--settings", chosen, "-o", out)) == kept
    assert csv_file.read(out, ZoneInfo(ZONE)) == csv_file.read(past, ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("general,2025-03-10 08:00,-3", ":2: offered is -3, less than nothing"),
        ("general,2025-03-09 02:15,3", ":2: 2025-03-09 02:15 is skipped by the clocks of America/New_York"),
        ("general,3/9/2025 8:00,3", "a date like 3/9/2026 can be of March or of September"),
    ],
    ids=["negative", "skipped hour", "which month"],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"queue,start,offered\n{text}\n")
    for command in (forecast.command, history.command):
        assert told in problem(run(command, path, "--zone", ZONE))


def test_nothing_to_read_and_an_ending_that_is_none(past: Path, tmp_path: Path) -> None:
    assert "nothing to read" in problem(run(history.command))
    assert "ends in '.pdf'" in problem(run(history.command, past, "-o", tmp_path / "x.pdf"))
    assert "--zone" in problem(run(history.command, past, "--zone", "Mars/Olympus"))
