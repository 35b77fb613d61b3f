"""The staff, live: what is changed holds at once, for the telephone, the sessions and the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar
from waiting import until, until_found
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from core.access import User
from core.clock import ManualClock, SystemClock
from core.database import Database
from core.errors import Problem
from core.routes import Request
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.protocol import CLOSE_SIGNED_OUT
from realtime.tickets import Tickets
from records.agent_times import AgentTimes
from records.agents import Agent, Agents, Hired, Moved
from records.audit import Audit
from records.events import AgentChanged, DeskConnected
from records.passwords import Passwords
from scheduling.staff.routes import StaffRoutes, StateChosen, WrapUpExtended
from scheduling.staff.service import Staff
from scheduling.staff.times import TimeKeeper
from telephony.agents.states import STANDARD, AgentState, AgentStateChanged

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SECRET = "a long enough secret"


class Telephones:
    """The phone system, as far as the staff use it."""

    def __init__(self) -> None:
        self.queues: dict[str, dict[str, int]] = {}
        self.presence: dict[str, str] = {}
        self.done: list[tuple[str, ...]] = []

    def state(self, device: str) -> AgentState | None:
        if device not in self.queues:
            return None
        return AgentState(presence=self.presence.get(device, "available"), since=NOW)  # type: ignore[arg-type]

    async def sign_on(self, device: str, name: str, queues: Mapping[str, int]) -> None:
        if device.endswith("nosuch"):
            raise Problem(f"the PBX knows no telephone {device}")
        self.queues[device] = dict(queues)

    async def sign_off(self, device: str) -> None:
        self.queues.pop(device, None)

    async def choose(self, device: str, name: str) -> None:
        self.done.append(("choose", device, name))

    async def extend_wrap_up(self, device: str, seconds: float) -> None:
        self.done.append(("extend", device, str(seconds)))

    async def end_wrap_up(self, device: str) -> None:
        self.done.append(("end", device))

    async def desk(self, device: str, there: bool) -> None:
        self.done.append(("desk", device, str(there)))


class Centre:
    def __init__(self, url: str) -> None:
        self.db, self.bus, self.clock = Database(url), InProcessBus(), SystemClock()
        self.agents = Agents(self.db, Passwords("x"), self.clock)
        self.audit = Audit(self.db, self.clock, "x")
        self.phones = Telephones()
        self.staff = Staff(agents=self.agents, phones=self.phones, bus=self.bus, clock=self.clock, states=STANDARD)
        self.told: list[AgentChanged] = []
        self.bus.listen("staff.*", lambda delivery: self.told.append(delivery.event))  # type: ignore[arg-type]

    async def hire(self, username: str, **facts: object) -> Agent:
        hired = {"username": username, "name": username.title(), "queues": {"general": 0}, "password": SECRET, **facts}
        return await self.staff.hire(Hired(**hired))  # type: ignore[arg-type]


@pytest.fixture
async def centre(url: str) -> AsyncIterator[Centre]:
    made = Centre(url)
    await made.staff.load()
    await made.staff.start()
    yield made
    await made.staff.stop()
    await made.db.close()


async def test_who_signs_on_is_in_the_queues_of_their_rights_with_one_telephone(centre: Centre) -> None:
    ann = await centre.hire("ann", queues={"general": 1, "analysis": 0})
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    assert centre.phones.queues == {"PJSIP/1001": {"general": 1, "analysis": 0}}
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1002")  # sits down somewhere else
    assert centre.phones.queues == {"PJSIP/1002": {"general": 1, "analysis": 0}}
    found = centre.staff.at("PJSIP/1002")
    assert found is not None
    assert found.agent_id == ann.agent_id
    assert centre.staff.at("PJSIP/1001") is None
    await centre.staff.sign_off(ann.agent_id)
    assert centre.phones.queues == {}
    assert centre.staff.get(ann.agent_id).device is None


async def test_a_telephone_with_a_call_is_not_left(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    centre.phones.presence["PJSIP/1001"] = "on_call"
    for leaving in (centre.staff.sign_off(ann.agent_id), centre.staff.sign_on(ann.agent_id, "PJSIP/1002")):
        with pytest.raises(Problem, match="has a call"):
            await leaving
    assert centre.staff.get(ann.agent_id).device == "PJSIP/1001"


async def test_what_cannot_be_is_said_and_changes_nothing(centre: Centre) -> None:
    ann, bob = await centre.hire("ann"), await centre.hire("bob", queues={})
    with pytest.raises(Problem, match="knows no telephone"):
        await centre.staff.sign_on(ann.agent_id, "PJSIP/nosuch")
    assert centre.staff.get(ann.agent_id).device is None
    with pytest.raises(Problem, match="right to no queue"):
        await centre.staff.sign_on(bob.agent_id, "PJSIP/1001")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    await centre.staff.move(bob.agent_id, Moved(queues={"general": 0}))
    with pytest.raises(Problem, match="Ann is signed on with PJSIP/1001"):
        await centre.staff.sign_on(bob.agent_id, "PJSIP/1001")
    with pytest.raises(Problem, match="no state 'siesta'"):
        await centre.staff.choose(ann.agent_id, "siesta")
    with pytest.raises(Problem, match="no telephone"):
        await centre.staff.choose(bob.agent_id, "lunch")


async def test_other_rights_reach_the_telephone_and_void_what_is_held(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    centre.told.clear()
    await centre.staff.move(ann.agent_id, Moved(level=3))
    await centre.staff.move(ann.agent_id, Moved(queues={"analysis": 2}))
    assert [event.revoked for event in centre.told] == [False, True]
    assert centre.phones.queues == {"PJSIP/1001": {"analysis": 2}}
    await centre.staff.leave(ann.agent_id)
    assert centre.told[-1].revoked
    assert centre.phones.queues == {}
    assert centre.staff.all == ()


async def test_a_change_by_another_process_is_carried_out(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    elsewhere = Agents(centre.db, Passwords("x"), centre.clock)
    await elsewhere.leave(ann.agent_id)
    await until(lambda: centre.phones.queues == {}, 10)
    assert centre.told[-1].revoked
    new = await elsewhere.hire(Hired(username="noor", name="Noor"))
    await until(lambda: new.agent_id in [agent.agent_id for agent in centre.staff.all], 10)


async def test_the_desks_connection_reaches_the_telephones_rules(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    await centre.bus.publish(f"desk.{ann.agent_id}", DeskConnected(at=NOW, agent_id=ann.agent_id, there=False))
    await until(lambda: ("desk", "PJSIP/1001", "False") in centre.phones.done)


async def test_time_is_kept_under_the_name_of_who_sits_there(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    times = AgentTimes(centre.db)
    keeper = TimeKeeper(times=times, bus=centre.bus, at=centre.staff.at)
    await keeper.start()
    await asyncio.sleep(0)  # it listens from here on
    for presence, minute in (("available", 0), ("on_call", 3), ("signed_out", 9)):
        state = AgentState(presence=presence, since=NOW.replace(minute=minute))  # type: ignore[arg-type]
        await centre.bus.publish("states.pbx", AgentStateChanged(at=NOW, device="PJSIP/1001", state=state))

    async def kept() -> bool:
        spent = await times.spent(ann.agent_id, NOW)
        return len(spent) == 2 and spent[-1].ended_at is not None

    await until_found(kept)
    assert [(one.presence, one.began_at.minute) for one in await times.spent(ann.agent_id, NOW)] == [
        ("available", 0),
        ("on_call", 3),
    ]
    await keeper.stop()


async def test_who_leaves_or_is_moved_is_out_at_once_everywhere(centre: Centre) -> None:
    """A role removed while signed in: the open page, its websocket and its ticket are void."""
    boss = await centre.hire("boss", role="administrator", queues={})
    ann = await centre.hire("ann", role="supervisor")
    tickets, clock = Tickets(centre.clock), ManualClock(NOW)
    gateway = Gateway(centre.bus, tickets)
    await gateway.start()
    app = create_app(
        StaffRoutes(staff=centre.staff, audit=centre.audit).routes(),
        bus=centre.bus,
        clock=clock,
        authenticator=centre.agents,
        tickets=tickets,
        gateway_url=f"ws://127.0.0.1:{gateway.port}/",
    )
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    address, headers = f"http://127.0.0.1:{server.port}", {"X-Memberline": "1"}

    def browser() -> ClientSession:
        return ClientSession(address, cookie_jar=CookieJar(unsafe=True), headers=headers)

    async with browser() as hers, browser() as his:
        for one, username in ((hers, "ann"), (his, "boss")):
            async with one.post("/api/session", json={"username": username, "password": SECRET}) as answer:
                assert answer.status == 200
        async with hers.get("/api/agents") as answer:
            assert answer.status == 200
        async with hers.post("/api/ticket") as answer:
            url = (await answer.json())["url"]
        async with hers.post("/api/ticket") as answer:
            unused = (await answer.json())["ticket"]
        async with connect(url) as socket:
            await socket.recv()
            async with his.patch(f"/api/agents/{ann.agent_id}", json={"role": "agent"}) as answer:
                assert (answer.status, (await answer.json())["role"]) == (200, "agent")
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == CLOSE_SIGNED_OUT
        assert tickets.redeem(unused) is None
        async with hers.get("/api/agents") as answer:
            assert answer.status == 401
        async with his.patch(f"/api/agents/{boss.agent_id}", json={"role": "auditor"}) as answer:
            assert answer.status == 409  # nobody gives themselves another role
        async with his.delete(f"/api/agents/{ann.agent_id}") as answer:
            assert answer.status == 204
        async with hers.post("/api/session", json={"username": "ann", "password": SECRET}) as answer:
            assert answer.status == 401
        async with his.patch(f"/api/agents/{ann.agent_id}", json={"level": 2}) as answer:
            assert answer.status == 404
        async with his.post("/api/agents", json={"username": "Not A Name", "name": "x"}) as answer:
            assert answer.status == 422
    looks = await centre.audit.looks(limit=10)
    assert [(look.action, look.about) for look in looks.items] == [
        ("leave", f"agent {ann.agent_id}"),
        ("move", f"agent {ann.agent_id}"),
    ]
    await server.stop()
    await gateway.stop()


async def test_a_supervisors_hand_in_somebody_elses_work_is_on_record_and_ones_own_is_not(centre: Centre) -> None:
    ann, sue = await centre.hire("ann"), await centre.hire("sue", role="supervisor")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    routes = StaffRoutes(staff=centre.staff, audit=centre.audit)

    def asks(who: Agent, body: object) -> Request[Any]:
        user = User(agent_id=who.agent_id, name=who.name, role=who.role)
        return Request(user=user, path={"agent_id": ann.agent_id}, query=None, body=body, request_id="r")

    for who in (ann, sue):
        await routes.choose(asks(who, StateChosen(name="lunch")))
        await routes.extend(asks(who, WrapUpExtended(seconds=120)))
        await routes.end(asks(who, None))
    looks = await centre.audit.looks(limit=10)
    assert [(look.agent_name, look.action, look.about, look.why) for look in looks.items] == [
        ("Sue", "end_wrap_up", f"agent {ann.agent_id}", ""),
        ("Sue", "extend_wrap_up", f"agent {ann.agent_id}", "120 s"),
        ("Sue", "state", f"agent {ann.agent_id}", "lunch"),
    ]
