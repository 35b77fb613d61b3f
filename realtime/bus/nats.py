"""The bus over NATS JetStream: several processes and machines, one history.

Everything kept goes into one stream, which republishes what it has stored, with its number there; every process follows
that one line of messages, in order, and fetches what is missing in it from the stream. So a process hears each event
once and in the order of the stream, also after NATS was gone.

Offsets are given by who publishes, and made safe by the stream: a message carries the number of its subject's last one,
and is refused where that is no longer the last. An epoch begins where a subject has no past in the stream.

    publish ─▶ <name>.in.<subject> ─▶ stream ─▶ <name>.out.in.<subject> ─▶ every process
    passing ────────────────────────────────▶ <name>.out.by.<subject> ─▶ every process
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg, RePublish, StreamConfig
from nats.js.errors import APIError, NotFoundError

from core.bus import Delivery, Position
from core.errors import BusGone, Problem, place_of
from core.events import Event
from core.ids import new_id
from core.tasks import TaskOwner
from realtime.bus.history import History
from realtime.bus.listening import BusSubscription, Listening
from realtime.bus.patterns import Listener, words_of
from realtime.bus.wire import decode, encode

log = logging.getLogger(__name__)

WITHIN_S = 5.0  # for whatever is asked of NATS
KEPT_S = 24 * 3600.0
PENDING = 100_000  # messages that came and were not handed on yet; beyond, they are fetched again
_WRONG_LAST = 10071  # JetStream: the subject's last message is another one by now
_TRIES = 20
_CACHE = 50_000

EPOCH, OFFSET, MESSAGE = "Memberline-Epoch", "Memberline-Offset", "Memberline-Message"


class _Last(NamedTuple):
    """A subject's last message: its place, and its number in the stream (0: there is none)."""

    position: Position
    number: int


