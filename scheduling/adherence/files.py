"""Plans, events of presence and explanations from files; every row that cannot be used is named, with the reason.

- a plan: CSV with `person`, `kind`, `start`, `end` (or what `memberline coverage plan --format csv` prints), or the
  schedule that `memberline coverage plan --out` stores as JSON;
- events: CSV with `person`, `time`, `state`, and if wanted `reason`. The person `*` with the state `unknown` says that
  nothing was heard of anybody from then on, until there is an event of theirs; `*` with `signed_out` that from then on
  whoever is not told of is not there;
- explanations: CSV with `person`, `start`, `end`, `explanation`, and if wanted `decision` and `by`.

A time without an offset is of the site's zone. Where the clocks go back, an event that would be earlier than the one
before it in the file (of this person) is of the hour that comes again; a plan's time is of the first hour.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar, get_args
from zoneinfo import ZoneInfo

from core.errors import Problem
from core.yaml_places import cut, suggestion
from scheduling import csv_lines
from scheduling.adherence.model import PAUSED, PRESENCES, SIGNED_OUT, UNKNOWN, Decision, Explanation, Planned, Seen
from scheduling.plan.clocks import moment
from scheduling.plan.model import Activity, Schedule
from scheduling.plan.reading import read_schedule

EVERYBODY = "*"
_OTHER_NAMES = {"person_id": "person", "activity": "kind"}  # as the schedule's own CSV calls them
_MINUTE = len("2026-03-09 08:15")  # a day alone would be taken for its midnight

T = TypeVar("T")


class Plan(NamedTuple):
    """`names` by person, as far as the file has them."""

    blocks: dict[str, list[Planned]]
    names: dict[str, str]


def read_plan(path: Path, zone: ZoneInfo) -> Plan:
    """By person. Raises one `Problem` that names each row that cannot be used, blocks that overlap among them."""
    if path.suffix == ".json":
        blocks = planned(read_schedule(path), zone)
        if not blocks:
            raise Problem("plans nobody", place=str(path))
        return Plan(blocks, {})
    names: dict[str, str] = {}
    last: dict[str, list[Planned]] = {}

    def block(row: csv_lines.Line) -> Planned:
        person = _person(row)
        kinds = [each.value for each in Activity]
        kind = row.fields["kind"].casefold()
        if kind not in kinds:
            raise Problem(f"kind is {cut(row.fields['kind'])}", remedy=_meant(kind, kinds))
        start, end = (_time(row, name, zone) for name in ("start", "end"))
        made = Planned(
            person_id=person,
            activity=Activity(kind),
            start=start,
            end=end,
            queues=frozenset(row.fields.get("queues", "").split()),
        )
        if end <= start:
            raise Problem("ends before it begins", remedy="Expected an end after the start")
        if name := row.fields.get("name"):
            names[person] = name
        last.setdefault(person, []).append(made)
        return made

    known = ("person", "kind", "start", "end", "name", "queues", "title")
    rows = _read(path, block, required=known[:4], known=known)
    _refuse_overlaps(path, rows)
    return Plan(last, names)


class Events(NamedTuple):
    """`people`: by person, in the order of the file. `everybody`: what is said of all, by time."""

    people: dict[str, list[Seen]]
    everybody: list[Seen]


def planned(schedule: Schedule, zone: ZoneInfo) -> dict[str, list[Planned]]:
    """A week's schedule by person, its times of day as moments; on the days too on which the clocks change."""
    made: dict[str, list[Planned]] = {}
    for block in schedule.blocks:
        start, end = (moment(block.day, minute, zone) for minute in (block.start, block.end))
        if start < end:  # else it lies in an hour that the clocks skip
            made.setdefault(block.person_id, []).append(
                Planned(person_id=block.person_id, activity=block.activity, start=start, end=end, queues=block.queues)
            )
    return made


