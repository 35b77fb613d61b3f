"""Secret digits (a PIN, a social security number) taken out of what the PBX says, before anybody else sees it.

Whoever reads a secret announces it first; every link applies the same `Mask` before it dispatches, logs or records an
event. Three layers, each enough for its own cases:

- The result of a command whose id is marked as secret is masked wherever and whenever it is met: on the other link,
  after a restart, in a replay. Only the future that `expect` returned gets the digits.
- While the read is pending on a channel, all that could spell digits there (keys, variables, applications' arguments,
  user events) is masked without asking what it is.
- For a while afterwards, because the other link may lag behind: keys, and whatever contains the digits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

MASKED = "***"
SECRET = "secret-"  # how the id of a command begins whose result nobody else may see
LINGER_S = 30.0  # far more than a link that is still answered to its pings can lag behind

# What of an event may spell digits. A user event may: in any header that is not Asterisk's own.
_CARRIERS: dict[str, frozenset[str]] = {
    "DTMFBegin": frozenset({"Digit"}),
    "DTMFEnd": frozenset({"Digit"}),
    "VarSet": frozenset({"Value"}),
    "Newexten": frozenset({"AppData", "Extension", "Exten"}),
    "AGIExecStart": frozenset({"Command"}),
    "AGIExecEnd": frozenset({"Command", "Result"}),
}
_KEYS = frozenset({"DTMFBegin", "DTMFEnd"})
_OF_EVERY_EVENT = """
Event Privilege Timestamp SystemName Channel ChannelState ChannelStateDesc Language AccountCode Context Exten Priority
Uniqueid Linkedid UserEvent ActionID CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName
"""
_OF_USER_EVENTS = frozenset(_OF_EVERY_EVENT.split())


@dataclass
class _Read:
    """A secret read on one channel. `digits` is None while it is pending."""

    channel: str
    digits: str | None = None
    until: float = float("inf")


class Mask:
    """What is secret just now. `now` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._reads: dict[str, _Read] = {}
        self._waiting: dict[str, asyncio.Future[str]] = {}

    def expect(self, channel: str, command_id: str) -> asyncio.Future[str]:
        """Announce, before the command goes out, that its result on `channel` (a name or Uniqueid) is secret.

        The future gets the raw result; whoever awaits it calls `over` in the end, whatever came of it.
        """
        if not command_id.startswith(SECRET):
            raise ValueError(f"the id of a secret command begins with {SECRET!r}")
        self._expire()
        self._reads[command_id] = _Read(channel)
        future = self._waiting[command_id] = asyncio.get_running_loop().create_future()
        return future

    def over(self, command_id: str) -> None:
        """The read came to an end (an answer, a hangup, a time limit): mask what lags behind, then forget."""
        self._waiting.pop(command_id, None)
        self._reads[command_id].until = self._now() + LINGER_S

    def apply(self, message: dict[str, str]) -> dict[str, str]:
        """The message as everybody may see it: itself, or a copy with what is secret replaced by `***`."""
        name = message.get("Event")
        if name == "AsyncAGIExec" and message.get("CommandId", "").startswith(SECRET):
            return self._result(message)
        if not self._reads or (name not in _CARRIERS and name != "UserEvent"):
            return message
        self._expire()
        for read in self._reads.values():
            if read.channel in {message.get("Channel"), message.get("Uniqueid")}:
                message = _masked(message, name, read.digits)
        return message

    def _expire(self) -> None:
        self._reads = {key: read for key, read in self._reads.items() if read.until > self._now()}

    def _result(self, message: dict[str, str]) -> dict[str, str]:
        command_id, result = message["CommandId"], message.get("Result", "")
        if (read := self._reads.get(command_id)) is not None:
            read.digits = unquote(result).partition("result=")[2].partition(" ")[0].strip()
        if (future := self._waiting.get(command_id)) is not None and not future.done():
            future.set_result(result)
        return message | {"Result": MASKED}


def _masked(message: dict[str, str], name: str, digits: str | None) -> dict[str, str]:
    carriers = _CARRIERS.get(name, message.keys() - _OF_USER_EVENTS)
    secret = {
        header: MASKED
        for header in carriers & message.keys()
        if digits is None or name in _KEYS or (digits and digits in message[header])
    }
    return message | secret if secret else message
