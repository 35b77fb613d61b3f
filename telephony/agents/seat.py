"""What the rules keep of one device: how the PBX says it stands, and what was chosen, asked and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from telephony.agents.states import AWAY, NOT_ANSWERING, WRAP_UP, AgentState
from telephony.events import QueueMemberChanged

RULED = (WRAP_UP, AWAY, NOT_ANSWERING)  # pauses that nobody chose


@dataclass
class Seat:
    """One device that takes, or took, queue calls."""

    device: str
    state: AgentState
    memberships: dict[str, QueueMemberChanged] = field(default_factory=dict)
    unanswered: int = 0
    next: str = ""  # the state chosen for after the wrap-up
    until: datetime | None = None  # the end of the running wrap-up
    asked: str | None = None  # the reason last asked for, while the PBX has not confirmed it
    asked_at: datetime | None = None
    desk_gone: datetime | None = None

    def pause(self) -> str | None:
        """The reason for which all its queues are paused; None where calls can come through one of them."""
        all_ = list(self.memberships.values())
        return all_[0].paused_reason if all_ and all(each.paused for each in all_) else None

    def chosen(self) -> str | None:
        """The same where somebody chose it, here or at the PBX (whose console need not give a reason)."""
        reason = self.pause()
        return None if reason in RULED else reason

    def stands(self, reason: str) -> bool:
        """Is it in all its queues as was asked?"""
        return all((each.paused, each.paused_reason) == (bool(reason), reason) for each in self.memberships.values())

    def left(self) -> None:
        """It is in no queue any more: whoever signs on next begins anew."""
        self.unanswered, self.next, self.until, self.asked, self.desk_gone = 0, "", None, None, None
