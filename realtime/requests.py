"""What a request brings: who sends it, whether its page may, and its body."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TypeVar

import msgspec
from aiohttp import web

from core.access import User
from realtime.problems import HttpProblem
from realtime.sign_in import Session

Body = TypeVar("Body")

REQUEST_ID = web.RequestKey("request_id", str)  # what an answer and a line of the log have in common
SESSION = web.RequestKey("session", Session)  # absent: nobody is signed in

BODY_BYTES = 64 * 1024
LINE_BYTES = 64 * 1024  # of an address: what is longer is refused before it is read, and without our words
_BODY_S = 10.0  # a body that takes longer is not coming
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def current_session(request: web.Request) -> Session:
    """The session of this request's cookie; 401 without one."""
    session: Session | None = request.get(SESSION)
    if session is None:
        raise HttpProblem(401, "You are not signed in, or your session has ended. Sign in.")
    return session


def current_user(request: web.Request) -> User:
    """Who is signed in; 401 if nobody is."""
    return current_session(request).user


def check_origin(request: web.Request, allowed: Collection[str]) -> None:
    """Refuse (403) a command that another site's page sends with our user's cookie.

    Browsers name the page in `Origin` with every command; what names none must show that it is no form, by a header
    that a form cannot set.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    if origin is None:
        if "X-Memberline" not in request.headers:
            raise HttpProblem(403, "Send the header X-Memberline with commands.")
    elif origin not in allowed and origin != f"{request.scheme}://{request.host}":
        raise HttpProblem(
            403, "Commands from pages of this address are not accepted. Add it to allowed_origins if it is yours."
        )


def asking_address(request: web.Request, proxies: Collection[str]) -> str:
    """The address that the request came from: what a trusted proxy says it was, else who is connected to us."""
    address = request.remote or ""
    for told in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if address not in proxies or not told.strip():
            break
        address = told.strip()
    return address


async def read(request: web.Request) -> bytes:
    """The body, up to 64 KB (413) and 10 s (408)."""
    try:
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except TimeoutError:
        raise HttpProblem(408, "The body did not arrive in time. Send it again.") from None


async def decode(request: web.Request, kind: type[Body]) -> Body:
    """The JSON body as `kind`; 415, 400 or 422 naming the place where it is something else."""
    body = await read(request)
    if request.content_type != "application/json":
        raise HttpProblem(415, "Send the body as application/json.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise HttpProblem(422, f"The body is not as expected. {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HttpProblem(400, f"The body is not JSON. {error}.") from error


def decode_query(request: web.Request, kind: type[Body]) -> Body:
    """The parameters of the query as `kind`; 422 naming the one that is something else, or is there twice."""
    if twice := sorted({name for name in request.query if len(request.query.getall(name)) > 1}):
        raise HttpProblem(422, f"The query names {twice[0]!r} twice. Name it once.")
    try:
        return msgspec.convert(dict(request.query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise HttpProblem(422, f"The query is not as expected. {error}.") from error
