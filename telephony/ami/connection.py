"""One connection to Asterisk's manager interface, from dialling to its end; never used again afterwards.

panoramisk connects, and matches answers to actions. What it lacks is added around it: a manager for each connection
(so that nothing unanswered is ever sent again on the next one), our own framing, a deadline on every action, an
answer to each even when the connection dies, and checks before the connection is called usable.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from core.errors import Problem
from telephony.ami import wire
from telephony.ami.errors import ActionFailed, ActionTimeout, LinkDown

Fields = Mapping[str, str | Sequence[str]]

OLDEST_ASTERISK = 20
_AMI_TO_ASTERISK = 11  # since Asterisk 13 each major version has its own: AMI 9 is Asterisk 20, AMI 11 is 22
MAX_UNSENT = 1 << 20  # bytes that may wait for a PBX that does not read
MAX_LATE = 256  # timed-out actions whose late answers are still recognised


class Actions(Protocol):
    """Whoever takes actions: a connection, a link, or what a test puts in its place."""

    async def action(self, fields: Fields, *, within: float = ...) -> dict[str, str]: ...


@dataclass(frozen=True)
class Address:
    """Where a manager interface is, and who we are there."""

    host: str
    port: int
    username: str
    secret: str
    events: str = "on"  # event classes asked for at login, as in manager.conf
    needs: frozenset[str] = frozenset()  # actions this user must be allowed, or the connection is refused
    booted: bool = False  # wait until Asterisk says FullyBooted (the user must then read class system)

    def __str__(self) -> str:
        return f"AMI {self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Address({self.username}@{self.host}:{self.port})"  # never the secret


class Connection:
    """Connected and logged in after `open`; `lost` is done, with the reason, once it is over.

    `receive` gets every event, in order, from inside the read: it must return at once and not raise.
    """

    def __init__(
        self, address: Address, *, wanted: frozenset[str] | None, receive: Callable[[dict[str, str]], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.address = address
        self.framer = wire.Framer(None if wanted is None else wanted | {"FullyBooted", "Shutdown"})
        self.lost: asyncio.Future[str] = loop.create_future()
        self._greeted = asyncio.Event()
        self._booted = asyncio.Event()
        self._logged_in = False
        self._late: dict[str, None] = {}
        self._receive = receive
        self._manager = _Manager(
            host=address.host,
            port=address.port,
            loop=loop,
            protocol_factory=partial(_Protocol, self._read, self._over),
        )

    async def open(self, within: float) -> None:
        """Connect, log in and check; raises one `Problem` naming what is wrong and closes what it opened."""
        try:
            async with asyncio.timeout(within) as limit:
                await self._connect()
                await self._check_version()
                await self._log_in()
                await self._check_permissions()
                if self.address.booted:
                    await self._until_booted()
        except TimeoutError:
            self.close()
            if not limit.expired():
                raise
            raise self._problem(*self._missing(within)) from None
        except BaseException:
            self.close()
            raise

    async def action(self, fields: Fields, *, within: float = 5.0) -> dict[str, str]:
        """Send one action and return the PBX's answer.

        Raises `ActionFailed` with what the PBX said, `ActionTimeout`, `LinkDown`, or a `Problem` for a value that
        cannot be sent.
        """
        return (await self._send(Action(dict(fields), as_list=False), within))[0]

    async def list_action(self, fields: Fields, *, within: float) -> list[dict[str, str]]:
        """Send an action that is answered by a list, and return the events of the list. Raises as `action` does."""
        answers = await self._send(_ListAction(dict(fields), as_list=True), within)
        return [message for message in answers[1:] if "EventList" not in message]

    def close(self, reason: str = "closed") -> None:
        """Let go of the connection at once; whoever awaits an answer gets `LinkDown`."""
        self._over(reason)
        if self._manager.protocol is not None:
            self._manager.protocol.transport.abort()

    async def _connect(self) -> None:
        try:
            await self._manager.connect()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)  # asyncio's own text is no words
            raise self._problem(
                f"no server answers ({reason})", "Is Asterisk running, with manager.conf enabled?"
            ) from None

    async def _check_version(self) -> None:
        """Before the secret goes out: is this a manager interface, and of an Asterisk that is new enough?"""
        await self._until(self._greeted)
        greeting = self.framer.greeting or ""
        major = greeting.partition(".")[0]
        if not major.isdigit():
            raise self._problem("this is not an Asterisk manager interface", "Is it the right port?")
        if int(major) + _AMI_TO_ASTERISK < OLDEST_ASTERISK:
            raise self._problem(
                f"this Asterisk is too old (AMI {greeting})", f"Asterisk {OLDEST_ASTERISK} or newer is needed"
            )

    async def _log_in(self) -> None:
        address = self.address
        login = {"Action": "Login", "Username": address.username, "Secret": address.secret, "Events": address.events}
        try:
            await self.action(login, within=60)
        except ActionFailed as refused:
            raise self._problem(
                f"user {address.username!r} is refused ({refused.what})",
                "Check user, secret and permit lines in manager.conf",
            ) from None
        self._logged_in = True

    async def _check_permissions(self) -> None:
        """ListCommands names the actions this user may use: all that is missing is said at once."""
        if not self.address.needs:
            return
        allowed = await self.action({"Action": "ListCommands"}, within=60)
        if missing := sorted(self.address.needs - allowed.keys()):
            raise self._problem(
                f"user {self.address.username!r} may not use {', '.join(missing)}",
                "Add the classes to its write= line in manager.conf (`memberline pbx config` prints them)",
            )

    async def _until_booted(self) -> None:
        """The port answers before the modules are there; a snapshot taken then would miss the queues."""
        await self._until(self._booted)

    def _missing(self, within: float) -> tuple[str, str]:
        """What did not come in time, and what to look at."""
        if self._manager.protocol is None:
            return f"no server answers within {within:g} s", "Is the address right, and no firewall in between?"
        if not self._greeted.is_set():
            return f"no greeting within {within:g} s", "Is it the port of the manager interface?"
        if self._logged_in and not self._booted.is_set():
            return f"Asterisk did not say FullyBooted within {within:g} s", "Give the user read=system in manager.conf"
        return f"no answer to the login within {within:g} s", ""

    async def _until(self, event: asyncio.Event) -> None:
        waiting = asyncio.ensure_future(event.wait())
        try:
            either: set[asyncio.Future[Any]] = {waiting, self.lost}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if not event.is_set():
            raise self._problem(f"the connection ended ({self.lost.result()})")

    async def _send(self, action: Any, within: float) -> list[dict[str, str]]:
        protocol = self._manager.protocol
        if protocol is None or self.lost.done():
            raise LinkDown("there is no connection", place=str(self.address))
        if protocol.transport.get_write_buffer_size() > MAX_UNSENT:
            raise LinkDown("the PBX does not read what it is sent", place=str(self.address))
        answer: asyncio.Future[Any] = self._manager.send_action(action, as_list=action.as_list)
        waiting: set[asyncio.Future[Any]] = {answer, self.lost}
        try:
            await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
            place = f"{self.address}, {action['Action']}"
            if not answer.done():
                if self.lost.done():
                    raise LinkDown(f"the connection was lost ({self.lost.result()})", place=place)
                raise ActionTimeout(f"no answer within {within:g} s", place=place)
        finally:
            if protocol.responses.pop(action.id, None) is not None:
                self._forget(action.id)
        answers = answer.result()
        messages = [_plain(message) for message in (answers if isinstance(answers, list) else [answers])]
        if messages[0].get("Response") not in Message.success_responses:
            raise ActionFailed(messages[0].get("Message") or "refused without a reason", place=place)
        return messages

    def _forget(self, action_id: str) -> None:
        """Remember the last actions nobody waits for, so that their late lists are not taken for events."""
        self._late[action_id] = None
        if len(self._late) > MAX_LATE:
            del self._late[next(iter(self._late))]

    def _read(self, data: bytes) -> None:
        for message in self.framer.feed(data):
            self._message(message)
        if self.framer.greeting is not None:
            self._greeted.set()

    def _message(self, message: dict[str, str]) -> None:
        protocol = self._manager.protocol
        action_id = message.get("ActionID")
        if action_id is not None and protocol is not None and action_id in protocol.responses:
            protocol.handle_message(Message(message))
        elif (name := message.get("Event")) is not None and action_id not in self._late:
            if name == "FullyBooted":
                self._booted.set()
            self._receive(message)

    def _over(self, reason: str) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)

    def _problem(self, what: str, remedy: str = "") -> Problem:
        return Problem(what, place=str(self.address), remedy=remedy)


def _plain(message: Any) -> dict[str, str]:
    """The headers alone: panoramisk adds a `content` to each message."""
    return {name: value for name, value in message.items() if name != "content"}


class _Manager(Manager):  # type: ignore[misc]
    """panoramisk's manager for one connection: it neither reconnects, nor pings by itself, nor repeats actions."""

    def connection_made(self, connecting: asyncio.Task[Any]) -> None:
        if connecting.cancelled() or connecting.exception() is not None:
            return  # whoever awaits the task gets it
        super().connection_made(connecting)
        self.pinger.cancel()


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """panoramisk's protocol with the bytes read and written by `telephony.ami.wire`."""

    def __init__(self, read: Callable[[bytes], None], over: Callable[[str], None]) -> None:
        self.data_received = read
        self._over = over

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.responses.clear()  # those who wait learn it from `Connection.lost`; nothing is kept to be sent again
        self._over(f"{exc}" if exc else "ended by the PBX")

    def send(self, data: Any, as_list: bool = False) -> asyncio.Future[Any]:
        payload = wire.encode(data)  # raises before anything is registered or sent
        self.responses[data.id] = data
        self.transport.write(payload)
        future: asyncio.Future[Any] = data.future
        return future


class _ListAction(Action):  # type: ignore[misc]
    """An action answered by a list: complete where Asterisk says so, or refused in its first answer."""

    def add_message(self, message: Any) -> bool:
        self.responses.append(message)
        state = message.eventlist.lower()
        over = bool(state != "start" if len(self.responses) == 1 else state)
        if over and not self.future.done():
            self.future.set_result(self.responses)
        return over
