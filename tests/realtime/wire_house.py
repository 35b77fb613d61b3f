"""A small house around the wire: a bus, a gateway, the HTTP application, two people who can sign in."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientSession, CookieJar, web
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from core.access import User
from core.bus import Bus
from core.clock import ManualClock
from core.events import Event
from core.routes import Route
from realtime.bus import InProcessBus
from realtime.gateway import Gateway, Limits
from realtime.http import HttpServer, create_app
from realtime.tickets import Pass, Tickets

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ANN = User(agent_id="ann", name="Ann Arbor", role="agent", queues=("member_services", "north.desk 2"))
SUE = User(agent_id="sue", name="Sue Superior", role="supervisor", cleared=True)


class Counted(Event, frozen=True, kw_only=True):
    """The house's only event: a counter stands at `total`."""

    total: int


def counted(total: int) -> Counted:
    return Counted(at=NOW, total=total)


class TwoPeople:
    """Their passwords are their ids."""

    def __init__(self) -> None:
        self.checks = 0

    async def sign_in(self, username: str, password: str) -> User | None:
        self.checks += 1
        known = {"ann": ANN, "sue": SUE}
        return known.get(username) if username == password else None


class Client:
    """A browser's end of the websocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        return message

    async def subscribe(self, subject: str, **known: Any) -> dict[str, Any]:
        await self.say(type="subscribe", subject=subject, **known)
        return await self.hear()

    async def closed(self) -> int:
        """Reads on until the connection is closed; its close code."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code


@dataclass
class House:
    bus: Bus
    clock: ManualClock
    tickets: Tickets
    gateway: Gateway

    def url(self, user: User = ANN, *, session: str = "s1", lasts_s: float = 3600) -> str:
        ticket = self.tickets.issue(Pass(user, session, lasts_s))
        return f"ws://127.0.0.1:{self.gateway.port}/?ticket={ticket}"

    @asynccontextmanager
    async def client(self, user: User = ANN, **options: Any) -> AsyncIterator[Client]:
        """Connected, and greeted."""
        async with connect(self.url(user), compression=None, **options) as socket:
            client = Client(socket)
            assert (await client.hear())["type"] == "hello"
            yield client


@asynccontextmanager
async def open_house(limits: Limits | None = None, bus: Bus | None = None, **options: Any) -> AsyncIterator[House]:
    clock = ManualClock(NOW)
    tickets = Tickets(clock)
    bus = bus or InProcessBus()
    gateway = Gateway(bus, tickets, origins=["http://desk.example"], limits=limits, **options)
    await gateway.start()
    try:
        yield House(bus, clock, tickets, gateway)
    finally:
        await gateway.stop()


@dataclass
class Site:
    """The HTTP application at work, and a browser to visit it with."""

    house: House
    people: TwoPeople
    app: web.Application
    browser: ClientSession
    address: str

    async def sign_in(self, who: str, password: str | None = None) -> int:
        """The status of the answer."""
        body = {"username": who, "password": who if password is None else password}
        async with self.browser.post("/api/session", json=body) as answer:
            return answer.status


@asynccontextmanager
async def open_site(house: House, *routes: Route, **options: Any) -> AsyncIterator[Site]:
    people = TwoPeople()
    app = create_app(
        routes,
        bus=house.bus,
        clock=house.clock,
        authenticator=people,
        tickets=house.tickets,
        gateway_url=f"ws://127.0.0.1:{house.gateway.port}/",
        **options,
    )
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    address = f"http://127.0.0.1:{server.port}"
    jar = CookieJar(unsafe=True)  # "unsafe": a host without a name
    try:
        async with ClientSession(address, cookie_jar=jar, headers={"X-Memberline": "1"}) as browser:
            yield Site(house, people, app, browser, address)
    finally:
        await server.stop()
