"""`memberline coverage simulate`: what callers would meet, and what if; days of calls served one by one."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
import msgspec

from core.errors import Problem
from core.events import Message
from scheduling.staffing.simulation import scenario_file
from scheduling.staffing.simulation.days import Cost, Outcome, Played, play
from scheduling.staffing.simulation.model import Scenario
from scheduling.staffing.simulation.result import Estimate
from scheduling.staffing.simulation.scenario_file import Said
from scheduling.staffing.simulation.scenarios import Planned, planned
from scheduling.staffing.simulation.what_if import what_if

MOST_VARIANTS = 30
FIGURES = ("calls", "service_level", "abandonment", "asa_s", "occupancy")
COSTS = ("agent_h", "present_h", "overtime_h", "needed_h")
ALL = "all"
NAME, COLUMN, BESIDE = 18, 27, 3  # widths of text, and how many columns stand side by side


class Row(Message, frozen=True, kw_only=True):
    """`queue` and `day` are "all" where they are all of them."""

    what_if: str
    queue: str
    day: str
    outcome: Outcome


class Costs(Message, frozen=True, kw_only=True):
    what_if: str
    cost: Cost


class Told(Message, frozen=True, kw_only=True):
    """Shares are 0…1, each with its 99 % confidence interval. `times`: how often each day was played."""

    times: int
    seed: int
    rows: tuple[Row, ...]
    costs: tuple[Costs, ...]
    notes: tuple[str, ...]


@click.command()
@click.argument("scenario", required=False, type=click.Path(path_type=Path))
@click.option("--forecast", type=click.Path(path_type=Path), help="CSV, as 'coverage forecast --format csv' prints it.")
@click.option("--staffing", type=click.Path(path_type=Path), help="CSV, as 'coverage staff --format csv' prints it.")
@click.option("--day", "only", multiple=True, type=click.DateTime(["%Y-%m-%d"]), help="Only this day. Can be repeated.")
@click.option("--volume", multiple=True, help="What if: so many times the calls, 1.8 or retirement=1.8.")
@click.option("--ill", multiple=True, help="What if: so many agents away, drawn anew each day.")
@click.option("--target", multiple=True, help="What if: another target, 90/10 or retirement=90/10.")
@click.option("--merge", multiple=True, help="What if: queues as one line, general+retirement.")
@click.option("--what-if", "said_ifs", multiple=True, help="What if, in words: 'open enrollment: calls 1.8, ill 3'.")
@click.option("--days", "times", default=200, type=int, help="How often each day is played; 200.")
@click.option("--seed", default=1, type=click.IntRange(0), help="The same seed is the same callers; 1.")
@click.option("--format", "form", default="text", type=click.Choice(["text", "csv", "json"]), help="What is printed.")
def command(  # noqa: PLR0917 - click gives each option by itself
    scenario: Path | None,
    forecast: Path | None,
    staffing: Path | None,
    only: tuple[datetime, ...],
    volume: tuple[str, ...],
    ill: tuple[str, ...],
    target: tuple[str, ...],
    merge: tuple[str, ...],
    said_ifs: tuple[str, ...],
    times: int,
    seed: int,
    form: str,
) -> None:
    """Play days through, caller by caller: a SCENARIO (YAML or JSON), or a --forecast with its --staffing.

    Whatever is tried by a 'what if' stands beside today, with the same callers. Options of several kinds are tried
    together; one kind given more than once makes a column of each: --volume 1 --volume 1.8 --ill 3 is two columns.

    Every figure has the 99 % interval that chance leaves.
    """
    said = _said(scenario, forecast, staffing)
    made = planned(said, [day.date() for day in only])
    texts = [*said.what_if, *_combined(volume, ill, target, merge), *said_ifs]
    if len(texts) > MOST_VARIANTS:
        raise Problem(f"{len(texts)} combinations", place="what if", remedy=f"Expected {MOST_VARIANTS} at most")
    variants = [(said.name, made.days), *((_name(text), _changed(made, text)) for text in texts)]
    if len({name for name, _ in variants}) < len(variants):
        raise Problem("the same twice, or named as today is", place="what if", remedy="Give each another name")
    played = {name: play(days, times, seed) for name, days in variants}
    if form == "text":
        click.echo("\n".join(_text(made, played, times)))
        return
    told = _told(made, played, times, seed)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1))
    else:
        click.echo(_csv(told), nl=False)


def _said(scenario: Path | None, forecast: Path | None, staffing: Path | None) -> Said:
    if scenario is None:
        if staffing is None:
            raise Problem("there is nothing to play", remedy="Name a scenario, or --forecast and --staffing")
        return Said(place="the command", forecast=forecast, staffing=staffing)
    said = scenario_file.read(scenario)
    if (staffing is not None and said.agents) or (forecast is not None and said.forecast is None and not said.staffing):
        option = "--staffing" if said.agents else "--forecast"
        raise Problem("has its own agents or calls", place=str(scenario), remedy=f"Leave {option}")
    return replace(said, forecast=forecast or said.forecast, staffing=staffing or said.staffing)


# --- what if ----------------------------------------------------------------------------------------


def _combined(volume: Sequence[str], ill: Sequence[str], target: Sequence[str], merge: Sequence[str]) -> Iterator[str]:
    """Each kind's values with those of the others. Queues are merged last, so that the rest can name them."""
    kinds = [
        [_change("calls", text) for text in volume],
        [f"ill {text}" for text in ill],
        [_change("target", text) for text in target],
        [f"merge {text}" for text in merge],
    ]
    given = [kind for kind in kinds if kind]
    if given:
        yield from (", ".join(changes) for changes in itertools.product(*given))


