"""What no test ever took: options, cases, outcomes, the ways after too many tries, and steps that nobody came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from core.events import Message
from ivr.bench.walk import Walk
from ivr.document.model import AnyStep, Branch, Document, Menu, Serve
from ivr.document.ways import Way, ways

Kind = Literal["option", "case", "outcome", "tries", "way"]


class Exit(Message, frozen=True, kw_only=True):
    """A way out of a step. `name` is what it is called: an option's key and words, an outcome."""

    step: str
    kind: Kind
    name: str


class Coverage(Message, frozen=True, kw_only=True):
    """`taken` of `all` ways; what was not taken is in the order of the document."""

    all: int
    taken: int
    missing: tuple[Exit, ...]
    never_met: tuple[str, ...]  # steps

    @property
    def missing_options(self) -> tuple[Exit, ...]:
        return tuple(each for each in self.missing if each.kind == "option")


def covered(document: Document, walks: Iterable[Walk]) -> Coverage:
    """Over the ways that a caller may be led along; those that only lead on (`next`) are steps that are met or not."""
    taken: set[tuple[str, tuple[str | int, ...]]] = set()
    met: set[str] = set()
    for walk in walks:
        taken |= {(passed.step, passed.where) for passed in walk.trail}
        met |= {*walk.visited, *(passed.step for passed in walk.trail)}
    exits = [
        (name, way)
        for name, step in document.steps.items()
        for way in ways(step)
        if way.where and way.where != ("next",)
    ]
    missing = [(name, way) for name, way in exits if (name, way.where) not in taken]
    return Coverage(
        all=len(exits),
        taken=len(exits) - len(missing),
        missing=tuple(_exit(document.steps[name], name, way) for name, way in missing),
        never_met=tuple(name for name in document.steps if name not in met),
    )


def _exit(step: AnyStep, name: str, way: Way) -> Exit:
    match step, way.where:
        case Menu(), ("options", str() as key, _):
            return Exit(step=name, kind="option", name=f"{key} {way.label}")
        case Branch(), ("cases", int() as number, _):
            return Exit(step=name, kind="case", name=f"case {number + 1}, to {way.target}")
        case Branch(), _:
            return Exit(step=name, kind="case", name=f"otherwise, to {way.target}")
        case Serve(), _:
            return Exit(step=name, kind="outcome", name=way.label)
        case _, ("tries", _):
            return Exit(step=name, kind="tries", name="too many tries")
        case _:
            return Exit(step=name, kind="way", name=way.label or str(way.where[0]))
