"""A caller joins, waits in and leaves queues."""

from __future__ import annotations

from typing import get_args

from telephony import events as said
from telephony.calls import transfers
from telephony.calls.board import Board, Message
from telephony.calls.call import QUEUE_RESULTS, Call, Visit
from telephony.calls.legs import CALLBACK

_CALLED_BACK = get_args(said.CalledBackResult)


def joined_queue(board: Board, message: Message) -> None:
    call = board.call(message)
    if call is None or (call.waiting and call.waiting.queue == message.get("Queue")):
        return
    settle_visit(board, call)
    enter_queue(board, call, message.get("Queue", ""), message.get("Position", ""))


def enter_queue(board: Board, call: Call, queue: str, position: str) -> None:
    transfers.settle_transfer(board, call, completed=True)
    call.visits.append(Visit(queue, board.now))
    call.queue_outcome = None
    board.say(said.CallQueued, call, queue=queue, position=int(position) if position.isdigit() else 0)


def left_queue(board: Board, message: Message) -> None:
    if (call := board.call(message)) is not None and call.waiting is not None:
        call.waiting.left_at = board.now


def abandoned(board: Board, message: Message) -> None:
    """Also sent when the queue gave up on the caller: then nobody had asked for a hangup."""
    if (call := board.call(message)) is None or not call.visits or call.visits[-1].told:
        return
    caller = call.caller
    gave_up = caller is None or caller.hangup_requested
    leave_queue(board, call, call.visits[-1], "abandoned" if gave_up else "timeout")


def leave_queue(board: Board, call: Call, visit: Visit, reason: said.Outcome) -> None:
    if visit.left_at is None:
        visit.left_at = board.now
    if not visit.told:
        visit.told = True
        if reason != "ivr_only":
            wait_s = round(visit.left_at - visit.joined_at, 3)
            board.say(said.CallLeftQueue, call, queue=visit.queue, reason=reason, wait_s=wait_s)
    call.queue_outcome = reason


def settle_visit(board: Board, call: Call) -> None:
    """A wait that ended without a word about how."""
    if call.visits and not call.visits[-1].told:
        leave_queue(board, call, call.visits[-1], "failed")


def queue_status(board: Board, call: Call, queue: str, status: str) -> None:
    """QUEUESTATUS, told by the dialplan: the only source for a queue that nobody could join."""
    result = QUEUE_RESULTS.get(status)
    if result is None:
        return
    if not call.visits or (queue and call.visits[-1].queue != queue):
        call.visits.append(Visit(queue, board.now, board.now))
        leave_queue(board, call, call.visits[-1], result)
    elif not call.visits[-1].told:
        leave_queue(board, call, call.visits[-1], result)
    elif call.queue_outcome in ("abandoned", "timeout", "failed"):
        call.queue_outcome = result


def user_event(board: Board, message: Message) -> None:
    if message.get("UserEvent") == "MemberlineQueueResult" and (call := board.call(message)) is not None:
        queue_status(board, call, message.get("Queue", ""), message.get("QueueStatus", ""))
    elif message.get("UserEvent") == "MemberlineCallback":
        called_back(board, message)


def called_back(board: Board, message: Message) -> None:
    """Whoever answers a call back makes it a call. Their number is known by now; that of the channel was our own."""
    uniqueid, result = message.get("Uniqueid", ""), message.get("Result", "")
    if not uniqueid.startswith(CALLBACK) or uniqueid != message.get("Linkedid") or result not in _CALLED_BACK:
        return
    if uniqueid not in board.legs:
        board.originated.pop(uniqueid, None)
        board.begin({**message, "Exten": ""})
    board.say(said.CalledBack, board.calls[uniqueid], result=result)


def variable(board: Board, message: Message) -> None:
    if message.get("Variable") == "QUEUESTATUS" and (call := board.call(message)) is not None:
        queue = call.visits[-1].queue if call.visits and call.visits[-1].told is False else ""
        queue_status(board, call, queue or (call.visits[-1].queue if call.visits else ""), message.get("Value", ""))
