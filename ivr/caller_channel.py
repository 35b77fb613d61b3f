"""A caller's channel as the menu uses it: sounds out, keys in, and no key lost between two commands.

Asterisk forgets keys that come while no command is pending. A step is therefore one command, and where we need longer
than a moment between two (a service, a sentence to be made), a command that only waits for keys stands in; what is
pressed then is held for the next question. A command of ours is ended from outside by a key that no telephone has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from core.clock import Clock
from core.errors import Problem
from ivr.dialog.actions import Keys, Nothing, Said
from telephony.ami.agi import AgiResult, CallerGone
from telephony.ami.errors import ActionFailed

log = logging.getLogger(__name__)

T = TypeVar("T")

ALL_KEYS = "0123456789*#"
CUT, END = "D", "#"  # the keys that we press ourselves: to end a wait, to end a question that was answered by voice
UNNOTICED_S = 0.03  # a pause this short loses no key: people hold one for longer
SILENT_AT_MOST_S = 1.2  # then the caller hears that something is going on
CLOSING_S = 2.0  # a `#` this soon after a full entry closes it and is no answer of its own
DRAIN_MS = 20
MARGIN_S = 15.0  # beyond what a command lasts by itself: a channel that needs longer is stuck
MOST_HELD = 40  # keys


class Agi(Protocol):
    """One AGI command on a caller's channel; see `telephony.ami.agi`."""

    async def __call__(
        self, channel: str, command: str, *, sensitive: bool = False, within: float = 60.0
    ) -> AgiResult: ...


class Outside(Protocol):
    """What is done to a channel whatever command is pending there; see `telephony.control`."""

    async def press(self, channel: str, key: str) -> None: ...

    async def set_variable(self, channel: str, name: str, value: str) -> None: ...


class Sound(Protocol):
    """A sound file as Asterisk takes it: an absolute path without the extension, and how long it plays."""

    @property
    def path(self) -> str: ...

    @property
    def seconds(self) -> float: ...


Hear = Callable[[], Awaitable[Said]]


