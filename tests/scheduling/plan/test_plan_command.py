"""`memberline coverage plan`: from a week's file to a schedule in every form; what is wrong is named with its line."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.commands.coverage import plan
from memberline.commands.coverage.plan import command
from scheduling.plan import choosing
from scheduling.plan.calendars import escaped, folded
from scheduling.plan.checking import check
from scheduling.plan.choosing import choose
from scheduling.plan.model import Schedule
from scheduling.plan.reading import read, read_schedule
from scheduling.plan.solving import Effort, Progress, solve

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "plan" / "week.yaml"

WEEK = """\
week: {week}
zone: America/New_York
queues:
  general: {{price: 1.0}}
rules:
  shifts:
    - name: day
      minutes: 8:30
      starts: [8:00, 9:00]
      rests:
        - {{activity: break, minutes: 15, earliest: 1:30, latest: 2:30}}
        - {{activity: lunch, minutes: 30, earliest: 3:30, latest: 4:45, paid: false}}
        - {{activity: break, minutes: 15, earliest: 5:45, latest: 7:15}}
  duties:
    - {{activity: correspondence, levels: [1]}}
people:
  - {{person_id: ann, name: Ann Lee, level: 1, hours: 40, skills: {{general: 0}}}}
  - {{person_id: ben, name: "Ben, O'Hara <Jr>", level: 1, hours: 40, skills: {{general: 0}}{ben}}}
need: {need}
"""
NEED = "[{queue: general, weekdays: [mon, tue, wed, thu, fri], start: 8:00, end: 17:00, agents: 1}]"


def week_file(
    folder: Path, *, week: str = "2026-W49", ben: str = "", need: str = NEED, **changes: tuple[str, str]
) -> Path:
    text = WEEK.format(week=week, ben=ben, need=need)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path = folder / "week.yaml"
    path.write_text(text)
    return path


def run(*arguments: object) -> Result:
    found = CliRunner().invoke(command, [str(each) for each in arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a week that was planned; its schedule is beside it."""
    folder = tmp_path_factory.mktemp("week")
    run(week_file(folder), "--seconds", 3, "--out", folder / "schedule.json")
    return folder


# --- a schedule ---------------------------------------------------------------------------------------


def test_the_example_makes_a_week_that_breaks_no_rule() -> None:
    week = read(EXAMPLE)
    schedule = solve(week.request, effort=Effort(bound_steps=10, sweeps=1, rounds=0))
    assert check(schedule.week, week.request.people, week.request.rules, schedule.blocks) == []
    assert schedule.conflicts == ()


def test_text_has_a_row_for_each_person_what_is_covered_and_what_is_not(tmp_path: Path) -> None:
    three = NEED.replace("agents: 1", "agents: 3").replace("mon, tue, ", "")
    made = run(week_file(tmp_path, need=three), "--seconds", 20)
    assert re.search(r"^Ann Lee .*#.*-.*=", made.stdout, re.MULTILINE), made.stdout
    assert re.search(r"general .*\d+%", made.stdout)
    assert re.search(r"Wed 2026-12-02 .*, general: \d agents? too few .*Cheapest relief: ", made.stdout)


def test_ctrl_c_while_cp_sat_chooses_ends_it_too(tmp_path: Path) -> None:
    """CP-SAT would take the signal for itself, end the one search, and the week went on."""
    sent: list[float] = []

    def choosing_now(*arguments: Any) -> Any:
        timer = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        try:
            return choose(*arguments)
        finally:
            timer.join()
            sent.append(1.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing, "choose", choosing_now)
        made = run(EXAMPLE, "--workers", 1, "--out", tmp_path / "schedule.json")
    assert len(sent) == 1
    assert "stopping with the best so far" in made.stderr


def test_the_progress_is_told_on_standard_error(tmp_path: Path) -> None:
    made = run(week_file(tmp_path), "--seconds", 1)
    assert re.search(r"best +[\d.]+  bound +[\d.]+  gap +[\d.]+%  first", made.stderr)
    assert "bound" not in made.stdout


