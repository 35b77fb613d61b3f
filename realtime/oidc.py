"""Signing in through the organisation's identity provider (OpenID Connect, code flow with PKCE): the browser's way.

The browser is sent to the provider and comes back with a code, for which the provider names the person. A request that
was begun holds for ten minutes, once, in the browser that began it.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from core.clock import Clock
from realtime.identity_provider import IdentityProvider, Provider
from realtime.problems import HttpProblem
from realtime.sign_in import Identity

__all__ = ["BEGUN_S", "COOKIE", "PATH", "OpenIdConnect", "Provider"]

BEGUN_S = 600
BOUND = 10_000  # requests that were begun and not ended
COOKIE = "memberline_oidc"
PATH = "/api/oidc/callback"

Find = Callable[[str], Awaitable[Identity | None]]


@dataclass(frozen=True)
class _Begun:
    nonce: str
    verifier: str
    until: float  # monotonic


class OpenIdConnect:
    """`find` looks a user name up; `origin` is the desk's own, where the provider sends the browser back to."""

    def __init__(self, provider: Provider, *, find: Find, origin: str, clock: Clock) -> None:
        self._provider = IdentityProvider(provider, redirect=origin + PATH, clock=clock)
        self._find, self._clock = find, clock
        self._secure = origin.startswith("https:")
        self._begun: OrderedDict[str, _Begun] = OrderedDict()

    async def begin(self, _: web.Request) -> web.Response:
        """GET /api/oidc: on to the provider."""
        state, nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        url = await self._provider.address(state=state, nonce=nonce, verifier=verifier)
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
        username = await self._provider.username(request.query["code"], nonce=begun.nonce, verifier=begun.verifier)
        # User names here are ASCII. Other letters may become ASCII ones in lower case: they would be somebody else.
        found = await self._find(username.lower()) if username and username.isascii() else None
        if found is None:
            raise HttpProblem(403, "You are known to your organisation, but not here. Ask an administrator to add you.")
        return found
