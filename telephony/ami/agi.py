"""AGI over AMI (AsyncAGI): one command on a caller's channel, awaited to its result.

The dialplan hands a channel over with `AGI(agi:async)`; the action AGI queues a command there, and the event
AsyncAGIExec brings what came of it.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from core.errors import Problem
from telephony.ami.connection import Actions
from telephony.ami.errors import ActionFailed, ActionTimeout, LinkDown
from telephony.ami.masking import SECRET, Mask

NEEDS = frozenset({"AGI"})  # what the manager user must be allowed
ACCEPTED_WITHIN_S = 5.0
_GONE = ("no such channel", "does not exist", "not found")
_ANSWER = re.compile(r"(?P<code>\d{3})[ -](?:result=(?P<result>\S*))?(?P<rest>.*)", re.DOTALL)
_DATA = re.compile(r"\((?P<data>.*)\)", re.DOTALL)
_ENDPOS = re.compile(r"\bendpos=(?P<endpos>\d+)")


class CallerGone(Exception):
    """The channel is no longer there, or no longer ours: hung up, or taken out of the AGI."""


@dataclass(frozen=True)
class AgiResult:
    """`200 result=49 (data) endpos=4800` taken apart.

    `result` is what the command returned ("" where nothing was entered; a key as the number of its ASCII character),
    `data` what stands in brackets (`timeout`, a variable's value), `endpos` in samples. Other codes than 200 carry
    the server's text in `data`.
    """

    code: int
    result: str = ""
    data: str = ""
    endpos: int | None = None


class AgiCommands:
    """Commands on channels that are in `AGI(agi:async)`. Feed it what the acting link says (`on_event`,
    `on_disconnected`).

    >>> result = await agi(channel, "GET DATA welcome 5000 1")
    """

    def __init__(self, link: Actions, mask: Mask) -> None:
        self._link, self._mask = link, mask
        self._counter = itertools.count(1)
        self._run = secrets.token_hex(4)  # ids of another run of ours must not be taken for these
        self._waiting: dict[str, tuple[str, asyncio.Future[str]]] = {}  # command id -> channel, raw result

    async def __call__(self, channel: str, command: str, *, sensitive: bool = False, within: float = 60.0) -> AgiResult:
        """Run `command` on `channel` (its name) and return its result.

        `sensitive`: the result is masked for everybody but the caller of this function. Raises `CallerGone` when the
        channel ended or left, `ActionTimeout` after `within` seconds, `LinkDown`, or `ActionFailed`.
        """
        command_id = f"{SECRET if sensitive else 'agi-'}{self._run}-{next(self._counter)}"
        loop = asyncio.get_running_loop()
        future = self._mask.expect(channel, command_id) if sensitive else loop.create_future()
        self._waiting[command_id] = (channel, future)
        try:
            async with asyncio.timeout(within) as limit:
                await self._accepted(channel, command, command_id)
                raw = await future
        except TimeoutError:
            if not limit.expired():
                raise
            name = command.partition(" ")[0]
            raise ActionTimeout(f"{name} did not end within {within:g} s", place=channel) from None
        finally:
            del self._waiting[command_id]
            if not future.cancel() and not future.cancelled():
                future.exception()  # it may have come after the action failed: then nobody else looks at it
            if sensitive:
                self._mask.over(command_id)
        result = parse_result(raw)
        if result.code == 511 or (result.code == 200 and result.result == "-1"):
            raise CallerGone(f"{channel}: hung up, or what was to be played is not there")
        return result

    def on_event(self, message: Mapping[str, str]) -> None:
        """Take note of results, and of channels that ended or left."""
        match message.get("Event"):
            case "AsyncAGIExec":
                _, future = self._waiting.get(message.get("CommandId", ""), ("", None))
                if future is not None and not future.done():
                    future.set_result(message.get("Result", ""))
            case "AsyncAGIEnd" | "Hangup":
                self._gone(message.get("Channel", ""))

    def on_disconnected(self) -> None:
        """The acting link went down: results that are on their way will not arrive."""
        for channel, future in self._waiting.values():
            if not future.done():
                future.set_exception(LinkDown("the link went down during an AGI command", place=channel))

    def _gone(self, channel: str) -> None:
        for waiting, future in self._waiting.values():
            if waiting == channel and not future.done():
                future.set_exception(CallerGone(f"{channel}: hung up"))

    async def _accepted(self, channel: str, command: str, command_id: str) -> None:
        fields = {"Action": "AGI", "Channel": channel, "Command": command, "CommandID": command_id}
        try:
            await self._link.action(fields, within=ACCEPTED_WITHIN_S)
        except ActionFailed as refused:
            if any(sign in refused.what.lower() for sign in _GONE):
                raise CallerGone(f"{channel}: {refused.what}") from None
            raise


def parse_result(raw: str) -> AgiResult:
    """An AsyncAGIExec's `Result` (percent-encoded). Raises `Problem` for what is no AGI answer."""
    text = unquote(raw).strip()
    found = _ANSWER.match(text)
    if found is None:
        raise Problem("the PBX's answer to an AGI command has no code", place="AsyncAGIExec")
    code, rest = int(found["code"]), found["rest"]
    if found["result"] is None:
        return AgiResult(code=code, data=rest.strip())
    data, endpos = _DATA.search(rest), _ENDPOS.search(rest)
    return AgiResult(
        code=code,
        result=found["result"],
        data=data["data"] if data else "",
        endpos=int(endpos["endpos"]) if endpos else None,
    )


def parse_environment(raw: str) -> dict[str, str]:
    """AsyncAGIStart's `Env` (percent-encoded lines `agi_callerid: 5551234`) as a dict."""
    pairs = (line.partition(": ") for line in unquote(raw).splitlines())
    return {name: value for name, colon, value in pairs if colon}
