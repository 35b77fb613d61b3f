"""The estimated wait against what callers then waited, and against "as long as the last caller waited".

Days of 500 calls are simulated, event by event: callers come in two waves, agents have lunch and breaks, talk times
are long-tailed and grow in the afternoon, callers give up, some come with a priority, and whoever is told a long wait
may be called back, by the product's own rules. What is estimated is told by the product's own code, fed with the
events that the phone system would tell. Measured are all who waited in the line until an agent took them.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from msgspec.structs import replace

from benchmarks.harness import Goal, Result
from ivr.waiting import callbacks
from ivr.waiting.callbacks import CallBack, Rules
from ivr.waiting.estimate import Calibration, expected_wait_s
from ivr.waiting.intervals import Intervals
from ivr.waiting.line import QueueLine
from telephony.agents.states import WRAP_UP, AgentState, AgentStateChanged
from telephony.events import AgentLeft, CallAnswered, CallLeftQueue, CallQueued, QueueChanged, QueueMemberChanged

DAYS = 40
CALLS = 500
OPENS, CLOSES = 0.0, 9 * 3600.0
START = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
QUEUE = "member_services"
AGENTS = 7
OFFERED_ABOVE_S = 300.0


def run() -> Result:
    days = [Day(seed) for seed in range(DAYS)]
    for day in days:
        day.run()
    ours = [abs(call.told_s - call.waited_s) for day in days for call in day.served]
    rival = [abs(call.last_s - call.waited_s) for day in days for call in day.served]
    held = [call for day in days for call in day.served if call.waited_s > 0]
    ratios = [
        sum(abs(call.told_s - call.waited_s) for call in day.served)
        / sum(abs(call.last_s - call.waited_s) for call in day.served)
        for day in days
    ]
    mae_s, rival_mae_s = sum(ours) / len(ours), sum(rival) / len(rival)
    return Result(
        {
            "mae_s": mae_s,
            "rival_mae_s": rival_mae_s,
            "ratio": mae_s / rival_mae_s,
            "worst_day_ratio": max(ratios),
            "mean_wait_s": sum(call.waited_s for call in held) / len(held),
            "bias_s": sum(call.told_s - call.waited_s for call in held) / len(held),
            "share_who_waited": len(held) / len(ours),
            "abandoned": sum(day.abandoned for day in days) / DAYS,
            "called_back": sum(day.called_back for day in days) / DAYS,
        },
        (Goal("ratio", "<=", 0.7), Goal("worst_day_ratio", "<=", 1)),
    )


@dataclass
class Caller:
    """`told_s` is our estimate when they came, `last_s` the rival's."""

    linkedid: str
    came: float
    patience_s: float
    priority: int = 0
    told_s: float = 0.0
    last_s: float = 0.0
    waited_s: float = 0.0
    row: CallBack | None = None  # is called back


@dataclass
class Agent:
    device: str
    breaks: list[tuple[float, float]]
    state: str = "free"  # free | talking | wrapping | off
    wants_off: bool = False
    since: float = 0.0


