"""The call tracker: `feed` it every AMI event in order, `reconcile` it with a snapshot after a gap.

A call begins with a channel that rings in from outside (its Uniqueid is its Linkedid) and ends with that channel. A
channel that Asterisk was told to originate is nobody's call until it dials, queues, enters a menu or is bridged with
somebody: that is what keeps supervisors who listen, and taps, out of it.

Who talks with the caller is read from bridges alone: every person's leg in the caller's bridge, through Local channels
too. So it does not matter in which order AgentComplete, BridgeLeave and the hangups come.

Cost: an event that nothing is done with costs one dictionary look-up; any other one, work over the legs of its call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from core import ids
from telephony import events as said
from telephony.calls.call import QUEUE_RESULTS, Call, Transfer, Visit
from telephony.calls.legs import Bridge, Leg, device_of, is_local, is_machine
from telephony.snapshot import RawSnapshot

Message = Mapping[str, str]

_RING = ("4", "5")  # ChannelState of a channel that rings in; one that we dial begins Down (0)
_DIAL_RESULTS: dict[str, said.OfferResult] = {
    "ANSWER": "answered",
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CANCEL": "cancelled",
    "ABORT": "cancelled",
}


class CallTracker:
    """All calls of one PBX. `system` is its name, part of every call's id."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.calls: dict[str, Call] = {}  # by Linkedid; gone once the last leg is
        self.now = 0.0  # seconds since 1970, of the last event
        self.closed: list[Call] = []  # calls that ended since somebody last emptied this list
        self._legs: dict[str, Leg] = {}  # of calls, by Uniqueid
        self._originated: dict[str, Message] = {}  # Newchannel of legs that are nobody's call yet
        self._bridges: dict[str, Bridge] = {}
        self._by_channel: dict[str, str] = {}  # channel name -> Uniqueid
        self._out: list[said.CallEvent] = []

    def feed(self, message: Message, at: datetime | None = None) -> list[said.CallEvent]:
        """What this event means; times are its own Timestamp, else `at`, else the last time known."""
        handler = _HANDLERS.get(message.get("Event", ""))
        if handler is None:
            return []
        self._tick(message, at)
        self._out = []
        handler(self, message)
        return self._out

    def reconcile(self, snapshot: RawSnapshot, at: datetime) -> list[said.CallEvent]:
        """Become what the snapshot says: calls that ended meanwhile are ended, unknown ones begun.

        All of them are incomplete from now on: what a call did while nobody watched may have left no trace in it.
        """
        self.now = max(self.now, at.timestamp())
        self._out = []
        for call in self.calls.values():
            call.incomplete = True
        rows = {row["Uniqueid"]: row for row in snapshot.channels if row.get("Uniqueid")}
        for uniqueid in [known for known in self._legs if known not in rows]:
            self._gone(uniqueid)
        self._originated = {uniqueid: row for uniqueid, row in self._originated.items() if uniqueid in rows}
        for row in sorted(rows.values(), key=lambda row: row["Uniqueid"] != row.get("Linkedid")):
            self._add_from_snapshot(row)
        self._set_bridges(snapshot)
        queued = {row.get("Uniqueid", ""): row for row in snapshot.queue_entries}
        for call in list(self.calls.values()):
            self._set_waiting(call, queued.get(call.linkedid))
            self._connect(call)
        return self._out

    def open_calls(self) -> list[Call]:
        """Calls whose caller is still there."""
        return [call for call in self.calls.values() if call.ended_at is None]

    def talking_with(self, call: Call) -> list[Leg]:
        """The legs of people connected with the caller now."""
        caller = call.caller
        if caller is None or not caller.bridge:
            return []
        return [leg for leg in self._connected(caller) if leg is not caller and not leg.local]

    def state(self) -> dict[str, object]:
        """What is live, for comparison with a snapshot: open calls with their legs and bridges, and who waits where."""
        return {
            "calls": {c.linkedid: {u: leg.bridge for u, leg in c.legs.items()} for c in self.open_calls()},
            "waiting": {call.linkedid: call.waiting.queue for call in self.open_calls() if call.waiting},
        }

    # --- time, publishing ---------------------------------------------------------------------

    def _tick(self, message: Message, at: datetime | None) -> None:
        try:
            now = float(message["Timestamp"])
        except (KeyError, ValueError):
            now = at.timestamp() if at else self.now
        # A clock set back must not make durations negative.
        self.now = max(self.now, now)

    def _say(self, event: type[said.CallEvent], call: Call, /, **facts: object) -> None:
        at = datetime.fromtimestamp(self.now, UTC)
        self._out.append(event(at=at, call_id=call.call_id, linkedid=call.linkedid, **facts))

    # --- legs ---------------------------------------------------------------------------------

    def _new_channel(self, message: Message) -> None:
        uniqueid, linkedid = message.get("Uniqueid", ""), message.get("Linkedid", "")
        channel = message.get("Channel", "")
        if not uniqueid or is_machine(channel, uniqueid) or uniqueid in self._legs:
            return
        if linkedid in self.calls:
            self._join(self.calls[linkedid], message)
        elif uniqueid != linkedid or is_local(channel):
            return
        elif message.get("ChannelState") in _RING:
            self._begin(message)
        else:
            self._originated[uniqueid] = message

    def _begin(self, message: Message, *, incomplete: bool = False) -> Call:
        linkedid = message["Linkedid"]
        call = Call(
            linkedid=linkedid,
            call_id=ids.call_id(self.system, linkedid),
            caller_number=_known(message.get("CallerIDNum")),
            caller_name=_known(message.get("CallerIDName")),
            dialled=message.get("Exten", ""),
            started_at=self.now - _seconds(message.get("Duration", "")),
            incomplete=incomplete,
        )
        self.calls[linkedid] = call
        self._say(
            said.CallStarted,
            call,
            caller_number=call.caller_number,
            caller_name=call.caller_name,
            dialled=call.dialled,
            channel=message["Channel"],
            uniqueid=message["Uniqueid"],
            incomplete=incomplete,
        )
        self._join(call, message)
        return call

    def _join(self, call: Call, message: Message) -> Leg:
        leg = Leg(
            uniqueid=message["Uniqueid"],
            channel=message["Channel"],
            linkedid=call.linkedid,
            context=message.get("Context", ""),
            exten=message.get("Exten", ""),
        )
        call.legs[leg.uniqueid] = self._legs[leg.uniqueid] = leg
        self._by_channel[leg.channel] = leg.uniqueid
        return leg

    def _leg(self, message: Message, prefix: str = "") -> Leg | None:
        """The leg an event is about. One that was only originated becomes a call with the first thing it does."""
        uniqueid = message.get(f"{prefix}Uniqueid", "")
        leg = self._legs.get(uniqueid)
        if leg is None and uniqueid in self._originated:
            self._begin(self._originated.pop(uniqueid))
            leg = self._legs[uniqueid]
        return leg

    def _call(self, message: Message, prefix: str = "") -> Call | None:
        leg = self._leg(message, prefix)
        return self.calls.get(leg.linkedid) if leg else None

    def _entered_menu(self, message: Message) -> None:
        self._leg(message)

    def _spying(self, message: Message) -> None:
        """Who listens in is no party to a call, whatever it was taken for."""
        self._originated.pop(message.get("SpyerUniqueid", ""), None)

    def _renamed(self, message: Message) -> None:
        leg = self._legs.get(message.get("Uniqueid", ""))
        if leg is not None and (name := message.get("Newname")):
            self._by_channel.pop(leg.channel, None)
            leg.channel = name
            self._by_channel[name] = leg.uniqueid

    def _hangup_requested(self, message: Message) -> None:
        if (leg := self._legs.get(message.get("Uniqueid", ""))) is not None:
            leg.hangup_requested = True

    def _hangup(self, message: Message) -> None:
        uniqueid = message.get("Uniqueid", "")
        self._originated.pop(uniqueid, None)
        if uniqueid in self._legs:
            self._gone(uniqueid)

    def _gone(self, uniqueid: str) -> None:
        leg = self._legs[uniqueid]
        call = self.calls[leg.linkedid]
        self._leave_bridge(call, leg)
        self._end_hold(call, leg)
        if leg.offered and not leg.answered:
            self._offer_ended(call, leg, "cancelled")
        if leg.answered:
            self._say(
                said.AgentLeft,
                call,
                device=device_of(leg.channel),
                agent_uniqueid=uniqueid,
                talk_s=round(leg.talk_s, 3),
            )
        if leg is call.caller:
            self._end(call)
        del self._legs[uniqueid]
        self._by_channel.pop(leg.channel, None)
        del call.legs[uniqueid]
        if not call.legs:
            self._end(call)
            del self.calls[call.linkedid]

    def _end(self, call: Call) -> None:
        if call.ended_at is not None:
            return
        if (visit := call.waiting) is not None:
            self._leave_queue(call, visit, "abandoned")
        self._settle_visit(call)
        self._settle_transfer(call, completed=False)
        if call.offered_directly and not call.answered and call.caller is not None:
            call.abandoned_ringing = any(leg.offered and not leg.answered for leg in call.legs.values())
        call.ended_at = self.now
        self.closed.append(call)
        self._say(
            said.CallEnded,
            call,
            outcome=call.outcome,
            answered=call.answered,
            wait_s=round(call.wait_s(self.now), 3),
            talk_s=round(call.talked_s(self.now), 3),
            incomplete=call.incomplete,
        )

    # --- queues -------------------------------------------------------------------------------

    def _joined_queue(self, message: Message) -> None:
        call = self._call(message)
        if call is None or (call.waiting and call.waiting.queue == message.get("Queue")):
            return
        self._settle_visit(call)
        self._enter_queue(call, message.get("Queue", ""), message.get("Position", ""))

    def _enter_queue(self, call: Call, queue: str, position: str) -> None:
        self._settle_transfer(call, completed=True)
        call.visits.append(Visit(queue, self.now))
        call.queue_outcome = None
        self._say(said.CallQueued, call, queue=queue, position=int(position) if position.isdigit() else 0)

    def _left_queue(self, message: Message) -> None:
        if (call := self._call(message)) is not None and call.waiting is not None:
            call.waiting.left_at = self.now

    def _abandoned(self, message: Message) -> None:
        """Also sent when the queue gave up on the caller: then nobody had asked for a hangup."""
        if (call := self._call(message)) is None or not call.visits or call.visits[-1].told:
            return
        caller = call.caller
        gave_up = caller is None or caller.hangup_requested
        self._leave_queue(call, call.visits[-1], "abandoned" if gave_up else "timeout")

    def _leave_queue(self, call: Call, visit: Visit, reason: said.Outcome) -> None:
        if visit.left_at is None:
            visit.left_at = self.now
        if not visit.told:
            visit.told = True
            if reason != "ivr_only":
                wait_s = round(visit.left_at - visit.joined_at, 3)
                self._say(said.CallLeftQueue, call, queue=visit.queue, reason=reason, wait_s=wait_s)
        call.queue_outcome = reason

    def _settle_visit(self, call: Call) -> None:
        """A wait that ended without a word about how."""
        if call.visits and not call.visits[-1].told:
            self._leave_queue(call, call.visits[-1], "failed")

    def _queue_status(self, call: Call, queue: str, status: str) -> None:
        """QUEUESTATUS, told by the dialplan: the only source for a queue that nobody could join."""
        result = QUEUE_RESULTS.get(status)
        if result is None:
            return
        if not call.visits or (queue and call.visits[-1].queue != queue):
            call.visits.append(Visit(queue, self.now, self.now))
            self._leave_queue(call, call.visits[-1], result)
        elif not call.visits[-1].told:
            self._leave_queue(call, call.visits[-1], result)
        elif call.queue_outcome in ("abandoned", "timeout", "failed"):
            call.queue_outcome = result

    def _user_event(self, message: Message) -> None:
        if message.get("UserEvent") == "MemberlineQueueResult" and (call := self._call(message)) is not None:
            self._queue_status(call, message.get("Queue", ""), message.get("QueueStatus", ""))

    def _variable(self, message: Message) -> None:
        if message.get("Variable") == "QUEUESTATUS" and (call := self._call(message)) is not None:
            queue = call.visits[-1].queue if call.visits and call.visits[-1].told is False else ""
            self._queue_status(call, queue or (call.visits[-1].queue if call.visits else ""), message.get("Value", ""))

    # --- offers and answers -------------------------------------------------------------------

    def _agent_called(self, message: Message) -> None:
        self._offer(message, message.get("Interface", ""), message.get("Queue", ""))

    def _dial_begun(self, message: Message) -> None:
        if message.get("Channel"):  # without one, Asterisk was told to originate: nobody's call yet
            self._leg(message)
            self._offer(message, "", "")

    def _offer(self, message: Message, device: str, queue: str) -> None:
        call, leg = self._call(message), self._legs.get(message.get("DestUniqueid", ""))
        if call is None or leg is None or leg.local or leg.offered or leg.answered:
            return
        leg.offered, leg.offered_at = True, self.now
        waiting = call.waiting.queue if call.waiting and not queue else ""
        call.offered_directly = call.offered_directly or not (queue or waiting)
        self._say(
            said.AgentOffered,
            call,
            device=device or device_of(leg.channel),
            queue=queue or waiting,
            channel=leg.channel,
            uniqueid=leg.uniqueid,
        )

    def _dial_ended(self, message: Message) -> None:
        leg = self._legs.get(message.get("DestUniqueid", ""))
        status = message.get("DialStatus", "")
        if leg is None or leg.local:
            return
        call = self.calls[leg.linkedid]
        if status != "ANSWER":
            call.dial_failed = call.dial_failed or not call.visits
            if leg.offered and not leg.answered:
                if (caller := call.caller) is not None and caller.hangup_requested:
                    call.abandoned_ringing = True
                self._offer_ended(call, leg, _DIAL_RESULTS.get(status, "failed"))

    def _offer_ended(self, call: Call, leg: Leg, result: said.OfferResult) -> None:
        leg.offered = False
        ring_s = round(self.now - leg.offered_at, 3)
        self._say(said.AgentOfferEnded, call, device=device_of(leg.channel), result=result, ring_s=ring_s)

    def _agent_connected(self, message: Message) -> None:
        call, leg = self._call(message), self._legs.get(message.get("DestUniqueid", ""))
        if call is None or leg is None:
            return
        if call.visits and not call.visits[-1].told:
            self._leave_queue(call, call.visits[-1], "answered")
        self._answer(call, leg, message.get("Interface") or device_of(leg.channel), message.get("Queue", ""))

    def _answer(self, call: Call, leg: Leg, device: str, queue: str) -> None:
        if leg.answered:
            return
        if leg.offered:
            self._offer_ended(call, leg, "answered")
        leg.answered = True
        call.agents.append(device)
        self._settle_transfer(call, completed=True)
        self._say(
            said.CallAnswered,
            call,
            device=device,
            queue=queue,
            caller_uniqueid=call.linkedid,
            agent_uniqueid=leg.uniqueid,
            agent_channel=leg.channel,
        )

    # --- bridges: who talks with whom ---------------------------------------------------------

    def _entered(self, message: Message) -> None:
        leg, name = self._leg(message), message.get("BridgeUniqueid", "")
        if leg is None:
            return
        call = self.calls[leg.linkedid]
        if leg.bridge:
            self._leave_bridge(call, leg)
        leg.bridge = name
        leg.context, leg.exten = message.get("Context", leg.context), message.get("Exten", leg.exten)
        self._bridges.setdefault(name, Bridge(name)).legs[leg.uniqueid] = None
        self._connect(call)
        if leg.answered and leg.talking_since is None:
            self._consults(call, leg)

    def _left(self, message: Message) -> None:
        leg = self._legs.get(message.get("Uniqueid", ""))
        if leg is None or leg.bridge != message.get("BridgeUniqueid"):
            return
        call = self.calls[leg.linkedid]
        if leg is call.caller:
            self._redirected(call, leg, message)
        self._leave_bridge(call, leg)

    def _leave_bridge(self, call: Call, leg: Leg) -> None:
        if not leg.bridge:
            return
        bridge = self._bridges.get(leg.bridge)
        leg.bridge = ""
        if bridge is not None:
            bridge.legs.pop(leg.uniqueid, None)
            if not bridge.legs:
                del self._bridges[bridge.uniqueid]
        self._connect(call)

    def _connected(self, start: Leg) -> list[Leg]:
        """Everybody that `start` hears: its bridge, and through Local channels the bridges behind them."""
        found: dict[str, Leg] = {}
        bridges, seen = [start.bridge], set[str]()
        while bridges:
            name = bridges.pop()
            if not name or name in seen:
                continue
            seen.add(name)
            for uniqueid in self._bridges[name].legs if name in self._bridges else ():
                leg = self._legs.get(uniqueid)
                if leg is None:
                    continue
                found[uniqueid] = leg
                other = self._legs.get(self._by_channel.get(leg.other_half, "")) if leg.local else None
                if other is not None:
                    bridges.append(other.bridge)
        return list(found.values())

    def _connect(self, call: Call) -> None:
        """Bring answers, holds and talk times up to what the bridges now say."""
        with_caller = {leg.uniqueid: leg for leg in self.talking_with(call)}
        for leg in with_caller.values():
            if leg.talking_since is None:
                leg.talking_since = self.now
                self._answer(call, leg, device_of(leg.channel), "")
                self._back_from_consult(call, leg)
        for leg in call.legs.values():
            if leg.talking_since is not None and leg.uniqueid not in with_caller:
                leg.talk_s += self.now - leg.talking_since
                leg.talking_since = None
        if with_caller and call.talking_since is None:
            call.talking_since = self.now
        elif not with_caller and call.talking_since is not None:
            call.talk_s += self.now - call.talking_since
            call.talking_since = None

    # --- holds and transfers ------------------------------------------------------------------

    def _held(self, message: Message) -> None:
        leg = self._legs.get(message.get("Uniqueid", ""))
        if leg is None or leg.held_since is not None or not leg.answered:
            return
        call = self.calls[leg.linkedid]
        leg.held_since = self.now
        call.holds += 1
        self._say(said.CallHeld, call, device=device_of(leg.channel))

    def _unheld(self, message: Message) -> None:
        if (leg := self._legs.get(message.get("Uniqueid", ""))) is not None:
            self._end_hold(self.calls[leg.linkedid], leg)

    def _end_hold(self, call: Call, leg: Leg) -> None:
        if leg.held_since is not None:
            held_s = round(self.now - leg.held_since, 3)
            leg.held_since = None
            self._say(said.CallResumed, call, device=device_of(leg.channel), held_s=held_s)

    def _consults(self, call: Call, leg: Leg) -> None:
        """An agent who is in a bridge with a Local channel and without the caller asks a colleague.

        What looked like a hold a moment before was the consultation's own.
        """
        colleague = next((other for other in self._connected(leg) if other.local), None)
        if colleague is None:
            return
        if leg.held_since is not None:
            leg.held_since = None
            call.holds -= 1
        self._start_transfer(call, "attended", device_of(leg.channel), _local_target(colleague.channel))

    def _back_from_consult(self, call: Call, leg: Leg) -> None:
        transfer = call.open_transfer
        if transfer and transfer.kind == "attended" and transfer.from_device == device_of(leg.channel):
            self._settle_transfer(call, completed=False)

    def _blind_transfer(self, message: Message) -> None:
        call = self._transferee(message)
        if call is not None and message.get("Result", "Success") == "Success":
            device = device_of(message.get("TransfererChannel", ""))
            self._start_transfer(call, "blind", device, message.get("Extension", ""))

    def _attended_transfer(self, message: Message) -> None:
        """The agent left: the caller now talks with whoever was consulted, or hears the phone there ring."""
        call = self._transferee(message)
        if call is None or message.get("Result", "Success") != "Success":
            return
        if call.open_transfer is None and not (call.transfers and call.transfers[-1].kind == "attended"):
            target = message.get("SecondTransfererConnectedLineNum", "")
            self._start_transfer(call, "attended", device_of(message.get("OrigTransfererChannel", "")), _known(target))
        if self.talking_with(call):
            self._settle_transfer(call, completed=True)

    def _transferee(self, message: Message) -> Call | None:
        for prefix in ("Transferee", "Transferer", "OrigTransferer"):
            if (call := self._call(message, prefix)) is not None:
                return call
            if (uniqueid := self._by_channel.get(message.get(f"{prefix}Channel", ""))) is not None:
                return self.calls.get(self._legs[uniqueid].linkedid)
        return None

    def _redirected(self, call: Call, caller: Leg, message: Message) -> None:
        """A caller who leaves an agent alive, for another place in the dialplan, and by nobody's hangup: a Redirect."""
        context, exten = message.get("Context", caller.context), message.get("Exten", caller.exten)
        moved = (context, exten) != (caller.context, caller.exten)
        caller.context, caller.exten = context, exten
        agents = [leg for leg in self.talking_with(call) if leg.answered]
        if moved and agents and call.open_transfer is None and not caller.hangup_requested:
            self._start_transfer(call, "blind", device_of(agents[-1].channel), exten)

    def _start_transfer(self, call: Call, kind: said.TransferKind, from_device: str, target: str) -> None:
        begun = call.open_transfer
        if begun is not None and (begun.kind, begun.from_device, begun.target) == (kind, from_device, target):
            return
        self._settle_transfer(call, completed=False)
        call.transfers.append(Transfer(kind, from_device, target))
        self._say(said.TransferStarted, call, kind=kind, from_device=from_device, target=target)

    def _settle_transfer(self, call: Call, *, completed: bool) -> None:
        transfer = call.open_transfer
        if transfer is None:
            return
        transfer.completed = completed
        self._say(
            said.CallTransferred,
            call,
            kind=transfer.kind,
            from_device=transfer.from_device,
            target=transfer.target,
            completed=completed,
        )

    # --- snapshots ----------------------------------------------------------------------------

    def _add_from_snapshot(self, row: Message) -> None:
        uniqueid, linkedid, channel = row["Uniqueid"], row.get("Linkedid", ""), row.get("Channel", "")
        if uniqueid in self._legs or uniqueid in self._originated or is_machine(channel, uniqueid):
            return
        if linkedid in self.calls:
            self._join(self.calls[linkedid], row)
        elif uniqueid != linkedid or is_local(channel) or row.get("Application") == "ChanSpy":
            return
        elif row.get("Application") == "AppDial2":  # originated, and nobody has answered yet
            self._originated[uniqueid] = row
        else:
            call = self._begin(row, incomplete=True)
            if row.get("Application") == "Queue":  # it came to whoever talks now, or will, through this one
                queue = row.get("ApplicationData", "").partition(",")[0]
                call.visits.append(Visit(queue, self.now, self.now, told=True))

    def _set_bridges(self, snapshot: RawSnapshot) -> None:
        inside = {row["Uniqueid"]: row["BridgeId"] for row in snapshot.channels if row.get("BridgeId")}
        inside |= {row["Uniqueid"]: row["BridgeUniqueid"] for row in snapshot.bridge_channels if row.get("Uniqueid")}
        for leg in list(self._legs.values()):
            bridge = inside.get(leg.uniqueid, "")
            if leg.bridge != bridge:
                if leg.bridge and leg.bridge in self._bridges:
                    self._bridges[leg.bridge].legs.pop(leg.uniqueid, None)
                leg.bridge = bridge
                if bridge:
                    self._bridges.setdefault(bridge, Bridge(bridge)).legs[leg.uniqueid] = None
        self._bridges = {name: bridge for name, bridge in self._bridges.items() if bridge.legs}

    def _set_waiting(self, call: Call, entry: Message | None) -> None:
        waiting = call.waiting
        if entry is None:
            if waiting is not None:
                waiting.left_at = self.now
        elif waiting is None or waiting.queue != entry.get("Queue"):
            self._settle_visit(call)
            if call.visits and call.visits[-1].queue == entry.get("Queue") and call.answered is False:
                call.visits.pop()  # it is this very visit, and goes on
            self._enter_queue(call, entry.get("Queue", ""), entry.get("Position", ""))
            call.visits[-1].joined_at -= _seconds(entry.get("Wait", ""))


