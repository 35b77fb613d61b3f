"""What a tapped leg sounds like: an AudioSocket server that hands on what one channel says, 20 ms at a time.

Asterisk connects once a tap, says which (a UUID), and sends signed linear audio: 16 bit, little-endian, mono, 8 kHz.
A leg that sends no RTP sends no frames either, so each frame carries the time it came in. Nothing is ever sent to
Asterisk: a tap neither speaks nor presses keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple
from uuid import UUID

from core.clock import Clock
from core.errors import Problem

log = logging.getLogger(__name__)

SAMPLE_RATE = 8000  # Hz
MAX_PAYLOAD = 3200  # bytes: ten times Asterisk's usual frame
MAX_CONNECTIONS = 1000
MAX_BEHIND = 500  # frames a stream keeps for its consumer: ten seconds
NAME_WITHIN_S = 5.0  # for the UUID to arrive

_HANGUP, _UUID, _DTMF, _AUDIO, _ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF


class BadFrame(Exception):
    """The peer does not speak AudioSocket with 8 kHz audio, or no longer does. The text holds no data."""


class Frame(NamedTuple):
    """`at` is monotonic time in seconds; `pcm` as the module says."""

    at: float
    pcm: bytes


class AudioReader:
    """The wire format without I/O: first a UUID, then audio."""

    def __init__(self) -> None:
        self.tap_id: str | None = None
        self.ended = False  # the peer said so
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The audio that `data` completes. Raises `BadFrame`; use no reader further that did."""
        self._buffer += data
        while not self.ended and len(self._buffer) >= 3:
            kind, length = self._buffer[0], int.from_bytes(self._buffer[1:3], "big")
            if length > MAX_PAYLOAD:
                raise BadFrame(f"a frame of {length} bytes, at most {MAX_PAYLOAD} expected")
            if len(self._buffer) < 3 + length:
                return
            payload = bytes(self._buffer[3 : 3 + length])
            del self._buffer[: 3 + length]
            if self.tap_id is None:
                self.tap_id = _uuid(kind, payload)
            elif kind == _AUDIO and length % 2 == 0:
                if payload:
                    yield payload
            elif kind in {_HANGUP, _ERROR}:
                self.ended = True
            elif kind != _DTMF:  # keys are nobody's business here
                raise BadFrame(f"a frame of kind 0x{kind:02x} with {length} bytes, audio expected")


def _uuid(kind: int, payload: bytes) -> str:
    if kind != _UUID or len(payload) != 16:
        raise BadFrame(f"a first frame of kind 0x{kind:02x} with {len(payload)} bytes, a UUID expected")
    return str(UUID(bytes=payload))


class TapStream:
    """The frames of one tap, in order, until it ends: `async for at, pcm in stream`. For one consumer.

    A consumer that falls more than `MAX_BEHIND` frames behind loses the oldest; `dropped` counts them.
    """

    def __init__(self, tap_id: str) -> None:
        self.tap_id, self.dropped, self.received = tap_id, 0, 0
        self.ended = False
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()

    def put(self, frame: Frame) -> None:
        if len(self._frames) == MAX_BEHIND:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
        self.received += 1
        self._news.set()

    def end(self) -> None:
        """No more frames will come; those that are there can still be read."""
        self.ended = True
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[Frame]:
        while True:
            while self._frames:
                yield self._frames.popleft()
            if self.ended:
                return
            self._news.clear()
            await self._news.wait()


class AudioServer:
    """Listens for Asterisk's audio connections; each must name a tap that is expected, once."""

    def __init__(self, host: str, port: int, clock: Clock) -> None:
        self.host, self.port = host, port
        self._clock = clock
        self._expected: dict[str, TapStream] = {}
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; with port 0 `port` then says which was free. Raises `Problem` when the port is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Connection(self), self.host, self.port)
        except OSError as error:
            raise Problem(
                f"cannot listen for audio: {error.strerror}",
                place=f"{self.host}:{self.port}",
                remedy="Choose another audio_port, or 0 for any free one",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and end every tap."""
        if self._server is not None:
            self._server.close()
            for connection in list(self._connections):
                connection.abort()
            await self._server.wait_closed()
        for tap_id in list(self._expected):
            self.forget(tap_id)

    def expect(self, tap_id: str) -> TapStream:
        """Let a connection that names `tap_id` (a UUID) in, and hand its frames to the returned stream."""
        stream = self._expected[tap_id] = TapStream(tap_id)
        return stream

    def forget(self, tap_id: str) -> None:
        """Whoever comes with this id from now on is refused; a stream that never began ends."""
        if (stream := self._expected.pop(tap_id, None)) is not None:
            stream.end()

    def admit(self, tap_id: str) -> TapStream:
        """The stream of a tap that connects now. Raises `BadFrame` for one that nobody expects."""
        stream = self._expected.pop(tap_id, None)
        if stream is None:
            raise BadFrame("a tap that nobody expects")
        return stream

    def now(self) -> float:
        return self._clock.monotonic()

    def opened(self, connection: _Connection) -> bool:
        """Count a connection in; False when there are too many."""
        if len(self._connections) >= MAX_CONNECTIONS:
            return False
        self._connections.add(connection)
        return True

    def closed(self, connection: _Connection) -> None:
        self._connections.discard(connection)


class _Connection(asyncio.Protocol):
    """One connection of Asterisk's: names its tap, then brings frames until it ends as EOF or reset."""

    def __init__(self, server: AudioServer) -> None:
        self._server = server
        self._reader = AudioReader()
        self._stream: TapStream | None = None
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._server.opened(self):
            self._refuse(f"more than {MAX_CONNECTIONS} connections")
            return
        self._deadline = asyncio.get_running_loop().call_later(
            NAME_WITHIN_S, self._refuse, f"no UUID within {NAME_WITHIN_S:g} s"
        )

    def data_received(self, data: bytes) -> None:
        now = self._server.now()
        try:
            for pcm in self._reader.feed(data):
                self._named().put(Frame(now, pcm))
            if self._reader.tap_id is not None:
                self._named()
        except BadFrame as bad:
            self._refuse(str(bad))
        if self._reader.ended:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.closed(self)
        if self._deadline is not None:
            self._deadline.cancel()
        if self._stream is not None:
            self._stream.end()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _named(self) -> TapStream:
        if self._stream is None:
            self._stream = self._server.admit(self._reader.tap_id or "")
            if self._deadline is not None:
                self._deadline.cancel()
        return self._stream

    def _refuse(self, why: str) -> None:
        peer = self._transport.get_extra_info("peername") if self._transport is not None else None
        log.warning("audio connection from %s closed: %s", peer[0] if peer else "nowhere", why)
        self.abort()
