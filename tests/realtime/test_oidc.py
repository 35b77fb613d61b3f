"""Signing in through an identity provider: the whole way round, with a real one, and what is refused on it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession
from identity_server import identity_server, through_its_pages
from wire_house import House, Site, open_site

from core.clock import ManualClock
from realtime.oidc import BEGUN_S, OpenIdConnect, Provider

ANN = SimpleNamespace(agent_id="ann", name="Ann", role="agent", queues=(), cleared=False, two_factor=False)
DESK = "http://desk.example"
SECRET = "a+b/c=d:e%20&f"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with identity_server(DESK, SECRET) as issuer:
        yield issuer


def today() -> ManualClock:
    """The provider lives by the machine's clock, and dates its tokens by it."""
    return ManualClock(datetime.now(UTC))


@asynccontextmanager
async def site(
    house: House,
    issuer: str,
    clock: ManualClock | None = None,
    client: str = "RS256",
    secret: str = SECRET,
    **options: object,
) -> AsyncIterator[Site]:
    async def find(username: str) -> SimpleNamespace | None:
        return ANN if username == "ann" else None

    provider = Provider(issuer, client, secret)
    organisation = OpenIdConnect(provider, find=find, origin=DESK, clock=clock or today())
    async with open_site(house, organisation=organisation, **options) as made:
        yield made


async def begin(site: Site) -> str:
    """The provider's address that the browser is sent to."""
    async with site.browser.get("/api/oidc", allow_redirects=False) as answer:
        assert answer.status == 302
        return answer.headers["Location"]


async def at_provider(url: str, person: str | None) -> str:
    """Sign in there as `person`, or abort; the way back to the desk that the provider gives."""
    back = await through_its_pages(url, DESK, person)
    assert back.startswith("/api/oidc/callback?")
    return back


async def come_back(site: Site, path: str) -> tuple[int, str]:
    async with site.browser.get(path, allow_redirects=False) as answer:
        text = "" if answer.status == 302 else (await answer.json())["detail"]
        return answer.status, text


async def test_who_the_organisation_knows_and_we_know_is_signed_in(house: House, issuer: str) -> None:
    async with site(house, issuer) as here:
        url = await begin(here)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == f"{DESK}/api/oidc/callback"
        assert len(asked["nonce"]) > 20
        assert await come_back(here, await at_provider(url, "ann")) == (302, "")
        async with here.browser.get("/api/session") as answer:
            assert (answer.status, (await answer.json())["agent_id"]) == (200, "ann")


@pytest.mark.parametrize(
    ("client", "secret"), [("PS256", SECRET), ("ES256", SECRET), ("Ed25519", SECRET), ("public", "")]
)
async def test_every_usual_way_to_sign_is_understood_and_no_secret_is_needed(
    house: House, issuer: str, client: str, secret: str
) -> None:
    async with site(house, issuer, client=client, secret=secret) as here:
        assert await come_back(here, await at_provider(await begin(here), "ann")) == (302, "")


async def test_a_wrong_secret_is_said(house: House, issuer: str) -> None:
    async with site(house, issuer, secret="guessed") as here:
        status, text = await come_back(here, await at_provider(await begin(here), "ann"))
    assert (status, "not valid" in text) == (401, True)


async def test_who_is_not_known_here_is_told_so(house: House, issuer: str) -> None:
    async with site(house, issuer) as here:
        status, text = await come_back(here, await at_provider(await begin(here), "stranger"))
        assert status == 403
        assert "Ask an administrator" in text


async def test_a_way_back_holds_once_and_for_ten_minutes_in_its_own_browser(house: House, issuer: str) -> None:
    clock = today()
    async with site(house, issuer, clock) as here:
        back = await at_provider(await begin(here), "ann")
        assert (await come_back(here, back))[0] == 302
        assert (await come_back(here, back))[0] == 400  # used
        late = await at_provider(await begin(here), "ann")
        clock.advance(BEGUN_S + 1)
        assert (await come_back(here, late))[0] == 400
        stolen = await at_provider(await begin(here), "ann")
        async with ClientSession(here.address) as other, other.get(stolen, allow_redirects=False) as answer:
            assert answer.status == 400  # another browser than the one that began
        assert (await come_back(here, "/api/oidc/callback?code=x&state=made-up"))[0] == 400


async def test_a_wrong_code_or_a_refusal_is_no_sign_in(house: House, issuer: str) -> None:
    async with site(house, issuer) as here:
        back = await at_provider(await begin(here), "ann")
        status, text = await come_back(here, re.sub(r"code=[^&]+", "code=guessed", back))
        assert status == 401
        assert "not valid" in text
        status, text = await come_back(here, await at_provider(await begin(here), None))
        assert (status, "access_denied" in text) == (401, True)


async def test_a_provider_that_is_not_there_is_said(house: House) -> None:
    async with site(house, "http://127.0.0.1:1") as here, here.browser.get("/api/oidc") as answer:
        assert answer.status == 503
        assert "cannot be reached" in (await answer.json())["detail"]


async def test_a_hundred_beginnings_from_one_address_are_enough(house: House) -> None:
    async with site(house, "http://127.0.0.1:1") as here:
        found = []
        for _ in range(102):
            async with here.browser.get("/api/oidc", allow_redirects=False) as answer:
                found.append(answer.status)
    assert found == [503] * 100 + [429] * 2


async def test_passwords_can_be_switched_off(house: House, issuer: str) -> None:
    async with site(house, issuer, passwords=False) as here:
        async with here.browser.get("/api/sign-in") as answer:
            assert await answer.json() == {"password": False, "organisation": True}
        assert await here.sign_in("ann") == 403
    async with open_site(house) as plain:
        async with plain.browser.get("/api/sign-in") as answer:
            assert await answer.json() == {"password": True, "organisation": False}
        async with plain.browser.get("/api/oidc") as answer:
            assert answer.status == 404
