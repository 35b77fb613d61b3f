"""A caller is sent on: blind, after a consultation, or by a Redirect."""

from __future__ import annotations

from telephony import events as said
from telephony.calls.board import Board, Message, known
from telephony.calls.call import Call, Transfer
from telephony.calls.legs import Leg, device_of


def transferee(board: Board, message: Message) -> Call | None:
    for prefix in ("Transferee", "Transferer", "OrigTransferer"):
        if (call := board.call(message, prefix)) is not None:
            return call
        if (uniqueid := board.by_channel.get(message.get(f"{prefix}Channel", ""))) is not None:
            return board.calls.get(board.legs[uniqueid].linkedid)
    return None


def blind_transfer(board: Board, message: Message) -> None:
    call = transferee(board, message)
    if call is not None and message.get("Result", "Success") == "Success":
        device = device_of(message.get("TransfererChannel", ""))
        start_transfer(board, call, "blind", device, message.get("Extension", ""))


def redirected(board: Board, call: Call, caller: Leg, message: Message) -> None:
    """A caller who leaves an agent alive, for another place in the dialplan, and by nobody's hangup: a Redirect."""
    context, exten = message.get("Context", caller.context), message.get("Exten", caller.exten)
    moved = (context, exten) != (caller.context, caller.exten)
    caller.context, caller.exten = context, exten
    agents = [leg for leg in board.talking_with(call) if leg.answered]
    if moved and agents and call.open_transfer is None and not caller.hangup_requested:
        start_transfer(board, call, "blind", device_of(agents[-1].channel), exten)


def start_transfer(board: Board, call: Call, kind: said.TransferKind, from_device: str, target: str) -> None:
    begun = call.open_transfer
    if begun is not None and (begun.kind, begun.from_device, begun.target) == (kind, from_device, target):
        return
    settle_transfer(board, call, completed=False)
    call.transfers.append(Transfer(kind, from_device, target))
    board.say(said.TransferStarted, call, kind=kind, from_device=from_device, target=target)


def settle_transfer(board: Board, call: Call, *, completed: bool) -> None:
    transfer = call.open_transfer
    if transfer is None:
        return
    transfer.completed = completed
    board.say(
        said.CallTransferred,
        call,
        kind=transfer.kind,
        from_device=transfer.from_device,
        target=transfer.target,
        completed=completed,
    )


def attended_transfer(board: Board, message: Message) -> None:
    """The agent left: the caller now talks with whoever was consulted, or hears the phone there ring."""
    call = transferee(board, message)
    if call is None or message.get("Result", "Success") != "Success":
        return
    if call.open_transfer is None and not (call.transfers and call.transfers[-1].kind == "attended"):
        target = message.get("SecondTransfererConnectedLineNum", "")
        start_transfer(board, call, "attended", device_of(message.get("OrigTransfererChannel", "")), known(target))
    if board.talking_with(call):
        settle_transfer(board, call, completed=True)
