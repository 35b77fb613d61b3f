"""The HTTP application: who gets in, what is let through, and what a refusal says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from waiting import until_found
from websockets.asyncio.client import connect
from wire_house import ANN, SUE, Client, House, Site, TwoPeople, open_site
from yarl import URL

from core.access import Rule, User
from core.errors import DatabaseGone, Problem
from core.events import Message
from core.paging import Paging
from core.routes import Refusal, Request, Route, myself
from realtime.http import HttpServer, create_app
from realtime.routes import COOKIE
from records.agents import Agent
from records.events import AgentChanged

SEE = Rule(resource="desk", action="see")
CHANGE = Rule(resource="call", action="change")
ANY = Rule(resource="directory", action="see")  # whoever is signed in


class Amount(Message, frozen=True, kw_only=True):
    cents: int


class Till:
    """The house's only business: it takes money, and tells how much it has."""

    def __init__(self) -> None:
        self.cents = 0
        self.taken = 0
        self.keeper = "ann"
        self.open = asyncio.Event()
        self.open.set()

    async def pay(self, request: Request[Amount]) -> Amount:
        await self.open.wait()
        self.taken += 1
        if request.body.cents < 0:
            raise Refusal(422, "a till takes no negative amounts", remedy="Pay a positive one")
        self.cents += request.body.cents
        return Amount(cents=self.cents)

    async def look(self, request: Request[None]) -> Amount:
        return Amount(cents=self.cents)

    async def receipts(self, request: Request[None]) -> Paging:
        """What was asked for"""
        asked: Paging = request.query
        return asked

    async def close(self, request: Request[None]) -> None:
        self.cents = 0

    async def set(self, request: Request[Amount]) -> Amount:
        self.taken += 1
        self.cents = request.body.cents
        return request.body

    async def hand_over(self, request: Request[None]) -> Amount:
        self.keeper = "nobody else"
        return Amount(cents=self.cents)

    async def whose(self, request: Request[Any]) -> str:
        return self.keeper

    async def broken(self, request: Request[None]) -> None:
        raise RuntimeError(f"the secret of member {request.path['member']}")

    async def unwilling(self, request: Request[None]) -> None:
        raise Problem("the till is locked", place="tills.yaml", remedy="Unlock it")

    async def without_database(self, request: Request[None]) -> None:
        raise DatabaseGone("the database does not answer", remedy="Try again in a moment")

    async def slow(self, request: Request[None]) -> None:
        await asyncio.Event().wait()


async def owner_in_path(request: Request[Any]) -> str | None:
    if request.path["owner"] == "nobody":
        raise Refusal(404, "there is no such till")
    return request.path["owner"]


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
async def site(house: House, till: Till, tmp_path: Path) -> AsyncIterator[Site]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>The desk</title>")
    (tmp_path / "assets" / "desk-1a2b.js").write_text("export {}")
    routes = [
        Route("POST", "/api/till", till.pay, CHANGE, owner=myself, body=Amount),
        Route("GET", "/api/till", till.look, SEE, owner=myself),
        Route("GET", "/api/till/receipts", till.receipts, SEE, owner=myself, query=Paging),
        Route("PUT", "/api/till", till.set, CHANGE, owner=myself, body=Amount),
        Route("POST", "/api/till/handover", till.hand_over, CHANGE, owner=till.whose),
        Route("POST", "/api/till/close", till.close, CHANGE, owner=myself),
        Route("GET", "/api/tills/{owner}", till.look, SEE, owner=owner_in_path),
        Route("GET", "/api/wall", till.look, Rule(resource="wall", action="see")),
        Route("GET", "/api/broken/{member}", till.broken, ANY),
        Route("GET", "/api/unwilling", till.unwilling, ANY),
        Route("GET", "/api/gone", till.without_database, ANY),
        Route("GET", "/api/slow", till.slow, ANY),
    ]
    async with open_site(house, *routes, static=tmp_path, origins=["http://portal.example"]) as site:
        yield site


@pytest.fixture
async def signed_in(site: Site) -> Site:
    assert await site.sign_in("ann") == 200
    return site


async def ask(site: Site, method: str, path: str, **options: Any) -> tuple[int, Any]:
    """Status and decoded body; every refusal must be problem+json that says something and carries its number."""
    async with site.browser.request(method, path, **options) as answer:
        if answer.status == 204:
            assert await answer.read() == b""
            return 204, None
        body = await answer.json(content_type=None)
        if answer.status >= 400:
            assert answer.content_type == "application/problem+json"
            assert body["status"] == answer.status
            assert body["detail"].endswith(".")
            assert body["request_id"] == answer.headers["X-Request-Id"]
        return answer.status, body


