"""The organisation's identity provider (OpenID Connect): where it is, its keys, whom a code stands for.

What it answers is a stranger's data until it is checked. All that one sign-in asks of it has one deadline, every answer
a size, and its keys are fetched again when it signs with one that is not known yet.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from core.clock import Clock
from realtime.problems import HttpProblem

WITHIN_S = 5.0  # for each of its answers
TOGETHER_S = 10.0  # for all that one request asks of it
ANSWER_BYTES = 256 * 1024
LEEWAY_S = 60  # between its clock and ours
DISCOVERED_S = 3600  # then it is asked again where things are
_KEYS_AGAIN_S = 10  # who sends tokens signed with unknown keys makes us ask no oftener
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")  # none with a shared secret


@dataclass(frozen=True)
class Provider:
    """What the settings say of it.

    `claim`, of the ID token or else of UserInfo, is the person's user name here. Without a secret PKCE stands alone.
    """

    issuer: str
    client_id: str
    client_secret: str
    claim: str = "preferred_username"


class _About(msgspec.Struct, frozen=True):
    """What we need of its discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True)
class _Known:
    about: _About
    keys: KeySet
    at: float  # monotonic


class IdentityProvider:
    """Every method raises `HttpProblem`: 503 where it is away or not what the settings say, 401 for a bad answer."""

    def __init__(self, provider: Provider, *, redirect: str, clock: Clock) -> None:
        self._provider, self._redirect, self._clock = provider, redirect, clock
        self._known: _Known | None = None
        self._asking = asyncio.Lock()  # one asks, the others wait for what it is told

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent to sign in."""
        async with _deadline():
            about = (await self._discover(DISCOVERED_S)).about
            async with self._client(about) as client:
                url, _state = client.create_authorization_url(
                    about.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
                )
        return str(url)

    async def username(self, code: str, *, nonce: str, verifier: str) -> str:
        """The user name of the person whom `code` stands for; empty where the provider names none."""
        async with _deadline():
            known = await self._discover(DISCOVERED_S)
            async with self._client(known.about) as client:
                try:
                    token = await client.fetch_token(
                        known.about.token_endpoint, code=code, code_verifier=verifier, grant_type="authorization_code"
                    )
                    claims = self._checked(await self._claims(token["id_token"], known), nonce)
                    if self._provider.claim not in claims and known.about.userinfo_endpoint:
                        claims = await self._more(client, known.about.userinfo_endpoint, claims["sub"])
                # TypeError and KeyError: JSON of another shape than a token's.
                except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
                    raise HttpProblem(
                        401, f"Your organisation's answer is not valid ({type(error).__name__}). Try again."
                    ) from error
        name = claims.get(self._provider.claim)
        return name if isinstance(name, str) else ""

    async def _more(self, client: AsyncOAuth2Client, place: str, subject: str) -> Mapping[str, Any]:
        """The claims that it gives out only when asked: many put none but the subject into the ID token."""
        answer = (await client.get(place)).raise_for_status()
        claims = msgspec.json.decode(answer.content, type=dict[str, Any])
        if claims.get("sub") != subject:
            raise InvalidClaimError("sub", "it is somebody else's")
        return claims

    async def _claims(self, id_token: str, known: _Known) -> Mapping[str, Any]:
        """What its signature vouches for."""
        try:
            return jwt.decode(id_token, known.keys, algorithms=_ALGORITHMS).claims
        except (InvalidKeyIdError, BadSignatureError):  # perhaps it has other keys now
            keys = (await self._discover(_KEYS_AGAIN_S)).keys
            return jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims

    def _checked(self, claims: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The same, when it is for us, for this request, and for now; else raises `JoseError`."""
        several = (
            isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
        )  # then it must say for whom it was made
        jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._provider.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._provider.client_id},
            azp={"essential": several, "value": self._provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(dict(claims))
        return claims

    async def _discover(self, newer_than_s: float) -> _Known:
        """Where things are and its keys, from itself; what is `newer_than_s` is not asked for again."""
        async with self._asking:
            now = self._clock.monotonic()
            if self._known is not None and now - self._known.at < newer_than_s:
                return self._known
            async with httpx2.AsyncClient(timeout=WITHIN_S, event_hooks={"response": [_bounded]}) as client:
                place = self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
                try:
                    about = msgspec.json.decode((await client.get(place)).raise_for_status().content, type=_About)
                    keys = msgspec.json.decode(
                        (await client.get(about.jwks_uri)).raise_for_status().content, type=dict[str, Any]
                    )
                    key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type]  # checked by itself
                except (msgspec.MsgspecError, KeyError, TypeError, ValueError, JoseError) as error:
                    raise _away(error) from error
            if about.issuer != self._provider.issuer:
                raise HttpProblem(503, "The identity provider says that it is another one. Check oidc_issuer.")
            self._known = _Known(about, key_set, now)
            return self._known

    def _client(self, about: _About) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._provider.client_id,
            self._provider.client_secret,
            token_endpoint_auth_method=self._auth_method(about),
            scope="openid profile email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            leeway=0,  # the access token is used at once, however short it holds
            timeout=WITHIN_S,
            event_hooks={"response": [_bounded]},
        )

    def _auth_method(self, about: _About) -> object:
        if not self._provider.client_secret:
            return "none"
        return _basic if "client_secret_basic" in about.token_endpoint_auth_methods_supported else "client_secret_post"


def _basic(client: Any, method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """Who we are, form-encoded first as RFC 6749 wants it: a secret may hold any character."""
    text = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(text.encode()).decode()}"
    return uri, headers, body


@asynccontextmanager
async def _deadline() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(TOGETHER_S):
            yield
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise _away(error) from error


class _Bounded(httpx2.AsyncByteStream):
    """A body of at most `ANSWER_BYTES`."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = ANSWER_BYTES
        async for part in self._body:
            left -= len(part)
            if left < 0:
                raise httpx2.ReadError(f"more than {ANSWER_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bounded(answer: httpx2.Response) -> None:
    assert isinstance(answer.stream, httpx2.AsyncByteStream)
    answer.stream = _Bounded(answer.stream)


def _away(error: Exception) -> HttpProblem:
    return HttpProblem(503, f"Your organisation's sign-in cannot be reached ({type(error).__name__}). Try again later.")
