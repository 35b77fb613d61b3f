"""An identity provider that a test can make lie, stall, change its keys, or answer nonsense."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey


def new_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class CrookedProvider:
    """Signs everybody in as `ann`. What it sends is right until a test changes it."""

    now: Callable[[], datetime]
    key: RSAKey
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)  # in place of the right ones; None: without it
    about: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)  # what UserInfo tells
    sign: Callable[[dict[str, Any]], str] | None = None
    answers: dict[str, bytes] = field(default_factory=dict)  # by path: sent as they are
    stalls: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)  # paths
    credentials: tuple[str, str] | None = None  # what the client showed last
    nonce: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path in self.stalls:
            await asyncio.Event().wait()
        if request.path in self.answers:
            return web.Response(body=self.answers[request.path])
        match request.path:
            case "/.well-known/openid-configuration":
                right = {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "userinfo_endpoint": f"{self.issuer}/info",
                }
                return web.json_response(right | self.about)
            case "/keys":
                return web.json_response({"keys": [self.key.as_dict(private=False)]})
            case "/token":
                return web.json_response(await self._token(request))
            case "/info" if request.headers.get("Authorization") == "Bearer x":
                return web.json_response(self.info)
        raise web.HTTPNotFound

    async def _token(self, request: web.Request) -> dict[str, Any]:
        form = await request.post()
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            name, _, secret = base64.b64decode(shown).decode().partition(":")
            self.credentials = unquote_plus(name), unquote_plus(secret)
        else:
            self.credentials = str(form.get("client_id", "")), str(form.get("client_secret", ""))
        now = int(self.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "1",
            "aud": "memberline",
            "nonce": self.nonce,
            "iat": now,
            "exp": now + 60,
            "preferred_username": "ann",
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return {"access_token": "x", "token_type": "Bearer", "id_token": (self.sign or self.signed)(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def with_shared_secret(self, claims: dict[str, Any]) -> str:
        """Signed with the public key as if it were a secret that both know."""
        signed = f"{_part({'alg': 'HS256', 'kid': self.key.kid})}.{_part(claims)}"
        return f"{signed}.{_base64(hmac.digest(self.key.as_pem(private=False), signed.encode(), 'sha256'))}"

    def unsigned(self, claims: dict[str, Any]) -> str:
        return f"{_part({'alg': 'none'})}.{_part(claims)}."

    def by_a_stranger(self, claims: dict[str, Any]) -> str:
        """A key of somebody else's that calls itself as ours does."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, new_key(str(self.key.kid)))

    def back(self, url: str) -> str:
        """Where the browser comes back to that was sent here with `url`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.nonce = asked["nonce"]
        return f"{urlsplit(asked['redirect_uri']).path}?code=c&state={asked['state']}"


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@asynccontextmanager
async def crooked_provider(key: RSAKey, now: Callable[[], datetime]) -> AsyncIterator[CrookedProvider]:
    provider = CrookedProvider(now, key)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()
