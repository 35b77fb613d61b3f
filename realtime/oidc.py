"""Signing in through the organisation's identity provider (OpenID Connect, code flow with PKCE).

The browser is sent to the provider and comes back with a code; we fetch the ID token for it, check who signed it, for
whom, and that it answers this very request, and find the person by one of its claims. Every call to the provider has a
deadline; a request that was begun holds for ten minutes, once, in the browser that began it.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from aiohttp import web
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.clock import Clock
from realtime.problems import HttpProblem
from realtime.sign_in import Identity

WITHIN_S = 5.0  # for each call to the provider
BEGUN_S = 600
BOUND = 10_000  # requests that were begun and not ended
LEEWAY_S = 60  # between the provider's clock and ours
DISCOVERED_S = 3600
COOKIE = "memberline_oidc"
PATH = "/api/oidc/callback"
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]

Find = Callable[[str], Awaitable[Identity | None]]


@dataclass(frozen=True)
class Provider:
    """What the settings say of it. `claim` of the ID token is the person's user name here."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str = "preferred_username"


@dataclass(frozen=True)
class _Begun:
    nonce: str
    verifier: str
    until: float


class OpenIdConnect:
    """`find` looks a user name up; `origin` is the desk's own, where the provider sends the browser back to."""

    def __init__(self, provider: Provider, *, find: Find, origin: str, clock: Clock) -> None:
        self._provider, self._find, self._clock = provider, find, clock
        self._redirect = origin + PATH
        self._secure = origin.startswith("https:")
        self._begun: OrderedDict[str, _Begun] = OrderedDict()
        self._known: tuple[float, dict[str, Any], KeySet] | None = None

    async def begin(self, _: web.Request) -> web.Response:
        """GET /api/oidc: on to the provider."""
        about, _keys = await self._discover()
        state, nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        async with self._client() as client:
            url, _state = client.create_authorization_url(
                about["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        now = self._clock.monotonic()
        while self._begun and (len(self._begun) >= BOUND or next(iter(self._begun.values())).until <= now):
            self._begun.popitem(last=False)
        self._begun[state] = _Begun(nonce, verifier, now + BEGUN_S)
        answer = web.Response(status=302, headers={"Location": url})
        # Lax, not Strict: it must come along when the provider sends the browser back.
        answer.set_cookie(
            COOKIE, state, max_age=BEGUN_S, httponly=True, samesite="Lax", secure=self._secure, path="/api/oidc"
        )
        return answer

    async def end(self, request: web.Request) -> Identity:
        """The person whom the provider names, for GET /api/oidc/callback; refuses whatever is not this request's."""
        state = request.query.get("state", "")
        begun = self._begun.pop(state, None)
        if begun is None or begun.until <= self._clock.monotonic() or request.cookies.get(COOKIE) != state:
            raise HttpProblem(
                400, "This sign-in was not begun here, or too long ago. Go back to the desk and try again."
            )
        if "code" not in request.query:
            why = request.query.get("error", "no reason given")[:100]
            raise HttpProblem(401, f"Your organisation did not sign you in ({why}). Try again, or ask its help desk.")
        about, keys = await self._discover()
        claims = await self._claims(about, keys, request.query["code"], begun)
        username = claims.get(self._provider.claim)
        found = await self._find(username.casefold()) if isinstance(username, str) else None
        if found is None:
            raise HttpProblem(403, "You are known to your organisation, but not here. Ask an administrator to add you.")
        return found

    async def _claims(self, about: dict[str, Any], keys: KeySet, code: str, begun: _Begun) -> dict[str, Any]:
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    about["token_endpoint"], code=code, code_verifier=begun.verifier, grant_type="authorization_code"
                )
            decoded = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
            rules = jwt.JWTClaimsRegistry(
                now=int(time.time()),  # the provider's tokens live by the world's clock
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self._provider.issuer},
                aud={"essential": True, "value": self._provider.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": begun.nonce},
            )
            rules.validate(decoded.claims)
        except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise HttpProblem(
                401, f"Your organisation's answer is not valid ({type(error).__name__}). Try again."
            ) from error
        except httpx2.HTTPError as error:
            raise _away(error) from error
        return dict(decoded.claims)

    async def _discover(self) -> tuple[dict[str, Any], KeySet]:
        """The provider's addresses and keys, from itself; asked again after an hour."""
        now = self._clock.monotonic()
        if self._known is not None and self._known[0] > now:
            return self._known[1], self._known[2]
        try:
            async with httpx2.AsyncClient(timeout=WITHIN_S) as client:
                place = self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
                about = (await client.get(place)).raise_for_status().json()
                keys = KeySet.import_key_set((await client.get(about["jwks_uri"])).raise_for_status().json())
        except (httpx2.HTTPError, KeyError, ValueError, JoseError) as error:
            raise _away(error) from error
        if about.get("issuer") != self._provider.issuer:
            raise HttpProblem(503, "The identity provider says that it is another one. Check oidc_issuer.")
        self._known = now + DISCOVERED_S, about, keys
        return about, keys

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._provider.client_id,
            self._provider.client_secret,
            scope="openid profile email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=WITHIN_S,
        )


def _away(error: Exception) -> HttpProblem:
    return HttpProblem(503, f"Your organisation's sign-in cannot be reached ({type(error).__name__}). Try again later.")
