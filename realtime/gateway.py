"""The gateway: browsers connect with a ticket, subscribe to subjects, and get every event once, in order.

An event goes from `Bus.publish` to the sockets in one function call, encoded once for all its listeners. Nobody is
waited for: who cannot keep up is cut off with `CLOSE_SLOW`, comes back, and recovers. The protocol is told in
`realtime.protocol`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.typing import Origin

from core.access import User
from core.bus import Bus, Delivery, Position
from core.clock import Clock, SystemClock
from core.errors import BusGone, Problem
from core.events import Event, encode
from core.following import tell
from core.tasks import TaskOwner
from realtime import protocol
from realtime.protocol import Bye, Hello, Pushed, Refused, Subscribe, Subscribed, Unsubscribed
from realtime.subjects import SessionEnded, may_listen, resolve, watched
from realtime.tickets import Pass, Tickets
from records.events import DeskConnected

log = logging.getLogger(__name__)


Onlooker = Callable[[User, str, Event | None], None]
"""Is told who listens to somebody else's desk, or to the wall (its subject), and each event of it that they are sent;
None: they begin. Returns at once."""


@dataclass(frozen=True)
class Limits:
    """Where the gateway's patience ends. Times in seconds, sizes in bytes."""

    connections: int = 10_000
    message_bytes: int = 64 * 1024  # a client's message; larger: closed with 1009
    subscriptions: int = 50  # of one connection
    nonsense: int = 20  # messages of one connection that made no sense
    buffer_bytes: int = 1024 * 1024  # written to a client and not yet taken by its network
    write_s: float = 10.0  # the same, in time: how long a client may stay above `relaxed_bytes`
    relaxed_bytes: int = 64 * 1024
    joining: int = 1_000  # new events of a subject while its past is being sent
    open_s: float = 10.0  # from the connection to the end of its handshake, TLS apart
    ping_s: float = 20.0  # between pings, and until a pong must have come
    close_s: float = 3.0  # for the closing handshake, then the connection is dropped
    return_per_s: float = 200.0  # clients that come back each second after a planned end
    return_most_s: float = 30.0


class _Client:
    """One connection. `waiting_bytes`: what was written to it and its network has not taken yet."""

    __slots__ = ("broken", "holder", "lagging", "nonsense", "protocol", "socket", "subjects", "waiting_bytes", "write")

    def __init__(self, socket: ServerConnection, holder: Pass) -> None:
        self.socket, self.holder = socket, holder
        self.subjects: set[str] = set()
        self.lagging: asyncio.TimerHandle | None = None
        self.nonsense = 0
        # The hot path's own way to what it needs of each of thousands.
        self.protocol = socket.protocol
        self.write: Callable[[bytes], None] = socket.transport.write
        self.waiting_bytes: Callable[[], int] = socket.transport.get_write_buffer_size
        self.broken: Callable[[], bool] = socket.transport.is_closing

    @property
    def open(self) -> bool:
        """Whether what is written now can still arrive."""
        return self.protocol.state is State.OPEN and not self.broken()


@dataclass(eq=False)
class _Room:
    """Who listens to one subject: those that are up to date, and those still being sent what they missed."""

    leave_bus: Callable[[], None]
    live: set[_Client] = field(default_factory=set)
    joining: dict[_Client, deque[tuple[Position, bytes]]] = field(default_factory=dict)
    onlookers: set[_Client] = field(default_factory=set)  # those of them whose looks are on record