def _change(verb: str, text: str) -> str:
    """Of "retirement=1.8", in the words of `what_if`."""
    queue, _, value = text.rpartition("=")
    return f"{verb} {value} {queue}".strip()


def _name(text: str) -> str:
    return text.partition(":")[0].strip()


def _changed(made: Planned, text: str) -> dict[str, Scenario]:
    return {name: what_if(scenario, text) for name, scenario in made.days.items()}


# --- told -------------------------------------------------------------------------------------------


def _told(made: Planned, played: dict[str, Played], times: int, seed: int) -> Told:
    rows = []
    for name, of in played.items():
        days = [None, *of.days] if len(of.days) > 1 else list(of.days)
        queues = [*of.queues, None] if len(of.queues) > 1 else of.queues
        rows += [
            Row(what_if=name, queue=queue or ALL, day=day or ALL, outcome=of.outcome(queue, day))
            for queue in queues
            for day in days
        ]
    costs = tuple(Costs(what_if=name, cost=of.cost()) for name, of in played.items())
    return Told(times=times, seed=seed, rows=tuple(rows), costs=costs, notes=made.notes)


def _csv(told: Told) -> str:
    """A row for each queue and day, and one for the hours of all."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    bounds = [f"{figure}{end}" for figure in FIGURES for end in ("", "_low", "_high")]
    table.writerow(["what_if", "queue", "day", *bounds, *COSTS])
    costs = {each.what_if: each.cost for each in told.costs}
    seen: set[str] = set()
    for row in told.rows:
        estimates = [getattr(row.outcome, figure) for figure in FIGURES]
        values = [_rounded(value) for each in estimates for value in (each.mean, each.low, each.high)]
        first = row.what_if not in seen
        seen.add(row.what_if)
        hours = [round(getattr(costs[row.what_if], name), 2) if first else "" for name in COSTS]
        table.writerow([row.what_if, row.queue, row.day, *values, *hours])
    return out.getvalue()


def _rounded(value: float) -> float | str:
    return "" if math.isnan(value) else round(value, 5)


# --- as text ----------------------------------------------------------------------------------------


def _text(made: Planned, played: dict[str, Played], times: int) -> Iterator[str]:
    today = next(iter(played))
    yield f"each day played {times} times; in brackets the 99 % interval that chance leaves"
    of = played[today]
    for queue in of.queues:
        if len(of.days) > 1:
            yield ""
            yield f"{queue}, {_target(made, queue)}, {today}"
            yield f"{'':<{NAME}}{'calls':>9}   {'in time':<21}{'give up':<21}{'ASA':<21}{'busy':<21}".rstrip()
            for day in of.days:
                yield f"{day:<{NAME}}{_day_line(of.outcome(queue, day))}".rstrip()
            yield f"{'all days':<{NAME}}{_day_line(of.outcome(queue))}".rstrip()
    names = list(played)
    for begins in range(1, max(2, len(names)), BESIDE - 1):
        yield ""
        yield from _beside({name: played[name] for name in (today, *names[begins : begins + BESIDE - 1])})
    yield from (f"note: {note}" for note in made.notes)


def _beside(played: dict[str, Played]) -> Iterator[str]:
    """Columns: today, and what if."""
    cells = [_wrapped(name) for name in played]
    for line in itertools.zip_longest(*cells, fillvalue=""):
        yield f"{'':<{NAME}}{''.join(f'{cell:<{COLUMN}}' for cell in line)}".rstrip()
    queues = list(dict.fromkeys(queue for of in played.values() for queue in of.queues))
    for queue in [*queues, *([None] if len(queues) > 1 else [])]:
        outcomes = [of.outcome(queue) if queue is None or queue in of.queues else None for of in played.values()]
        yield queue or "all queues"
        yield _line("calls", [f"{o.calls.mean:.0f}" if o else "-" for o in outcomes])
        yield _line("in time", [_percent(o.service_level) if o else "-" for o in outcomes])
        yield _line("give up", [_percent(o.abandonment) if o else "-" for o in outcomes])
        yield _line("ASA", [_seconds(o.asa_s) if o else "-" for o in outcomes])
        yield _line("busy", [_percent(o.occupancy) if o else "-" for o in outcomes])
    yield "hours of agents"
    costs = [of.cost() for of in played.values()]
    first = costs[0]
    yield _line("planned", [_hours(cost.agent_h, first.agent_h) for cost in costs])
    yield _line("there", [_hours(cost.present_h, first.present_h) for cost in costs])
    yield _line("overtime", [_hours(cost.overtime_h, first.overtime_h) for cost in costs])
    yield _line("target needs", [_hours(cost.needed_h, first.needed_h) for cost in costs])


def _target(made: Planned, queue: str) -> str:
    scenario = next(iter(made.days.values()))
    target = next(each.target for each in scenario.queues if each.name == queue)
    return f"{100 * (target.service_level or 0):g} % within {target.within_s:g} s"


def _wrapped(name: str) -> list[str]:
    """A column's head, broken after its commas."""
    lines = [""]
    for part in name.replace(", ", ",\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) + 1 >= COLUMN:
            lines.append("")
        lines[-1] = f"{lines[-1]} {part}".strip()
    return lines


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{'  ' + name:<{NAME}}{''.join(f'{cell:<{COLUMN}}' for cell in cells)}".rstrip()


def _day_line(of: Outcome) -> str:
    shares = f"{_percent(of.service_level):<21}{_percent(of.abandonment):<21}"
    return f"{of.calls.mean:>9.1f}   {shares}{_seconds(of.asa_s):<21}{_percent(of.occupancy):<21}"


def _percent(of: Estimate) -> str:
    """A share cannot be less than none; the interval of a normal curve can."""
    if math.isnan(of.mean):
        return "-"
    return f"{100 * of.mean:.1f} % ({100 * max(0, of.low):.1f}-{100 * min(1, of.high):.1f})"


def _seconds(of: Estimate) -> str:
    return "-" if math.isnan(of.mean) else f"{of.mean:.1f} s ({max(0, of.low):.1f}-{of.high:.1f})"


def _hours(hours: float, today: float) -> str:
    difference = hours - today
    return f"{hours:.1f}" + (f" ({difference:+.1f})" if abs(difference) >= 0.05 else "")
