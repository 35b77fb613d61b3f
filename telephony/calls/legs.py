"""The channels of a call, and what kind each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_MACHINES = (
    "AudioSocket/",
    "WebSocket/",
    "Snoop/",
    "UnicastRTP/",
    "MulticastRTP/",
    "Recorder/",
    "Announcer/",
    "CBAnn/",
    "CBRec/",
    "Bridge/",
    "Message/",
    "OutgoingSpoolFailed",
)
TAP = "tap-"
CALLBACK = "callback-"  # how the Uniqueid begins of a channel that calls somebody back: a call of its own


def is_local(channel: str) -> bool:
    """A half of a Local channel: plumbing between two dialplans, never a person."""
    return channel.startswith("Local/")


def is_machine(channel: str, uniqueid: str) -> bool:
    """A tap, a recorder, an announcer: it listens or plays, nobody holds it to their ear."""
    return uniqueid.startswith(TAP) or channel.startswith(_MACHINES)


def is_code(channel: Mapping[str, str]) -> bool:
    """Who dials a code of their own telephone system (`*47`) calls nobody."""
    return channel.get("Exten", "").startswith("*")


def device_of(channel: str) -> str:
    """`PJSIP/a1-0000002f` is a channel of the device `PJSIP/a1`; `Local/7@x-00000001;2` of `Local/7@x`."""
    return channel.rpartition(";")[0].rpartition("-")[0] or channel.rpartition("-")[0] or channel


@dataclass(slots=True)
class Leg:
    """One channel. `context` and `exten`: where its dialplan stands; who is redirected wakes up elsewhere."""

    uniqueid: str
    channel: str
    linkedid: str
    context: str = ""
    exten: str = ""
    bridge: str = ""
    hangup_requested: bool = False
    # As an agent's leg:
    offered: bool = False
    offered_at: float = 0.0
    answered: bool = False
    held_since: float | None = None
    talking_since: float | None = None
    talk_s: float = 0.0

    @property
    def local(self) -> bool:
        return is_local(self.channel)

    @property
    def other_half(self) -> str:
        """The channel name of a Local channel's other half."""
        return self.channel[:-1] + ("2" if self.channel.endswith("1") else "1")


@dataclass(slots=True)
class Bridge:
    """Who is connected with whom: Uniqueids in the order they entered."""

    uniqueid: str
    legs: dict[str, None] = field(default_factory=dict)
