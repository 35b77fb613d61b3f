"""Signing in where a code is asked for, and who is believed to be asking."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from wire_house import House, Site, open_site

from realtime.routes import CODE_NEEDED


class OneCode:
    async def matches(self, agent_id: str, code: str) -> bool:
        return (agent_id, code) == ("ann", "123456")


async def sign_in(site: Site, code: str = "", *, has_one: bool = True) -> tuple[int, str]:
    async def known(username: str, password: str) -> SimpleNamespace | None:
        right = username == password == "ann"
        facts = {"agent_id": "ann", "name": "Ann", "role": "agent", "queues": (), "cleared": False}
        return SimpleNamespace(**facts, two_factor=has_one) if right else None

    site.people.sign_in = known  # type: ignore[assignment, method-assign]
    body = {"username": "ann", "password": "ann", "code": code}
    async with site.browser.post("/api/session", json=body) as answer:
        return answer.status, (await answer.json()).get("type", "")


@pytest.mark.parametrize(
    ("setting", "has_one", "code", "expected"),
    [
        ("off", True, "", (200, "")),
        ("optional", False, "", (200, "")),
        ("optional", True, "", (401, CODE_NEEDED)),
        ("optional", True, "654321", (401, CODE_NEEDED)),
        ("optional", True, "123456", (200, "")),
        ("required", False, "", (403, "about:blank")),
        ("required", True, "123456", (200, "")),
    ],
)
async def test_the_code_is_asked_for_as_set(
    house: House, setting: str, has_one: bool, code: str, expected: tuple[int, str]
) -> None:
    async with open_site(house, two_factor=setting, second_factor=OneCode()) as site:
        assert await sign_in(site, code, has_one=has_one) == expected


async def test_guessing_codes_is_stopped_like_guessing_passwords(house: House) -> None:
    async with open_site(house, two_factor="optional", second_factor=OneCode()) as site:
        statuses = [(await sign_in(site, f"{n:06}"))[0] for n in range(8)]
    assert statuses == [401] * 5 + [429] * 3


async def test_only_a_trusted_proxy_says_who_asks(house: House) -> None:
    async def attempts(site: Site, count: int) -> list[int]:
        """Each as if from another address."""
        found = []
        for n in range(count):
            headers = {"X-Forwarded-For": f"203.0.113.{n}"}
            body = {"username": "ann", "password": "guess"}
            async with site.browser.post("/api/session", json=body, headers=headers) as answer:
                found.append(answer.status)
        return found

    async with open_site(house) as site:
        assert await attempts(site, 7) == [401] * 5 + [429] * 2  # who is not trusted is counted as one
    async with open_site(house, proxies=("127.0.0.1",)) as site:
        assert await attempts(site, 7) == [401] * 7
