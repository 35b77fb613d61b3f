"""A scenario as YAML or JSON: what is wrong is named with its line, all at once.

Times are seconds unless they say otherwise (8:00-16:30, minutes); files are named beside this one. docs/coverage.md
describes the fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from core.errors import Problem
from core.yaml_places import YamlReader, shown, suggestion
from scheduling.staffing.simulation.model import CallBacks
from scheduling.staffing.simulation.what_if import percent_in_seconds

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d) ?- ?(\d{1,2}):([0-5]\d)")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")


@dataclass(frozen=True)
class SaidQueue:
    """What a scenario says of a queue; None: the forecast tells, or the default of `model.Queue`."""

    calls: tuple[float, ...] | None = None
    handle_s: float | None = None
    handle_cv: float | None = None
    patience_s: float | None = None
    target: tuple[float, float] | None = None
    priority: int = 0
    level: int = 1
    widen: tuple[tuple[float, int], ...] = ()
    call_backs: CallBacks | None = None


@dataclass(frozen=True)
class SaidAgents:
    """`on` in minutes since midnight, on `weekdays` (0 is Monday; none: every day)."""

    name: str
    count: int
    skills: dict[str, int]
    on: tuple[tuple[int, int], ...]
    level: int = 1
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Overflow:
    """Callers of `queue` may be served by the agents of `to` once they have waited `after_s`."""

    queue: str
    to: str
    after_s: float


@dataclass(frozen=True)
class Said:
    """`forecast` or each queue's `calls` (of one day, which begins at `begins` minutes); `staffing` or `agents`."""

    place: str
    name: str = "today"
    forecast: Path | None = None
    staffing: Path | None = None
    begins: int = 480
    minutes: float | None = None
    queues: dict[str, SaidQueue] = field(default_factory=dict)
    agents: tuple[SaidAgents, ...] = ()
    overflow: tuple[Overflow, ...] = ()
    what_if: tuple[str, ...] = ()