class Gateway:
    """Serves websockets on `host`:`port` (0: any free port) until stopped; with `tls`, over TLS.

    `origins` are the pages that may connect (`http://127.0.0.1:8000`); a client that is no browser sends no Origin
    and is let in by its ticket alone.
    """

    def __init__(
        self,
        bus: Bus,
        tickets: Tickets,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        origins: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        limits: Limits | None = None,
        onlooker: Onlooker = lambda user, subject, event: None,
    ) -> None:
        self._onlooker = onlooker
        self._bus, self._tickets, self._origins = bus, tickets, origins
        self._host, self._asked_port, self._tls = host, port, tls
        self._clock = clock or SystemClock()
        self._limits = limits or Limits()
        self._rooms: dict[str, _Room] = {}
        self._clients: set[_Client] = set()
        self._desks: Counter[str] = Counter()  # connections by agent
        self._untold: dict[str, bool] = {}  # whose desk came or went, and is not known yet
        self._news, self._all_told = asyncio.Event(), asyncio.Event()
        self._tasks = TaskOwner("gateway")
        self._server: Server | None = None
        self._leave_bus: Callable[[], None] = lambda: None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        assert self._server is not None, "the gateway is not started"
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        return len(self._clients)

    async def start(self) -> None:
        """Listen; raises `Problem` where the port is taken or the address is not this machine's."""
        limits = self._limits
        try:
            self._server = await serve(
                self._converse,
                self._host,
                self._asked_port,
                origins=[None, *(Origin(origin) for origin in self._origins)],
                process_request=self._admit,
                compression=None,  # costs each client its memory and each message its time
                max_size=limits.message_bytes,
                ping_interval=limits.ping_s,
                ping_timeout=limits.ping_s,
                close_timeout=limits.close_s,
                open_timeout=limits.open_s,
                server_header=None,
                ssl=self._tls,
            )
        except OSError as error:
            raise Problem(
                f"the gateway cannot listen on {self._host}:{self._asked_port}: {error.strerror}",
                remedy="Stop what uses that port, or set gateway_port to another",
            ) from error
        self._leave_bus = self._bus.listen("session.*", self._let_go)
        self._tasks.start(self._tell_desks(), name="desks")

    async def stop(self) -> None:
        """Tell every client to come back later (1001) and end; who does not answer in time is dropped."""
        if self._server is None:
            return
        self._leave_bus()
        self._say_bye()
        self._server.close(code=CloseCode.GOING_AWAY, reason="the gateway stops; come back")
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._server.wait_closed()
        except TimeoutError:
            for client in self._clients:
                client.socket.transport.abort()
            await self._server.wait_closed()
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._all_told.wait()
        except TimeoutError:
            log.warning("the bus is away: that the desks here are gone stays untold")
        await self._tasks.stop()

    def _say_bye(self) -> None:
        """Tell each client when to come back: all of them within a span that grows with their number."""
        span_s = min(self._limits.return_most_s, len(self._clients) / self._limits.return_per_s)
        for place, client in enumerate(self._clients):
            bye = encode(Bye(return_after_s=round(span_s * place / max(len(self._clients), 1), 2)))
            if client.open:
                client.write(_framed(bye))

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if len(self._clients) >= self._limits.connections:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The gateway is full. Try again later.\n")
        return None

    async def _converse(self, socket: ServerConnection) -> None:
        """One client, from its ticket to its end."""
        assert socket.request is not None
        asked = parse_qs(urlsplit(socket.request.path).query)
        version = _version(asked.get("v", ["1"])[0])
        if version is None:
            await socket.close(protocol.CLOSE_VERSION, "no version of the protocol in common: load the page anew")
            return
        holder = self._tickets.redeem(asked.get("ticket", [""])[0])
        if holder is None:  # after the handshake, because a browser is not shown a refused one's reason
            await socket.close(protocol.CLOSE_TICKET, "the ticket is unknown, used or too old: get a new one")
            return
        client = _Client(socket, holder)
        self._come(client)
        end = asyncio.get_running_loop().call_later(holder.lasts_s, self._close, client, *_SIGNED_OUT)
        try:
            await self._answer(client, Hello(version=version, user=holder.user))
            async for frame in socket:
                await self._take(client, frame)
        except ConnectionClosed:
            log.debug("a client of %s is gone", holder.user.agent_id)
        except BusGone:  # what it missed cannot be said now: it comes back and asks again
            self._close(client, CloseCode.TRY_AGAIN_LATER, "the bus is away: come back")
        finally:
            end.cancel()
            if client.lagging is not None:
                client.lagging.cancel()
            for subject in tuple(client.subjects):
                self._leave(client, subject)
            self._clients.discard(client)
            self._go(holder.user.agent_id)

    def _come(self, client: _Client) -> None:
        """Somebody's desk is there with the first of its connections."""
        self._clients.add(client)
        agent_id = client.holder.user.agent_id
        self._desks[agent_id] += 1
        if self._desks[agent_id] == 1:
            self._desk(agent_id, True)

    def _go(self, agent_id: str) -> None:
        self._desks[agent_id] -= 1
        if self._desks[agent_id] == 0:
            del self._desks[agent_id]
            self._desk(agent_id, False)

    def _desk(self, agent_id: str, there: bool) -> None:
        self._untold[agent_id] = there
        self._all_told.clear()
        self._news.set()

    async def _tell_desks(self) -> None:
        """Say whose desk is there and whose is not: the latest of each, also where the bus was away."""
        while True:
            self._all_told.set()
            await self._news.wait()
            self._news.clear()
            while self._untold:
                agent_id, there = next(iter(self._untold.items()))
                del self._untold[agent_id]
                event = DeskConnected(at=self._clock.now(), agent_id=agent_id, there=there)
                await tell(self._bus, f"desk.{agent_id}", event, kept=False)

    async def _take(self, client: _Client, frame: str | bytes) -> None:
        """Do what one message asks; say what is wrong with it where that is not possible."""
        if isinstance(frame, bytes):
            self._close(client, CloseCode.UNSUPPORTED_DATA, "messages are JSON in text frames")
            return
        try:
            message = protocol.decode(frame)
        except (msgspec.MsgspecError, UnicodeError) as error:
            client.nonsense += 1
            if client.nonsense > self._limits.nonsense:
                self._close(client, protocol.CLOSE_NONSENSE, "too many messages that made no sense")
                return
            unknown = "$.type" in str(error)
            await self._answer(
                client,
                Refused(
                    code="unknown_type" if unknown else "malformed",
                    message=f'{error}. Expected {{"type": "subscribe" or "unsubscribe", "subject": …}}',
                ),
            )
            return
        subject = resolve(message.subject, client.holder.user)
        if isinstance(message, Subscribe):
            await self._subscribe(client, subject, message)
        else:
            self._leave(client, subject)
            await self._answer(client, Unsubscribed(subject=subject))

    async def _subscribe(self, client: _Client, subject: str, message: Subscribe) -> None:
        if not may_listen(subject, client.holder.user):
            text = f"{client.holder.user.role} may not listen to this subject"
            await self._answer(client, Refused(code="not_allowed", message=text, subject=subject))
            return
        self._leave(client, subject)
        if len(client.subjects) >= self._limits.subscriptions:
            text = f"at most {self._limits.subscriptions} subjects a connection: unsubscribe from one first"
            await self._answer(client, Refused(code="too_many_subscriptions", message=text, subject=subject))
            return
        client.subjects.add(subject)
        room = self._rooms.get(subject)
        if room is None:
            room = self._rooms[subject] = _Room(self._bus.listen(subject, self._hand_on))
        if watched(subject, client.holder.user):
            room.onlookers.add(client)
            self._onlooker(client.holder.user, subject, None)
        new = room.joining[client] = deque()  # from here on nothing is lost: what is published now waits in it

        known = Position(message.epoch, message.offset)
        missed = await self._bus.since(subject, known) if message.epoch else None
        if missed is None:
            here = await self._bus.position(subject)
        else:
            here = missed[-1].position if missed else known
        answer = Subscribed(subject=subject, recovered=missed is not None, epoch=here.epoch, offset=here.offset)
        await self._answer(client, answer)
        if client in room.onlookers:
            for delivery in missed or ():
                self._onlooker(client.holder.user, subject, delivery.event)
        await self._send(client, (_frame(delivery) for delivery in missed or ()))
        while new:
            await self._send(client, _newer(new, here))
        if room.joining.pop(client, None) is new:
            room.live.add(client)

    def _leave(self, client: _Client, subject: str) -> None:
        room = self._rooms.get(subject)
        if room is None:
            return
        client.subjects.discard(subject)
        room.live.discard(client)
        room.joining.pop(client, None)
        room.onlookers.discard(client)
        if not room.live and not room.joining:
            room.leave_bus()
            del self._rooms[subject]

    def _hand_on(self, delivery: Delivery) -> None:
        """The hot path: one event from the bus to everybody who listens."""
        room = self._rooms[delivery.subject]
        frame = _frame(delivery)
        framed = _framed(frame)  # the same bytes for all
        relaxed = self._limits.relaxed_bytes
        lagging = []
        for client in room.live:
            if client.protocol.state is State.OPEN and not client.broken():
                client.write(framed)
                if client.waiting_bytes() > relaxed:
                    lagging.append(client)
        for client in room.onlookers:
            self._onlooker(client.holder.user, delivery.subject, delivery.event)
        for client in lagging:
            self._lags(client)
        for client, new in tuple(room.joining.items()):
            if len(new) >= self._limits.joining:
                self._close(client, *_SLOW)
            elif delivery.kept:
                new.append((delivery.position, frame))

    def _lags(self, client: _Client) -> None:
        if client.waiting_bytes() > self._limits.buffer_bytes:
            self._close(client, *_SLOW)
        elif client.lagging is None:
            loop = asyncio.get_running_loop()
            client.lagging = loop.call_later(self._limits.write_s, self._still_lags, client)

    def _still_lags(self, client: _Client) -> None:
        client.lagging = None
        if client.waiting_bytes() > self._limits.relaxed_bytes:
            self._close(client, *_SLOW)

    async def _answer(self, client: _Client, message: protocol.ServerMessage) -> None:
        await self._send(client, (encode(message),))

    async def _send(self, client: _Client, frames: Iterable[bytes]) -> None:
        """To one client, in few writes: thousands that come back at once miss much each."""
        together: list[bytes] = []
        size = 0
        for frame in frames:
            together.append(frame)
            size += len(frame)
            if size >= self._limits.relaxed_bytes:
                await self._send_together(client, together)
                together, size = [], 0
        if together:
            await self._send_together(client, together)

    async def _send_together(self, client: _Client, frames: Sequence[bytes]) -> None:
        """Waits for the client's network as long as `write_s`; raises `ConnectionClosed` where it is gone."""
        *first, last = frames
        if first and client.open:
            client.write(b"".join(_framed(frame) for frame in first))
        try:
            async with asyncio.timeout(self._limits.write_s):
                await client.socket.send(last, text=True)
        except TimeoutError:
            self._close(client, *_SLOW)

    def _let_go(self, delivery: Delivery) -> None:
        if isinstance(delivery.event, SessionEnded):
            self._tickets.revoke(delivery.event.session)
            for client in tuple(self._clients):
                if client.holder.session == delivery.event.session:
                    self._close(client, *_SIGNED_OUT)

    def _close(self, client: _Client, code: int, reason: str) -> None:
        """Stop sending at once, then close, whatever the client does about it."""
        for subject in tuple(client.subjects):
            self._leave(client, subject)
        if client in self._clients:
            self._clients.discard(client)
            log.info("closing a connection of %s: %d %s", client.holder.user.agent_id, code, reason)
            self._tasks.start(self._close_within_limit(client.socket, code, reason), name="close")

    async def _close_within_limit(self, socket: ServerConnection, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._limits.close_s):
                await socket.close(code, reason)
        except TimeoutError:  # its buffer is full, so that not even the close frame gets out
            socket.transport.abort()


def _version(asked: str) -> int | None:
    """The newest version that both speak; None where there is none."""
    known = [version for version in protocol.VERSIONS if str(version) in asked.split(",")]
    return max(known, default=None)


_SLOW = (protocol.CLOSE_SLOW, "too slow to take what was sent: come back and recover")
_SIGNED_OUT = (protocol.CLOSE_SIGNED_OUT, "the session ended: sign in again")


def _newer(new: deque[tuple[Position, bytes]], here: Position) -> Iterator[bytes]:
    """What waits in `new` beyond `here`, taken out as it is asked for."""
    while new:
        position, frame = new.popleft()
        if position.epoch != here.epoch or position.offset > here.offset:
            yield frame


def _framed(message: bytes) -> bytes:
    """As it goes over the wire. Every message is one whole frame, so it fits between any two of the library's own."""
    return Frame(Opcode.TEXT, message).serialize(mask=False)


def _frame(delivery: Delivery) -> bytes:
    position = delivery.position
    return encode(
        Pushed(
            subject=delivery.subject,
            epoch=position.epoch,
            offset=position.offset,
            event=delivery.event,
            kept=delivery.kept,
        )
    )