class NatsBus:
    """Engine of `core.bus.Bus` over the NATS server at `url`. `name` begins its subjects; `keep`…: see `History`."""

    def __init__(self, url: str, *, name: str = "memberline", keep: int = 1_000, keep_total: int = 50_000) -> None:
        self._url, self._name, self._keep, self._keep_total = url, name, keep, keep_total
        self._history = History(keep=keep, keep_total=keep_total)
        self._listening = Listening()
        self._last: OrderedDict[str, _Last] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._number = 0  # of the last message that was handed on here
        self._made = ""  # when the stream was made: another stream, another history
        self._heard: dict[int | str, list[asyncio.Future[None]]] = {}  # who waits until a message was handed on here
        self._tasks = TaskOwner("bus")
        self._nats: Client | None = None
        self._back = asyncio.Event()
        self._in_order = asyncio.Lock()  # one hands on at a time

    @property
    def _stream(self) -> str:
        return self._name.upper()

    async def start(self) -> None:
        """Connect, and make the stream where it is not there; raises `Problem` where that cannot be."""
        try:
            async with asyncio.timeout(WITHIN_S):  # without it the first connection, too, is tried for ever
                self._nats = await nats.connect(
                    self._url,
                    connect_timeout=WITHIN_S,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.2,
                    ping_interval=5,
                    max_outstanding_pings=2,
                    pending_size=0,  # what cannot be sent now is refused, not kept for later
                    reconnected_cb=self._reconnected,
                    disconnected_cb=self._disconnected,
                    error_cb=self._complain,
                    allow_reconnect=True,
                )
        except (NatsError, OSError, TimeoutError) as error:
            raise Problem(f"NATS cannot be reached at {self._url}", place="bus_url", remedy="Is it running?") from error
        self._js: JetStreamContext = self._nats.jetstream(timeout=WITHIN_S)
        line = await self._nats.subscribe(f"{self._name}.out.>", pending_msgs_limit=PENDING)
        try:
            await self._look_at_stream(first=True)
        except (NatsError, TimeoutError) as error:
            await self.stop()
            raise Problem(
                f"NATS has no JetStream for us: {error}", place="bus_url", remedy="Start it with -js"
            ) from error
        self._tasks.start(self._follow(line), name="follow")
        self._tasks.start(self._return(), name="return")

    async def stop(self) -> None:
        await self._tasks.stop()
        if self._nats is not None:
            await self._nats.close()

    # --- the protocol ---------------------------------------------------------------------------

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        """As the protocol says; raises `Problem` where NATS does not take it within 5 s."""
        words_of(subject, wildcards=False)
        try:
            async with asyncio.timeout(WITHIN_S):
                return await (self._publish(subject, event) if kept else self._pass(subject, event))
        except (NatsError, TimeoutError, OSError) as error:
            raise self._gone(error) from error

    def listen(self, pattern: str, listener: Listener) -> Callable[[], None]:
        return self._listening.listen(pattern, listener)

    def subscribe(self, pattern: str, *, bound: int = 10_000) -> BusSubscription:
        return self._listening.subscribe(pattern, bound=bound)

    async def position(self, subject: str) -> Position:
        known = self._history.get(subject)
        if known:
            return known.position
        try:
            async with asyncio.timeout(WITHIN_S):
                return (await self._ask_last(subject)).position
        except (NatsError, TimeoutError, OSError) as error:
            raise self._gone(error) from error

    async def since(self, subject: str, position: Position) -> Sequence[Delivery] | None:
        known = self._history.get(subject)
        if known is not None and (missed := known.since(position)) is not None:
            return missed
        try:
            async with asyncio.timeout(WITHIN_S):
                last = await self._ask_last(subject)
                count = last.position.offset - position.offset
                if last.position.epoch != position.epoch or not 0 <= count <= self._keep:
                    return None
                past = await self._past(subject, position, last) if count else []
                # What was read from the stream may not have been handed on here yet: who listens would hear it twice.
                await self._comes_back(last.number, last.number <= self._number)
                return past
        except (NatsError, TimeoutError, OSError) as error:
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> BusGone:
        return BusGone(
            f"the bus cannot be reached: {type(error).__name__}",
            place=self._url,
            remedy="It is tried again by itself",
        )

    # --- publishing -----------------------------------------------------------------------------

    async def _publish(self, subject: str, event: Event) -> Position:
        data, message_id = encode(event), new_id()
        async with self._locks.setdefault(subject, asyncio.Lock()):
            for _ in range(_TRIES):
                last = self._last.get(subject) or await self._ask_last(subject)
                place = Position(last.position.epoch, last.position.offset + 1)
                headers = {
                    EPOCH: place.epoch,
                    OFFSET: str(place.offset),
                    "Nats-Msg-Id": message_id,  # sent twice, stored once
                    "Nats-Expected-Last-Subject-Sequence": str(last.number),
                }
                try:
                    stored = await self._js.publish(f"{self._name}.in.{subject}", data, headers=headers)
                except APIError as error:
                    if error.err_code != _WRONG_LAST:
                        raise
                    self._last.pop(subject, None)  # another process was quicker
                    continue
                _cancel_if_asked()
                self._remember(subject, _Last(place, stored.seq))
                await self._comes_back(stored.seq, stored.seq <= self._number)
                return place
        raise Problem(f"{subject}: too many publish at once")

    async def _pass(self, subject: str, event: Event) -> Position:
        assert self._nats is not None
        here, message_id = await self.position(subject), new_id()
        headers = {EPOCH: here.epoch, OFFSET: str(here.offset), MESSAGE: message_id}
        await self._nats.publish(f"{self._name}.out.by.{subject}", encode(event), headers=headers)
        _cancel_if_asked()
        await self._comes_back(message_id, False)
        return here

    async def _comes_back(self, message: int | str, is_back: bool) -> None:
        """Wait until the message was handed on here: what was published is then heard, as with the other engine."""
        if is_back:
            return
        heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._heard.setdefault(message, [])
        waiting.append(heard)
        try:
            await heard
        finally:
            waiting.remove(heard)
            if not waiting:
                self._heard.pop(message, None)

    def _is_back(self, message: int | str) -> None:
        for heard in self._heard.get(message, ()):
            if not heard.done():
                heard.set_result(None)

    def _remember(self, subject: str, last: _Last) -> None:
        self._last[subject] = last
        self._last.move_to_end(subject)
        while len(self._last) > _CACHE:
            gone, _ = self._last.popitem(last=False)
            self._locks.pop(gone, None)

    async def _ask_last(self, subject: str) -> _Last:
        """The stream's last message of a subject; the beginning of an epoch where there is none."""
        first = 0
        for _ in range(2):
            try:
                message = await self._js.get_last_msg(self._stream, f"{self._name}.in.{subject}")
                return _Last(_place(message.headers), message.seq or 0)
            except NotFoundError:
                # Asked once more after this: the first message may be stored in between, in the epoch named so far.
                first = first or max(1, (await self._js.stream_info(self._stream)).state.first_seq)
        return _Last(Position(f"{self._made}-{first}", 0), 0)

    async def _past(self, subject: str, position: Position, last: _Last) -> Sequence[Delivery] | None:
        """The messages of one subject after `position`, from the stream; None where one of them is gone."""
        found: list[Delivery] = []
        number = 0
        while number < last.number:
            try:
                message = await self._next(number + 1, f"{self._name}.in.{subject}")
            except NotFoundError:
                break
            number = message.seq or last.number
            delivery = self._delivery(subject, message.headers, message.data)
            if delivery is None or delivery.position.epoch != position.epoch:
                continue
            if delivery.position.offset > position.offset:
                found.append(delivery)
        whole = [each.position.offset for each in found] == list(range(position.offset + 1, last.position.offset + 1))
        return found if whole else None

    async def _next(self, number: int, subject: str) -> RawStreamMsg:
        return await self._js.get_msg(self._stream, seq=number, subject=subject, next=True)

    # --- following ------------------------------------------------------------------------------

    async def _follow(self, line: NatsSubscription) -> None:
        """Every message of the line, in the stream's order, each once."""
        async for message in line.messages:
            number = int((message.headers or {}).get("Nats-Sequence", "0"))
            if number == 0:
                self._passes(message)
                continue
            async with self._in_order:
                if number > self._number + 1:
                    await self._fill(number - 1)
                if number == self._number + 1:
                    subject = message.subject.removeprefix(f"{self._name}.out.in.")
                    self._hand_on(number, subject, message.headers, message.data)

    async def _fill(self, up_to: int) -> None:
        """Fetch and hand on what the line left out. What the stream does not have any more is said to be lost."""
        while self._number < up_to:
            try:
                message = await self._next(self._number + 1, f"{self._name}.in.>")
            except NotFoundError:
                self._lost(up_to)
                return
            except (NatsError, TimeoutError) as error:
                log.warning("the bus cannot fetch what was missed yet: %s", type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            number = message.seq or 0
            if number > self._number + 1:
                self._lost(number - 1)
            self._hand_on(
                number, (message.subject or "").removeprefix(f"{self._name}.in."), message.headers, message.data
            )

    def _hand_on(self, number: int, subject: str, headers: dict[str, str] | None, data: bytes | None) -> None:
        self._number = number
        place = _place(headers)
        if (known := self._last.get(subject)) is None or known.number < number:
            self._remember(subject, _Last(place, number))
        delivery = self._delivery(subject, headers, data)
        if delivery is not None:
            stream = self._history.get(subject)
            if stream is None or (stream.position.epoch, stream.position.offset + 1) != (place.epoch, place.offset):
                stream = self._history.begin(subject, Position(place.epoch, place.offset - 1))
            self._history.add(stream, delivery)
            self._listening.deliver(delivery)
        self._is_back(number)

    def _passes(self, message: Msg) -> None:
        headers = message.headers or {}
        subject, event = message.subject.removeprefix(f"{self._name}.out.by."), _event(message.data)
        if event is not None:
            self._listening.deliver(Delivery(subject, _place(headers), event, kept=False))
        self._is_back(headers.get(MESSAGE, ""))

    def _delivery(self, subject: str, headers: dict[str, str] | None, data: bytes | None) -> Delivery | None:
        event = _event(data or b"{}")
        return None if event is None else Delivery(subject, _place(headers), event)

    def _lost(self, up_to: int) -> None:
        """Messages up to this number cannot be had any more."""
        log.error("the bus lost messages before number %d: who reads begins anew", up_to + 1)
        self._number = up_to
        self._last.clear()
        self._history.clear()
        self._listening.overflow()

    # --- the connection -------------------------------------------------------------------------

    async def _look_at_stream(self, *, first: bool = False) -> None:
        """See that the stream is there, and whether it is the one we knew."""
        try:
            info = await self._js.stream_info(self._stream)
        except NotFoundError:
            config = StreamConfig(
                name=self._stream,
                subjects=[f"{self._name}.in.>"],
                max_msgs_per_subject=self._keep,
                max_msgs=self._keep_total,
                max_age=KEPT_S,
                republish=RePublish(src=f"{self._name}.in.>", dest=f"{self._name}.out.in.>"),
            )
            info = await self._js.add_stream(config)
        made = str(info.created)
        if made != self._made:
            self._made = made
            if first:
                self._number = info.state.last_seq
            else:
                self._lost(0)
        await self._fill(info.state.last_seq)

    async def _return(self) -> None:
        """After NATS was gone: what was missed, also where nothing new comes."""
        while True:
            await self._back.wait()
            self._back.clear()
            try:
                async with self._in_order:
                    await self._look_at_stream()
            except (NatsError, TimeoutError) as error:
                log.warning("the bus's stream cannot be looked at yet: %s", type(error).__name__)
                await asyncio.sleep(0.5)
                self._back.set()

    async def _reconnected(self) -> None:
        log.info("the bus is back")
        self._back.set()

    async def _disconnected(self) -> None:
        log.warning("the bus is gone; it is tried again until it is back")

    async def _complain(self, error: Exception) -> None:
        log.debug("the bus: %s", type(error).__name__)


def _cancel_if_asked() -> None:
    """nats-py swallows a cancellation that comes while it flushes; without this the task would never end."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _event(data: bytes) -> Event | None:
    """None for what this process cannot read: a newer process may have given a known type another shape."""
    try:
        return decode(data)
    except msgspec.MsgspecError as error:
        log.error("an event that cannot be read is left out: %s", place_of(error))
        return None


def _place(headers: dict[str, str] | None) -> Position:
    known = headers or {}
    return Position(known.get(EPOCH, ""), int(known.get(OFFSET, "0")))
