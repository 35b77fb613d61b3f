"""A manager interface that a test plays: says what it is told to, and keeps what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from telephony.ami.connection import Address
from telephony.ami.wire import encode

Block = Mapping[str, str | Sequence[str]]
Answer = Callable[[dict[str, str]], Sequence[Block] | None]

SECRET = "s3cret-of-the-test"
ALLOWED = ("Originate", "Redirect", "Hangup", "AGI", "Ping")


class FakeAmi:
    """Use as `async with FakeAmi() as pbx`. `answers` maps an action to its blocks; None means silence."""

    def __init__(self, *, greeting: bytes = b"Asterisk Call Manager/11.0.0\r\n", booted: bool = True) -> None:
        self.greeting, self.booted = greeting, booted
        self.heard: list[dict[str, str]] = []
        self.answers: dict[str, Answer] = {
            "Login": self._login,
            "ListCommands": lambda action: [{"Response": "Success", **dict.fromkeys(ALLOWED, "(Priv: all)")}],
            "Ping": lambda action: [{"Response": "Success", "Ping": "Pong"}],
        }
        self.silent = False  # half-open: connected, and never a byte again
        self.connections = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self.port, "ml", SECRET)

    async def __aenter__(self) -> FakeAmi:
        await self.listen()
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.vanish()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def vanish(self) -> None:
        """As a killed Asterisk: every connection reset, nobody listening."""
        if self._server is not None:
            self._server.close()
        self.drop()

    def drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def say(self, *blocks: Block) -> None:
        self.raw(b"".join(encode(block) for block in blocks))

    def raw(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    def actions(self, name: str) -> list[dict[str, str]]:
        return [action for action in self.heard if action["Action"] == name]

    def _login(self, action: dict[str, str]) -> list[Block]:
        if action.get("Secret") != SECRET:
            return [{"Response": "Error", "Message": "Authentication failed"}]
        answer: list[Block] = [{"Response": "Success", "Message": "Authentication accepted"}]
        return [*answer, {"Event": "FullyBooted", "Status": "Fully Booted"}] if self.booted else answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            writer.write(self.greeting)
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode().strip()
                action = dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line)
                self.heard.append(action)
                answer = self.answers.get(action["Action"], lambda action: None)(action)
                if answer is not None and not self.silent:
                    for block_ in answer:
                        own = {} if block_.get("Event") == "FullyBooted" else {"ActionID": action["ActionID"]}
                        writer.write(encode({**block_, **own}))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side went: what a test wants to see is on that side
        finally:
            self._writers.discard(writer)
            writer.close()