# --- signing in ------------------------------------------------------------------------------


async def test_signing_in_says_who_one_is_and_lasts(site: Site) -> None:
    async with site.browser.post("/api/session", json={"username": "ann", "password": "ann"}) as answer:
        assert await answer.json() == {
            "agent_id": "ann",
            "name": "Ann Arbor",
            "role": "agent",
            "queues": list(ANN.queues),
            "cleared": False,
        }
        cookie = answer.cookies["memberline_session"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert not cookie["secure"]  # this site is not served by HTTPS
    assert (await ask(site, "GET", "/api/session"))[1]["agent_id"] == "ann"


async def test_behind_https_neither_the_cookie_nor_the_browser_comes_another_way(house: House) -> None:
    async with (
        open_site(house, secure=True) as site,
        site.browser.post("/api/session", json={"username": "ann", "password": "ann"}) as answer,
    ):
        assert answer.cookies["memberline_session"]["secure"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/api/session", "/api/till"])
async def test_who_is_not_signed_in_is_told_so(site: Site, path: str) -> None:
    status, body = await ask(site, "GET", path)
    assert status == 401
    assert "Sign in" in body["detail"]


async def test_a_made_up_cookie_is_nobody(site: Site) -> None:
    status, _ = await ask(site, "GET", "/api/session", cookies={"memberline_session": "made-up"})
    assert status == 401


async def test_signing_out_ends_the_session_here_and_at_the_gateway(signed_in: Site) -> None:
    _, ticket = await ask(signed_in, "POST", "/api/ticket")
    async with connect(ticket["url"]) as socket:
        await Client(socket).hear()
        assert (await ask(signed_in, "DELETE", "/api/session"))[0] == 204
        assert await Client(socket).closed() == 4403
    assert (await ask(signed_in, "GET", "/api/session"))[0] == 401
    assert (await ask(signed_in, "DELETE", "/api/session"))[0] == 204  # a second time changes nothing


async def test_a_session_ends_when_it_is_not_used(signed_in: Site) -> None:
    for _ in range(2):
        signed_in.house.clock.advance(30 * 60 - 1)
        assert (await ask(signed_in, "GET", "/api/session"))[0] == 200
    signed_in.house.clock.advance(30 * 60)
    assert (await ask(signed_in, "GET", "/api/session"))[0] == 401


async def test_a_session_ends_after_twelve_hours_however_busy(signed_in: Site) -> None:
    for _ in range(12 * 3 - 1):
        signed_in.house.clock.advance(20 * 60)
        assert (await ask(signed_in, "GET", "/api/session"))[0] == 200
    signed_in.house.clock.advance(20 * 60)
    assert (await ask(signed_in, "GET", "/api/session"))[0] == 401


async def test_renewal_gives_another_cookie_and_the_old_one_soon_ends(signed_in: Site) -> None:
    before = signed_in.browser.cookie_jar.filter_cookies(URL(signed_in.address))[COOKIE].value
    assert (await ask(signed_in, "POST", "/api/session/renewal"))[0] == 204
    after = signed_in.browser.cookie_jar.filter_cookies(URL(signed_in.address))[COOKIE].value
    assert before != after
    old = {"Cookie": f"{COOKIE}={before}"}
    async with ClientSession(signed_in.address, headers=old) as late:
        assert (await late.get("/api/session")).status == 200  # a request that was under way
        signed_in.house.clock.advance(11)
        assert (await late.get("/api/session")).status == 401
    assert (await ask(signed_in, "GET", "/api/session"))[0] == 200


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", "ann")])
async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(site: Site, name: str, password: str) -> None:
    status, body = await ask(site, "POST", "/api/session", json={"username": name, "password": password})
    assert (status, body["detail"]) == (401, "The user name or the password is wrong.")


async def test_signing_in_again_voids_the_cookie_that_the_browser_had(site: Site) -> None:
    """A cookie that somebody else planted, or knows, is worth nothing after the next sign-in."""
    await site.sign_in("ann")
    (planted,) = (cookie.value for cookie in site.browser.cookie_jar if cookie.key == COOKIE)

    async def opens() -> int:
        headers = {"Cookie": f"{COOKIE}={planted}"}
        async with ClientSession(site.address) as other, other.get("/api/session", headers=headers) as answer:
            return answer.status

    assert await opens() == 200
    assert await site.sign_in("sue") == 200
    assert (await ask(site, "GET", "/api/session"))[1]["agent_id"] == "sue"
    assert await opens() == 401


@pytest.mark.parametrize("when", ["before", "while the password is checked"])
async def test_who_loses_a_right_while_they_sign_in_does_not_keep_it(site: Site, when: str) -> None:
    """Who somebody is was read first, and checking the password takes long."""
    checking, go_on = asyncio.Event(), asyncio.Event()

    async def slow(username: str, password: str) -> User | None:
        checking.set()
        await go_on.wait()
        return SUE

    async def loses_a_right() -> None:
        """And the application has heard of it: what she holds is void."""
        sue = Agent(agent_id="sue", username="sue", name="", role="agent", level=1, specialties=(), device=None)
        await site.house.bus.publish("staff.sue", AgentChanged(at=site.house.clock.now(), agent=sue, revoked=True))

        async def void() -> bool:
            return (await ask(site, "GET", "/api/session"))[0] == 401

        await until_found(void)

    assert await site.sign_in("sue") == 200
    site.people.sign_in = slow  # type: ignore[method-assign]
    if when == "before":
        await loses_a_right()
    signing_in = asyncio.create_task(site.sign_in("sue"))
    await checking.wait()
    if when != "before":
        await loses_a_right()
    go_on.set()
    assert await signing_in == (200 if when == "before" else 401)
    assert (await ask(site, "GET", "/api/session"))[0] == (200 if when == "before" else 401)


async def test_a_session_gets_sixty_tickets_a_minute(signed_in: Site) -> None:
    found = [(await ask(signed_in, "POST", "/api/ticket"))[0] for _ in range(62)]
    assert found == [200] * 60 + [429] * 2
    signed_in.house.clock.advance(60)
    assert (await ask(signed_in, "POST", "/api/ticket"))[0] == 200


async def test_guessing_is_stopped_after_five_attempts_even_all_at_once(site: Site) -> None:
    statuses = await asyncio.gather(*(site.sign_in("ann", f"guess {n}") for n in range(40)))
    assert sorted(statuses) == [401] * 5 + [429] * 35
    assert site.people.checks == 5
    async with site.browser.post("/api/session", json={"username": "ann", "password": "ann"}) as answer:
        assert answer.status == 429  # the right one does not help now
        assert answer.headers["Retry-After"] == "900"
    site.house.clock.advance(900)
    assert await site.sign_in("ann") == 200


async def test_a_thousand_attempts_cost_a_hundred_checks(site: Site) -> None:
    statuses = [await site.sign_in(f"name-{n}", "x") for n in range(1_000)]
    assert statuses.count(401) == site.people.checks == 100


async def test_signing_in_often_is_no_guessing(site: Site) -> None:
    """A whole office behind one address, and one person all day long."""
    assert [await site.sign_in("ann") for _ in range(120)] == [200] * 120


async def test_guessing_from_one_address_does_not_lock_a_colleague_out_elsewhere(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(200):
        await site.sign_in("ann", f"guess {n}")
    assert await site.sign_in("ann") == 429
    monkeypatch.setattr(web.Request, "remote", "192.0.2.7")
    assert await site.sign_in("ann") == 200


async def test_guessing_one_name_from_many_addresses_is_stopped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(20):
        monkeypatch.setattr(web.Request, "remote", f"192.0.2.{n}")
        for attempt in range(5):
            await site.sign_in("ann", f"guess {attempt}")
    assert site.people.checks == 50


# --- commands from elsewhere -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://portal.example", True),
        ("own", True),
        ("http://evil.example", False),
        ("null", False),
        ("https://portal.example", False),
        ("http://portal.example.evil.example", False),
    ],
)
async def test_only_pages_that_are_ours_may_send_commands(signed_in: Site, origin: str, may: bool) -> None:
    sent = {"Origin": signed_in.address if origin == "own" else origin}
    status, _ = await ask(signed_in, "POST", "/api/till", json={"cents": 1}, headers=sent)
    assert status == (200 if may else 403)


async def test_a_command_without_any_sign_of_where_it_comes_from_is_refused(signed_in: Site) -> None:
    del signed_in.browser.headers["X-Memberline"]
    status, body = await ask(signed_in, "POST", "/api/till", json={"cents": 1})
    assert status == 403
    assert "X-Memberline" in body["detail"]


# --- access ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "path", "expected"),
    [
        ("ann", "/api/till", 200),
        ("ann", "/api/tills/ann", 200),
        ("ann", "/api/tills/sue", 403),
        ("sue", "/api/tills/ann", 200),
        ("ann", "/api/tills/nobody", 404),
        ("sue", "/api/tills/nobody", 404),
        ("ann", "/api/wall", 403),
        ("sue", "/api/wall", 200),
    ],
)
async def test_the_access_table_decides(site: Site, who: str, path: str, expected: int) -> None:
    await site.sign_in(who)
    assert (await ask(site, "GET", path))[0] == expected


