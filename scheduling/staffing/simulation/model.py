"""What is simulated: the queues with their calls, the agents with their skills and hours. Times are seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.errors import Problem
from scheduling.staffing.load import INTERVAL_S
from scheduling.staffing.needed import Target

DEFAULT_TARGET = Target()
MOST_CALLS_A_DAY, MOST_AGENTS, MOST_INTERVALS = 500_000, 5000, 1000


@dataclass(frozen=True)
class CallBacks:
    """Whoever would wait longer than `offer_above_s` is offered a call back; the share `accepted` takes it.

    It keeps the place in the line, and nobody gives up meanwhile. When its turn comes the caller is rung first, so that
    who does not answer (1 less `reached`) costs no agent's time.
    """

    offer_above_s: float
    accepted: float = 0.5
    reached: float = 0.9


@dataclass(frozen=True)
class Queue:
    """One line of callers, first come first served.

    `calls[i]` are expected in interval i (Poisson, evenly within the interval), each `handle_s[i]` seconds of an agent
    on average (one value: all day). `handle_cv` is their standard deviation by mean, for lognormal times; without it
    they are exponential. Patience is exponential with mean `patience_s`. A free agent takes the caller of the queue
    with the highest `priority`, then the one who waits longest. `widen` are (seconds waited, highest penalty) steps, as
    in the queue file; without any, every penalty from the start. Agents below `level` are never asked.
    """

    name: str
    calls: Sequence[float]
    handle_s: Sequence[float]
    patience_s: float = math.inf
    handle_cv: float | None = None
    priority: int = 0
    widen: Sequence[tuple[float, int]] = ()
    level: int = 1
    target: Target = DEFAULT_TARGET
    call_backs: CallBacks | None = None


@dataclass(frozen=True)
class Agents:
    """`count` agents alike: `skills` from queue to penalty (0: asked first), on the telephones in `on` [from, to).

    Who is on a call when their time ends finishes it: overtime.
    """

    name: str
    count: int
    skills: Mapping[str, int]
    on: Sequence[tuple[float, float]]
    level: int = 1


@dataclass(frozen=True)
class Scenario:
    """A day. `ill` agents, drawn anew each day among all, are away. Raises `Problem` with all that does not fit."""

    name: str
    queues: Sequence[Queue]
    agents: Sequence[Agents]
    interval_s: float = INTERVAL_S
    ill: int = 0

    def __post_init__(self) -> None:
        wrong = [*self._of_all(), *(w for queue in self.queues for w in _of_queue(queue, self.intervals))]
        wrong += [w for group in self.agents for w in self._of_agents(group)]
        if wrong:
            raise Problem("\n".join(wrong), place=f"scenario {self.name}")

    @property
    def intervals(self) -> int:
        return max((len(queue.calls) for queue in self.queues), default=0)

    @property
    def ends_s(self) -> float:
        return self.intervals * self.interval_s

    @property
    def on_phone_h(self) -> float:
        """Hours that the agents are planned to be on the telephones, the ill ones too."""
        return sum(group.count * (ends - begins) for group in self.agents for begins, ends in group.on) / 3600

    def serves(self, group: Agents, queue: Queue) -> bool:
        return queue.name in group.skills and group.level >= queue.level

    def _of_all(self) -> list[str]:
        names = [queue.name for queue in self.queues]
        people = sum(group.count for group in self.agents)
        found = [
            (not names, "has no queue"),
            (len(set(names)) < len(names), "has two queues of one name"),
            (not (math.isfinite(self.interval_s) and self.interval_s > 0), f"an interval of {self.interval_s:g} s"),
            (self.intervals > MOST_INTERVALS, f"{self.intervals} intervals; expected {MOST_INTERVALS} at most"),
            (not 0 < people <= MOST_AGENTS, f"{people} agents; expected 1 to {MOST_AGENTS}"),
            (not 0 <= self.ill <= people, f"{self.ill} ill of {people} agents"),
        ]
        calls = sum(sum(queue.calls) for queue in self.queues)
        if not calls <= MOST_CALLS_A_DAY:
            found.append((True, f"{calls:g} calls a day; expected {MOST_CALLS_A_DAY} at most"))
        return [text for bad, text in found if bad]

    def _of_agents(self, group: Agents) -> list[str]:
        names = {queue.name for queue in self.queues}
        wrong = [f"agents {group.name}: there is no queue {name}" for name in group.skills if name not in names]
        if group.count < 0:
            wrong.append(f"agents {group.name}: {group.count} of them")
        wrong += [f"agents {group.name}: penalty {p} for {name}" for name, p in group.skills.items() if p < 0]
        for begins, ends in group.on:
            if not 0 <= begins < ends < math.inf:
                wrong.append(f"agents {group.name}: on the telephones from {begins:g} s to {ends:g} s")
        ordered = sorted(group.on)
        if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
            wrong.append(f"agents {group.name}: on the telephones twice at a time")
        return wrong


def _of_queue(queue: Queue, intervals: int) -> list[str]:
    back = queue.call_backs
    found = [
        (len(queue.calls) != intervals, f"{len(queue.calls)} intervals, another queue has {intervals}"),
        (len(queue.handle_s) not in (1, len(queue.calls)), f"{len(queue.handle_s)} handle times"),
        (not all(math.isfinite(calls) and calls >= 0 for calls in queue.calls), "calls that are no number from 0 up"),
        (not all(math.isfinite(s) and s > 0 for s in queue.handle_s), "a handle time of 0 or less"),
        (not queue.patience_s > 0, f"a patience of {queue.patience_s:g} s"),
        (queue.handle_cv is not None and not 0 < queue.handle_cv < math.inf, f"a handle_cv of {queue.handle_cv}"),
        (any(a >= b for a, b in pairwise(queue.widen)), "steps of widening that do not go up"),
        (any(s < 0 or p < 0 for s, p in queue.widen), "a step of widening below 0"),
    ]
    if back is not None:
        shares = 0 <= back.accepted <= 1 and 0 <= back.reached <= 1
        found.append((not (back.offer_above_s >= 0 and shares), "call backs whose shares are none"))
    return [f"queue {queue.name}: {text}" for bad, text in found if bad]
