"""What the phone system says happened, in the centre's words. Published on `call.<call id>`, `queue.<name>`
and `phones.<system>`.

Devices are named as the queue names them (`PJSIP/a1`), channels and Uniqueids as Asterisk does. No event of this
module carries keys pressed by a caller.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from core.events import Event

Outcome = Literal["answered", "abandoned", "timeout", "no_agents", "ivr_only", "failed"]
OfferResult = Literal["answered", "no_answer", "busy", "cancelled", "failed"]
TransferKind = Literal["blind", "attended"]
CalledBackResult = Literal["answered", "accepted", "unrecorded", "declined", "silent"]
DeviceState = Literal["unknown", "not_in_use", "in_use", "busy", "invalid", "unavailable", "ringing", "on_hold"]


class PhoneSystemChanged(Event, frozen=True, kw_only=True):
    """Whether we hear from the PBX. While we don't, calls go on there unseen. Published on `phones.<system>`."""

    system: str
    up: bool


class CallEvent(Event, frozen=True, kw_only=True):
    """The base of what happens to one call. `linkedid` is Asterisk's, `call_id` ours (see `core.ids`)."""

    call_id: str
    linkedid: str


class CallStarted(CallEvent, frozen=True, kw_only=True):
    """A caller's first leg exists. `incomplete` marks a call first seen in a snapshot: its past is not known."""

    caller_number: str
    caller_name: str
    dialled: str
    channel: str
    uniqueid: str
    incomplete: bool = False


class CallQueued(CallEvent, frozen=True, kw_only=True):
    queue: str
    position: int


class CallLeftQueue(CallEvent, frozen=True, kw_only=True):
    """`reason` is how the wait in this queue ended; `wait_s` how long it was."""

    queue: str
    reason: Literal["answered", "abandoned", "timeout", "no_agents", "transferred", "failed"]
    wait_s: float


class AgentOffered(CallEvent, frozen=True, kw_only=True):
    """`device` is about to ring (AgentCalled): the moment for the screen-pop."""

    device: str
    queue: str
    channel: str
    uniqueid: str


class AgentOfferEnded(CallEvent, frozen=True, kw_only=True):
    device: str
    result: OfferResult
    ring_s: float


class CallAnswered(CallEvent, frozen=True, kw_only=True):
    """An agent's leg was joined to the caller's: by a queue, or by a transfer (`queue` is then empty)."""

    device: str
    queue: str
    caller_uniqueid: str
    agent_uniqueid: str
    agent_channel: str


class CalledBack(CallEvent, frozen=True, kw_only=True):
    """Somebody who was called back answered; or chose then: to be connected (`accepted`), the same without being
    recorded or transcribed (`unrecorded`), not to be called any more (`declined`), or nothing (`silent`)."""

    result: CalledBackResult


class CallHeld(CallEvent, frozen=True, kw_only=True):
    device: str


class CallResumed(CallEvent, frozen=True, kw_only=True):
    device: str
    held_s: float


class TransferStarted(CallEvent, frozen=True, kw_only=True):
    """`from_device` sends the caller to `target` (an extension, or a device once known)."""

    kind: TransferKind
    from_device: str
    target: str


class CallTransferred(CallEvent, frozen=True, kw_only=True):
    """How the transfer ended. Not completed: the caller is back with `from_device`, or gone."""

    kind: TransferKind
    from_device: str
    target: str
    completed: bool


class AgentLeft(CallEvent, frozen=True, kw_only=True):
    """This agent's part in the call is over (hung up, or handed it on): the wrap-up of `device` begins."""

    device: str
    agent_uniqueid: str
    talk_s: float


class CallEnded(CallEvent, frozen=True, kw_only=True):
    """The caller is gone. Seconds are sums over the whole visit; `incomplete` as in `CallStarted`."""

    outcome: Outcome
    answered: bool
    wait_s: float
    talk_s: float
    incomplete: bool = False


class QueueMemberChanged(Event, frozen=True, kw_only=True):
    """A device's membership of one queue as it stands now. `member` False: it was removed."""

    queue: str
    device: str
    member: bool
    state: DeviceState
    paused: bool
    paused_reason: str
    penalty: int
    paused_at: datetime | None = None  # when it was last paused or let in again, to the second
    last_call: datetime | None = None  # when its last call of this queue ended, to the second
    fixed: bool = False  # written into the PBX's configuration: nobody signs on to it or off


class QueueChanged(Event, frozen=True, kw_only=True):
    """How many wait in a queue, by `linkedid` in the order of their positions."""

    queue: str
    waiting: tuple[str, ...]
