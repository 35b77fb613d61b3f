"""One call as far as it is known: a caller's whole visit, whoever they talk to on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony.calls.legs import Leg
from telephony.events import Outcome, TransferKind

# What QUEUESTATUS means for the caller. An empty one, or CONTINUE, says nothing about the outcome.
QUEUE_RESULTS: dict[str, Outcome] = {
    "TIMEOUT": "timeout",
    "FULL": "failed",
    "WITHDRAW": "failed",
    "JOINEMPTY": "no_agents",
    "LEAVEEMPTY": "no_agents",
    "JOINUNAVAIL": "no_agents",
    "LEAVEUNAVAIL": "no_agents",
}


@dataclass(slots=True)
class Visit:
    """A wait in one queue; `left_at` None while it lasts. `told`: its end was published."""

    queue: str
    joined_at: float
    left_at: float | None = None
    told: bool = False


@dataclass(slots=True)
class Transfer:
    """`target` is the extension the caller was sent to. `completed` None while it is open."""

    kind: TransferKind
    from_device: str
    target: str
    completed: bool | None = None


@dataclass(slots=True)
class Call:
    """State of one call. The caller's leg is the one whose Uniqueid is the Linkedid."""

    linkedid: str
    call_id: str
    caller_number: str
    caller_name: str
    dialled: str
    started_at: float
    incomplete: bool = False
    legs: dict[str, Leg] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)  # devices that answered, in order
    holds: int = 0
    talk_s: float = 0.0
    talking_since: float | None = None
    queue_outcome: Outcome | None = None
    dial_failed: bool = False
    offered_directly: bool = False
    abandoned_ringing: bool = False
    ended_at: float | None = None

    @property
    def caller(self) -> Leg | None:
        return self.legs.get(self.linkedid)

    @property
    def waiting(self) -> Visit | None:
        """The queue the caller waits in now."""
        return self.visits[-1] if self.visits and self.visits[-1].left_at is None else None

    @property
    def open_transfer(self) -> Transfer | None:
        return self.transfers[-1] if self.transfers and self.transfers[-1].completed is None else None

    @property
    def answered(self) -> bool:
        return bool(self.agents)

    @property
    def outcome(self) -> Outcome:
        """That of the last queue; of the whole visit where there was none."""
        if self.queue_outcome is not None:
            return self.queue_outcome
        if self.answered:
            return "answered"
        if self.visits:
            return "abandoned"
        if self.offered_directly:
            return "abandoned" if self.abandoned_ringing else "failed"
        return "failed" if self.dial_failed else "ivr_only"

    def wait_s(self, now: float) -> float:
        return sum((max(0.0, (now if v.left_at is None else v.left_at) - v.joined_at) for v in self.visits), 0.0)

    def talked_s(self, now: float) -> float:
        running = 0.0 if self.talking_since is None else max(0.0, now - self.talking_since)
        return self.talk_s + running
