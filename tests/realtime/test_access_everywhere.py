"""Every route and every subject of the product, for every role: what is let through is what the table says."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from wire_house import House, open_site

from core.access import ROLES, TABLE, Role, Rule, User, allowed, scope
from core.errors import Problem
from core.routes import Request, Route
from memberline.interface import routes
from realtime.subjects import KINDS, may_listen

ROUTES = routes()


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
                rule = route.rule
                expected[what] = rule is None or allowed(role, rule.resource, rule.action, own=own)
    assert found == expected


@pytest.mark.parametrize(("kind", "role", "own"), list(itertools.product(KINDS, ROLES, (True, False))))
def test_a_subject_is_heard_by_whom_the_table_names(kind: str, role: Role, own: bool) -> None:
    user = User(agent_id="me", name="", role=role, queues=("mine",), cleared=True)
    names = {"agent": ("me", "other"), "queue": ("mine", "other"), "wall": ("", "")}
    name = names[kind][0 if own else 1]
    subject = f"{kind}.{name}" if name else kind
    rule = KINDS[kind]
    assert may_listen(subject, user) is allowed(role, rule.resource, rule.action, own=own and bool(name))


@pytest.mark.parametrize("subject", ["", ">", "*", "agent.>", "agent.*", "staff.me", "session.x", "call.c1", "walls"])
@pytest.mark.parametrize("role", ROLES)
def test_a_subject_that_is_not_declared_is_heard_by_nobody(subject: str, role: Role) -> None:
    assert not may_listen(subject, User(agent_id="me", name="", role=role))


@pytest.mark.parametrize("role", ROLES)
def test_somebody_elses_desk_is_for_those_who_are_cleared(role: Role) -> None:
    assert not may_listen("agent.other", User(agent_id="me", name="", role=role))


def test_every_row_of_the_table_is_used() -> None:
    used = {(route.rule.resource, route.rule.action) for route in ROUTES if route.rule}
    used |= {(rule.resource, rule.action) for rule in KINDS.values()}
    listed = {row for rights in TABLE.values() for row in rights}
    assert listed - used == set()


def test_a_route_that_nobody_may_use_is_refused_when_it_is_declared() -> None:
    with pytest.raises(Problem, match="Give the access table a row"):
        Route("GET", "/api/new", done, Rule(resource="audit", action="change"))


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reads_the_log_of_their_own_looks_but_the_auditor(role: Role) -> None:
    assert (scope(role, "audit", "see") is not None) is (role == "auditor")
