"""What every benchmark shares: its result, its goals, and how a comparison is run so that it means something."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import Problem

Op = Literal["<=", ">="]
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Goal:
    """A promise about one figure."""

    figure: str
    op: Op
    value: float

    def met(self, figures: dict[str, float]) -> bool:
        """False as well where the figure could not be measured."""
        measured = figures.get(self.figure)
        if measured is None:
            return False
        return measured <= self.value if self.op == "<=" else measured >= self.value


@dataclass(frozen=True)
class Result:
    """What a benchmark's `run()` returns. Figures carry their unit in their name (`p99_ms`); ratios have none."""

    figures: dict[str, float]
    goals: Sequence[Goal] = ()


def benchmarks() -> dict[str, str]:
    """The name and purpose of each: the modules beside this one that have a `run`, and their docstring's first line."""
    found = {}
    for path in sorted(set(_HERE.glob("*.py")) - {Path(__file__)}):
        tree = ast.parse(path.read_text())
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def run(name: str, options: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run one and report it. `options` are for its `run`, each a number: fewer calls for a quick look.

    `{"benchmark", "machine", "figures": {name: number}, "goals": [{"figure", "op": "<=" | ">=", "value", "met"}]}`.
    Raises `Problem` for a name or an option there is not.
    """
    if name not in benchmarks():
        raise Problem(f"there is no benchmark {name!r}", remedy=f"There are: {', '.join(benchmarks())}")
    measure = importlib.import_module(f"benchmarks.{name}").run
    result: Result = measure(**_numbers(measure, options or {}))
    figures = {figure: round(value, 4) for figure, value in result.figures.items()}
    return {
        "benchmark": name,
        "machine": machine(),
        "figures": figures,
        "goals": [
            {"figure": goal.figure, "op": goal.op, "value": goal.value, "met": goal.met(result.figures)}
            for goal in result.goals
        ],
    }


def _numbers(measure: Callable[..., Result], options: Mapping[str, str]) -> dict[str, float]:
    """The options as numbers, whole ones where the benchmark's own are."""
    known = inspect.signature(measure).parameters
    numbers: dict[str, float] = {}
    for option, text in options.items():
        if option not in known:
            there = ", ".join(known) or "none"
            raise Problem(f"there is no option {option!r}", remedy=f"This benchmark has: {there}")
        try:
            numbers[option] = type(known[option].default)(text)
        except ValueError:
            raise Problem(f"{text!r} is no number", place=option, remedy="Expected, say, 40") from None
    return numbers


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def interleaved(repeats: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure, run in turns (A B A B …), so that a machine that slows down slows all alike."""
    rounds = [[measure() for measure in measures] for _ in range(repeats)]
    return [statistics.median(values) for values in zip(*rounds, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0…1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