async def test_a_route_without_an_access_rule_stops_the_start(house: House) -> None:
    async def naked(_: web.Request) -> web.Response:
        return web.Response()

    app = create_app(
        bus=house.bus,
        clock=house.clock,
        authenticator=TwoPeople(),
        tickets=house.tickets,
        gateway_url="ws://127.0.0.1:1/",
    )
    app.router.add_post("/api/naked", naked)
    with pytest.raises(Problem, match=r"POST /api/naked has no access rule"):
        await HttpServer(app, "127.0.0.1", 0).start()


def test_a_route_that_some_reach_only_as_owners_must_say_whose_it_is(till: Till) -> None:
    with pytest.raises(Problem, match="does not say whose it is"):
        Route("GET", "/api/till", till.look, SEE)


# --- bodies and answers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status", "says"),
    [
        (b'{"cents": 5}', "application/json", 200, None),
        (b'{"cents": 5, "colour": "blue"}', "application/json", 200, None),
        (b'{"cents": "5"}', "application/json", 422, "$.cents"),
        (b"{}", "application/json", 422, "cents"),
        (b"[]", "application/json", 422, "object"),
        (b"", "application/json", 400, "JSON"),
        (b"{", "application/json", 400, "JSON"),
        (b"\xff", "application/json", 400, "JSON"),
        (b"[" * 60_000, "application/json", 422, "object"),
        (b"cents=5", "application/x-www-form-urlencoded", 415, "application/json"),
        (b'{"cents": -5}', "application/json", 422, "Pay a positive one"),
        (b" " * 70_000, "application/json", 413, "64 KB"),
    ],
)
async def test_bodies(signed_in: Site, body: bytes, kind: str, status: int, says: str | None) -> None:
    answer = await ask(signed_in, "POST", "/api/till", data=body, headers={"Content-Type": kind})
    assert answer[0] == status
    if says:
        assert says in answer[1]["detail"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("", 200, {"limit": 20, "after": ""}),
        ("?limit=5&after=x&colour=blue", 200, {"limit": 5, "after": "x"}),
        ("?limit=0", 422, "$.limit"),
        ("?limit=101", 422, "$.limit"),
        ("?limit=many", 422, "$.limit"),
        ("?limit=", 422, "$.limit"),
        ("?limit=1&limit=2", 422, "Name it once"),
        (f"?after={'x' * 801}", 422, "$.after"),
        (f"?after={'%F0%9F%98%80' * 5_000}", 422, "$.after"),
    ],
)
async def test_queries(signed_in: Site, query: str, status: int, says: object) -> None:
    got, body = await ask(signed_in, "GET", f"/api/till/receipts{query}")
    assert got == status
    assert says == body if status == 200 else str(says) in body["detail"]


