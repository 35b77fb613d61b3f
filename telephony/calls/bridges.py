"""Who talks with whom, read from bridges alone; and who is on hold."""

from __future__ import annotations

from telephony import events as said
from telephony.calls import offers, transfers
from telephony.calls.board import Board, Message
from telephony.calls.call import Call
from telephony.calls.legs import Bridge, Leg, device_of


def entered(board: Board, message: Message) -> None:
    leg, name = board.leg(message), message.get("BridgeUniqueid", "")
    if leg is None:
        return
    call = board.calls[leg.linkedid]
    if leg.bridge:
        leave_bridge(board, call, leg)
    leg.bridge = name
    leg.context, leg.exten = message.get("Context", leg.context), message.get("Exten", leg.exten)
    board.bridges.setdefault(name, Bridge(name)).legs[leg.uniqueid] = None
    connect(board, call)
    if leg.answered and leg.talking_since is None:
        consults(board, call, leg)


def left(board: Board, message: Message) -> None:
    leg = board.legs.get(message.get("Uniqueid", ""))
    if leg is None or leg.bridge != message.get("BridgeUniqueid"):
        return
    call = board.calls[leg.linkedid]
    if leg is call.caller:
        transfers.redirected(board, call, leg, message)
    leave_bridge(board, call, leg)


def leave_bridge(board: Board, call: Call, leg: Leg) -> None:
    if not leg.bridge:
        return
    bridge = board.bridges.get(leg.bridge)
    leg.bridge = ""
    if bridge is not None:
        bridge.legs.pop(leg.uniqueid, None)
        if not bridge.legs:
            del board.bridges[bridge.uniqueid]
    connect(board, call)


def connect(board: Board, call: Call) -> None:
    """Bring answers, holds and talk times up to what the bridges now say."""
    with_caller = {leg.uniqueid: leg for leg in board.talking_with(call)}
    for leg in with_caller.values():
        if leg.talking_since is None:
            leg.talking_since = board.now
            offers.answer(board, call, leg, device_of(leg.channel), "")
            back_from_consult(board, call, leg)
    for leg in call.legs.values():
        if leg.talking_since is not None and leg.uniqueid not in with_caller:
            leg.talk_s += board.now - leg.talking_since
            leg.talking_since = None
    if with_caller and call.talking_since is None:
        call.talking_since = board.now
    elif not with_caller and call.talking_since is not None:
        call.talk_s += board.now - call.talking_since
        call.talking_since = None


def held(board: Board, message: Message) -> None:
    leg = board.legs.get(message.get("Uniqueid", ""))
    if leg is None or leg.held_since is not None or not leg.answered:
        return
    call = board.calls[leg.linkedid]
    leg.held_since = board.now
    call.holds += 1
    board.say(said.CallHeld, call, device=device_of(leg.channel))


def unheld(board: Board, message: Message) -> None:
    if (leg := board.legs.get(message.get("Uniqueid", ""))) is not None:
        end_hold(board, board.calls[leg.linkedid], leg)


def end_hold(board: Board, call: Call, leg: Leg) -> None:
    if leg.held_since is not None:
        held_s = round(board.now - leg.held_since, 3)
        leg.held_since = None
        board.say(said.CallResumed, call, device=device_of(leg.channel), held_s=held_s)


def consults(board: Board, call: Call, leg: Leg) -> None:
    """An agent who is in a bridge with a Local channel and without the caller asks a colleague.

    What looked like a hold a moment before was the consultation's own.
    """
    colleague = next((other for other in board.connected(leg) if other.local), None)
    if colleague is None:
        return
    if leg.held_since is not None:
        leg.held_since = None
        call.holds -= 1
    transfers.start_transfer(board, call, "attended", device_of(leg.channel), _local_target(colleague.channel))


def back_from_consult(board: Board, call: Call, leg: Leg) -> None:
    transfer = call.open_transfer
    if transfer and transfer.kind == "attended" and transfer.from_device == device_of(leg.channel):
        transfers.settle_transfer(board, call, completed=False)


def _local_target(channel: str) -> str:
    """`Local/1002@agents-00000003;1` leads to extension 1002."""
    return channel.removeprefix("Local/").partition("@")[0]