def read(path: Path) -> Said:
    """Raises `Problem` with all that is wrong."""
    return _Reading(path).said()


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path, self._reader = path, YamlReader(path)

    def said(self) -> Said:
        reader = self._reader
        optional = ("name", "forecast", "staffing", "begins", "minutes", "queues", "agents", "overflow", "what_if")
        fields = reader.mapping(reader.root, optional=optional)
        queues = reader.mapping(fields["queues"], optional=None) if "queues" in fields else {}
        said = Said(
            place=str(self._path),
            name=reader.text(fields["name"]) if "name" in fields else "today",
            forecast=self._file(fields.get("forecast")),
            staffing=self._file(fields.get("staffing")),
            begins=self._clock(fields["begins"]) if "begins" in fields else 480,
            minutes=reader.number(fields["minutes"], least=1, most=1440) if "minutes" in fields else None,
            queues={name: self._queue(node) for name, node in queues.items()},
            agents=tuple(self._agents(node) for node in self._items(fields.get("agents"))),
            overflow=tuple(self._overflow(node) for node in self._items(fields.get("overflow"))),
            what_if=tuple(reader.text(node) for node in self._items(fields.get("what_if"))),
        )
        self._check(said, fields)
        reader.finish()
        return said

    def _check(self, said: Said, fields: dict[str, yaml.Node]) -> None:
        reader = self._reader
        if (said.staffing is None) == (not said.agents):
            found = "neither agents nor staffing" if said.staffing is None else "both agents and staffing"
            reader.note(reader.root, found, "one of them")
        if said.overflow and said.staffing is None:
            reader.note(fields["overflow"], "overflow beside agents", "their skills, and the queue's widen")
        of_calls = [name for name, queue in said.queues.items() if queue.calls is not None]
        for over in said.overflow:
            if over.queue in said.queues and said.queues[over.queue].widen:
                reader.note(fields["overflow"], f"overflow of {over.queue}, which has steps to widen", "one of them")
        if of_calls and said.forecast is not None:
            reader.note(fields["forecast"], f"calls of the queue {of_calls[0]} as well", "one of them")
        if not of_calls and said.forecast is None and said.staffing is None:
            reader.note(reader.root, "no calls", "a forecast, or calls for each queue")
        if of_calls and said.staffing is not None:
            reader.note(fields["staffing"], "staffing beside calls of a day without a date", "a forecast, or agents")
        if of_calls:
            for name, queue in said.queues.items():
                if queue.calls is None or queue.handle_s is None:
                    reader.note(fields["queues"], f"no calls or no handle_s of {name}", "both")
            for node, group in zip(self._items(fields.get("agents")), said.agents, strict=True):
                for name in sorted(group.skills.keys() - said.queues.keys()):
                    expected, meant = f"one of {', '.join(said.queues)}", suggestion(name, said.queues)
                    reader.note(node, f"a skill for the queue {name!r}", expected, meant=meant)

    def _queue(self, node: yaml.Node) -> SaidQueue:
        reader = self._reader
        optional = (
            "calls", "handle_s", "handle_cv", "patience_s", "target", "priority", "level", "widen", "call_backs",
        )  # fmt: skip
        fields = reader.mapping(node, optional=optional)
        return SaidQueue(
            calls=tuple(reader.number(each) for each in reader.items(fields["calls"])) if "calls" in fields else None,
            handle_s=self._positive(fields.get("handle_s")),
            handle_cv=self._positive(fields.get("handle_cv")),
            patience_s=self._positive(fields.get("patience_s")),
            target=self._target(fields["target"]) if "target" in fields else None,
            priority=reader.integer(fields["priority"], least=-1000) if "priority" in fields else 0,
            level=reader.integer(fields["level"], least=1) if "level" in fields else 1,
            widen=tuple(self._step(each) for each in self._items(fields.get("widen"))),
            call_backs=self._call_backs(fields["call_backs"]) if "call_backs" in fields else None,
        )

    def _agents(self, node: yaml.Node) -> SaidAgents:
        reader = self._reader
        required = ("name", "count", "skills", "on")
        fields = reader.mapping(node, required=required, optional=("level", "weekdays"))
        skills = reader.mapping(fields["skills"], optional=None) if "skills" in fields else {}
        return SaidAgents(
            name=reader.text(fields["name"]) if "name" in fields else "",
            count=reader.integer(fields["count"]) if "count" in fields else 0,
            skills={name: reader.integer(penalty) for name, penalty in skills.items()},
            on=tuple(self._span(each) for each in self._items(fields.get("on"))),
            level=reader.integer(fields["level"], least=1) if "level" in fields else 1,
            weekdays=frozenset(self._weekday(each) for each in self._items(fields.get("weekdays"))),
        )

    def _overflow(self, node: yaml.Node) -> Overflow:
        reader = self._reader
        fields = reader.mapping(node, required=("queue", "to"), optional=("after_s",))
        return Overflow(
            queue=reader.text(fields["queue"]) if "queue" in fields else "",
            to=reader.text(fields["to"]) if "to" in fields else "",
            after_s=reader.number(fields["after_s"]) if "after_s" in fields else 0.0,
        )

    def _call_backs(self, node: yaml.Node) -> CallBacks:
        reader = self._reader
        fields = reader.mapping(node, required=("offer_above_s",), optional=("accepted", "reached"))
        return CallBacks(
            offer_above_s=reader.number(fields["offer_above_s"]) if "offer_above_s" in fields else 0.0,
            accepted=self._share(fields["accepted"]) if "accepted" in fields else 0.5,
            reached=self._share(fields["reached"]) if "reached" in fields else 0.9,
        )

    # --- values ---------------------------------------------------------------------------------------

    def _items(self, node: yaml.Node | None) -> list[yaml.Node]:
        return [] if node is None else list(self._reader.items(node))

    def _file(self, node: yaml.Node | None) -> Path | None:
        return None if node is None else self._path.parent / self._reader.text(node)

    def _positive(self, node: yaml.Node | None) -> float | None:
        if node is None:
            return None
        number = self._reader.number(node)
        if number == 0 and shown(node) == "'0'":
            self._reader.note(node, "0", "a number above 0")
        return number or 1.0

    def _target(self, node: yaml.Node) -> tuple[float, float]:
        try:
            return percent_in_seconds(self._reader.text(node))
        except Problem:
            self._reader.note(node, shown(node), "a target such as 80/20: 80 % within 20 seconds")
            return 0.8, 20.0

    def _step(self, node: yaml.Node) -> tuple[float, int]:
        parts = list(self._reader.items(node))
        if len(parts) != 2:
            self._reader.note(node, f"{len(parts)} numbers", "two: seconds waited, and the highest penalty then")
            return 0.0, 0
        return self._reader.number(parts[0]), self._reader.integer(parts[1])

    def _clock(self, node: yaml.Node) -> int:
        found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", self._reader.text(node))
        if not found or int(found[1]) > 23:
            self._reader.note(node, shown(node), "a time such as 8:00")
            return 0
        return 60 * int(found[1]) + int(found[2])

    def _span(self, node: yaml.Node) -> tuple[int, int]:
        found = _SPAN.fullmatch(self._reader.text(node))
        begins, ends = (60 * int(found[i]) + int(found[i + 1]) for i in (1, 3)) if found else (0, 0)
        if not 0 <= begins < ends <= 24 * 60:
            self._reader.note(node, shown(node), "hours such as 8:00-12:30")
            return 0, 1
        return begins, ends

    def _weekday(self, node: yaml.Node) -> int:
        name = self._reader.text(node).casefold()[:3]
        if name not in WEEKDAYS:
            self._reader.note(node, shown(node), f"one of {', '.join(WEEKDAYS)}")
            return 0
        return WEEKDAYS.index(name)

    def _share(self, node: yaml.Node) -> float:
        found = _PERCENT.fullmatch(self._reader.text(node))
        if found and float(found[1]) <= 100:
            return float(found[1]) / 100
        return self._reader.number(node, most=1.0)
