"""The board becomes what a snapshot of the PBX says."""

from __future__ import annotations

from datetime import datetime

from telephony.calls import bridges, channels, queues
from telephony.calls.board import Board, Message, seconds
from telephony.calls.call import Call, Visit
from telephony.calls.legs import Bridge, is_code, is_local, is_machine
from telephony.snapshot import RawSnapshot


def reconcile(board: Board, snapshot: RawSnapshot, at: datetime) -> None:
    """Become what the snapshot says: calls that ended meanwhile are ended, unknown ones begun.

    All of them are incomplete from now on: what a call did while nobody watched may have left no trace in it.
    """
    board.now = max(board.now, at.timestamp())
    for call in board.calls.values():
        call.incomplete = True
    rows = {row["Uniqueid"]: row for row in snapshot.channels if row.get("Uniqueid")}
    for uniqueid in [known for known in board.legs if known not in rows]:
        channels.gone(board, uniqueid)
    board.originated = {uniqueid: row for uniqueid, row in board.originated.items() if uniqueid in rows}
    for row in sorted(rows.values(), key=lambda row: row["Uniqueid"] != row.get("Linkedid")):
        _add(board, row)
    _set_bridges(board, snapshot)
    queued = {row.get("Uniqueid", ""): row for row in snapshot.queue_entries}
    for call in list(board.calls.values()):
        _set_waiting(board, call, queued.get(call.linkedid))
        bridges.connect(board, call)


def _add(board: Board, row: Message) -> None:
    uniqueid, linkedid, channel = row["Uniqueid"], row.get("Linkedid", ""), row.get("Channel", "")
    if uniqueid in board.legs or uniqueid in board.originated or is_machine(channel, uniqueid):
        return
    if linkedid in board.calls:
        board.join(board.calls[linkedid], row)
    elif uniqueid != linkedid or is_local(channel) or is_code(row) or row.get("Application") == "ChanSpy":
        return
    elif _originated(row):
        board.originated[uniqueid] = row
    else:
        call = board.begin(row, incomplete=True)
        if row.get("Application") == "Queue":  # it came to whoever talks now, or will, through this one
            queue = row.get("ApplicationData", "").partition(",")[0]
            call.visits.append(Visit(queue, board.now, board.now, told=True))


def _originated(row: Message) -> bool:
    """Dialled by the PBX itself, and nobody has answered yet: it runs AppDial2, or has only just been made."""
    application = row.get("Application", "")
    return application == "AppDial2" or (not application and row.get("ChannelState") == "0")


def _set_bridges(board: Board, snapshot: RawSnapshot) -> None:
    inside = {row["Uniqueid"]: row["BridgeId"] for row in snapshot.channels if row.get("BridgeId")}
    inside |= {row["Uniqueid"]: row["BridgeUniqueid"] for row in snapshot.bridge_channels if row.get("Uniqueid")}
    for leg in list(board.legs.values()):
        bridge = inside.get(leg.uniqueid, "")
        if leg.bridge != bridge:
            if leg.bridge and leg.bridge in board.bridges:
                board.bridges[leg.bridge].legs.pop(leg.uniqueid, None)
            leg.bridge = bridge
            if bridge:
                board.bridges.setdefault(bridge, Bridge(bridge)).legs[leg.uniqueid] = None
    board.bridges = {name: bridge for name, bridge in board.bridges.items() if bridge.legs}


def _set_waiting(board: Board, call: Call, entry: Message | None) -> None:
    waiting = call.waiting
    if entry is None:
        if waiting is not None:
            waiting.left_at = board.now
    elif waiting is None or waiting.queue != entry.get("Queue"):
        queues.settle_visit(board, call)
        if call.visits and call.visits[-1].queue == entry.get("Queue") and call.answered is False:
            call.visits.pop()  # it is this very visit, and goes on
        queues.enter_queue(board, call, entry.get("Queue", ""), entry.get("Position", ""))
        call.visits[-1].joined_at -= seconds(entry.get("Wait", ""))
