"""Thousands of websocket clients in a process of their own, cheap enough that the server is what is measured.

Each is a bare asyncio protocol: it shakes hands, subscribes, and from every text frame takes two numbers, the moment it
was sent (`"sent":`) and its offset. Clocks are the machine's monotonic one, which all its processes share.
"""

from __future__ import annotations

import asyncio
import base64
import os
import resource
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from core.events import Event

AT_ONCE = 100  # handshakes under way
DEFLATE = "permessage-deflate; client_max_window_bits"


class Sent(Event, frozen=True, kw_only=True):
    """What is measured with: about as large as a change of an agent's state."""

    sent: float  # monotonic seconds
    device: str = "PJSIP/1001"
    presence: str = "on_call"
    reason: str = ""
    note: str = "a state as long as a state usually is, with a few words in it"


@dataclass
class Heard:
    """What one client got."""

    delays: list[float] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    epoch: str = ""
    bytes: int = 0  # after the handshake, as they came


class Client(asyncio.Protocol):
    """One connection. `subscribe` is what it says first; `heard` outlives it. `deflate`: it understands compression."""

    def __init__(
        self, url: str, subscribe: bytes, heard: Heard, open_: asyncio.Future[None], *, deflate: bool = False
    ) -> None:
        self._url, self._subscribe, self._heard, self._open = urlsplit(url), subscribe, heard, open_
        self._deflate, self._alone, self._inflater = deflate, False, zlib.decompressobj(-15)
        self._buffer = b""
        self._greeted = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        path = f"{self._url.path or '/'}?{self._url.query}"
        more = f"Sec-WebSocket-Extensions: {DEFLATE}\r\n" if self._deflate else ""
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._buffer += data
        if not self._greeted:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._fail(ConnectionError(head.decode(errors="replace")))
                return
            self._greeted, self._buffer = True, rest
            self._alone = b"server_no_context_takeover" in head
            if self._subscribe:
                self._write(1, self._subscribe)
            else:
                self._ready()
        self._frames(now)

    def _frames(self, now: float) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 0x7F, at + 2
            if length == 126:
                if len(buffer) - at < 4:
                    break
                length, start = struct.unpack_from("!H", buffer, at + 2)[0], at + 4
            if len(buffer) < start + length:
                break
            payload = buffer[start : start + length]
            self._heard.bytes += start + length - at
            self._frame(buffer[at] & 0x0F, self._inflated(payload) if buffer[at] & 0x40 else payload, now)
            at = start + length
        self._buffer = buffer[at:]

    def _inflated(self, payload: bytes) -> bytes:
        if self._alone:
            self._inflater = zlib.decompressobj(-15)
        return self._inflater.decompress(payload + b"\0\0\xff\xff")

    def _frame(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == 9:  # a ping
            self._write(10, payload)
        elif opcode == 1:
            place = payload.find(b'"sent":')
            if place >= 0:
                self._heard.delays.append(now - _number(payload, place + 7))
                self._heard.offsets.append(int(_number(payload, payload.find(b'"offset":') + 9)))
            elif b'"subscribed"' in payload:
                self._heard.epoch = payload.partition(b'"epoch":"')[2].partition(b'"')[0].decode()
                self._ready()

    def _write(self, opcode: int, payload: bytes) -> None:
        assert self.transport is not None
        head = bytes([0x80 | opcode, 0x80 | len(payload)]) if len(payload) < 126 else b""
        if not head:
            head = bytes([0x80 | opcode, 0xFE]) + struct.pack("!H", len(payload))
        self.transport.write(head + b"\0\0\0\0" + payload)  # a mask of zeros changes nothing

    def _ready(self) -> None:
        if not self._open.done():
            self._open.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self._open.done():
            self._open.set_exception(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionError("closed before it stood"))


def _number(payload: bytes, place: int) -> float:
    end = place
    while payload[end] in b"0123456789.e+-":
        end += 1
    return float(payload[place:end])


class Crowd:
    """Clients that come, go, and come back with what they know."""

    def __init__(self, subject: str, size: int, *, deflate: bool = False) -> None:
        self._subject, self._deflate = subject, deflate
        self.heard = [Heard() for _ in range(size)]
        self._clients: list[Client] = []

    async def connect(self, urls: Sequence[str]) -> None:
        """Each with its URL; with the place it knows, if it knows one. Returns when all are subscribed."""
        room = asyncio.Semaphore(AT_ONCE)
        self._clients = list(
            await asyncio.gather(*(self._one(*each, room) for each in zip(urls, self.heard, strict=True)))
        )

    async def _one(self, url: str, heard: Heard, room: asyncio.Semaphore) -> Client:
        message = b""
        if self._subject:
            known = f',"epoch":"{heard.epoch}","offset":{heard.offsets[-1] if heard.offsets else 0}'
            message = f'{{"type":"subscribe","subject":"{self._subject}"{known if heard.epoch else ""}}}'.encode()
        async with room:
            loop = asyncio.get_running_loop()
            stands: asyncio.Future[None] = loop.create_future()
            place = urlsplit(url)
            async with asyncio.timeout(60):
                _, client = await loop.create_connection(
                    lambda: Client(url, message, heard, stands, deflate=self._deflate),
                    place.hostname or "",
                    place.port or 0,
                )
                await stands
        return client

    def drop(self) -> None:
        """All at once, without a word."""
        for client in self._clients:
            if client.transport is not None:
                client.transport.abort()


def raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve_crowd(pipe: Connection, subject: str, size: int, deflate: bool = False) -> None:
    """The process: obeys `connect` (with urls), `drop`, `fewest`, `bytes` and `report`, each answered."""
    raise_file_limit()
    asyncio.run(_obey(pipe, Crowd(subject, size, deflate=deflate)))


async def _obey(pipe: Connection, crowd: Crowd) -> None:
    while True:
        word, value = await asyncio.to_thread(pipe.recv)
        answer: Any = None
        if word == "connect":
            began = time.monotonic()
            await crowd.connect(value)
            answer = time.monotonic() - began
        elif word == "drop":
            crowd.drop()
        elif word == "fewest":
            answer = min(len(heard.offsets) for heard in crowd.heard)
        elif word == "bytes":
            answer = sum(heard.bytes for heard in crowd.heard)
        elif word == "report":
            answer = [(heard.delays, heard.offsets) for heard in crowd.heard]
        pipe.send(answer)
