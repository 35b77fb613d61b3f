"""What an agent is doing, as the PBX says it: pure.

The PBX knows three things of a device: in which queues it is a member, whether it is paused there and why, and whether
its telephone is in use. A centre's states are made of these, so that what somebody does at the PBX's console or with a
desk telephone's code is as true as what is clicked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from core.errors import Problem
from core.events import Event, Message
from telephony.events import QueueMemberChanged

Presence = Literal["available", "ringing", "on_call", "wrap_up", "paused", "away", "signed_out"]

# Reasons that we pause with by rule, told apart from those that people choose.
WRAP_UP = "wrap-up"
AWAY = "away"
NOT_ANSWERING = "not-answering"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")


class OffPhones(Message, frozen=True, kw_only=True):
    """A state that an agent chooses while taking no calls. `name` is the queue's pause reason."""

    name: str
    label: str


class AgentState(Message, frozen=True, kw_only=True):
    """`reason` says why where presence is `paused` or `away`: a state's name, or what was typed at the console.

    `until` is when a wrap-up ends by itself; `next` the state chosen for after it (empty: available).
    """

    presence: Presence
    reason: str = ""
    since: datetime
    until: datetime | None = None
    next: str = ""


class AgentStateChanged(Event, frozen=True, kw_only=True):
    """The state of the agent at `device` is another one now. Published on `states.<system>`."""

    device: str
    state: AgentState


STANDARD = (
    OffPhones(name="break", label="Break"),
    OffPhones(name="lunch", label="Lunch"),
    OffPhones(name="meeting", label="Meeting"),
    OffPhones(name="training", label="Training"),
    OffPhones(name="correspondence", label="Correspondence"),
)


def states(own: Iterable[str]) -> tuple[OffPhones, ...]:
    """The standard states and the deployment's own, each given as `name=Label`; raises `Problem` for an unfit one."""
    found = {state.name: state for state in STANDARD}
    for text in own:
        name, _, label = (part.strip() for part in text.partition("="))
        if not _NAME.fullmatch(name) or not label or name in (WRAP_UP, AWAY, NOT_ANSWERING, "available"):
            raise Problem(
                f"{text!r} is no state", place="agent_states", remedy="Give each as name=Label, like outreach=Outreach"
            )
        found[name] = OffPhones(name=name, label=label)
    return tuple(found.values())


def presence_of(memberships: Sequence[QueueMemberChanged]) -> tuple[Presence, str]:
    """Presence and reason, from all that the queues say of a device; the most telling one counts."""
    if not memberships:
        return "signed_out", ""
    telephone = {membership.state for membership in memberships}
    if telephone & {"in_use", "busy", "on_hold"}:
        return "on_call", ""
    if "ringing" in telephone:
        return "ringing", ""
    if telephone <= {"unavailable", "invalid", "unknown"}:
        return "away", "telephone"
    if all(membership.paused for membership in memberships):  # paused in some queues only: calls can still come
        reason = memberships[0].paused_reason
        match reason:
            case "wrap-up":
                return "wrap_up", ""
            case "away":
                return "away", "desk"
            case _:
                return "paused", reason
    return "available", ""
