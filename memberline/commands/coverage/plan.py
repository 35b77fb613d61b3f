"""`memberline coverage plan`: the week's telephone schedule."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import click
import msgspec

from core.errors import Problem
from scheduling.plan import csv_page, text_page, wall_page
from scheduling.plan.calendars import calendars
from scheduling.plan.model import Schedule
from scheduling.plan.reading import Week, read
from scheduling.plan.solving import Effort, Progress, solve

FORMS = ("text", "csv", "json", "ics", "html")
ENDINGS = {".txt": "text", ".csv": "csv", ".json": "json", ".html": "html"}
_BOUND_STEP = 0.9  # a better bound alone is told once the gap is this share of the one told before


@click.command()
@click.argument("week", type=click.Path(path_type=Path))
@click.option("--seconds", default=60.0, type=click.FloatRange(min=0), help="How long at most; 60 if not said.")
@click.option("--seed", default=1, type=click.IntRange(0), help="The same gives the same week, if not cut short.")
@click.option("--workers", default=2, type=click.IntRange(1, 64), help="Processors that CP-SAT may use; 2 if not said.")
@click.option("--stay", type=click.Path(path_type=Path), help="The published schedule (JSON), to change the least.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to: a .json, .csv, .html or .txt; ics: a folder.")
@click.option("--format", "form", type=click.Choice(FORMS), help="Of --out, or of what is printed; text if not said.")
def command(  # noqa: PLR0917 - click gives each option by itself
    week: Path, seconds: float, seed: int, workers: int, stay: Path | None, out: Path | None, form: str | None
) -> None:
    """Make the schedule of a WEEK: a file (YAML or JSON) with people, rules, and what each queue needs.

    While it is made, standard error tells how far it is; Ctrl-C ends it with the best schedule so far. What could not
    be met is named, with the cheapest relief. With --out FILE.json the schedule is kept, for --stay later.
    """
    form = _form(form, out)
    given = read(week, stay)
    with _until_interrupted() as stopped:
        effort = Effort(seconds=seconds, workers=workers)
        schedule = solve(given.request, seed=seed, effort=effort, stopped=stopped, report=_progress())
    if form == "ics":
        assert out is not None
        _calendars(out, given, schedule)
        return
    made = _written(form, given, schedule)
    if out is not None:
        _write(out, made)
        click.echo(f"{out}: {schedule.week}, {len(schedule.blocks)} blocks", err=True)
        if form == "text":
            return
        made = _written("text", given, schedule)
    click.echo(made, nl=not made.endswith("\n"))


def _form(form: str | None, out: Path | None) -> str:
    """What is written, by what was asked for or by the ending of the file."""
    if form == "ics":
        if out is None:
            raise Problem(
                "a calendar for each person needs a folder", place="--format ics", remedy="Name it with --out"
            )
        return form
    ending = None if out is None else ENDINGS.get(out.suffix)
    if out is not None and ending is None and form is None:
        remedy = f"Use one of {', '.join(ENDINGS)}, or --format"
        raise Problem(f"ends in {out.suffix!r}", place=str(out), remedy=remedy)
    return form or ending or "text"


def _written(form: str, given: Week, schedule: Schedule) -> str:
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(schedule, order="deterministic"), indent=1).decode() + "\n"
    if form == "csv":
        return csv_page.rows(given, schedule)
    if form == "html":
        return wall_page.page(given, schedule)
    return text_page.text(given, schedule, shutil.get_terminal_size((160, 0)).columns) + "\n"


def _calendars(folder: Path, given: Week, schedule: Schedule) -> None:
    made = calendars(given.request.people, schedule, ZoneInfo(given.zone), datetime.now(UTC))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"cannot be made ({error.strerror})", place=str(folder)) from None
    for name, text in made.items():
        _write(folder / name, text)
    click.echo(f"{folder}: {len(made)} calendars")


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise Problem(f"cannot be written ({error.strerror})", place=str(path)) from None


# --- while it is made -------------------------------------------------------------------------------


def _progress() -> Callable[[Progress], None]:
    """A line on standard error for each step forward."""
    began = time.monotonic()
    told: list[tuple[float, float]] = []  # objective and gap

    def report(progress: Progress) -> None:
        if progress.gap is None or progress.objective is None:
            return
        if told and progress.objective >= told[-1][0] and progress.gap > _BOUND_STEP * told[-1][1]:
            return
        told.append((progress.objective, progress.gap))
        click.echo(
            f"{time.monotonic() - began:6.1f} s  best {progress.objective:9.1f}  bound {progress.bound:9.1f}  "
            f"gap {progress.gap:6.2%}  {progress.stage}",
            err=True,
        )

    return report


@contextmanager
def _until_interrupted() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; a second one ends at once."""
    pressed: list[int] = []

    def interrupted(number: int, _: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)
        click.echo("stopping with the best so far", err=True)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
