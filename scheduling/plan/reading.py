"""A week's file, YAML or JSON, as a request that can be planned: whatever is wrong is named with its line, all at once.

The fields are those of `scheduling.plan.model`, written as people write them: times and lengths as 8:30 (or minutes),
shares as 35 % (or 0.35), weekdays as mon. `queues` says what each queue's missing agent costs, so that a slip in a
queue's name is found. `need` is a list of spans, or the name of a CSV file beside this one.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from core.errors import Problem
from core.events import Message
from core.yaml_places import YamlReader, shown, suggestion
from scheduling.plan import need_file
from scheduling.plan.checking import clock
from scheduling.plan.clocks import changes, exists
from scheduling.plan.model import (
    DAY,
    STEP,
    Fixed,
    Level,
    Minute,
    Minutes,
    Need,
    Person,
    Price,
    Request,
    Rules,
    Schedule,
    Share,
    TimeOff,
    Weekday,
    days_of,
)
from scheduling.plan.refusing import refuse

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_AGENTS = 5000  # in one interval: more is a slip of the keyboard
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_FIELDS = ("week", "queues", "rules", "people", "need")


class Queue(Message, frozen=True, kw_only=True):
    """What an agent missing for one interval costs, and the specialty that answers (none: whoever has the skill)."""

    price: Price = 1.0
    specialty: str = ""


class NeedSpan(Message, frozen=True, kw_only=True):
    """The same need from `start` up to `end`, on a day or on weekdays."""

    queue: str
    start: Minute
    end: Minute
    agents: int
    day: date | None = None
    weekdays: tuple[Weekday, ...] = ()


class Week(Message, frozen=True, kw_only=True):
    """A request, and what only its reader needs: the site's zone, and `notes` on what is worth knowing."""

    request: Request
    zone: str
    notes: tuple[str, ...] = ()


def read(path: Path, stay: Path | None = None) -> Week:
    """`stay`: a schedule as JSON, which is to change as little as can be. Raises `Problem` with all that is wrong."""
    found = _Reading(path)
    week = found.week()
    if stay is not None:
        published = read_schedule(stay)
        if published.week != week.request.week:
            remedy = f"Expected a schedule of {week.request.week}"
            raise Problem(f"is a schedule of {published.week}", place=str(stay), remedy=remedy)
        request = msgspec.structs.replace(week.request, published=published.blocks)
        week = msgspec.structs.replace(week, request=request)
    return week


