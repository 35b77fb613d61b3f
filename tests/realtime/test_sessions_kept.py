"""A restart signs nobody out, but those whose rights changed meanwhile: with the real records, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar
from click.testing import CliRunner
from waiting import until_found
from websockets.asyncio.client import connect
from wire_house import Client, counted
from yarl import URL

from core.clock import ManualClock
from core.database import Database
from memberline.cli import cli
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.routes import COOKIE
from realtime.tickets import Tickets
from records.agents import Agents, Hired
from records.passwords import Passwords
from records.sessions import SessionKeeper

PEPPER, SECRET = "the tests' own", "a long enough secret"


class Clock(ManualClock):
    """Its monotonic time begins anew with each process, as a machine's does."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self.booted = 0.0

    def monotonic(self) -> float:
        return super().monotonic() - self.booted


class Service:
    """HTTP and gateway of one process after the other, on one database, for one browser."""

    def __init__(self, url: str) -> None:
        self.url, self.db, self.clock = url, Database(url), Clock()
        self.agents = Agents(self.db, Passwords(PEPPER), self.clock)
        self.bus = InProcessBus()
        self.jar = CookieJar(unsafe=True)

    def show(self, cookies: dict[str, str]) -> None:
        """The browser has these cookies now."""
        self.jar.update_cookies(cookies, URL("http://127.0.0.1/"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ClientSession]:
        self.clock.booted += self.clock.monotonic()
        tickets, kept = Tickets(self.clock), SessionKeeper(self.db)
        gateway = Gateway(self.bus, tickets)
        await gateway.start()
        app = create_app(
            bus=self.bus,
            clock=self.clock,
            authenticator=self.agents,
            people=self.agents,
            kept=kept,
            tickets=tickets,
            gateway_url=f"ws://127.0.0.1:{gateway.port}/",
        )
        http = HttpServer(app, "127.0.0.1", 0)
        await http.start()
        try:
            headers = {"X-Memberline": "1"}
            async with ClientSession(f"http://127.0.0.1:{http.port}", cookie_jar=self.jar, headers=headers) as browser:
                yield browser
        finally:
            await http.stop()
            await kept.stop()
            await gateway.stop()


@pytest.fixture
async def service(url: str) -> AsyncIterator[Service]:
    made = Service(url)
    await made.agents.hire(Hired(username="maria", name="Maria", password=SECRET))
    yield made
    await made.db.close()


async def sign_in(browser: ClientSession) -> None:
    async with browser.post("/api/session", json={"username": "maria", "password": SECRET}) as answer:
        assert answer.status == 200


async def status(browser: ClientSession) -> int:
    async with browser.get("/api/session") as answer:
        return answer.status


async def ask(browser: ClientSession, method: str, path: str) -> Any:
    async with browser.request(method, path) as answer:
        answer.raise_for_status()
        return await answer.json() if answer.status == 200 else None


async def test_who_was_told_when_to_come_back_is_live_again_without_signing_in(service: Service) -> None:
    async with service.running() as browser:
        await sign_in(browser)
        me = (await ask(browser, "GET", "/api/session"))["agent_id"]
        socket = await connect((await ask(browser, "POST", "/api/ticket"))["url"])
        client = Client(socket)
        assert (await client.hear())["type"] == "hello"
        place = await client.subscribe("agent.me")
    said = [json.loads(message) async for message in socket]
    assert said[-1]["type"] == "bye"
    assert socket.close_code == 1001
    await service.bus.publish(f"agent.{me}", counted(1))
    async with service.running() as browser:
        async with connect((await ask(browser, "POST", "/api/ticket"))["url"]) as back:
            client = Client(back)
            assert (await client.hear())["user"]["name"] == "Maria"
            answer = await client.subscribe("agent.me", epoch=place["epoch"], offset=place["offset"])
            assert answer["recovered"]
            assert (await client.hear())["event"]["total"] == 1
        await ask(browser, "POST", "/api/session/renewal")
    async with service.running() as browser:  # and once more, with the renewed cookie
        assert await status(browser) == 200


@pytest.mark.parametrize("what", [["leave", "maria"], ["move", "maria", "--role", "supervisor"]])
async def test_whose_rights_changed_by_the_command_line_meanwhile_signs_in_anew(
    service: Service, what: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service.running() as browser:
        await sign_in(browser)
    for name, value in {"DATABASE_URL": service.url, "PEPPER": PEPPER}.items():
        monkeypatch.setenv(f"MEMBERLINE_{name}", value)
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["staff", *what], input="y\n")
    assert done.exit_code == 0, done.output
    async with service.running() as browser:
        assert await status(browser) == 401

        async def forgotten() -> bool:
            return not await SessionKeeper(service.db).all()

        await until_found(forgotten)


@pytest.mark.parametrize(("passes_s", "found"), [(60, 200), (31 * 60, 401)])
async def test_a_session_ends_in_its_time_also_while_nothing_runs(
    service: Service, passes_s: float, found: int
) -> None:
    async with service.running() as browser:
        await sign_in(browser)
    service.clock.advance(passes_s)
    async with service.running() as browser:
        assert await status(browser) == found


async def test_who_signed_out_stays_so_and_every_cookie_but_the_last_is_nobodys(service: Service) -> None:
    async with service.running() as browser:
        await sign_in(browser)
        first = [(cookie.key, cookie.value) for cookie in service.jar]
        await ask(browser, "POST", "/api/session/renewal")
    last = [(cookie.key, cookie.value) for cookie in service.jar]
    async with service.running() as browser:
        for cookies, expected in ((first, 401), (last, 200)):
            service.show(dict(cookies))
            assert await status(browser) == expected
        await ask(browser, "DELETE", "/api/session")
    service.show(dict(last))
    async with service.running() as browser:
        assert await status(browser) == 401


async def test_what_is_kept_opens_nothing(service: Service) -> None:
    async with service.running() as browser:
        await sign_in(browser)

        async def kept() -> bool:
            return len(await SessionKeeper(service.db).all()) == 1

        await until_found(kept)
        [session] = await SessionKeeper(service.db).all()
        for value in (session.token, session.key):
            service.show({COOKIE: value})
            assert await status(browser) == 401
