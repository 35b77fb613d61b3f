"""A link to the PBX that stays: connected and logged in, or one clear `Problem`; down and back without anybody's help.

Two links are used. The listening one is the sole source of the trackers, and takes a snapshot each time it connects.
The acting one sends verbs and AGI commands, so that a slow verb never delays an event.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from core.errors import Problem, place_of
from core.tasks import TaskOwner
from telephony.ami.connection import Address, Connection, Fields
from telephony.ami.errors import ActionTimeout, LinkDown
from telephony.ami.masking import Mask

log = logging.getLogger(__name__)

S = TypeVar("S")

MAX_HELD = 20_000  # events that may arrive while a snapshot is taken


@dataclass(frozen=True)
class Patience:
    """How long the link waits, in seconds. A dead connection is noticed within `ping_every + ping_within`."""

    connect: float = 30.0
    snapshot: float = 30.0
    ping_every: float = 5.0
    ping_within: float = 9.0
    retry_first: float = 0.25
    retry_most: float = 10.0


class AmiLink(Generic[S]):
    """`on_event` gets every (masked) event in order, synchronously; what it raises is logged and harms nothing.

    With `snapshot`, each connection begins with `on_connected(await snapshot(connection))`; the events that arrived
    meanwhile follow it, all of them, in order. Why that gives the right state: the events are held from the login on,
    before the first list is asked for. A change that happened before a list was made is in the list; its event may
    come after it all the same, and is then applied a second time. A change that happened after is in the events. As
    each event states what now is (not by how much something changed), and the events run without a gap up to the
    present, applying all of them on top of lists made somewhere along the way ends in the present: the same argument
    by which a database recovers from a fuzzy checkpoint and its log. What it asks of the trackers: an event repeated,
    or about something already gone, changes nothing.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        *,
        on_event: Callable[[dict[str, str]], None],
        wanted: frozenset[str] | None = None,
        mask: Mask | None = None,
        record: Callable[[dict[str, str]], None] | None = None,
        snapshot: Callable[[Connection], Awaitable[S]] | None = None,
        on_connected: Callable[[S], None] | None = None,
        on_disconnected: Callable[[], None] | None = None,
        patience: Patience = Patience(),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name, self.address = name, address
        self._on_event, self._wanted, self._mask, self._record = on_event, wanted, mask or Mask(), record
        self._snapshot, self._on_connected, self._on_disconnected = snapshot, on_connected, on_disconnected
        self._patience, self._jitter = patience, jitter
        self._connection: Connection | None = None  # None while down
        self._tasks = TaskOwner(f"ami.{name}")

    @property
    def up(self) -> bool:
        """Connected, logged in, and the snapshot handed over."""
        return self._connection is not None and not self._connection.lost.done()

    async def start(self) -> None:
        """Connect, log in, hand over the snapshot; from then on the link mends itself. Raises one `Problem`."""
        connection = await self._connect()
        self._tasks.start(self._keep(connection), name="keep")

    async def stop(self) -> None:
        await self._tasks.stop()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def action(self, fields: Fields, *, within: float = 5.0) -> dict[str, str]:
        """The PBX's answer. Raises `LinkDown` (at once while down), `ActionTimeout`, `ActionFailed`.

        An action is sent at most once: never again after a reconnect.
        """
        return await self._usable().action(fields, within=within)

    async def list_action(self, fields: Fields, *, within: float = 10.0) -> list[dict[str, str]]:
        """The events of a list. Raises as `action` does."""
        return await self._usable().list_action(fields, within=within)

    def renew(self, reason: str) -> None:
        """Begin anew with a fresh snapshot; nothing where the link is down anyway."""
        if self._connection is not None:
            self._connection.close(reason)

    def _usable(self) -> Connection:
        if self._connection is None:
            raise LinkDown("there is no connection to the PBX now", place=str(self.address))
        return self._connection

    async def _connect(self) -> Connection:
        held: list[dict[str, str]] = []
        holding = True

        def receive(message: dict[str, str]) -> None:
            masked = self._mask.apply(message)
            if self._record is not None:
                self._record(masked)
            if not holding:
                self._deliver(masked)
            elif len(held) < MAX_HELD:
                held.append(masked)
            else:
                connection.close(f"more than {MAX_HELD} events while the snapshot was taken")

        connection = Connection(self.address, wanted=self._wanted, receive=receive)
        await connection.open(self._patience.connect)
        try:
            async with asyncio.timeout(self._patience.snapshot):
                state = None if self._snapshot is None else await self._snapshot(connection)
            if connection.lost.done():
                raise LinkDown(f"the connection was lost ({connection.lost.result()})", place=str(self.address))
        except TimeoutError:
            connection.close()
            within = f"{self._patience.snapshot:g} s"
            raise ActionTimeout(f"the snapshot was not complete within {within}", place=str(self.address)) from None
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        if state is not None and self._on_connected is not None:
            self._call("connected", partial(self._on_connected, state))
        for message in held:
            self._deliver(message)
        holding = False
        return connection

    def _deliver(self, message: dict[str, str]) -> None:
        self._call(message["Event"], lambda: self._on_event(message))

    def _call(self, what: str, callback: Callable[[], None]) -> None:
        """A mistake in what is done about one event must not cost the others, nor the link."""
        try:
            callback()
        except Exception as failure:  # noqa: BLE001
            log.error("%s: event %s failed: %s", self.name, what, place_of(failure))

    async def _keep(self, connection: Connection) -> None:
        while True:
            reason = await self._until_lost(connection)
            self._connection = None
            log.warning("%s: the link to %s is down (%s)", self.name, self.address, reason)
            since = time.monotonic()
            if self._on_disconnected is not None:
                self._call("disconnected", self._on_disconnected)
            connection = await self._reconnect()
            log.warning("%s: the link to %s is back after %.1f s", self.name, self.address, time.monotonic() - since)

    async def _until_lost(self, connection: Connection) -> str:
        """Ping, and be answered: a half-open connection looks like a quiet one."""
        while True:
            await asyncio.wait({connection.lost}, timeout=self._patience.ping_every)
            if connection.lost.done():
                return connection.lost.result()
            try:
                await connection.action({"Action": "Ping"}, within=self._patience.ping_within)
            except Problem as problem:
                connection.close(problem.what)

    async def _reconnect(self) -> Connection:
        for delay in delays(self._patience, self._jitter):
            await asyncio.sleep(delay)
            try:
                return await self._connect()
            except Problem as problem:
                log.debug("%s: still down: %s", self.name, problem)
        raise AssertionError("the delays never end")


def delays(patience: Patience, jitter: Callable[[], float]) -> Iterator[float]:
    """Seconds before each attempt: doubling up to a limit, each shortened by up to half, so that links spread out."""
    delay = patience.retry_first
    while True:
        yield delay * (1 - jitter() / 2)
        delay = min(delay * 2, patience.retry_most)
