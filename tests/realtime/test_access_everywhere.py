"""Every route, file and subject of the product, for every role: what is let through is what the table says."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_house import House, Site, open_site
from yarl import URL

from core.access import OPEN, ROLES, TABLE, Role, Rule, User, allowed, scope
from core.bus import name_of, word
from core.errors import Problem
from core.routes import Request, Route
from memberline.interface import declared
from realtime.http import rules
from realtime.oidc import OpenIdConnect, Provider
from realtime.openapi import describe
from realtime.subjects import KINDS, may_listen

ROUTES = declared()


async def done(_: Request[Any]) -> None:
    """The handler of every route here: that it was reached is all that counts."""


class Everybody:
    """Signs in whoever names a role."""

    async def sign_in(self, username: str, password: str) -> User | None:
        return next((User(agent_id=role, name=role, role=role) for role in ROLES if role == username), None)


@pytest.mark.parametrize("role", ROLES)
async def test_a_route_lets_through_whom_the_table_names(house: House, role: Role) -> None:
    found: dict[str, bool] = {}
    expected: dict[str, bool] = {}
    for own in (True, False):

        async def owner(_: Request[Any], own: bool = own) -> str:
            return role if own else "somebody else"

        mounted = [replace(each, handler=done, owner=owner, body=None) for each in ROUTES]
        async with open_site(house, *mounted) as site:
            site.people.sign_in = Everybody().sign_in  # type: ignore[method-assign]
            assert await site.sign_in(role, "any") == 200
            for route in ROUTES:
                path = route.path.replace("{", "").replace("}", "")
                async with site.browser.request(route.method, path) as answer:
                    assert answer.status in (204, 403), (route.path, answer.status)
                    what = f"{route.method} {route.path} own={own}"
                    found[what] = answer.status == 204
                expected[what] = allowed(role, route.rule.resource, route.rule.action, own=own)
    assert found == expected


@pytest.mark.parametrize(("kind", "role", "own"), list(itertools.product(KINDS, ROLES, (True, False))))
def test_a_subject_is_heard_by_whom_the_table_names(kind: str, role: Role, own: bool) -> None:
    user = User(agent_id="me", name="", role=role, queues=("mine too",), cleared=True)
    names = {"agent": ("me", "other"), "queue": ("mine%20too", "other"), "wall": ("", ""), "notices": ("", "")}
    name = names[kind][0 if own else 1]
    subject = f"{kind}.{name}" if name else kind
    rule = KINDS[kind]
    assert may_listen(subject, user) is allowed(role, rule.resource, rule.action, own=own and bool(name))


@pytest.mark.parametrize("subject", ["", ">", "*", "agent.>", "agent.*", "staff.me", "session.x", "call.c1", "walls"])
@pytest.mark.parametrize("role", ROLES)
def test_a_subject_that_is_not_declared_is_heard_by_nobody(subject: str, role: Role) -> None:
    assert not may_listen(subject, User(agent_id="me", name="", role=role))


@pytest.mark.parametrize("role", ROLES)
async def test_a_queue_is_seen_over_http_and_heard_by_the_same(house: House, role: Role) -> None:
    """Its name is spelled in the one, as it is in the other."""
    user = User(agent_id=role, name=role, role=role, queues=("north.desk 2", "über/mäßig"))

    async def same(_: str, __: str) -> User:
        return user

    (route,) = (replace(each, handler=done) for each in ROUTES if each.path == "/api/queues/{name}")
    async with open_site(house, route) as site:
        site.people.sign_in = same  # type: ignore[method-assign]
        assert await site.sign_in(role, "any") == 200
        for queue in (*user.queues, "other", "north", "north.desk"):
            path = URL(f"/api/queues/{quote(queue, safe='')}", encoded=True)
            async with site.browser.get(path) as answer:
                assert answer.status in (204, 403)
                assert (answer.status == 204) is may_listen(f"queue.{word(queue)}", user), queue


@given(st.text(min_size=1))
def test_a_name_and_its_word_are_one_for_one(name: str) -> None:
    assert name_of(word(name)) == name
    assert name_of(word(name) + ".") is None


@pytest.mark.parametrize("role", ROLES)
def test_somebody_elses_desk_is_for_those_who_are_cleared(role: Role) -> None:
    assert not may_listen("agent.other", User(agent_id="me", name="", role=role))


@asynccontextmanager
async def whole_site(house: House, files: Path) -> AsyncIterator[Site]:
    """Everything that can be mounted."""
    (files / "index.html").write_text("<!doctype html><title>The desk</title>")
    organisation = OpenIdConnect(Provider("http://127.0.0.1:1", "", ""), find=nobody, origin="", clock=house.clock)
    mounted = [replace(each, handler=done, body=None) for each in ROUTES]
    async with open_site(house, *mounted, static=files, organisation=organisation) as site:
        yield site


async def nobody(_: str) -> None:
    return None


async def test_who_is_signed_out_gets_the_page_and_the_ways_to_sign_in_and_nothing_else(
    house: House, tmp_path: Path
) -> None:
    async with whole_site(house, tmp_path) as site:
        stopped, expected = {}, {}
        for what, rule in rules(site.app).items():
            method, path = what.split()
            path = "/" if rule.resource == "page" else path.replace("{", "").replace("}", "")
            async with site.browser.request(method, path, allow_redirects=False) as answer:
                stopped[what] = answer.status == 401 and (method == "HEAD" or "not signed in" in await answer.text())
            expected[what] = (rule.resource, rule.action) not in OPEN
        assert stopped == expected
        assert {what for what in expected if not expected[what] and what.startswith("GET ")} == {
            "GET /{path}",
            "GET /api/sign-in",
            "GET /api/oidc",
            "GET /api/oidc/callback",
        }


async def test_everything_that_can_be_asked_is_described(house: House, tmp_path: Path) -> None:
    async with whole_site(house, tmp_path) as site:
        mounted = {what for what, rule in rules(site.app).items() if rule.resource != "page"}
    paths = describe(ROUTES, "1")["paths"]
    described = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert described == {what for what in mounted if not what.startswith("HEAD ")}
    assert "302" in paths["/api/oidc"]["get"]["responses"]


async def test_every_row_of_the_table_is_used(house: House, tmp_path: Path) -> None:
    async with whole_site(house, tmp_path) as site:
        used = {(rule.resource, rule.action) for rule in (*rules(site.app).values(), *KINDS.values())}
    assert used == {row for rights in TABLE.values() for row in rights} | OPEN


def test_a_route_a_file_or_a_subject_without_a_row_cannot_be_declared() -> None:
    with pytest.raises(Problem, match=r"nobody may change audit\. Give the access table a row"):
        Route("GET", "/api/new", done, Rule(resource="audit", action="change"))
    with pytest.raises(Problem, match="nobody may see recordings"):
        KINDS["recordings"] = Rule(resource="recordings", action="see")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Route("GET", "/api/new", done)  # type: ignore[call-arg]


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reads_the_log_of_their_own_looks_but_the_auditor(role: Role) -> None:
    assert (scope(role, "audit", "see") is not None) is (role == "auditor")