async def test_a_command_that_answers_nothing_is_204_and_may_carry_an_empty_object(signed_in: Site) -> None:
    assert await ask(signed_in, "POST", "/api/till/close") == (204, None)
    assert await ask(signed_in, "POST", "/api/till/close", json={}) == (204, None)


async def test_a_rooms_problem_is_told_without_its_place_inside(signed_in: Site) -> None:
    status, body = await ask(signed_in, "GET", "/api/unwilling")
    assert (status, body["title"], body["detail"]) == (409, "Conflict", "The till is locked. Unlock it.")


async def test_a_database_that_is_gone_is_503_with_a_time_to_come_back(signed_in: Site) -> None:
    async with signed_in.browser.get("/api/gone") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"


async def test_a_failure_inside_is_a_number_outside_and_a_place_in_the_log(
    signed_in: Site, caplog: pytest.LogCaptureFixture
) -> None:
    status, body = await ask(signed_in, "GET", "/api/broken/4711")
    assert status == 500
    assert body["request_id"] in body["detail"]
    assert body["request_id"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "GET /api/broken/{member}" in caplog.text
    assert "4711" not in caplog.text.replace(body["request_id"], "")
    assert "secret" not in str(body)


async def test_a_handler_that_hangs_is_given_up(signed_in: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.http.HANDLER_S", 0.05)
    status, body = await ask(signed_in, "GET", "/api/slow")
    assert status == 504
    assert "given up" in body["detail"]


async def test_unknown_places_and_methods_say_so(signed_in: Site) -> None:
    assert (await ask(signed_in, "GET", "/api/nowhere"))[0] == 404
    assert (await ask(signed_in, "POST", "/api/nowhere"))[0] == 404
    status, body = await ask(signed_in, "PATCH", "/api/till")
    assert status == 405
    assert "Allow" in body["detail"]


# --- the same command twice ------------------------------------------------------------------

KEY = {"Idempotency-Key": "one"}


async def test_a_command_sent_twice_is_done_once(signed_in: Site, till: Till) -> None:
    first = await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)
    second = await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)
    assert first == second == (200, {"cents": 5})
    assert till.taken == 1