def test_the_kept_schedule_is_read_again_and_stays(planned: Path) -> None:
    before = read_schedule(planned / "schedule.json")
    run(
        planned / "week.yaml",
        "--stay",
        planned / "schedule.json",
        "--seed",
        7,
        "--seconds",
        2,
        "--out",
        planned / "again.json",
    )
    assert set(read_schedule(planned / "again.json").blocks) == set(before.blocks)


def test_csv_has_each_block_with_the_sites_time(planned: Path) -> None:
    printed = run(planned / "week.yaml", "--stay", planned / "schedule.json", "--seconds", 1, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    lunches = [row for row in rows if row["activity"] == "lunch" and row["person_id"] == "ben"]
    assert len(lunches) == 5
    assert lunches[0]["name"] == "Ben, O'Hara <Jr>"
    assert re.fullmatch(r"2026-11-30 1\d:\d\d-05:00", lunches[0]["start"])


def test_ctrl_c_keeps_the_best_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stages: list[str] = []

    def interrupted(request: Any, *, report: Any, **other: Any) -> Schedule:
        def tell(progress: Progress) -> None:
            report(progress)
            stages.append(progress.stage)
            if progress.stage == "first":
                signal.raise_signal(signal.SIGINT)

        return solve(request, report=tell, **other)

    monkeypatch.setattr(plan, "solve", interrupted)
    before = signal.getsignal(signal.SIGINT)
    made = run(week_file(tmp_path), "--out", tmp_path / "schedule.json")
    assert stages[-1] == "first"
    assert "stopping with the best so far" in made.stderr
    week = read(tmp_path / "week.yaml").request
    assert check(week.week, week.people, week.rules, read_schedule(tmp_path / "schedule.json").blocks) == []
    assert signal.getsignal(signal.SIGINT) is before


# --- calendars and the wall ---------------------------------------------------------------------------


def test_a_calendar_for_each_person_in_utc_whose_events_keep_their_names(planned: Path) -> None:
    names = []
    for folder in ("one", "two"):
        stay = ("--stay", planned / "schedule.json", "--seconds", 1)
        run(planned / "week.yaml", *stay, "--format", "ics", "--out", planned / folder)
        text = (planned / folder / "ben.ics").read_bytes().decode()
        assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
        assert text.endswith("END:VCALENDAR\r\n")
        assert "\n" not in text.replace("\r\n", "")
        assert "X-WR-CALNAME:Ben\\, O'Hara <Jr>\r\n" in text
        # ISO 8601's basic form: 8:00 in New York is 13:00 in December.
        begins = re.findall(r"DTSTART:(\d{8}T\d{6}Z)", text)
        assert begins[0] in {"20261130T130000Z", "20261130T140000Z"}
        assert len(re.findall("BEGIN:VEVENT", text)) == len(begins) == len(re.findall("DTSTAMP:", text))
        names.append(re.findall(r"UID:(.+)\r\n", text))
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0])