def read_schedule(path: Path) -> Schedule:
    """A schedule as `memberline coverage plan` stores it. Raises `Problem`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Schedule)
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a schedule (JSON)") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        remedy = "Expected a schedule that this command stored with --out"
        raise Problem(str(error), place=str(path), remedy=remedy) from None


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path, self._reader = path, YamlReader(path)
        self._fields = self._reader.mapping(self._reader.root, required=_FIELDS, optional=("zone",))

    def week(self) -> Week:
        self._reader.finish()
        fields, reader = self._fields, self._reader
        week = reader.text(fields["week"])
        try:
            days = days_of(week)
        except ValueError:
            reader.note(fields["week"], shown(fields["week"]), "a week such as 2026-W49")
            reader.finish()
        zone = self._zone()
        queues = {name: self._struct(node, Queue) for name, node in self._named(fields["queues"]).items()}
        rules = self._struct(fields["rules"], Rules)
        people = [self._struct(node, Person) for node in reader.items(fields["people"])]
        reader.finish()
        need = tuple(self._need(fields["need"], days, zone, queues))
        reader.finish()
        self._check(people, queues, zone)
        self._check_shifts(rules)
        reader.finish()
        request = Request(week=week, people=tuple(people), rules=rules, need=need)
        try:
            refuse(request)
        except Problem as problem:
            raise Problem("\n".join(self._placed(line) for line in str(problem).splitlines())) from None
        return Week(request=request, zone=zone.key, notes=tuple(changes(days, zone)))

    def _named(self, node: yaml.Node) -> Mapping[str, yaml.Node]:
        return self._reader.mapping(node, optional=None)

    def _zone(self) -> ZoneInfo:
        node = self._fields.get("zone")
        name = "UTC" if node is None else self._reader.text(node)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # of a folder of zones, say America
            assert node is not None
            self._reader.note(node, f"the zone {shown(node)}", "one such as America/New_York")
            return ZoneInfo("UTC")

    def _placed(self, line: str) -> str:
        """A fault that `refuse` found, with the line of whom or what it is about."""
        row = re.match(r"people, row (\d+)", line)
        if row:
            return f"{self._reader.place(self._people[int(row[1]) - 1])}: {line}"
        part = next((name for name in ("rules", "people", "week") if line.startswith(name)), None)
        return f"{self._reader.place(self._fields[part])}: {line}" if part else f"{self._path}: {line}"

    @property
    def _rules(self) -> Mapping[str, yaml.Node]:
        return self._named(self._fields["rules"])

    @property
    def _people(self) -> list[yaml.Node]:
        return list(self._reader.items(self._fields["people"]))

    # --- what is needed ---------------------------------------------------------------------------

    def _need(
        self, node: yaml.Node, days: tuple[date, ...], zone: ZoneInfo, queues: Mapping[str, Queue]
    ) -> Iterator[Need]:
        if isinstance(node, yaml.ScalarNode) and node.value:
            rows = need_file.read(self._path.parent / node.value, days, zone, queues)
        else:
            rows = tuple(
                need_file.Row(span.queue, day, minute, span.agents)
                for each in self._reader.items(node)
                for span, day in self._spans(each, days, zone, queues)
                for minute in range(span.start, span.end, STEP)
            )
        for queue, day, start, agents in rows:
            of = queues[queue]
            yield Need(queue=queue, day=day, start=start, agents=agents, price=of.price, specialty=of.specialty)

    def _spans(
        self, node: yaml.Node, days: tuple[date, ...], zone: ZoneInfo, queues: Mapping[str, Queue]
    ) -> Iterator[tuple[NeedSpan, date]]:
        before = len(self._reader.findings)
        span = self._struct(node, NeedSpan)
        if len(self._reader.findings) > before:
            return
        fields = self._named(node)
        if span.queue not in queues:
            meant = suggestion(span.queue, queues)
            self._reader.note(fields["queue"], f"the queue {span.queue!r}", f"one of {', '.join(queues)}", meant=meant)
            return
        if not 0 <= span.agents <= MOST_AGENTS:
            self._reader.note(fields["agents"], f"{span.agents} agents", f"0 to {MOST_AGENTS}")
        if span.end <= span.start:
            self._reader.note(fields["end"], f"an end at {clock(span.end)}", f"a later one than {clock(span.start)}")
        if (span.day is None) == (not span.weekdays):
            self._reader.note(node, "a need on no day" if span.day is None else "both days", "a day or weekdays")
            return
        on = [days[each] for each in span.weekdays] if span.day is None else [span.day]
        for day in on:
            if day not in days:
                self._reader.note(fields["day"], f"{day}", f"a day of the week from {days[0]} to {days[-1]}")
            elif any(not exists(day, minute, zone) for minute in range(span.start, span.end, STEP)):
                skipped = "a time that the clocks skip that day"
                self._reader.note(
                    node, f"{day} from {clock(span.start)} to {clock(span.end)}, {skipped}", "one there is"
                )
            else:
                yield span, day

    # --- what does not fit together ---------------------------------------------------------------

    def _check(self, people: list[Person], queues: Mapping[str, Queue], zone: ZoneInfo) -> None:
        known = {queue.specialty for queue in queues.values() if queue.specialty}
        held = {each for person in people for each in person.specialties}
        for name, node in self._named(self._fields["queues"]).items():
            wanted = queues[name].specialty
            if wanted and wanted not in held and (meant := suggestion(wanted, held)):
                self._reader.note(node, f"the specialty {wanted!r}, which nobody has", "one of theirs", meant=meant)
        for node, person in zip(self._people, people, strict=True):
            fields = self._named(node)
            for queue in sorted(person.skills.keys() - queues.keys()):
                expected, meant = f"one of {', '.join(queues)}", suggestion(queue, queues)
                self._reader.note(
                    fields["skills"], f"{person.name}'s skill for the queue {queue!r}", expected, meant=meant
                )
            for name, penalty in person.skills.items():
                if penalty < 0:
                    self._reader.note(fields["skills"], f"{person.name}'s penalty {penalty} for {name}", "0 or more")
            for specialty in sorted(person.specialties - known):
                if meant := suggestion(specialty, known):
                    found = f"{person.name}'s specialty {specialty!r}, which no queue asks for"
                    self._reader.note(fields["specialties"], found, f"one of {', '.join(sorted(known))}", meant=meant)
            if "time_off" in fields:
                self._apart(fields["time_off"], person, person.time_off, zone)
            if "fixed" in fields:
                self._apart(fields["fixed"], person, person.fixed, zone)

    def _check_shifts(self, rules: Rules) -> None:
        for node, shift in zip(self._reader.items(self._rules["shifts"]), rules.shifts, strict=True):
            if shift.paid <= 0:
                found = f"{shift.minutes} minutes, of which {shift.paid} are paid"
                self._reader.note(node, f"the shift {shift.name!r} of {found}", "some paid time")
            for start in shift.starts:
                if start + shift.minutes > DAY:
                    found = f"the shift {shift.name!r} from {clock(start)} to {clock(start + shift.minutes)}"
                    self._reader.note(node, found, "an end by 24:00")
            if any(rest.minutes == 0 for rest in shift.rests):
                self._reader.note(node, f"a rest of no minutes in the shift {shift.name!r}", "a length")
            if sum(each.name == shift.name for each in rules.shifts) > 1:
                self._reader.note(node, f"the shift {shift.name!r} more than once", "a name of its own")

    def _apart(self, node: yaml.Node, person: Person, spans: Sequence[TimeOff | Fixed], zone: ZoneInfo) -> None:
        """No two at once, since the hours of both would count; and none at a time that the clocks skip."""
        nodes = list(self._reader.items(node))
        ordered = sorted(range(len(spans)), key=lambda at: (spans[at].day, spans[at].start))
        for one, other in pairwise(ordered):
            first, second = spans[one], spans[other]
            if first.day == second.day and second.start < first.end:
                self._reader.note(
                    nodes[other],
                    f"{person.name} on {second.day} from {clock(second.start)} to {clock(second.end)}, "
                    f"while there is {clock(first.start)} to {clock(first.end)} already",
                    "times that do not overlap",
                )
        for at, span in enumerate(spans):
            if span.start and not exists(span.day, span.start, zone):
                found = f"{span.day} {clock(span.start)}, a time that the clocks skip that day"
                self._reader.note(nodes[at], found, "one there is")

    # --- values by their types --------------------------------------------------------------------

    def _struct(self, node: yaml.Node, kind: type[Any]) -> Any:
        """Of a mapping. What is wrong is noted, and its default, or something harmless, taken."""
        hints = typing.get_type_hints(kind, include_extras=True)
        known = msgspec.structs.fields(kind)
        required = [each.name for each in known if each.required]
        fields = self._reader.mapping(node, required=required, optional=[each.name for each in known])
        values = {name: self._value(value, hints[name]) for name, value in fields.items()}
        return kind(**{name: _HARMLESS for name in required if name not in values} | values)

    def _value(self, node: yaml.Node, hint: Any) -> Any:
        if hint in _SIMPLE:
            return getattr(self, _SIMPLE[hint])(node)
        origin, inner = typing.get_origin(hint), typing.get_args(hint)
        if origin in (types.UnionType, typing.Union):  # all of them are "something, or None"
            return None if self._reader.absent(node) else self._value(node, inner[0])
        if origin is tuple:
            return tuple(self._value(each, inner[0]) for each in self._reader.items(node))
        if origin is frozenset:
            return frozenset(self._value(each, inner[0]) for each in self._reader.items(node))
        if origin is dict:
            return {name: self._value(each, inner[1]) for name, each in self._named(node).items()}
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            text = self._reader.one_of(node, [each.value for each in hint], "an activity")
            return hint(text) if text in list(hint) else _HARMLESS
        if typing.get_origin(hint) is typing.Annotated:  # a whole number with bounds of its own
            return self._reader.integer(node, least=inner[1].ge or 0, most=inner[1].le)
        return self._struct(node, hint)

    def _text(self, node: yaml.Node) -> str:
        return self._reader.text(node)

    def _flag(self, node: yaml.Node) -> bool:
        return self._reader.flag(node)

    def _number(self, node: yaml.Node) -> float:
        return self._reader.number(node)

    def _whole(self, node: yaml.Node) -> int:
        return self._reader.integer(node, least=-MOST_AGENTS)

    def _time(self, node: yaml.Node) -> int:
        return self._steps(node, DAY, "a time such as 8:30, in quarters of an hour, up to 24:00")

    def _length(self, node: yaml.Node) -> int:
        return self._steps(node, 7 * DAY, "a length such as 1:30 or 90 minutes, in quarters of an hour")

    def _steps(self, node: yaml.Node, most: int, expected: str) -> int:
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if found := _CLOCK.fullmatch(text):
            minutes = 60 * int(found[1]) + int(found[2])
        elif re.fullmatch(r"\d{1,5}", text):
            minutes = int(text)
        else:
            minutes = -1
        if not 0 <= minutes <= most or minutes % STEP:
            self._reader.note(node, shown(node), expected)
            return 0
        return minutes

    def _share(self, node: yaml.Node) -> float:
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if (found := _PERCENT.fullmatch(text)) and float(found[1]) <= 100:
            return float(found[1]) / 100
        return self._reader.number(node, most=1.0)

    def _weekday(self, node: yaml.Node) -> int:
        text = self._reader.text(node)
        name = text.casefold()[:3]
        if name in WEEKDAYS:
            return WEEKDAYS.index(name)
        return self._reader.integer(node, most=6)

    def _level(self, node: yaml.Node) -> int:
        return self._reader.integer(node, least=1, most=4)

    def _day(self, node: yaml.Node) -> date:
        try:
            return date.fromisoformat(str(node.value))
        except ValueError:
            self._reader.note(node, shown(node), "a day such as 2026-12-04")
            return date.min


# For what is missing: it is noted, so the request is never made.
_HARMLESS: Any = ""

_SIMPLE: dict[Any, str] = {
    str: "_text",
    bool: "_flag",
    float: "_number",
    int: "_whole",
    date: "_day",
    Minute: "_time",
    Minutes: "_length",
    Share: "_share",
    Price: "_number",
    Weekday: "_weekday",
    Level: "_level",
}