@dataclass
class Day:
    """One day of one queue. Times are seconds since opening."""

    seed: int
    served: list[Caller] = field(default_factory=list)
    abandoned: int = 0
    called_back: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.now = 0.0
        self.heap: list[tuple[float, int, Callable[[], None]]] = []
        self.count = 0
        self.line: list[Caller] = []
        self.rows: dict[str, CallBack] = {}
        self.agents = [Agent(f"PJSIP/{n}", self.breaks(n)) for n in range(AGENTS)]
        self.last_wait_s = 0.0
        self.intervals, self.queue, self.calibration = Intervals(), QueueLine(QUEUE), Calibration()
        self.states: dict[str, AgentState] = {}

    def run(self) -> None:
        for agent in self.agents:
            self.becomes(agent, "free")
            for begins, ends in agent.breaks:
                self.at(begins, partial(self.goes_off, agent))
                self.at(ends, partial(self.comes_back, agent))
        for came in sorted(self.arrival() for _ in range(CALLS)):
            self.at(came, self.comes)
        while self.heap:
            self.now, _, happens = heapq.heappop(self.heap)
            happens()
            self.serve()
            self.call_back()

    # --- chance -----------------------------------------------------------------------------------

    def breaks(self, n: int) -> list[tuple[float, float]]:
        """A quarter of an hour in the morning and in the afternoon, an hour for lunch, one agent after another."""
        hour, jitter = 3600.0, self.random.uniform(-300, 300)
        starts = ((1.5 + n * 0.15, 0.25), (3.0 + (n % 3) * 1.0, 1.0), (6.25 + n * 0.15, 0.25))
        return [(start * hour + jitter, (start + length) * hour + jitter) for start, length in starts]

    def arrival(self) -> float:
        """Callers come most in mid-morning and after lunch."""
        while True:
            at = self.random.uniform(OPENS, CLOSES - 900)
            hour = at / 3600
            wave = 0.45 + max(0.0, 1 - abs(hour - 2.0) / 1.5) * 0.55 + max(0.0, 1 - abs(hour - 5.75) / 1.25) * 0.45
            if self.random.random() < wave:
                return at

    def talk_s(self) -> float:
        longer = 1.0 if self.now < 5 * 3600 else 1.2
        return 240 * longer * self.random.lognormvariate(-0.32, 0.8)

    def wrap_s(self) -> float:
        return min(60.0, self.random.expovariate(1 / 40))

    # --- what happens -----------------------------------------------------------------------------

    def at(self, when: float, happens: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.heap, (when, self.count, happens))

    def comes(self) -> None:
        draw = self.random
        self.count += 1
        caller = Caller(f"{self.count}", self.now, draw.expovariate(1 / 600), 10 if draw.random() < 0.05 else 0)
        caller.last_s = self.last_wait_s
        told_s = self.estimate()
        caller.told_s = 0.0 if told_s is None else told_s * self.calibration.factor
        self.expected_s = told_s
        if caller.told_s > OFFERED_ABOVE_S and draw.random() < 0.3:
            self.keeps_place(caller)
        else:
            self.joins(caller)

    def estimate(self) -> float | None:
        """As the product tells it."""
        holding = callbacks.holding(self.rows.values(), self.moment()).get(QUEUE, 0)
        handle_s, patience_s = self.intervals.handle_s(QUEUE, self.moment()), self.intervals.patience_s(QUEUE)
        return expected_wait_s(self.queue.load(self.states, holding, handle_s, patience_s))

    def joins(self, caller: Caller) -> None:
        place = next((n for n, other in enumerate(self.line) if other.priority < caller.priority), len(self.line))
        self.line.insert(place, caller)
        if caller.row is None:
            self.calibration.came(caller.linkedid, self.expected_s)
        self.tell(CallQueued, caller, queue=QUEUE, position=place + 1)
        self.tell_line()
        self.at(self.now + caller.patience_s, lambda: self.gives_up(caller))

    def gives_up(self, caller: Caller) -> None:
        if caller in self.line:
            self.line.remove(caller)
            self.abandoned += 1
            self.leaves(caller, "abandoned")
            if caller.row is not None:
                self.ends(caller.row, "gave_up")

    def leaves(self, caller: Caller, reason: str) -> None:
        wait_s = self.now - caller.came
        self.calibration.left(caller.linkedid, wait_s, served=reason == "answered")
        self.tell(CallLeftQueue, caller, queue=QUEUE, reason=reason, wait_s=wait_s)
        self.tell_line()

    def serve(self) -> None:
        while self.line and (free := [agent for agent in self.agents if agent.state == "free"]):
            agent, caller = min(free, key=lambda each: each.since), self.line.pop(0)
            caller.waited_s = self.now - caller.came
            self.leaves(caller, "answered")
            if caller.row is None:
                self.served.append(caller)
                self.last_wait_s = caller.waited_s
            else:
                self.called_back += 1
                self.ends(caller.row, "served")
            self.tell(
                CallAnswered, caller, device=agent.device, queue=QUEUE, caller_uniqueid="", agent_uniqueid="",
                agent_channel="",
            )  # fmt: skip
            self.becomes(agent, "talking")
            self.at(self.now + self.talk_s(), partial(self.wraps_up, agent, caller))

    def wraps_up(self, agent: Agent, caller: Caller) -> None:
        self.tell(AgentLeft, caller, device=agent.device, agent_uniqueid="", talk_s=0.0)
        self.becomes(agent, "wrapping")
        self.at(self.now + self.wrap_s(), lambda: self.is_done(agent))

    def is_done(self, agent: Agent) -> None:
        self.becomes(agent, "off" if agent.wants_off else "free")

    def goes_off(self, agent: Agent) -> None:
        agent.wants_off = True
        self.becomes(agent, "off" if agent.state == "free" else agent.state)

    def comes_back(self, agent: Agent) -> None:
        agent.wants_off = False
        self.becomes(agent, "free" if agent.state == "off" else agent.state)

    # --- call backs -------------------------------------------------------------------------------

    def keeps_place(self, caller: Caller) -> None:
        now = self.moment()
        self.rows[caller.linkedid] = CallBack(
            id=caller.linkedid, reference="", call_id="", queue=QUEUE, number="", place_at=now, due_at=now,
            expires_at=START + timedelta(seconds=CLOSES), changed_at=now,
        )  # fmt: skip

    def call_back(self) -> None:
        line = self.queue.line(self.states, self.moment(), self.intervals.handle_s(QUEUE, self.moment()), open=True)
        decided = callbacks.decide(self.rows.values(), {QUEUE: line}, self.moment())
        for row in decided.expire:
            del self.rows[row.id]
        for row in decided.dial:
            self.rows[row.id] = dialling = callbacks.begun(row, self.moment())
            if self.random.random() < 0.2:
                self.at(self.now + 30, partial(self.ends, dialling, "unanswered"))
            else:
                self.at(self.now + self.random.uniform(10, 30), partial(self.answers, dialling))

    def answers(self, row: CallBack) -> None:
        self.rows[row.id] = replace(row, state="talking")
        self.joins(Caller(row.channel, self.now, 600.0, 1000, row=self.rows[row.id]))

    def ends(self, row: CallBack, fate: callbacks.Fate) -> None:
        change = callbacks.after(row, fate, self.moment(), Rules())
        if change.state == "waiting":
            self.rows[row.id] = replace(row, state="waiting", due_at=change.due_at or row.due_at)
            self.at(self.now + 301, lambda: None)  # the rules look again
        else:
            del self.rows[row.id]

    # --- what the phone system tells ---------------------------------------------------------------

    def moment(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def tell(self, event: type, caller: Caller, **facts: object) -> None:
        self.intervals.feed(event(at=self.moment(), call_id=caller.linkedid, linkedid=caller.linkedid, **facts))

    def tell_line(self) -> None:
        self.queue.changed(
            QueueChanged(at=self.moment(), queue=QUEUE, waiting=tuple(caller.linkedid for caller in self.line))
        )

    def becomes(self, agent: Agent, state: str) -> None:
        agent.state, agent.since = state, self.now
        now = self.moment()
        presence, paused = {
            "free": ("available", ""), "talking": ("on_call", WRAP_UP), "wrapping": ("wrap_up", WRAP_UP),
            "off": ("paused", "break"),
        }[state]  # fmt: skip
        then = "break" if agent.wants_off and state != "off" else ""
        until = now + timedelta(seconds=60) if state == "wrapping" else None
        self.states[agent.device] = AgentState(presence=presence, since=now, until=until, next=then)  # type: ignore[arg-type]
        self.queue.state_changed()
        self.intervals.feed(AgentStateChanged(at=now, device=agent.device, state=self.states[agent.device]))
        self.queue.member(
            QueueMemberChanged(
                at=now, queue=QUEUE, device=agent.device, member=True, paused=bool(paused), paused_reason=paused,
                state="in_use" if state == "talking" else "not_in_use", penalty=0,
            )
        )  # fmt: skip
