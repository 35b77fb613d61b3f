"""What is known now: calls, their legs and bridges. The handlers beside this file move it on, event by event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from core import ids
from telephony import events as said
from telephony.calls.call import Call
from telephony.calls.legs import Bridge, Leg

Message = Mapping[str, str]


class Board:
    """All calls of one PBX. `system` is its name, part of every call's id."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.calls: dict[str, Call] = {}  # by Linkedid; gone once the last leg is
        self.now = 0.0  # seconds since 1970, of the last event
        self.closed: list[Call] = []  # calls that ended since somebody last emptied this list
        self.legs: dict[str, Leg] = {}  # of calls, by Uniqueid
        self.originated: dict[str, Message] = {}  # Newchannel of legs that are nobody's call yet
        self.bridges: dict[str, Bridge] = {}
        self.by_channel: dict[str, str] = {}  # channel name -> Uniqueid
        self.out: list[said.CallEvent] = []

    def tick(self, message: Message, at: datetime | None) -> None:
        try:
            now = float(message["Timestamp"])
        except (KeyError, ValueError):
            now = at.timestamp() if at else self.now
        # A clock set back must not make durations negative.
        self.now = max(self.now, now)

    def say(self, event: type[said.CallEvent], call: Call, /, **facts: object) -> None:
        at = datetime.fromtimestamp(self.now, UTC)
        self.out.append(event(at=at, call_id=call.call_id, linkedid=call.linkedid, **facts))

    def begin(self, message: Message, *, incomplete: bool = False) -> Call:
        linkedid = message["Linkedid"]
        call = Call(
            linkedid=linkedid,
            call_id=ids.call_id(self.system, linkedid),
            caller_number=known(message.get("CallerIDNum")),
            caller_name=known(message.get("CallerIDName")),
            dialled=message.get("Exten", ""),
            started_at=self.now - seconds(message.get("Duration", "")),
            incomplete=incomplete,
        )
        self.calls[linkedid] = call
        self.say(
            said.CallStarted,
            call,
            caller_number=call.caller_number,
            caller_name=call.caller_name,
            dialled=call.dialled,
            channel=message["Channel"],
            uniqueid=message["Uniqueid"],
            incomplete=incomplete,
        )
        self.join(call, message)
        return call

    def join(self, call: Call, message: Message) -> Leg:
        leg = Leg(
            uniqueid=message["Uniqueid"],
            channel=message["Channel"],
            linkedid=call.linkedid,
            context=message.get("Context", ""),
            exten=message.get("Exten", ""),
        )
        call.legs[leg.uniqueid] = self.legs[leg.uniqueid] = leg
        self.by_channel[leg.channel] = leg.uniqueid
        return leg

    def leg(self, message: Message, prefix: str = "") -> Leg | None:
        """The leg an event is about. One that was only originated becomes a call with the first thing it does."""
        uniqueid = message.get(f"{prefix}Uniqueid", "")
        leg = self.legs.get(uniqueid)
        if leg is None and uniqueid in self.originated:
            self.begin(self.originated.pop(uniqueid))
            leg = self.legs[uniqueid]
        return leg

    def call(self, message: Message, prefix: str = "") -> Call | None:
        leg = self.leg(message, prefix)
        return self.calls.get(leg.linkedid) if leg else None

    def talking_with(self, call: Call) -> list[Leg]:
        """The legs of people connected with the caller now."""
        caller = call.caller
        if caller is None or not caller.bridge:
            return []
        return [leg for leg in self.connected(caller) if leg is not caller and not leg.local]

    def connected(self, start: Leg) -> list[Leg]:
        """Everybody that `start` hears: its bridge, and through Local channels the bridges behind them."""
        found: dict[str, Leg] = {}
        bridges, seen = [start.bridge], set[str]()
        while bridges:
            name = bridges.pop()
            if not name or name in seen:
                continue
            seen.add(name)
            for uniqueid in self.bridges[name].legs if name in self.bridges else ():
                leg = self.legs.get(uniqueid)
                if leg is None:
                    continue
                found[uniqueid] = leg
                other = self.legs.get(self.by_channel.get(leg.other_half, "")) if leg.local else None
                if other is not None:
                    bridges.append(other.bridge)
        return list(found.values())


def known(value: str | None) -> str:
    """A name or number as Asterisk tells it; empty where it has none."""
    return "" if value in (None, "<unknown>") else str(value)


def seconds(duration: str) -> float:
    """`01:02:03`, or whole seconds; 0 for anything else."""
    parts = duration.split(":")
    if not all(part.isdigit() for part in parts) or len(parts) > 3:
        return 0.0
    return float(sum(int(part) * 60**place for place, part in enumerate(reversed(parts))))
