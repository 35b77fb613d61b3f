"""What an identity provider, or somebody in its name, may send, and what becomes of it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from crooked_provider import CrookedProvider, crooked_provider, new_key
from wire_house import House, Site, open_site

from realtime import identity_provider
from realtime.oidc import OpenIdConnect, Provider

ANN = SimpleNamespace(agent_id="ann", name="Ann", role="agent", queues=(), cleared=False, two_factor=False)
SECRET = "a+b/c=d:e%20&é"
KEY = new_key("first")
DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class Desk:
    site: Site
    provider: CrookedProvider
    looked_up: list[str]

    async def sign_in(self) -> tuple[int, str]:
        """There and back; status and what is said."""
        async with self.site.browser.get("/api/oidc", allow_redirects=False) as answer:
            if answer.status != 302:
                return answer.status, (await answer.json())["detail"]
            back = self.provider.back(answer.headers["Location"])
        async with self.site.browser.get(back, allow_redirects=False) as answer:
            return answer.status, "" if answer.status == 302 else (await answer.json())["detail"]

    async def signed_in(self) -> bool:
        async with self.site.browser.get("/api/session") as answer:
            return answer.status == 200


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    looked_up: list[str] = []

    async def find(username: str) -> SimpleNamespace | None:
        looked_up.append(username)
        return ANN if username == "ann" else None

    async with crooked_provider(KEY, house.clock.now) as provider:
        settings = Provider(provider.issuer, "memberline", SECRET)
        organisation = OpenIdConnect(settings, find=find, origin="http://desk.example", clock=house.clock)
        async with open_site(house, organisation=organisation) as site:
            yield Desk(site, provider, looked_up)


async def test_an_honest_answer_signs_in_and_our_secret_arrives_whole(desk: Desk) -> None:
    assert await desk.sign_in() == (302, "")
    assert await desk.signed_in()
    assert desk.provider.credentials == ("memberline", SECRET)


async def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(desk: Desk) -> None:
    desk.provider.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert await desk.sign_in() == (302, "")
    assert desk.provider.credentials == ("memberline", SECRET)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another-application"},
        {"aud": ["memberline", "another-application"]},  # and not said for which of them
        {"aud": ["memberline", "another-application"], "azp": "another-application"},
        {"azp": "another-application"},
        {"aud": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_an_id_token_for_somebody_or_something_else_is_no_sign_in(desk: Desk, claims: dict[str, Any]) -> None:
    desk.provider.claims = claims
    status, text = await desk.sign_in()
    assert (status, "not valid" in text) == (401, True)
    assert not await desk.signed_in()
    assert desk.looked_up == []


async def test_one_of_several_audiences_that_it_names_as_its_own_is_us(desk: Desk) -> None:
    desk.provider.claims = {"aud": ["memberline", "another-application"], "azp": "memberline"}
    assert await desk.sign_in() == (302, "")


@pytest.mark.parametrize(("late_s", "status"), [(50, 302), (70, 401)])
async def test_clocks_may_differ_by_a_minute_at_most(desk: Desk, late_s: int, status: int) -> None:
    now = int(desk.site.house.clock.now().timestamp())
    desk.provider.claims = {"exp": now - late_s}
    assert (await desk.sign_in())[0] == status
    desk.provider.claims = {"iat": now + late_s}
    assert (await desk.sign_in())[0] == status


@pytest.mark.parametrize(
    "forge", [CrookedProvider.with_shared_secret, CrookedProvider.unsigned, CrookedProvider.by_a_stranger]
)
async def test_a_forged_signature_is_no_sign_in(
    desk: Desk, forge: Callable[[CrookedProvider, dict[str, Any]], str]
) -> None:
    desk.provider.sign = lambda claims: forge(desk.provider, claims)
    status, text = await desk.sign_in()
    assert (status, "not valid" in text) == (401, True)
    assert not await desk.signed_in()


async def test_new_keys_are_fetched_when_they_are_first_used(desk: Desk) -> None:
    assert await desk.sign_in() == (302, "")
    desk.provider.key = new_key("second")
    desk.site.house.clock.advance(60)
    assert await desk.sign_in() == (302, "")
    assert desk.provider.asked.count("/keys") == 2


async def test_forged_tokens_do_not_make_us_ask_for_keys_each_time(desk: Desk) -> None:
    desk.provider.sign = desk.provider.by_a_stranger
    for _ in range(5):
        assert (await desk.sign_in())[0] == 401
    assert desk.provider.asked.count("/keys") == 1
    desk.site.house.clock.advance(60)
    assert (await desk.sign_in())[0] == 401
    assert desk.provider.asked.count("/keys") == 2


async def test_what_the_id_token_leaves_out_is_asked_for(desk: Desk) -> None:
    desk.provider.claims = {"preferred_username": None}
    desk.provider.info = {"sub": "1", "preferred_username": "ann"}
    assert await desk.sign_in() == (302, "")


async def test_what_is_told_of_somebody_else_is_not_taken(desk: Desk) -> None:
    desk.provider.claims = {"preferred_username": None}
    desk.provider.info = {"sub": "2", "preferred_username": "ann"}
    assert (await desk.sign_in())[0] == 401
    desk.provider.info = {"preferred_username": "ann"}
    assert (await desk.sign_in())[0] == 401
    assert not await desk.signed_in()


@pytest.mark.parametrize("name", ["", 7, ["ann"], {"ann": 1}, True])
async def test_a_claim_that_is_no_name_is_nobody(desk: Desk, name: object) -> None:
    desk.provider.claims = {"preferred_username": name}
    assert (await desk.sign_in())[0] == 403
    assert "/info" not in desk.provider.asked
    assert desk.looked_up == []


async def test_who_has_no_name_anywhere_is_nobody(desk: Desk) -> None:
    desk.provider.claims, desk.provider.info = {"preferred_username": None}, {"sub": "1"}
    assert (await desk.sign_in())[0] == 403
    desk.provider.about = {"userinfo_endpoint": ""}
    desk.site.house.clock.advance(3600)
    assert (await desk.sign_in())[0] == 403
    assert desk.looked_up == []


async def test_capitals_do_not_matter_but_other_alphabets_do(desk: Desk) -> None:
    desk.provider.claims = {"preferred_username": "ANN"}
    assert (await desk.sign_in())[0] == 302
    assert "\u212aATE".lower() == "kate"  # the sign of the unit kelvin
    desk.provider.claims = {"preferred_username": "\u212aATE"}
    assert (await desk.sign_in())[0] == 403
    assert desk.looked_up == ["ann"]


NONSENSE = [b"", b"[]", b"3", b'"text"', b"{}", b"<html>", b"\xff\xfe", b'{"keys": 3}', b'{"keys": [{"kty": "RSA"}]}']


@pytest.mark.parametrize(("path", "body"), list(itertools.product([DISCOVERY, "/keys"], NONSENSE)))
async def test_nonsense_in_place_of_what_it_is_is_said(desk: Desk, path: str, body: bytes) -> None:
    desk.provider.answers[path] = body
    status, text = await desk.sign_in()
    assert (status, "cannot be reached" in text) == (503, True)


@pytest.mark.parametrize("body", NONSENSE)
async def test_nonsense_in_place_of_what_the_person_is_called_is_no_sign_in(desk: Desk, body: bytes) -> None:
    desk.provider.claims = {"preferred_username": None}
    desk.provider.answers["/info"] = body
    assert (await desk.sign_in())[0] == 401


@pytest.mark.parametrize("body", [*NONSENSE, b'{"id_token": 3}', b'{"id_token": "a.b.c"}', b'{"error": "no"}'])
async def test_nonsense_in_place_of_a_token_is_no_sign_in(desk: Desk, body: bytes) -> None:
    desk.provider.answers["/token"] = body
    assert (await desk.sign_in())[0] == 401


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token", "/info"])
async def test_an_answer_without_end_is_not_read_to_its_end(desk: Desk, path: str) -> None:
    desk.provider.claims = {"preferred_username": None}
    desk.provider.answers[path] = b" " * (identity_provider.ANSWER_BYTES + 1)
    status, text = await desk.sign_in()
    assert (status, "cannot be reached" in text) == (503, True)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token", "/info"])
async def test_a_provider_that_does_not_answer_is_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(identity_provider, "TOGETHER_S", 0.2)
    desk.provider.claims = {"preferred_username": None}
    desk.provider.stalls.add(path)
    status, text = await desk.sign_in()
    assert (status, "cannot be reached" in text) == (503, True)


async def test_a_provider_of_another_name_is_not_ours(desk: Desk) -> None:
    desk.provider.about = {"issuer": "https://other.example"}
    status, text = await desk.sign_in()
    assert (status, "oidc_issuer" in text) == (503, True)


async def test_it_is_asked_once_an_hour_where_things_are(desk: Desk) -> None:
    for _ in range(3):
        assert await desk.sign_in() == (302, "")
    assert desk.provider.asked.count(DISCOVERY) == 1
    desk.site.house.clock.advance(3600)
    assert await desk.sign_in() == (302, "")
    assert desk.provider.asked.count(DISCOVERY) == 2