def _seconds(duration: str) -> float:
    """`01:02:03`, or whole seconds; 0 for anything else."""
    parts = duration.split(":")
    if not all(part.isdigit() for part in parts) or len(parts) > 3:
        return 0.0
    return float(sum(int(part) * 60**place for place, part in enumerate(reversed(parts))))


def _known(value: str | None) -> str:
    return "" if value in (None, "<unknown>") else str(value)


def _local_target(channel: str) -> str:
    """`Local/1002@agents-00000003;1` leads to extension 1002."""
    return channel.removeprefix("Local/").partition("@")[0]


_HANDLERS: dict[str, Callable[[CallTracker, Message], None]] = {
    "Newchannel": CallTracker._new_channel,
    "Rename": CallTracker._renamed,
    "ChanSpyStart": CallTracker._spying,
    "HangupRequest": CallTracker._hangup_requested,
    "SoftHangupRequest": CallTracker._hangup_requested,
    "Hangup": CallTracker._hangup,
    "QueueCallerJoin": CallTracker._joined_queue,
    "QueueCallerLeave": CallTracker._left_queue,
    "QueueCallerAbandon": CallTracker._abandoned,
    "UserEvent": CallTracker._user_event,
    "VarSet": CallTracker._variable,
    "AsyncAGIStart": CallTracker._entered_menu,
    "AgentCalled": CallTracker._agent_called,
    "DialBegin": CallTracker._dial_begun,
    "DialEnd": CallTracker._dial_ended,
    "AgentConnect": CallTracker._agent_connected,
    "BridgeEnter": CallTracker._entered,
    "BridgeLeave": CallTracker._left,
    "Hold": CallTracker._held,
    "Unhold": CallTracker._unheld,
    "BlindTransfer": CallTracker._blind_transfer,
    "AttendedTransfer": CallTracker._attended_transfer,
}
EVENTS = frozenset(_HANDLERS)
