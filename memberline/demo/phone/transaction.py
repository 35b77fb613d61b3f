"""Requests and their answers over UDP: repeated until answered, answered again when repeated (RFC 3261, section 17)."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from memberline.demo.phone.message import SipMessage, read

log = logging.getLogger(__name__)

FIRST_REPEAT_S, LAST_REPEAT_S = 0.5, 4.0
ANSWERS_KEPT = 256


class Wire(asyncio.DatagramProtocol):
    """A telephone's UDP socket. `on_request` is told each new request once; `on_stray` each answer nobody waits for."""

    def __init__(
        self,
        server: tuple[str, int],
        on_request: Callable[[SipMessage], None],
        on_stray: Callable[[SipMessage], None],
    ) -> None:
        self._server, self._on_request, self._on_stray = server, on_request, on_stray
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[tuple[str, str], asyncio.Queue[SipMessage]] = {}  # by branch and method
        self._answers: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self.port = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(data, self._server)

    def answer(self, request: SipMessage, data: bytes) -> None:
        """Send an answer, and again whenever its request is repeated."""
        self._answers[_transaction(request)] = data
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        self.send(data)

    async def request(
        self, data: bytes, within: float, on_provisional: Callable[[SipMessage], None] | None = None
    ) -> SipMessage:
        """Send until there is a final answer; raises TimeoutError after `within` seconds without one.

        Without a limit on how long it may ring, an INVITE is no longer repeated once it was heard.
        """
        message = read(data)
        assert message is not None
        key = _transaction(message)
        answers = self._waiting[key] = asyncio.Queue()
        pause, heard = FIRST_REPEAT_S, False
        try:
            async with asyncio.timeout(within):
                self.send(data)
                while True:
                    try:
                        answer = await asyncio.wait_for(answers.get(), None if heard else pause)
                    except TimeoutError:
                        self.send(data)
                        pause = min(2 * pause, LAST_REPEAT_S)
                        continue
                    if answer.status >= 200:
                        return answer
                    heard = message.method == "INVITE"
                    if on_provisional is not None:
                        on_provisional(answer)
        finally:
            del self._waiting[key]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = read(data)
        if message is None:
            return
        key = _transaction(message)
        if message.status:
            waiting = self._waiting.get(key)
            if waiting is None:
                self._on_stray(message)
            else:
                waiting.put_nowait(message)
        elif (answered := self._answers.get(key)) is not None and message.method != "ACK":
            self.send(answered)
        else:
            self._on_request(message)

    def error_received(self, exc: Exception) -> None:
        log.debug("nobody listens at %s:%d: %s", *self._server, exc)


def _transaction(message: SipMessage) -> tuple[str, str]:
    branch = message.header("via").partition("branch=")[2].partition(";")[0]
    return branch, message.sequence[1]
