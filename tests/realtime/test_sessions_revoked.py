"""What is void is void at once here, whatever the bus does; and a lost revocation is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from waiting import until, until_found
from websockets.asyncio.client import connect
from wire_house import Client, House, Site, counted, open_house, open_site

from core.access import User
from core.bus import Position
from core.errors import BusGone, DatabaseGone
from core.events import Event
from realtime.bus import InProcessBus
from realtime.subjects import SessionEnded
from records.agents import Agent, Change


class Away(InProcessBus):
    """A bus that can be away, with a small bound for who falls behind."""

    away = False

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        if self.away:
            raise BusGone("away for the test")
        return await super().publish(subject, event, kept=kept)

    def subscribe(self, pattern: str, *, bound: int = 5) -> Any:
        return super().subscribe(pattern, bound=bound)


class Records:
    """Ann and Sue, who may change; `away` as often as told."""

    def __init__(self) -> None:
        self.rights_at: dict[str, datetime | None] = {"ann": None, "sue": None}
        self.gone: set[str] = set()
        self.away = 0

    async def changes(self, since: datetime | None) -> Sequence[Change]:
        if self.away:
            self.away -= 1
            raise DatabaseGone("away for the test")
        return [self._change(name, at) for name, at in self.rights_at.items()]

    def _change(self, name: str, at: datetime | None) -> Change:
        facts: dict[str, Any] = {"username": name, "name": name, "role": "agent", "level": 1, "specialties": ()}
        agent = Agent(agent_id=name, device=None, active=name not in self.gone, **facts)
        return Change(agent=agent, changed_at=at, rights_at=at)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Away:
    monkeypatch.setattr("core.following.RETRY_S", 0.01)
    monkeypatch.setattr("realtime.routes._COMPARED_AGAIN_S", 0.01)
    return Away()


@pytest.fixture
async def house(bus: Away) -> AsyncIterator[House]:
    async with open_house(bus=bus) as house:
        yield house


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
async def site(house: House, records: Records) -> AsyncIterator[Site]:
    async with open_site(house, people=records) as site:
        yield site


async def status(site: Site, path: str = "/api/session") -> int:
    async with site.browser.get(path) as answer:
        return answer.status


async def falls_behind(bus: Away) -> None:
    for number in range(20):
        await bus.publish("staff.nobody", counted(number))


def ended(bus: Away) -> Callable[[], int]:
    told: list[Event] = []
    bus.listen("session.*", lambda delivery: told.append(delivery.event))
    return lambda: sum(isinstance(event, SessionEnded) for event in told)


async def test_who_signs_out_while_the_bus_is_away_is_out_at_once_and_it_is_told_later(site: Site, bus: Away) -> None:
    told = ended(bus)
    assert await site.sign_in("ann") == 200
    async with site.browser.post("/api/ticket") as answer:
        url = (await answer.json())["url"]
    bus.away = True
    cookies = list(site.browser.cookie_jar)
    async with site.browser.delete("/api/session") as answer:
        assert answer.status == 204
    site.browser.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies})
    assert await status(site) == 401
    async with connect(url) as socket:
        assert await Client(socket).closed() == 4401
    assert told() == 0
    bus.away = False
    await until(lambda: told() == 1)


@pytest.mark.parametrize("what", ["rights", "left", "neither"])
async def test_a_revocation_that_was_not_heard_is_found_in_the_records(
    site: Site, records: Records, bus: Away, what: str
) -> None:
    assert await site.sign_in("ann") == 200
    site.house.clock.advance(1)
    if what == "rights":
        records.rights_at["ann"] = site.house.clock.now()
    elif what == "left":
        records.gone.add("ann")
    told, records.away = ended(bus), 3  # the records are away themselves for a moment
    await falls_behind(bus)
    await until(lambda: records.away == 0)
    if what == "neither":
        await asyncio.sleep(0.05)
        assert (await status(site), told()) == (200, 0)
        return

    async def out() -> bool:
        return await status(site) == 401

    await until_found(out)
    await until(lambda: told() == 1)


async def test_rights_that_changed_before_signing_in_are_those_one_has(site: Site, records: Records, bus: Away) -> None:
    records.rights_at["ann"] = site.house.clock.now() - timedelta(seconds=1)
    assert await site.sign_in("ann") == 200
    await falls_behind(bus)
    await asyncio.sleep(0.05)
    assert await status(site) == 200


async def test_who_signs_in_while_something_was_missed_is_read_anew(site: Site, bus: Away) -> None:
    checking, go_on = asyncio.Event(), asyncio.Event()
    fast = site.people.sign_in

    async def slow(username: str, password: str) -> User | None:
        found = await fast(username, password)
        checking.set()
        await go_on.wait()
        return found

    site.people.sign_in = slow  # type: ignore[method-assign]
    signing_in = asyncio.create_task(site.sign_in("ann"))
    await checking.wait()
    await falls_behind(bus)
    await asyncio.sleep(0.05)
    go_on.set()
    assert await signing_in == 401
    assert await site.sign_in("ann") == 200