async def test_a_command_sent_again_while_the_first_is_at_work_waits_for_its_answer(
    signed_in: Site, till: Till
) -> None:
    till.open.clear()
    both = [asyncio.create_task(ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)) for _ in range(2)]
    await asyncio.sleep(0.05)
    till.open.set()
    assert await asyncio.gather(*both) == [(200, {"cents": 5})] * 2
    assert till.taken == 1


async def test_a_client_that_hangs_up_and_asks_again_gets_the_first_answer(signed_in: Site, till: Till) -> None:
    till.open.clear()
    asking = asyncio.create_task(ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY))
    await asyncio.sleep(0.05)
    asking.cancel()
    till.open.set()
    assert await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY) == (200, {"cents": 5})
    assert till.taken == 1


async def test_a_refusal_is_the_same_refusal_the_second_time(signed_in: Site, till: Till) -> None:
    async def refused() -> bytes:
        async with signed_in.browser.post("/api/till", json={"cents": -1}, headers=KEY) as answer:
            assert answer.status == 422
            return await answer.read()

    assert await refused() == await refused()
    assert till.taken == 1


async def test_a_command_that_hangs_is_given_up_and_may_be_tried_again(
    signed_in: Site, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.http.HANDLER_S", 0.05)
    till.open.clear()
    assert (await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY))[0] == 504
    till.open.set()
    assert await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY) == (200, {"cents": 5})
    assert till.taken == 1


async def test_a_key_is_for_one_command(signed_in: Site) -> None:
    await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)
    status, body = await ask(signed_in, "POST", "/api/till", json={"cents": 6}, headers=KEY)
    assert status == 422
    assert "Use a new one" in body["detail"]


async def test_the_same_key_of_another_session_is_another_command(signed_in: Site, till: Till) -> None:
    await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)
    await signed_in.sign_in("sue")
    await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)
    assert till.taken == 2


async def test_a_failure_inside_a_command_with_a_key_is_told_like_any_other(
    signed_in: Site, till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    till.cents = None  # type: ignore[assignment]
    status, body = await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers=KEY)
    assert status == 500
    assert body["request_id"] in caplog.text


async def test_every_command_takes_a_key(signed_in: Site, till: Till) -> None:
    for _ in range(2):
        assert await ask(signed_in, "PUT", "/api/till", json={"cents": 7}, headers=KEY) == (200, {"cents": 7})
    assert till.taken == 1


async def test_who_gave_a_thing_away_and_asks_again_gets_the_first_answer(signed_in: Site) -> None:
    for _ in range(2):
        assert await ask(signed_in, "POST", "/api/till/handover", headers=KEY) == (200, {"cents": 0})
    assert (await ask(signed_in, "POST", "/api/till/handover", headers={"Idempotency-Key": "two"}))[0] == 403


async def test_an_absurd_key_is_refused(signed_in: Site) -> None:
    status, _ = await ask(signed_in, "POST", "/api/till", json={"cents": 5}, headers={"Idempotency-Key": "k" * 201})
    assert status == 400


# --- files and headers -----------------------------------------------------------------------


