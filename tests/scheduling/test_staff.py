"""The staff over HTTP: what is changed holds at once, for the sessions and the desk, and is on record."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar
from staff_house import NOW, SECRET, Centre
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from core.access import User
from core.clock import ManualClock
from core.paging import Paging
from core.routes import Request
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.protocol import CLOSE_SIGNED_OUT
from realtime.tickets import Tickets
from records.agents import Agent
from scheduling.staff.routes import StaffRoutes, StateChosen, WrapUpExtended


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


async def test_the_staff_are_listed_by_name_page_by_page(centre: Centre) -> None:
    for username in ("bo", "cy", "ann", "di"):
        await centre.hire(username, name="Ann" if username == "ann" else username.title())
    await centre.hire("ann2", name="Ann")  # of the same name
    routes = StaffRoutes(staff=centre.staff, audit=centre.audit)
    user, found, after = User(agent_id="x", name="", role="administrator"), list[str](), ""
    for left in (3, 1, None):
        page = await routes.everybody(
            Request(user=user, path={}, query=Paging(limit=2, after=after), body=None, request_id="r")
        )
        found += [line.agent.username for line in page.agents]
        assert (page.next is None) is (left is None)
        after = page.next or ""
    assert sorted(found[:2]) == ["ann", "ann2"]
    assert found[2:] == ["bo", "cy", "di"]


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