def read_events(path: Path, zone: ZoneInfo) -> Events:
    """Raises one `Problem` that names each row that cannot be used, or where nothing is said of a person."""
    made = Events({}, [])

    def event(row: csv_lines.Line) -> Seen:
        person = _person(row)
        presence = row.fields["state"].casefold()
        if presence not in PRESENCES:
            raise Problem(f"state is {cut(row.fields['state'])}", remedy=_meant(presence, PRESENCES))
        if person == EVERYBODY and presence not in (UNKNOWN, SIGNED_OUT):
            raise Problem(f"everybody is {presence}", remedy="Only unknown and signed_out are said of everybody (*)")
        mine = made.everybody if person == EVERYBODY else made.people.setdefault(person, [])
        at = _time(row, "time", zone, mine[-1].at if mine else None)
        reason = row.fields.get("reason", "") if presence == PAUSED else ""
        mine.append(Seen(at=at, presence=presence, reason=reason))
        return mine[-1]

    _read(path, event, required=("person", "time", "state"), known=("person", "time", "state", "reason"))
    if not made.people:
        raise Problem("says nothing of any person", place=str(path))
    made.everybody.sort(key=lambda each: each.at)
    return made


def read_explanations(path: Path, zone: ZoneInfo) -> dict[str, list[Explanation]]:
    """By person. Raises one `Problem` that names each row that cannot be used."""
    made: dict[str, list[Explanation]] = {}

    def explanation(row: csv_lines.Line) -> Explanation:
        person, decisions = _person(row), get_args(Decision)
        decision = row.fields.get("decision", "").casefold() or "open"
        if decision not in decisions:
            raise Problem(f"decision is {cut(row.fields['decision'])}", remedy=_meant(decision, decisions))
        start, end = (_time(row, name, zone) for name in ("start", "end"))
        if end <= start:
            raise Problem("ends before it begins", remedy="Expected an end after the start")
        each = Explanation(
            person_id=person,
            start=start,
            end=end,
            text=row.fields["explanation"],
            decision=decision,  # type: ignore[arg-type] # one of them, as was checked
            decided_by=row.fields.get("by", ""),
        )
        made.setdefault(person, []).append(each)
        return each

    required = ("person", "start", "end", "explanation")
    _read(path, explanation, required=required, known=(*required, "decision", "by"))
    return made


# --- rows -------------------------------------------------------------------------------------------


def _read(
    path: Path, make: Callable[[csv_lines.Line], T], *, required: Sequence[str], known: Sequence[str]
) -> list[tuple[str, T]]:
    """What `make` makes of each row, with its place."""
    made: list[tuple[str, T]] = []
    wrong: list[str] = []
    table = csv_lines.text_of(path)
    for row in csv_lines.lines(table, str(path), required=required, known=known, also=_OTHER_NAMES):
        try:
            made.append((row.place, make(row)))
        except Problem as problem:
            wrong.append(f"{row.place}: {problem}")
    csv_lines.refuse(wrong)
    if not made:
        raise Problem("has no row", place=str(path))
    return made


def _refuse_overlaps(path: Path, rows: Sequence[tuple[str, Planned]]) -> None:
    wrong: list[str] = []
    before: dict[str, tuple[str, Planned]] = {}
    for place, block in sorted(rows, key=lambda row: (row[1].person_id, row[1].start, row[1].end)):
        last = before.get(block.person_id)
        if last is not None and block.start < last[1].end:
            row = last[0].removeprefix(f"{path}:")
            wrong.append(f"{place}: {block.person_id} is at {last[1].activity} then already, by row {row}")
        else:
            before[block.person_id] = place, block
    csv_lines.refuse(wrong)


def _person(row: csv_lines.Line) -> str:
    person = row.fields["person"]
    if not 0 < len(person) <= 80:
        raise Problem(f"person has {len(person)} characters", remedy="Write 1 to 80")
    return person


def _time(row: csv_lines.Line, name: str, zone: ZoneInfo, before: datetime | None = None) -> datetime:
    """`before` tells which of two equal hours it is."""
    text = row.fields[name]
    try:
        found = datetime.fromisoformat(text) if len(text) >= _MINUTE else None
    except ValueError:
        found = None
    if found is None:
        raise Problem(f"{name} is {cut(text)}", remedy="Write it as 2026-03-09 08:15, with an offset or none")
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    first, second = (found.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:
        raise Problem(f"{name} is {text}, which the clocks of {zone.key} skip", remedy="Is the zone another?")
    return second if before is not None and first < before <= second else first


def _meant(text: str, names: Collection[str]) -> str:
    near = suggestion(text, names)
    return f"Did you mean {near}?" if near else f"Expected one of {', '.join(names)}"