def test_long_lines_are_folded_between_characters() -> None:
    line = "SUMMARY:" + "é€" * 60
    parts = folded(line).split("\r\n")
    assert parts.pop() == ""
    assert all(len(part.encode()) <= 75 for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line


def test_what_parts_values_in_a_calendar_is_escaped() -> None:
    assert escaped("a,b;c\\d\r\ne\x07f") == "a\\,b\\;c\\\\d\\ne f"


def test_the_wall_page_needs_nothing_and_escapes_names(planned: Path) -> None:
    run(planned / "week.yaml", "--stay", planned / "schedule.json", "--seconds", 1, "--out", planned / "wall.html")
    page = (planned / "wall.html").read_text()
    assert "landscape" in page
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert "Ben, O&#x27;Hara &lt;Jr&gt;" in page
    assert "<Jr>" not in page
    assert page.count("<section>") == 6  # five days, and what is covered
    assert re.search(r'<span class="phone"[^>]*title="8:00–[^"]* Phone: general">P', page)


def test_a_calendar_wants_a_folder_and_an_unknown_ending_a_form(planned: Path) -> None:
    with pytest.raises(Problem, match="folder"):
        run(planned / "week.yaml", "--format", "ics")
    with pytest.raises(Problem, match=r"ends in '.pdf'"):
        run(planned / "week.yaml", "--out", planned / "schedule.pdf")


# --- what is wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"a": ("hours: 40, skills: {general: 0}}\n  - ", "skills: {general: 0}}\n  - ")}, 17, "no hours"),
        ({"a": ("Lee, level: 1, hours: 40", "Lee, level: 1, hours: 0")}, 17, "people, row 1 (Ann Lee): has 0 hours"),
        ({"a": ("Lee, level: 1", "Lee, level: 7")}, 17, "'7', expected a whole number of at least 1 and at most 4"),
        ({"ben": ", skils: {general: 0}"}, 18, "the unknown field 'skils'"),
        ({"ben": ", phone_least: 120 %"}, 18, "'120 %'"),
        ({"ben": ", phone_least: 60 %, phone_most: 40 %"}, 18, "at least 60% and at most 40%"),
        ({"ben": ", time_off: [{day: 2026-12-01}, {day: 2026-12-01, start: 9:00, end: 10:00}]"}, 18, "0:00 to 24:00"),
        ({"ben": ", fixed: [{day: 2026-12-01, start: 9:10, end: 10:00}]"}, 18, "'9:10', expected a time"),
        (
            {
                "a": (
                    "name: Ann Lee, level: 1, hours: 40, skills: {general: 0}",
                    "name: Ann Lee, level: 1, hours: 40, skills: {genral: 0}",
                )
            },
            17,
            "the queue 'genral', expected one of general (did you mean 'general'?)",
        ),
        ({"a": ("skills: {general: 0}}\n  - ", "skills: {general: -1}}\n  - ")}, 17, "penalty -1 for general"),
        (
            {"a": ("activity: break, minutes: 15, earliest: 1:30", "activity: nap, minutes: 15, earliest: 1:30")},
            11,
            "'nap', expected an activity",
        ),
        ({"a": ("earliest: 1:30, latest: 2:30", "earliest: 2:45, latest: 2:30")}, 6, "begins earliest after latest"),
        ({"a": ("starts: [8:00, 9:00]", "starts: [16:00]")}, 7, "the shift 'day' from 16:00 to 24:30, expected an end"),
        ({"a": ("minutes: 8:30", "minutes: 0:30")}, 7, "the shift 'day' of 30 minutes, of which 0 are paid"),
        ({"need": NEED.replace("agents: 1", "agents: -2")}, 19, "-2 agents, expected 0 to"),
        ({"need": NEED.replace("general", "generel")}, 19, "the queue 'generel', expected one of general"),
        ({"need": NEED.replace("weekdays: [mon, tue, wed, thu, fri], ", "")}, 19, "a need on no day"),
        ({"need": NEED.replace("17:00", "8:00")}, 19, "an end at 8:00, expected a later one than 8:00"),
        ({"week": "2026-W54"}, 1, "'2026-W54', expected a week"),
        ({"a": ("America/New_York", "America/New_Yrok")}, 2, "the zone 'America/New_Yrok'"),
    ],
    ids=[
        "no hours",
        "0 hours",
        "level",
        "field",
        "share",
        "shares",
        "time off twice",
        "time",
        "queue of a skill",
        "penalty",
        "activity",
        "rest",
        "shift over midnight",
        "shift without pay",
        "negative need",
        "queue of a need",
        "need without day",
        "need of no length",
        "week",
        "zone",
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(
    tmp_path: Path, changes: dict[str, Any], line: int, says: str
) -> None:
    path = week_file(tmp_path, **changes)
    with pytest.raises(Problem) as refused:
        read(path)
    told = str(refused.value)
    assert f"{path}:{line}:" in told
    assert says in told


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = week_file(tmp_path, ben=", level: 9, seniorty: 3", a=("Ann Lee, level: 1", "Ann Lee, level: none"))
    with pytest.raises(Problem) as refused:
        read(path)
    assert len(str(refused.value).splitlines()) >= 3


# --- what is needed, from a file ----------------------------------------------------------------------


def test_the_need_of_a_csv_file_is_that_of_the_week(tmp_path: Path) -> None:
    (tmp_path / "need.csv").write_text(
        "queue,start,calls,agents,scheduled\n"
        "general,2026-11-29 09:00-05:00,9,8,9\n"
        "general,2026-11-30 09:00-05:00,9,3,4\n"
        "general,2026-11-30 14:15+00:00,9,2,3\n"
        "general,2026-12-07 09:00,9,7,8\n"
    )
    need = read(week_file(tmp_path, need="need.csv")).request.need
    assert [(each.start, each.agents) for each in need] == [(540, 4), (555, 3)]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("generl,2026-11-30 09:00,3", "need.csv:2: the queue 'generl' is not among the week's queues. Did you mean"),
        ("general,2026-11-30 09:00,-3", "need.csv:2: agents is -3"),
        ("general,2026-11-30 09:00,2.5", "need.csv:2: agents is '2.5'"),
        ("general,2026-11-30 09:05,2", "need.csv:2: start is '2026-11-30 09:05'"),
        ("general,30 Nov,2", "need.csv:2: start is '30 Nov'"),
        ("general,2026-11-30 09:00,2\ngeneral,2026-11-30 09:00,3", "need.csv:3: general at 2026-11-30 09:00 is there"),
        ("general,2026-10-05 09:00,2", "need.csv: needs nobody from 2026-11-30 to 2026-12-06"),
    ],
    ids=["queue", "negative", "part of an agent", "interval", "start", "twice", "another week"],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, rows: str, says: str) -> None:
    (tmp_path / "need.csv").write_text(f"queue,start,agents\n{rows}\n")
    with pytest.raises(Problem) as refused:
        read(week_file(tmp_path, need="need.csv"))
    assert says in str(refused.value)