class CallerChannel:
    """Commands on one channel, one at a time. Each may raise `CallerGone`, or `Problem` where the PBX fails us.

    `wake` has Asterisk look for a command of this channel's at once, after what is sent before the next wait.
    """

    def __init__(
        self, name: str, *, agi: Agi, outside: Outside, clock: Clock, wake: Callable[[], None] = lambda: None
    ) -> None:
        self.name = name
        self._agi, self._outside, self._clock, self._wake = agi, outside, clock, wake
        self._held = ""  # pressed while nothing was asked; may be a secret
        self._stray = ""  # a key of ours that the command it was meant for may not have taken
        self._filled_at: float | None = None  # when an entry ended by its length

    # --- what a step is made of

    async def play(self, sound: Sound | None, stop_keys: str = "", *, ahead: bool = False) -> Keys:
        """Play to the end, or to the first of `stop_keys`. `ahead`: keys cut nothing short and answer what is asked
        next."""
        if sound is None:
            return Keys(digits="")
        await self._drain()
        escape, offset = (ALL_KEYS if ahead else stop_keys), 0
        while True:
            command = f'STREAM FILE "{sound.path}" "{escape}" {offset}'
            result = await self._command(command, seconds=sound.seconds, sensitive=ahead)
            key = _key(result)
            if not ahead or not key or key in stop_keys:
                self._filled_at = self._clock.monotonic() if key else None
                return Keys(digits=key)
            self._hold(key)
            offset = result.endpos or 0

    async def read(
        self, sound: Sound | None, most: int, wait_s: float, *, sensitive: bool = False, hear: Hear | None = None
    ) -> Keys | Nothing | Said:
        """Ask: up to `most` keys, or those before `#`. `hear` listens meanwhile; a key that is pressed wins over it."""
        await self._drain()
        typed, ended = self._taken(most)
        if ended or len(typed) >= most:
            return Keys(digits=typed, ended=ended)
        while True:
            one = sound is not None and most - len(typed) == 1
            command = _asking(sound, wait_s, most - len(typed))
            seconds = (sound.seconds if sound else 0.0) + wait_s * (most + 1)
            if hear is None or typed:
                result, said = await self._command(command, seconds=seconds, sensitive=sensitive), None
            else:
                result, said = await self._heard(command, hear, seconds=seconds, sensitive=sensitive)
            if one:
                keys, timed_out = _key(result).strip(END), not _key(result)
            else:
                keys, timed_out = result.result.strip("ABCD"), result.data == "timeout"
            full = len(typed) + len(keys) >= most
            closing = not (keys or typed or timed_out or said) and self._just_filled()
            self._filled_at = self._clock.monotonic() if full else None
            typed += keys
            if said is not None:
                if not full and not timed_out:
                    self._stray = ""  # it was the `#` of ours that ended the question
                if not typed:
                    return said
                if not full and not timed_out:  # they had begun to press: let them go on
                    sound, hear = None, None
                    continue
            if closing:
                continue  # the `#` that closed the last entry
            if timed_out and not typed:
                return Nothing()
            return Keys(digits=typed, ended=not timed_out and not full)

    async def meanwhile(self, work: Awaitable[T], moment: Callable[[], Awaitable[Sound | None]], limit_s: float) -> T:
        """The result of `work`. The caller is told when it takes long, and their keys are held.

        Raises what `work` raises, `TimeoutError` after `limit_s`.
        """
        task = asyncio.ensure_future(work)
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.wait({task}, timeout=UNNOTICED_S)
                while not task.done():
                    await self._wait(task, SILENT_AT_MOST_S)
                    if not task.done():
                        await self._say_moment(moment)
                return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def tell(self, name: str, value: str) -> None:
        """Set a variable of the channel, beside whatever is pending."""
        try:
            await self._outside.set_variable(self.name, name, value)
        except ActionFailed as refused:
            if "no such channel" in refused.what.lower():
                raise CallerGone(f"{self.name}: {refused.what}") from None
            raise

    async def leave(self) -> None:
        """Give the channel back to the dialplan, which goes on by what it was told."""
        await self._command("ASYNCAGI BREAK")

    async def hang_up(self) -> None:
        with suppress(CallerGone):
            await self._command("HANGUP")

    # --- keys

    def _taken(self, most: int) -> tuple[str, bool]:
        """What was pressed ahead, as far as it answers this question, and whether a `#` closed it."""
        before, closed, after = self._held.partition(END)
        if closed and len(before) <= most:
            self._held, self._filled_at = after, None
            return before, True
        typed, self._held = self._held[:most], self._held[most:]
        if typed:
            self._filled_at = self._clock.monotonic()
        return typed, False

    def _hold(self, key: str) -> None:
        if key == END and not self._held and self._just_filled():
            self._filled_at = None  # it closes the last entry
        else:
            self._held = (self._held + key)[:MOST_HELD]

    def _just_filled(self) -> bool:
        return self._filled_at is not None and self._clock.monotonic() - self._filled_at < CLOSING_S

    # --- commands

    async def _command(self, command: str, *, seconds: float = 0.0, sensitive: bool = False) -> AgiResult:
        self._wake()  # comes right after the command, which is sent before anything here waits
        result = await self._agi(self.name, command, sensitive=sensitive, within=seconds + MARGIN_S)
        if result.code != 200:
            raise Problem(f"Asterisk refused {command.partition(' ')[0]} ({result.code})", place=self.name)
        return result

    async def _heard(
        self, command: str, hear: Hear, *, seconds: float, sensitive: bool
    ) -> tuple[AgiResult, Said | None]:
        """The result of a question that may also be answered by voice, which ends it as `#` would."""
        asking = asyncio.ensure_future(self._command(command, seconds=seconds, sensitive=sensitive))
        hearing = asyncio.ensure_future(hear())
        both: set[asyncio.Future[Any]] = {asking, hearing}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            said = None
            if hearing.done():
                if hearing.exception() is None:
                    said = hearing.result()
                else:  # the text of a failure may hold what was said
                    log.warning("%s: only keys are understood now: %s", self.name, type(hearing.exception()).__name__)
            if said is not None and not asking.done():
                self._stray = END
                await self._press(END)
            return await asking, said
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)

    async def _wait(self, task: asyncio.Future[T], at_most_s: float) -> None:
        """Wait for `task`, holding the keys that are pressed."""
        until = self._clock.monotonic() + at_most_s
        while not task.done() and (left := until - self._clock.monotonic()) > 0:
            await self._drain()
            # A key may be the first of a PIN.
            command = self._command(f"WAIT FOR DIGIT {int(left * 1000) + 1}", seconds=left, sensitive=True)
            waiting = asyncio.ensure_future(command)
            either: set[asyncio.Future[Any]] = {task, waiting}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    await self._press(CUT)
                    self._stray = CUT
                self._pressed(await waiting)
            finally:
                if not waiting.done():
                    waiting.cancel()
                    await asyncio.wait({waiting})

    async def _say_moment(self, moment: Callable[[], Awaitable[Sound | None]]) -> None:
        try:
            async with asyncio.timeout(1.0):
                sound = await moment()
        except (Problem, TimeoutError) as failure:
            log.error("%s: what takes long cannot be announced: %s", self.name, failure)
            return
        if sound is not None:
            command = f'STREAM FILE "{sound.path}" "{ALL_KEYS}"'
            self._pressed(await self._command(command, seconds=sound.seconds, sensitive=True))

    async def _drain(self) -> None:
        """Take back a key of ours that came too late for the command it was to end."""
        while self._stray:
            self._pressed(await self._command(f"WAIT FOR DIGIT {DRAIN_MS}", sensitive=True), draining=True)

    def _pressed(self, result: AgiResult, *, draining: bool = False) -> None:
        """A single key's result: ours is forgotten, the caller's is held."""
        key = _key(result)
        if key == self._stray or (draining and not key):
            self._stray = ""
        elif key:
            self._hold(key)

    async def _press(self, key: str) -> None:
        try:
            await self._outside.press(self.name, key)
        except ActionFailed as refused:
            log.debug("%s: could not be pressed: %s", self.name, refused)  # the channel ended: its command says so


def _asking(sound: Sound | None, wait_s: float, most: int) -> str:
    """The command that asks for up to `most` keys. For a single one GET OPTION: where a key cuts the sound short, it
    ends at once, while GET DATA sleeps for a thousandth of a second first."""
    if sound is not None and most == 1:
        return f'GET OPTION "{sound.path}" "{ALL_KEYS}" {int(wait_s * 1000)}'
    return f'GET DATA "{sound.path if sound else ""}" {int(wait_s * 1000)} {most}'


def _key(result: AgiResult) -> str:
    """The key that ended a command; "" for none."""
    return chr(int(result.result)) if result.result not in ("", "0") else ""
