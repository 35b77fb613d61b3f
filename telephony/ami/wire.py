"""AMI on the wire, without I/O: bytes in, messages out, and actions as bytes.

A message (event or response) is a `dict[str, str]`: header names spelt as Asterisk 22 spells them, repeated headers
(`Output:`, `ChanVariable:`) joined with a newline in the order they came. It is the innermost loop of the whole
product, so the usual case takes the short way and everything else a longer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from core.errors import Problem

MAX_BLOCK = 1 << 20  # bytes; Asterisk's longest (a list of variables, an SDP) stay far below
_MAX_KNOWN = 4096  # header names remembered as well-formed
_END = b"\r\n\r\n"
_GREETING = b"Asterisk Call Manager/"

_OF_A_CHANNEL = """
Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName Language AccountCode
Context Exten Priority Uniqueid Linkedid
BridgeUniqueid BridgeType BridgeTechnology BridgeCreator BridgeName BridgeNumChannels
"""
_PARTS = """
Dest Transferer Transferee TransferTarget OrigTransferer SecondTransferer Spyer Spyee LocalOne LocalTwo Source Secondary
"""
_OTHERS = """
Event Response ActionID Message Privilege Timestamp SystemName EventList ListItems Output Ping
Application ApplicationData AppData Data BridgeId Duration Variable Value UserEvent Digit Direction DurationMs
Device State Status DialStatus DialString Cause Cause-txt Reason IsExternal TransferType MusicClass
Queue Position OriginalPosition Count Calls Max Strategy Wait RingTime HoldTime TalkTime
Name Interface StateInterface MemberName Membership Penalty CallsTaken LastCall LastPause LoginTime InCall
Paused PausedReason
Env Result ResultCode Command CommandId
"""
_PREFIXES = ("", *_PARTS.split())
_NAMES = (*_OTHERS.split(), *(prefix + name for prefix in _PREFIXES for name in _OF_A_CHANNEL.split()))
_SPELLING = {name.lower(): name for name in _NAMES}


class Framer:
    """Cuts a stream of AMI bytes into messages, however the reads happen to fall.

    `wanted` names the events to parse; the others are only counted, unless they answer an action (carry an ActionID).
    What cannot be a message never raises: it is counted in `malformed` (lines and blocks) or `oversized` (blocks
    longer than `max_block` bytes, dropped without being kept) and skipped.
    """

    def __init__(self, wanted: frozenset[str] | None = None, *, max_block: int = MAX_BLOCK) -> None:
        self.greeting: str | None = None  # AMI version; "" for a stream that began without; None before the first line
        self.skipped = self.malformed = self.oversized = 0
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._max_block = max_block
        self._buffer = bytearray()
        self._searched = 0  # how much of the buffer is known to hold no end of a block
        self._discarding = False  # in the midst of a block that is too long
        self._known = set(_SPELLING.values())

    def feed(self, data: bytes) -> list[dict[str, str]]:
        """The messages that `data` completes, in order."""
        buffer = self._buffer
        buffer += data
        if self.greeting is None and not self._greeted():
            return []
        end = buffer.rfind(_END, max(0, self._searched - 3))
        if end < 0:
            self._hold()
            return []
        complete = bytes(buffer[:end])
        del buffer[: end + 4]
        blocks = iter(complete.split(_END))
        if self._discarding:
            next(blocks)
            self._discarding = False
        messages = list(self._messages(blocks))
        self._hold()
        return messages

    def _greeted(self) -> bool:
        """Take the server's first line off the stream; False while it is not complete."""
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > self._max_block:
                self._buffer.clear()
                self.oversized += 1
            return False
        self.greeting = ""
        if self._buffer.startswith(_GREETING):
            self.greeting = self._buffer[len(_GREETING) : end].decode("ascii", "replace").strip()
            del self._buffer[: end + 2]
        return True

    def _hold(self) -> None:
        """Keep the unfinished rest; of one that is too long only as much as shows where it ends."""
        if len(self._buffer) > self._max_block + 3:
            if not self._discarding:
                self.oversized += 1
            self._discarding = True
            del self._buffer[:-3]
        self._searched = len(self._buffer)

    def _messages(self, blocks: Iterator[bytes]) -> Iterator[dict[str, str]]:
        wanted, known, max_block = self._wanted, self._known, self._max_block
        for raw in blocks:
            # Asterisk sometimes ends a block with one line end too many: it is then in front of the next.
            block = raw.strip(b"\r\n")
            if wanted is not None and block.startswith(b"Event: "):
                end = block.find(b"\r\n")
                if (block[7:end] if end > 0 else block[7:]) not in wanted and b"\r\nActionID: " not in block:
                    self.skipped += 1
                    continue
            if not block:
                continue
            if len(block) > max_block:
                self.oversized += 1
                continue
            lines = block.decode("utf-8", "replace").split("\r\n")
            message = {}
            for line in lines:
                name, _, value = line.partition(": ")
                message[name] = value
            # Names all known and none twice: then every line was well-formed, and nothing was lost.
            if len(message) != len(lines) or not message.keys() <= known:
                message = self._slowly(lines)
            if "Event" in message or "Response" in message:
                yield message
            else:
                self.malformed += 1

    def _slowly(self, lines: Sequence[str]) -> dict[str, str]:
        """A block with repeated, new, oddly spelt or broken lines."""
        message: dict[str, str] = {}
        for line in lines:
            given, colon, value = line.partition(":")
            if not colon or not given or not given.isprintable() or given != given.strip():
                self.malformed += 1
                continue
            name = _SPELLING.get(given.lower(), given)
            value = value.removeprefix(" ")
            message[name] = f"{message[name]}\n{value}" if name in message else value
            if len(self._known) < _MAX_KNOWN and name == given:
                self._known.add(name)
        return message


def encode(fields: Mapping[str, str | Sequence[str]]) -> bytes:
    """An action, or any block, as bytes. A sequence becomes a repeated header.

    Raises `Problem` where a name or value would not stay on its line (CR, LF, NUL), or is not text Asterisk can take:
    that is how a value smuggles in an action of its own.
    """
    lines = []
    for name, given in fields.items():
        for value in (given,) if isinstance(given, str) else given:
            line = f"{name}: {value}"
            if not name or ":" in name or any(mark in line for mark in "\r\n\0"):
                # Never the value itself: it may be what must not be seen.
                raise Problem("a value holds a line break or NUL", place=f"AMI header {name!r}")
            lines.append(line)
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode()
    except UnicodeEncodeError:
        raise Problem("a value is not valid text", place=f"AMI action {fields.get('Action', '')!r}") from None