# --- days on which the clocks change ------------------------------------------------------------------


def test_a_need_at_a_time_that_the_clocks_skip_is_refused(tmp_path: Path) -> None:
    spring = NEED.replace("weekdays: [mon, tue, wed, thu, fri], start: 8:00", "day: 2026-03-08, start: 2:00")
    with pytest.raises(Problem, match="a time that the clocks skip that day"):
        read(week_file(tmp_path, week="2026-W10", need=spring))
    (tmp_path / "need.csv").write_text("queue,start,agents\ngeneral,2026-03-08 02:30,1\n")
    with pytest.raises(Problem, match=r"need.csv:2: 2026-03-08 02:30 is skipped by the clocks"):
        read(week_file(tmp_path, week="2026-W10", need="need.csv"))


def test_of_an_hour_that_comes_twice_the_higher_need_counts(tmp_path: Path) -> None:
    (tmp_path / "need.csv").write_text(
        "queue,start,agents\ngeneral,2026-11-01 01:30-04:00,2\ngeneral,2026-11-01 01:30-05:00,5\n"
    )
    week = read(week_file(tmp_path, week="2026-W44", need="need.csv"))
    assert [(each.start, each.agents) for each in week.request.need] == [(90, 5)]
    assert week.notes == (
        "2026-11-01 has 25 hours: the clocks change at 2:00. A shift across it is an hour longer than the clock says; "
        "the hours planned are the clock's",
    )


def test_a_schedule_of_another_week_or_none_cannot_stay(planned: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is a schedule of 2026-W49"):
        read(week_file(tmp_path, week="2026-W50"), planned / "schedule.json")
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"week": 3}))
    with pytest.raises(Problem, match=r"other\.json"):
        read(week_file(tmp_path), other)
