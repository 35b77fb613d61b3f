"""Channels come, are renamed and go; with the caller's, the call ends."""

from __future__ import annotations

from telephony import events as said
from telephony.calls import bridges, offers, queues, transfers
from telephony.calls.board import Board, Message
from telephony.calls.call import Call
from telephony.calls.legs import device_of, is_code, is_local, is_machine

_RING = ("4", "5")  # ChannelState of a channel that rings in; one that we dial begins Down (0)


def new_channel(board: Board, message: Message) -> None:
    uniqueid, linkedid = message.get("Uniqueid", ""), message.get("Linkedid", "")
    channel = message.get("Channel", "")
    if not uniqueid or is_machine(channel, uniqueid) or uniqueid in board.legs:
        return
    if linkedid in board.calls:
        board.join(board.calls[linkedid], message)
    elif uniqueid != linkedid or is_local(channel) or is_code(message):
        return
    elif message.get("ChannelState") in _RING:
        board.begin(message)
    else:
        board.originated[uniqueid] = message


def entered_menu(board: Board, message: Message) -> None:
    board.leg(message)


def spying(board: Board, message: Message) -> None:
    """Who listens in is no party to a call, whatever it was taken for."""
    board.originated.pop(message.get("SpyerUniqueid", ""), None)


def renamed(board: Board, message: Message) -> None:
    leg = board.legs.get(message.get("Uniqueid", ""))
    if leg is not None and (name := message.get("Newname")):
        board.by_channel.pop(leg.channel, None)
        leg.channel = name
        board.by_channel[name] = leg.uniqueid


def hangup_requested(board: Board, message: Message) -> None:
    if (leg := board.legs.get(message.get("Uniqueid", ""))) is not None:
        leg.hangup_requested = True


def hangup(board: Board, message: Message) -> None:
    uniqueid = message.get("Uniqueid", "")
    board.originated.pop(uniqueid, None)
    if uniqueid in board.legs:
        gone(board, uniqueid)


def gone(board: Board, uniqueid: str) -> None:
    leg = board.legs[uniqueid]
    call = board.calls[leg.linkedid]
    bridges.leave_bridge(board, call, leg)
    bridges.end_hold(board, call, leg)
    if leg.offered and not leg.answered:
        offers.offer_ended(board, call, leg, "cancelled")
    if leg.answered:
        board.say(
            said.AgentLeft,
            call,
            device=device_of(leg.channel),
            agent_uniqueid=uniqueid,
            talk_s=round(leg.talk_s, 3),
        )
    if leg is call.caller:
        end(board, call)
    del board.legs[uniqueid]
    board.by_channel.pop(leg.channel, None)
    del call.legs[uniqueid]
    if not call.legs:
        end(board, call)
        del board.calls[call.linkedid]


def end(board: Board, call: Call) -> None:
    if call.ended_at is not None:
        return
    if (visit := call.waiting) is not None:
        queues.leave_queue(board, call, visit, "abandoned")
    queues.settle_visit(board, call)
    transfers.settle_transfer(board, call, completed=False)
    if call.offered_directly and not call.answered and call.caller is not None:
        call.abandoned_ringing = any(leg.offered and not leg.answered for leg in call.legs.values())
    call.ended_at = board.now
    board.closed.append(call)
    board.say(
        said.CallEnded,
        call,
        outcome=call.outcome,
        answered=call.answered,
        wait_s=round(call.wait_s(board.now), 3),
        talk_s=round(call.talked_s(board.now), 3),
        incomplete=call.incomplete,
    )
