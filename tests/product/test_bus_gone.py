"""NATS is gone for a while and comes back: calls go on, and afterwards every desk and contact is as the PBX says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession, CookieJar
from nats_server import NatsServer
from waiting import until_found
from websockets.asyncio.client import connect

from assist.desk.messages import AnyDeskEvent, DeskState
from assist.desk.routes import DeskInfo
from assist.desk.state import apply
from core.clock import SystemClock
from core.database import Database
from memberline.demo.running import RunningDemo, running_demo
from records import sample
from records.contacts import Contacts
from telephony import cel
from telephony.ami.connection import Address, Connection

pytestmark = [pytest.mark.pbx, pytest.mark.nats, pytest.mark.speech, pytest.mark.timeout(400)]


@pytest.fixture
def nats() -> Any:
    server = NatsServer()
    yield server
    server.remove()


@pytest.fixture
async def demo(tmp_path: Path, nats: NatsServer) -> AsyncIterator[RunningDemo]:
    folder = tmp_path / "demo"
    folder.mkdir()
    async with running_demo(
        folder, print, port=0, members=300, every_s=3.0, at_once=2, rings_s=0.5, wrap_up_s=5.0, bus_url=nats.url
    ) as running:
        yield running


class Desk:
    """A browser: the state it has, brought on by the events it is sent."""

    def __init__(self, browser: ClientSession, info: DeskInfo) -> None:
        self.browser, self.state, self.position, self.subject = browser, info.state, info.position, info.subject

    @classmethod
    async def of(cls, browser: ClientSession, agent_id: str) -> Desk:
        person = next(agent for agent in sample.demo().agents if agent.id == agent_id)
        who = {"username": person.username, "password": person.password}
        async with browser.post("/api/session", json=who) as answer:
            assert answer.status == 200
        return cls(browser, await cls.fetch(browser))

    @staticmethod
    async def fetch(browser: ClientSession) -> DeskInfo:
        async with browser.get("/api/desk") as answer:
            answer.raise_for_status()
            return msgspec.json.decode(await answer.read(), type=DeskInfo)

    async def come_back(self) -> bool:
        """Connect, and take exactly what was missed; False where the gateway asks to load anew."""
        async with self.browser.post("/api/ticket") as answer:
            url = (await answer.json())["url"]
        async with connect(url, compression=None) as socket, asyncio.timeout(10):
            await socket.recv()
            ask = {"type": "subscribe", "subject": self.subject, **msgspec.to_builtins(self.position)}
            await socket.send(msgspec.json.encode(ask).decode())
            answered = msgspec.json.decode(await socket.recv())
            assert answered["type"] == "subscribed"
            if not answered["recovered"]:
                return False
            while self.position.offset < answered["offset"]:
                frame = msgspec.json.decode(await socket.recv())
                if frame.get("kept"):
                    assert frame["offset"] == self.position.offset + 1
                    self.state = apply(self.state, msgspec.convert(frame["event"], AnyDeskEvent, strict=False))
                    self.position = type(self.position)(frame["epoch"], frame["offset"])
            return True


@asynccontextmanager
async def manager(demo: RunningDemo) -> AsyncIterator[Connection]:
    site = demo.asterisk.site
    address = Address("127.0.0.1", demo.asterisk.ports.ami, "memberline-act", site.act_secret)
    connection = Connection(address, wanted=frozenset(), receive=lambda _: None)
    await connection.open(5.0)
    try:
        yield connection
    finally:
        connection.close()


def presence(state: DeskState) -> tuple[str, str]:
    return state.state.presence, state.state.reason


async def gone_for(seconds: float, demo: RunningDemo, nats: NatsServer) -> None:
    contacts = Contacts(Database(demo.database_url), SystemClock())
    headers = {"X-Memberline": "1"}
    async with ClientSession(demo.http, cookie_jar=CookieJar(unsafe=True), headers=headers) as browser:
        desk = await Desk.of(browser, "grace")  # a specialist, whom nobody calls in these few seconds
        await until_found(lambda: asyncio.sleep(0, demo.conductor.going_on > 0), within=60)
        nats.stop()
        async with manager(demo) as console:
            person = next(agent for agent in sample.demo().agents if agent.id == "grace")
            await console.action(
                {"Action": "QueuePause", "Interface": person.device, "Paused": "true", "Reason": "lunch"}, within=5.0
            )
        await asyncio.sleep(seconds)
        assert demo.service.process is not None
        assert demo.service.process.returncode is None
        assert demo.conductor.going_on > 0  # calls go on
        nats.start()

        async def at_lunch() -> bool:
            return presence((await Desk.fetch(browser)).state) == ("paused", "lunch")

        await until_found(at_lunch, within=60)
        assert await desk.come_back()
        assert presence(desk.state) == ("paused", "lunch")
        assert desk.state == (await Desk.fetch(browser)).state

    async def kept() -> bool:
        recorded = await asyncio.to_thread(cel.read_cel, demo.asterisk.cel_url, "cel", began)
        visits = [call.linkedid for call in cel.calls(recorded, entered="memberline")]
        return len(visits) >= 2 and not await contacts.missing("pbx", visits)

    began = min(contact.started_at for contact in await contacts.open_calls())
    await until_found(kept, within=60)


async def test_the_bus_is_gone_for_some_seconds(demo: RunningDemo, nats: NatsServer) -> None:
    await gone_for(5, demo, nats)


@pytest.mark.long
async def test_the_bus_is_gone_for_a_minute(demo: RunningDemo, nats: NatsServer) -> None:
    await gone_for(60, demo, nats)
