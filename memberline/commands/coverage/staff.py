"""`memberline coverage staff`: the agents that a forecast needs; or one number, or the lines of a trunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal, TypeAlias

import click
import msgspec

from core.errors import Problem
from core.events import Message
from scheduling.csv_lines import interval_of
from scheduling.staffing import forecast_file
from scheduling.staffing.erlang import erlang_b, lines_needed
from scheduling.staffing.forecast_file import Expected
from scheduling.staffing.needed import Target
from scheduling.staffing.promise import Promise, promise
from scheduling.staffing.staffed import Staffed, Total, staffed, total, written

Formula: TypeAlias = Literal["a", "c"]
HEAD = (
    f"{'':<17}{'calls':>8}{'handle':>8}{'agents':>9}{'scheduled':>11}{'in time':>9}{'ASA':>9}{'give up':>9}{'busy':>7}"
)


class Day(Message, frozen=True, kw_only=True):
    queue: str
    day: str
    total: Total


class Told(Message, frozen=True, kw_only=True):
    """`shrinkage` is a share."""

    interval_minutes: float
    shrinkage: float
    rows: tuple[Staffed, ...]
    days: tuple[Day, ...]


class Single(Message, frozen=True, kw_only=True):
    """One interval by itself."""

    calls: float
    minutes: float
    handle_s: float
    patience_s: float | None
    target: str
    agents: int
    scheduled: int
    service_level: float
    asa_s: float
    abandonment: float
    occupancy: float


class Trunk(Message, frozen=True, kw_only=True):
    """`blocking`: the share of calls that find all `lines` taken."""

    calls: float
    minutes: float
    handle_s: float
    erlangs: float
    lines: int
    blocking: float


@dataclass(frozen=True)
class _Asked:
    calls: float | None
    minutes: float | None
    handle_s: float | None
    patience_s: float | None
    formula: Formula | None
    promised: Promise
    shrinkage: float

    def patience_of(self, known: float | None, place: str) -> float | None:
        """The patience to reckon with; None: callers never give up."""
        if self.formula == "a" and known is None:
            raise Problem("the patience of callers is not known", place=place, remedy="Give --patience SECONDS")
        return None if self.formula == "c" else known

    @property
    def interval(self) -> timedelta | None:
        return None if self.minutes is None else timedelta(minutes=self.minutes)


@click.command()
@click.argument("forecast", required=False, type=click.Path(path_type=Path))
@click.option("--target", "targets", multiple=True, help="80/20: 80 % in 20 s, if not said. Or retirement=90/30; none.")
@click.option("--abandonment", type=float, help="At most so many percent of the callers give up.")
@click.option("--occupancy", type=float, help="Agents are at most so many percent of their time on calls.")
@click.option("--shrinkage", default=0.0, type=float, help="Percent of the hours that is breaks, training, leave; 0.")
@click.option("--patience", type=float, help="Seconds that callers wait on average before they give up.")
@click.option("--handle", type=float, help="Seconds that a call takes an agent, wrap-up included.")
@click.option(
    "--erlang", "formula", type=click.Choice(["c", "a"]), help="c: nobody gives up. Else as patience is known."
)
@click.option("--upper", is_flag=True, help="Plan for the forecast's upper limit, 'high'.")
@click.option("--calls", type=float, help="Without FORECAST: so many calls.")
@click.option("--minutes", type=float, help="The length of an interval; else what the file's starts tell, or 15.")
@click.option("--trunks", is_flag=True, help="How many lines do --calls of --handle need?")
@click.option("--blocking", default=1.0, type=float, help="With --trunks: percent of calls that find no line; 1.")
@click.option("--short", is_flag=True, help="Text: only the days, not their intervals.")
@click.option("--format", "form", default="text", type=click.Choice(["text", "csv", "json"]), help="What is printed.")
def command(  # noqa: PLR0917 - click gives each option by itself
    forecast: Path | None,
    targets: tuple[str, ...],
    abandonment: float | None,
    occupancy: float | None,
    shrinkage: float,
    patience: float | None,
    handle: float | None,
    formula: Formula | None,
    upper: bool,
    calls: float | None,
    minutes: float | None,
    trunks: bool,
    blocking: float,
    short: bool,
    form: str,
) -> None:
    """Tell how many agents each interval of a FORECAST needs (CSV, as 'coverage forecast --format csv' prints it).

    Of one number instead: --calls 100 --minutes 30 --handle 180. Lines: --trunks --calls 100 --minutes 60 --handle 240.

    'agents' are on the telephones; 'scheduled' are those to plan for, so that shrinkage leaves enough.
    """
    _check_numbers(calls=calls, minutes=minutes, handle=handle, patience=patience)
    asked = _Asked(
        calls=calls,
        minutes=minutes,
        handle_s=handle,
        patience_s=patience,
        formula=formula,
        promised=promise(
            targets,
            _percent("--abandonment", abandonment, most=99.99),
            _percent("--occupancy", occupancy, least=1, most=100),
        ),
        shrinkage=_shrinkage(shrinkage),
    )
    if forecast is not None and (calls is not None or trunks):
        raise Problem(
            "a forecast and a number of calls", place=str(forecast), remedy="Leave --calls and --trunks, or the file"
        )
    if trunks:
        _print_one(_trunk(asked, blocking), form)
    elif forecast is None:
        _print_one(_single(asked, upper), form)
    else:
        told = _of_forecast(forecast, asked, upper)
        if form == "json":
            click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1))
        else:
            click.echo(written(told.rows) if form == "csv" else "\n".join(_text(told, asked, short)), nl=form == "text")


def _of_forecast(path: Path, asked: _Asked, upper: bool) -> Told:
    read = forecast_file.read(path, upper=upper, handle_s=asked.handle_s, patience_s=asked.patience_s)
    rows = [msgspec.structs.replace(row, patience_s=asked.patience_of(row.patience_s, row.place)) for row in read]
    asked.promised.check(sorted({row.queue for row in rows}))
    interval = interval_of(rows, asked.interval)
    made = staffed(rows, asked.promised, interval, asked.shrinkage)
    days = tuple(
        Day(queue=queue, day=day, total=total(list(group), interval))
        for (queue, day), group in groupby(made, key=lambda row: (row.queue, f"{row.start:%Y-%m-%d}"))
    )
    return Told(interval_minutes=interval.total_seconds() / 60, shrinkage=asked.shrinkage, rows=made, days=days)


def _single(asked: _Asked, upper: bool) -> Single:
    if asked.calls is None:
        raise Problem("there is nothing to staff for", remedy="Name a forecast, or give --calls and --handle")
    if upper:
        raise Problem("is of a forecast", place="--upper", remedy="Give the higher number as --calls")
    if asked.handle_s is None:
        raise Problem("is missing", place="--handle", remedy="Give the seconds that a call takes")
    patience_s = asked.patience_of(asked.patience_s, "--erlang a")
    row = Expected(
        queue="",
        start=datetime.min.replace(tzinfo=UTC),
        calls=asked.calls,
        handle_s=asked.handle_s,
        patience_s=patience_s,
        place="--calls",
    )
    asked.promised.check(())
    interval = asked.interval or timedelta(minutes=15)
    made = staffed([row], asked.promised, interval, asked.shrinkage)[0]
    facts = msgspec.structs.asdict(made)
    del facts["queue"], facts["start"]
    return Single(minutes=interval.total_seconds() / 60, **facts)


def _trunk(asked: _Asked, blocking: float) -> Trunk:
    if asked.calls is None or asked.handle_s is None:
        missing = "--calls" if asked.calls is None else "--handle"
        raise Problem("is missing", place=missing, remedy="Write --trunks --calls 100 --minutes 60 --handle 240")
    share = _percent("--blocking", blocking, most=99.99)
    minutes = asked.minutes or 15.0
    erlangs = asked.calls * asked.handle_s / (60 * minutes)
    if erlangs > 100_000:
        raise Problem(f"a load of {erlangs:g} erlangs", place="--calls", remedy="Expected 100000 at most")
    lines = int(lines_needed(erlangs, share if share is not None else 0.01)[0])
    return Trunk(
        calls=asked.calls,
        minutes=minutes,
        handle_s=asked.handle_s,
        erlangs=erlangs,
        lines=lines,
        blocking=float(erlang_b(lines, erlangs)[0]) if erlangs else 0.0,
    )


# --- numbers ----------------------------------------------------------------------------------------


def _check_numbers(**given: float | None) -> None:
    for name, value in given.items():
        if value is not None and not (0 <= value < 1e9 if name == "calls" else 0 < value < 1e9):
            expected = "0 or more" if name == "calls" else "more than 0"
            raise Problem(f"is {value:g}", place=f"--{name}", remedy=f"Expected {expected}")
    if (minutes := given["minutes"]) is not None and minutes > 1440:
        raise Problem(f"is {minutes:g}", place="--minutes", remedy="Expected a day (1440) at most")


def _percent(option: str, value: float | None, *, least: float = 0.0, most: float) -> float | None:
    if value is None:
        return None
    if not (value > 0 and least <= value <= most):
        limits = f"{least:g} to {most:g}" if least else f"more than 0 and at most {most:g}"
        raise Problem(f"is {value:g}", place=option, remedy=f"Expected percent: {limits}")
    return value / 100


def _shrinkage(percent: float) -> float:
    if percent != 0 and not 1 <= percent < 100:  # 0.3 is meant as 30
        raise Problem(
            f"is {percent:g}", place="--shrinkage", remedy="Expected percent: 0, or 1 to less than 100, say 30"
        )
    return percent / 100


# --- as text ----------------------------------------------------------------------------------------


def _print_one(one: Single | Trunk, form: str) -> None:
    facts = msgspec.structs.asdict(one)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(one), indent=1))
    elif form == "csv":
        click.echo(",".join(facts))
        click.echo(",".join("" if value is None else str(value) for value in facts.values()))
    else:
        click.echo("\n".join(_trunk_text(one) if isinstance(one, Trunk) else _single_text(one)))


def _single_text(one: Single) -> Iterator[str]:
    gives_up = "who never give up" if one.patience_s is None else f"patient for {one.patience_s:g} s"
    yield f"{one.calls:g} calls in {one.minutes:g} minutes, {one.handle_s:g} s each, callers {gives_up}"
    scheduled = f", {one.scheduled} scheduled" if one.scheduled != one.agents else ""
    yield f"{_count(one.agents, 'agent')} on the telephones{scheduled}"
    if one.target != "none":
        yield f"  service level   {one.service_level:.3f} within {one.target.partition('/')[2]} s (target {one.target})"
    yield f"  speed of answer {one.asa_s:.1f} s"
    yield f"  give up         {one.abandonment:.1%}"
    yield f"  occupancy       {one.occupancy:.1%}"


def _trunk_text(one: Trunk) -> Iterator[str]:
    yield f"{one.calls:g} calls in {one.minutes:g} minutes, {one.handle_s:g} s each: {one.erlangs:.2f} erlangs"
    yield f"{_count(one.lines, 'line')}; {one.blocking:.2%} of the calls find all taken"


def _text(told: Told, asked: _Asked, short: bool) -> Iterator[str]:
    yield f"intervals of {told.interval_minutes:g} minutes, {100 * told.shrinkage:g} % shrinkage"
    hours = timedelta(minutes=told.interval_minutes)
    days = {(day.queue, day.day): day.total for day in told.days}
    for queue, of_queue in groupby(told.rows, key=lambda row: row.queue):
        mine = list(of_queue)
        yield ""
        yield f"{queue}: {_promised(asked.promised.of(queue))}; {_patience(mine)}"
        yield HEAD
        for day, of_day in groupby(mine, key=lambda row: row.start.date()):
            yield _total_line(f"{day:%a %Y-%m-%d}", days[queue, f"{day:%Y-%m-%d}"])
            if not short:
                yield from map(_row_line, of_day)
        yield _total_line("all days", total(mine, hours))
    if len({day.queue for day in told.days}) > 1:
        yield ""
        yield _total_line("all queues", total(told.rows, hours))


def _promised(target: Target) -> str:
    parts = []
    if target.service_level is not None:
        parts.append(f"{100 * target.service_level:g} % within {target.within_s:g} s")
    if target.max_abandoned is not None:
        parts.append(f"at most {100 * target.max_abandoned:g} % give up")
    if target.max_occupancy is not None:
        parts.append(f"at most {100 * target.max_occupancy:g} % busy")
    return ", ".join(parts)


def _patience(rows: list[Staffed]) -> str:
    known = {row.patience_s for row in rows}
    return "nobody gives up (Erlang C)" if known == {None} else "callers give up (Erlang A)"


def _row_line(row: Staffed) -> str:
    return (
        f"{row.start:%H:%M}".rjust(17) + f"{row.calls:>8.1f}{row.handle_s:>8.0f}{row.agents:>9}{row.scheduled:>11}"
        f"{row.service_level:>9.1%}{row.asa_s:>7.0f} s{row.abandonment:>9.1%}{row.occupancy:>7.0%}"
    )


def _total_line(name: str, of: Total) -> str:
    return (
        f"{name:<17}{of.calls:>8.1f}{of.handle_s:>8.0f}{of.agent_h:>7.1f} h{of.scheduled_h:>9.1f} h"
        f"{of.service_level:>9.1%}{of.asa_s:>7.0f} s{of.abandonment:>9.1%}{of.occupancy:>7.0%}"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
