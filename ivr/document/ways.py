"""Where each step may lead: the ways of a document as a graph, for its checks and its drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.document.model import (
    BACK,
    PERSON,
    Announce,
    AnyStep,
    Branch,
    Choose,
    Collect,
    Consent,
    Document,
    Goodbye,
    Identify,
    Leave,
    Menu,
    Outside,
    Queue,
    Serve,
)

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Way:
    """One way on from a step. `silent`: taken without the caller doing anything.

    `where` is the field that names the target, from the step on; empty for what every step of its kind does by itself.
    """

    target: str
    label: str
    where: Where = ()
    silent: bool = False


def ways(step: AnyStep) -> Iterator[Way]:  # noqa: PLR0912 - one branch for each kind
    """All of them, in the order of the step's fields."""
    match step:
        case Announce() | Choose() | Consent() | Leave():
            yield Way(step.next, "", ("next",), silent=True)
        case Menu():
            for key, option in step.options.items():
                yield Way(option.next, option.about or key, ("options", key, "next"))
            if "0" not in step.options:
                yield Way(PERSON, "0")
            yield Way(step.tries.next, "too many tries", ("tries", "next"), silent=True)
        case Collect():
            yield Way(step.next, "", ("next",))
            yield Way(step.tries.next, "too many tries", ("tries", "next"), silent=True)
        case Identify():
            for name in ("verified", "unverified", "minor"):
                yield Way(getattr(step, name), name, (name,))
            yield Way(step.tries.next, "too many tries", ("tries", "next"), silent=True)
        case Branch():
            for i, case in enumerate(step.cases):
                yield Way(case.next, "", ("cases", i, "next"), silent=True)
            yield Way(step.otherwise, "otherwise", ("otherwise",), silent=True)
        case Serve():
            for name, reply in step.outcomes.items():
                yield Way(reply.next, name, ("outcomes", name, "next"), silent=True)
            if step.identify:
                yield Way(step.identify, "not verified", ("identify",), silent=True)
            yield Way(step.unverified, "unverified", ("unverified",), silent=True)
            yield Way(step.failed, "failed", ("failed",), silent=True)
        case Queue():
            if step.closed:
                yield Way(step.closed, "closed", ("closed",), silent=True)
        case Outside():
            yield Way(step.failed, "failed", ("failed",), silent=True)
        case Goodbye():
            return


@dataclass(frozen=True)
class Edge:
    source: str
    way: Way
    target: str  # a step of the document


class Graph:
    """The steps that are there, and what leads from one to another. A target that is no step leads nowhere.

    `meant` is what a misspelt target stands for, so that one mistake is not told as many.
    """

    def __init__(self, document: Document, meant: Mapping[str, str] | None = None) -> None:
        self.document = document
        meant = meant or {}
        person = meant.get(document.person, document.person)
        self._named = {PERSON: person} | {wrong: right for wrong, right in meant.items() if wrong not in (BACK, PERSON)}
        plain: dict[str, list[Edge]] = {name: [] for name in document.steps}
        backs: list[tuple[str, Way]] = []
        self.broken: set[str] = set()  # steps with a way to what is no step
        for name, step in document.steps.items():
            for way in ways(step):
                if way.target == BACK:
                    backs.append((name, way))
                elif (target := self._named.get(way.target, way.target)) in document.steps:
                    plain[name].append(Edge(name, way, target))
                else:
                    self.broken.add(name)
        self.out = plain
        before = self._menus_before()
        self.astray = [(name, way) for name, way in backs if not before[name]]  # `back`, and no menu comes before
        for name, way in backs:
            plain[name] += [Edge(name, way, menu) for menu in sorted(before[name])]

    @property
    def start(self) -> str:
        return self._named.get(self.document.start, self.document.start)

    @property
    def person(self) -> str:
        return self._named[PERSON]

    def reached(self, *starts: str) -> set[str]:
        """Every step that a caller may come to from these, themselves included."""
        out = {name: [edge.target for edge in edges] for name, edges in self.out.items()}
        return _closure(out, [start for start in starts if start in out])

    def _menus_before(self) -> dict[str, set[str]]:
        """The menus that may be the last before each step, without `back` itself."""
        before: dict[str, set[str]] = {name: set() for name in self.out}
        steps = self.document.steps
        for menu in [name for name, step in steps.items() if isinstance(step, Menu)]:
            waiting = [edge.target for edge in self.out[menu]]
            while waiting:
                name = waiting.pop()
                if menu in before[name]:
                    continue
                before[name].add(menu)
                if not isinstance(steps[name], Menu):
                    waiting += [edge.target for edge in self.out[name]]
            before[menu].discard(menu)
        return before

    def silent_circles(self) -> list[list[str]]:
        """Circles in which a caller who does nothing goes round and round, in the order of the document."""
        out = {name: [edge.target for edge in edges if edge.way.silent] for name, edges in self.out.items()}
        circles: list[list[str]] = []
        told: set[str] = set()
        for name, targets in out.items():
            after = set() if name in told else _closure(out, targets)
            if name in after:
                circles.append([each for each in out if each in after and name in _closure(out, out[each])])
                told.update(circles[-1])
        return circles


def _closure(out: Mapping[str, list[str]], starts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += out[name]
    return found