async def test_the_desk_is_served_and_its_hashed_files_are_kept_by_browsers(site: Site) -> None:
    async with site.browser.get("/") as page:
        assert "The desk" in await page.text()
        assert page.headers["Cache-Control"] == "no-cache"
    async with site.browser.get("/assets/desk-1a2b.js") as script:
        assert script.status == 200
        assert "immutable" in script.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/../conftest.py", "/assets/../../x", "/%2e%2e/conftest.py", "/assets//etc/passwd", "/nothing.js"]
)
async def test_nothing_else_is_served(site: Site, path: str) -> None:
    assert (await ask(site, "GET", str(URL(path, encoded=True))))[0] == 404


async def test_without_a_built_desk_the_page_says_what_to_do(house: House, tmp_path: Path) -> None:
    async with open_site(house, static=tmp_path / "dist") as site:
        status, body = await ask(site, "GET", "/")
    assert status == 503
    assert "make setup" in body["detail"]


@pytest.mark.parametrize("path", ["/", "/api/session", "/api/nowhere", "/nothing"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    async with site.browser.get(path) as answer:
        assert "Strict-Transport-Security" not in answer.headers  # this one is plain HTTP
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert f"connect-src 'self' ws://127.0.0.1:{site.house.gateway.port};" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if path.startswith("/api/"):
            assert answer.headers["Cache-Control"] == "no-store"


async def test_a_ticket_opens_the_gateway_for_its_owner(site: Site) -> None:
    await site.sign_in("sue")
    status, ticket = await ask(site, "POST", "/api/ticket")
    assert status == 200
    assert ticket["expires_s"] == 30
    async with connect(ticket["url"]) as socket:
        assert (await Client(socket).hear())["user"]["agent_id"] == SUE.agent_id


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x00\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nCookie: memberline_session=4711" + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /api/session HTTP/1.1\r\nHost: x\r\nCookie: memberline_session=4711\xff\xfe\r\n\r\n",
        b"GET /api/%zz%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_garbage_is_refused_without_noise_and_the_site_stays_up(
    site: Site, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.address.rpartition(":")[2]))
    writer.write(garbage)
    async with asyncio.timeout(5):
        status_line = await reader.readline()
    writer.close()
    assert status_line.split()[1].startswith(b"4")
    assert "Traceback" not in caplog.text
    assert "4711" not in caplog.text
    assert await site.sign_in("ann") == 200


async def test_requests_that_drip_are_ended_and_nobody_else_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The headers of one never end, the body of another does not come."""
    monkeypatch.setattr("realtime.http.IDLE_S", 0.5)
    monkeypatch.setattr("realtime.requests._BODY_S", 0.5)
    async with open_site(house) as site:
        host, port = "127.0.0.1", int(site.address.rpartition(":")[2])
        head, head_writer = await asyncio.open_connection(host, port)
        head_writer.write(b"GET /api/session HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        body, body_writer = await asyncio.open_connection(host, port)
        body_writer.write(b"POST /api/session HTTP/1.1\r\nHost: x\r\nX-Memberline: 1\r\n")
        body_writer.write(b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{")

        async def drip() -> None:
            while True:
                head_writer.write(b"z")
                await asyncio.sleep(0.1)

        dripping = asyncio.create_task(drip())
        assert await site.sign_in("ann") == 200
        async with asyncio.timeout(10):
            assert await head.read() == b""  # closed without a word: there was no request
            assert (await body.readline()).split()[1] == b"408"
        dripping.cancel()
        head_writer.close()
        body_writer.close()


async def test_a_body_of_ten_megabytes_is_refused_by_its_length(signed_in: Site) -> None:
    status, body = await ask(signed_in, "POST", "/api/till", data=b"x" * 10_000_000)
    assert status == 413
    assert "64 KB" in body["detail"]


async def test_a_taken_port_is_one_clear_sentence(site: Site, house: House) -> None:
    port = int(site.address.rpartition(":")[2])
    with pytest.raises(Problem, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
        await HttpServer(web.Application(), "127.0.0.1", port).start()


async def test_the_logs_of_a_whole_visit_hold_no_password_cookie_or_ticket(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await site.sign_in("ann", "hunter2")
    async with site.browser.post("/api/session", json={"username": "ann", "password": "ann"}) as answer:
        cookie = answer.cookies["memberline_session"].value
    _, ticket = await ask(site, "POST", "/api/ticket")
    async with connect(ticket["url"]) as socket:
        await Client(socket).hear()
    assert "ann signed in" in caplog.text
    for secret in ("hunter2", cookie, ticket["ticket"]):
        assert secret not in caplog.text
