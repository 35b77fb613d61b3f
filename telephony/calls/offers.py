"""A call is offered to telephones, which answer or don't."""

from __future__ import annotations

from telephony import events as said
from telephony.calls import queues, transfers
from telephony.calls.board import Board, Message
from telephony.calls.call import Call
from telephony.calls.legs import Leg, device_of

_DIAL_RESULTS: dict[str, said.OfferResult] = {
    "ANSWER": "answered",
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CANCEL": "cancelled",
    "ABORT": "cancelled",
}


def agent_called(board: Board, message: Message) -> None:
    offer(board, message, message.get("Interface", ""), message.get("Queue", ""))


def dial_begun(board: Board, message: Message) -> None:
    if message.get("Channel"):  # without one, Asterisk was told to originate: nobody's call yet
        board.leg(message)
        offer(board, message, "", "")


def offer(board: Board, message: Message, device: str, queue: str) -> None:
    call, leg = board.call(message), board.legs.get(message.get("DestUniqueid", ""))
    if call is None or leg is None or leg.local or leg.offered or leg.answered:
        return
    leg.offered, leg.offered_at = True, board.now
    waiting = call.waiting.queue if call.waiting and not queue else ""
    call.offered_directly = call.offered_directly or not (queue or waiting)
    board.say(
        said.AgentOffered,
        call,
        device=device or device_of(leg.channel),
        queue=queue or waiting,
        channel=leg.channel,
        uniqueid=leg.uniqueid,
    )


def dial_ended(board: Board, message: Message) -> None:
    leg = board.legs.get(message.get("DestUniqueid", ""))
    status = message.get("DialStatus", "")
    if leg is None or leg.local:
        return
    call = board.calls[leg.linkedid]
    if status != "ANSWER":
        call.dial_failed = call.dial_failed or not call.visits
        if leg.offered and not leg.answered:
            if (caller := call.caller) is not None and caller.hangup_requested:
                call.abandoned_ringing = True
            offer_ended(board, call, leg, _DIAL_RESULTS.get(status, "failed"))


def offer_ended(board: Board, call: Call, leg: Leg, result: said.OfferResult) -> None:
    leg.offered = False
    ring_s = round(board.now - leg.offered_at, 3)
    board.say(said.AgentOfferEnded, call, device=device_of(leg.channel), result=result, ring_s=ring_s)


def agent_connected(board: Board, message: Message) -> None:
    call, leg = board.call(message), board.legs.get(message.get("DestUniqueid", ""))
    if call is None or leg is None:
        return
    if call.visits and not call.visits[-1].told:
        queues.leave_queue(board, call, call.visits[-1], "answered")
    answer(board, call, leg, message.get("Interface") or device_of(leg.channel), message.get("Queue", ""))


def answer(board: Board, call: Call, leg: Leg, device: str, queue: str) -> None:
    if leg.answered:
        return
    if leg.offered:
        offer_ended(board, call, leg, "answered")
    leg.answered = True
    call.agents.append(device)
    transfers.settle_transfer(board, call, completed=True)
    board.say(
        said.CallAnswered,
        call,
        device=device,
        queue=queue,
        caller_uniqueid=call.linkedid,
        agent_uniqueid=leg.uniqueid,
        agent_channel=leg.channel,
    )
