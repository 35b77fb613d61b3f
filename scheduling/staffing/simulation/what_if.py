"""Another day: a scenario with changes that are said in words.

open enrollment: calls 1.8, ill 3

calls 1.8 [QUEUE]      so many times the calls          target 90/10 [QUEUE]   90 % within 10 s
handle 1.2 [QUEUE]     so many times the handle time    merge QUEUE+QUEUE      one line, for agents of either
ill 3                  away, drawn anew each day        extra 2 [AGENTS]       more of a group of agents
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.errors import Problem
from scheduling.staffing.simulation.model import Agents, Queue, Scenario

REMEDY = "Write, say, 'busy: calls 1.8, ill 3' with calls, handle, ill, extra, merge or target"


def what_if(scenario: Scenario, text: str) -> Scenario:
    """`scenario` with the changes of `text`, "NAME: CHANGE, CHANGE" or without a name. Raises `Problem`."""
    name, colon, said = text.partition(":")
    if not colon:
        name, said = text, text
    for change in said.split(","):
        verb, _, rest = change.strip().partition(" ")
        if verb not in _CHANGES:
            raise Problem(f"{change.strip()!r} is no change", place=f"what if {text!r}", remedy=REMEDY)
        try:
            scenario = _CHANGES[verb](scenario, rest.strip())
        except Problem as problem:
            raise Problem(problem.what, place=f"what if {text!r}", remedy=problem.remedy or REMEDY) from problem
    return replace(scenario, name=name.strip())


def percent_in_seconds(text: str) -> tuple[float, float]:
    """(0.8, 20.0) of "80/20": 80 % of the calls within 20 seconds. Raises `Problem`."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d+(?:\.\d+)?)\s*s?\s*", text)
    if found is None or not 0 < float(found[1]) < 100:
        raise Problem(f"{text!r} is no service level", remedy="Expected, say, 80/20: 80 % within 20 seconds")
    return float(found[1]) / 100, float(found[2])


def _calls(scenario: Scenario, rest: str) -> Scenario:
    factor, name = _factor(rest)
    return _queues(scenario, name, lambda q: replace(q, calls=[calls * factor for calls in q.calls]))


def _handle(scenario: Scenario, rest: str) -> Scenario:
    factor, name = _factor(rest)
    if factor == 0:
        raise Problem("calls of no length")
    return _queues(scenario, name, lambda q: replace(q, handle_s=[seconds * factor for seconds in q.handle_s]))


def _target(scenario: Scenario, rest: str) -> Scenario:
    level, _, name = rest.partition(" ")
    share, within_s = percent_in_seconds(level)
    return _queues(
        scenario, name.strip(), lambda q: replace(q, target=replace(q.target, service_level=share, within_s=within_s))
    )


def _ill(scenario: Scenario, rest: str) -> Scenario:
    return replace(scenario, ill=scenario.ill + _count(rest))


def _extra(scenario: Scenario, rest: str) -> Scenario:
    number, _, name = rest.partition(" ")
    count, name = _count(number), name.strip()
    names = [group.name for group in scenario.agents]
    if (name and name not in names) or (not name and len(names) != 1):
        raise Problem(f"there are no agents {name!r}" if name else "extra agents of which kind?", remedy=_one_of(names))
    return replace(
        scenario,
        agents=[replace(g, count=g.count + count) if name in ("", g.name) else g for g in scenario.agents],
    )


def _merge(scenario: Scenario, rest: str) -> Scenario:
    names = [name.strip() for name in rest.split("+")]
    known = [queue.name for queue in scenario.queues]
    if missing := [name for name in names if name not in known]:
        raise Problem(f"there is no queue {missing[0]!r}", remedy=_one_of(known))
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise Problem("takes two queues or more to merge", remedy="Write merge general+retirees")
    parts = [queue for queue in scenario.queues if queue.name in names]
    merged = _merged("+".join(names), [queue for name in names for queue in parts if queue.name == name])
    queues = [merged if queue is parts[0] else queue for queue in scenario.queues if queue not in parts[1:]]
    return replace(scenario, queues=queues, agents=[_serving(group, names, merged) for group in scenario.agents])


def _merged(name: str, parts: list[Queue]) -> Queue:
    """All calls in one line; rules and target are those of the first."""
    calls = np.array([part.calls for part in parts], np.float64)
    handle_s = np.array([np.broadcast_to(part.handle_s, len(part.calls)) for part in parts], np.float64)
    weights = np.where(calls.sum(axis=0) > 0, calls, 1)
    means = np.average(handle_s, axis=0, weights=weights)
    each_cv = np.array([[1.0 if part.handle_cv is None else part.handle_cv] for part in parts])
    squares = np.average(handle_s**2 * (1 + each_cv**2), axis=0, weights=weights)
    cv = float(np.sqrt(np.average(squares / means**2 - 1, weights=weights.sum(axis=0))))
    exponential = all(part.handle_cv is None for part in parts) and np.ptp(handle_s, axis=0).max() == 0
    totals = calls.sum(axis=1) if calls.any() else None
    rates = [1 / part.patience_s for part in parts]
    rate = float(np.average(rates, weights=totals))
    return replace(
        parts[0],
        name=name,
        calls=calls.sum(axis=0).tolist(),
        handle_s=means.tolist(),
        handle_cv=None if exponential else cv,
        patience_s=1 / rate if rate > 0 else np.inf,
        level=min(part.level for part in parts),
    )


def _serving(group: Agents, names: list[str], merged: Queue) -> Agents:
    old = [penalty for name, penalty in group.skills.items() if name in names]
    skills = {name: penalty for name, penalty in group.skills.items() if name not in names}
    return replace(group, skills=skills | ({merged.name: min(old)} if old else {}))


def _queues(scenario: Scenario, name: str, change: Callable[[Queue], Queue]) -> Scenario:
    known = [queue.name for queue in scenario.queues]
    if name and name not in known:
        raise Problem(f"there is no queue {name!r}", remedy=_one_of(known))
    return replace(scenario, queues=[change(q) if name in ("", q.name) else q for q in scenario.queues])


def _factor(rest: str) -> tuple[float, str]:
    number, _, name = rest.partition(" ")
    if not re.fullmatch(r"\d+(\.\d+)?", number):
        raise Problem(f"{number!r} is no factor", remedy="Expected a number, say 1.8")
    return float(number), name.strip()


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Problem(f"{text!r} is no number of agents", remedy="Expected a whole number, say 3")
    return int(text)


def _one_of(names: list[str]) -> str:
    return f"There are: {', '.join(names)}"


_CHANGES: Mapping[str, Callable[[Scenario, str], Scenario]] = {
    "calls": _calls,
    "handle": _handle,
    "ill": _ill,
    "extra": _extra,
    "merge": _merge,
    "target": _target,
}
