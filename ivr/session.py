"""Drives one dialog over AsyncAGI: does what the dialog asks for, and tells it what came of it.

One AGI command a step, its prompts joined, because keys pressed while no command is pending are lost. Whatever goes
wrong on our side, the caller goes on to a person: the dialplan queues a call whose menu ends without a word.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal, Protocol

from core.bus import Bus
from core.clock import Clock
from core.errors import Problem
from ivr.dialog import (
    Action,
    CheckPin,
    Collect,
    FindMember,
    Heard,
    Keys,
    Member,
    Nothing,
    PinResult,
    Play,
    Queue,
    State,
    advance,
    begin,
)
from ivr.menu import Menu
from records.directory import Directory, LockedOut, NoSuchMember, Verified, WrongPin
from records.events import CallerKnown
from records.phones import e164
from telephony.ami.agi import AgiResult, CallerGone

log = logging.getLogger(__name__)

_RESULTS: dict[type, Literal["right", "wrong", "locked"]] = {
    Verified: "right",
    WrongPin: "wrong",
    NoSuchMember: "wrong",
    LockedOut: "locked",
}
PROMPT_LIMIT_S = 60.0  # the longest a prompt may play; a channel that plays longer is stuck


class Agi(Protocol):
    """One AGI command on a caller's channel; see `telephony.ami.agi`."""

    async def __call__(
        self, channel: str, command: str, *, sensitive: bool = False, within: float = 60.0
    ) -> AgiResult: ...


@dataclass(frozen=True)
class Visitor:
    """The caller's channel as AsyncAGIStart names it."""

    call_id: str
    channel: str
    number: str


class Session:
    """One caller's visit to the menu. `run` returns when the caller left it, in whatever way."""

    def __init__(
        self,
        visitor: Visitor,
        *,
        agi: Agi,
        menu: Menu,
        members: Directory,
        bus: Bus,
        clock: Clock,
        sounds: str,
    ) -> None:
        self._visitor, self._agi, self._menu, self._clock = visitor, agi, menu, clock
        self._members, self._bus, self._sounds = members, bus, sounds
        self._number = ""

    async def run(self) -> None:
        try:
            await self._dialog()
        except CallerGone:
            log.info("call %s: the caller hung up in the menu", self._visitor.call_id)
        except (Problem, TimeoutError) as failure:
            log.error("call %s: the menu failed, the caller goes on to a person: %s", self._visitor.call_id, failure)
            await self._leave(Queue(prompts=("sorry",), queue=self._menu.otherwise.queue))

    async def _dialog(self) -> None:
        state, action = begin(self._menu, await self._calling_number())
        await self._publish(state)
        while not isinstance(action, Queue):
            heard = await self._do(action)
            state, action = advance(self._menu, state, heard)
            await self._publish(state)
        await self._leave(action)

    async def _calling_number(self) -> str | None:
        """The one member whose number this is; None where there is none, or where several share it."""
        number = e164(self._visitor.number)
        matches = await self._members.by_phone(number) if number else None
        return matches.members[0].member_id if matches and matches.total == 1 else None

    async def _do(self, action: Action) -> Heard:
        match action:
            case Play():
                return await self._play(action)
            case Collect():
                return await self._collect(action.prompts, action.digits, action.wait_s)
            case FindMember():
                self._number = action.number
                member = await self._members.by_number(action.number)
                return Member(member_id=member.member_id if member else None)
            case CheckPin():
                # The digits live in this frame only: the link masks them for everybody else.
                pin = await self._collect(action.prompts, action.digits, action.wait_s, sensitive=True)
                if not isinstance(pin, Keys) or not pin.digits:
                    return PinResult(result="nothing")
                return PinResult(result=_RESULTS[type(await self._members.verify_pin(self._number, pin.digits))])
            case Queue():
                raise AssertionError("the queue is where a dialog ends")

    async def _play(self, action: Play) -> Keys:
        result = await self._command(f'STREAM FILE {self._sounds}{action.prompt} "{action.stop_keys}"')
        pressed = int(result.result or 0)
        return Keys(digits=chr(pressed) if pressed > 0 else "")

    async def _collect(
        self, prompts: tuple[str, ...], digits: int, wait_s: float, *, sensitive: bool = False
    ) -> Keys | Nothing:
        if len(prompts) > 1:
            return await self._read(prompts, digits, wait_s)
        command = f"GET DATA {self._sounds}{prompts[0]} {int(wait_s * 1000)} {digits}"
        result = await self._command(command, sensitive=sensitive)
        if result.data == "timeout" and not result.result:
            return Nothing()
        return Keys(digits=result.result or "")

    async def _read(self, prompts: tuple[str, ...], digits: int, wait_s: float) -> Keys | Nothing:
        """Several prompts in a row, which GET DATA cannot play. Never for a secret: a variable holds the keys."""
        files = "&".join(f"{self._sounds}{prompt}" for prompt in prompts)
        await self._command(f"EXEC Read ML_KEYS,{files},{digits},,1,{wait_s:g}")
        if (await self._command("GET VARIABLE READSTATUS")).data == "TIMEOUT":
            return Nothing()
        return Keys(digits=(await self._command("GET VARIABLE ML_KEYS")).data or "")

    async def _command(self, command: str, *, sensitive: bool = False) -> AgiResult:
        result = await self._agi(self._visitor.channel, command, sensitive=sensitive, within=PROMPT_LIMIT_S)
        if result.code != 200:
            raise Problem(f"Asterisk refused {command.split(' ', 1)[0]} ({result.code})", place=self._visitor.channel)
        return result

    async def _leave(self, to: Queue) -> None:
        """Tell the dialplan where to go on, and let go of the channel."""
        try:
            await self._command(f"SET VARIABLE ML_QUEUE {to.queue}")
            if to.priority is not None:
                await self._command(f"SET VARIABLE ML_PRIORITY {to.priority}")
            for prompt in to.prompts:
                await self._command(f'STREAM FILE {self._sounds}{prompt} ""')
            await self._command("ASYNCAGI BREAK")
        except CallerGone:
            log.info("call %s: the caller hung up on the way to the queue", self._visitor.call_id)

    async def _publish(self, state: State) -> None:
        """Say what is known by now: the desks show it and the contact keeps it."""
        known = CallerKnown(
            at=self._clock.now(),
            call_id=self._visitor.call_id,
            member_id=state.member_id,
            verification=state.verification,
            consent=state.consent,
            language="en",
            chosen=state.chosen,
            menu_path=state.path,
        )
        await self._bus.publish(f"call.{known.call_id}", known)
