"""Telephones in agents' pages put together: their accounts at the PBX, the routes, and pages that may speak to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web

from assist.desk.softphone_routes import SoftphoneRoutes
from core.clock import Clock
from core.errors import Problem
from telephony.softphones import Link, Softphones, Telephone

USUAL = Telephone()
POLICY = "Content-Security-Policy"


@asynccontextmanager
async def served(
    link: Link, clock: Clock, *, server: str, stun: tuple[str, ...] = (), telephone: Telephone = USUAL
) -> AsyncIterator[SoftphoneRoutes]:
    """The routes, and what is behind them while the context lasts.

    `server` is the PBX's WebSocket as browsers reach it (`wss://pbx.example.org:8089/ws`); empty: there are none in
    pages here, which the routes then say. Raises `Problem` where it is no such address.
    """
    if not server:
        yield SoftphoneRoutes(None, server="")
        return
    address = urlsplit(server)
    if address.scheme not in ("ws", "wss") or not address.hostname:
        raise Problem(f"{server!r} is no WebSocket", place="softphone_url", remedy="wss://pbx.example.org:8089/ws")
    phones = Softphones(link, clock, telephone=telephone)
    await phones.start()
    try:
        yield SoftphoneRoutes(phones, server=server, stun=stun)
    finally:
        await phones.stop()


def admit(app: web.Application, server: str) -> web.Application:
    """Let the pages of `app` connect to the PBX's WebSocket, (empty: to none), and nowhere else than before."""
    if not server:
        return app
    address = urlsplit(server)
    source = f"{address.scheme}://{address.netloc}"

    async def allow(_: web.Request, response: web.StreamResponse) -> None:
        policy = response.headers[POLICY]
        response.headers[POLICY] = policy.replace("connect-src 'self'", f"connect-src 'self' {source}")

    app.on_response_prepare.append(allow)
    return app
