"""The HTTP application's shell: it mounts the rooms' routes and enforces what they declare.

Nothing is reachable by accident: a route without a declared access rule stops the start.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Middleware

from core.access import Rule, Scope, User, scope
from core.blobs import Blob
from core.bus import Bus
from core.clock import Clock
from core.errors import Problem
from core.events import encode
from core.ids import new_id
from core.routes import Request, Route
from core.tasks import TaskOwner
from realtime import oidc
from realtime.idempotency import Answer, Idempotency, KeyReused
from realtime.oidc import OpenIdConnect
from realtime.openapi import describe
from realtime.problems import HttpProblem, as_http, problem
from realtime.requests import (
    BODY_BYTES,
    LINE_BYTES,
    REQUEST_ID,
    SESSION,
    check_origin,
    current_session,
    current_user,
    decode,
    decode_query,
    read,
)
from realtime.routes import COOKIE, SignInRoutes
from realtime.sign_in import Authenticator, People, SecondFactor, Sessions, TwoFactor
from realtime.static import static_files
from realtime.tickets import Tickets
from records.sessions import SessionKeeper

__all__ = ["HttpServer", "create_app", "current_user", "decode", "problem", "rules"]

log = logging.getLogger(__name__)

HANDLER_S = 15.0  # longest time a handler may take
IDLE_S = 30.0  # longest time without a whole request: the connection is closed, also where its headers drip
_KEY_LENGTH = 200

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_RULES: web.AppKey[dict[web.AbstractRoute, Rule]] = web.AppKey("rules", dict)  # what each route asks for
_PAGE, _INTERFACE = Rule(resource="page", action="see"), Rule(resource="interface", action="see")
_SEE_SIGN_IN, _SIGN_IN = Rule(resource="sign_in", action="see"), Rule(resource="sign_in", action="change")
_SEE_SESSION, _SESSION = Rule(resource="session", action="see"), Rule(resource="session", action="change")


def create_app(
    routes: Iterable[Route] = (),
    *,
    bus: Bus,
    clock: Clock,
    authenticator: Authenticator,
    tickets: Tickets,
    gateway_url: str,
    static: Path | None = None,
    origins: Sequence[str] = (),
    secure: bool = False,
    second_factor: SecondFactor | None = None,
    two_factor: TwoFactor = "off",
    proxies: Sequence[str] = (),
    organisation: OpenIdConnect | None = None,
    passwords: bool = True,
    people: People | None = None,
    kept: SessionKeeper | None = None,
) -> web.Application:
    """The application, ready for `HttpServer`.

    `gateway_url` is where browsers find the gateway (`ws://127.0.0.1:8001/`); `static` holds the built desk;
    `origins` are pages of other addresses that may send commands; `secure` says that browsers come by HTTPS, so that
    the cookie travels no other way. `second_factor` checks the codes that `two_factor` asks for; `proxies` are the
    addresses whose word is taken for who is asking; `organisation` is its identity provider, `passwords` whether they
    are a way in. `people` are the records that sessions are held to, `kept`
    where they outlive a restart.
    """
    sessions = Sessions(clock, keeping=kept)
    commands = Idempotency(clock)
    app = web.Application(
        client_max_size=BODY_BYTES, middlewares=[_answer_always, _guard(sessions, frozenset(origins))]
    )
    app[_RULES] = {}

    sign_in = SignInRoutes(
        authenticator=authenticator,
        sessions=sessions,
        tickets=tickets,
        bus=bus,
        clock=clock,
        gateway_url=gateway_url,
        secure=secure,
        second_factor=second_factor,
        two_factor=two_factor,
        proxies=frozenset(proxies),
        organisation=organisation,
        passwords=passwords,
        people=people,
        kept=kept,
    )
    _mount(app, "GET", "/api/sign-in", sign_in.ways, _SEE_SIGN_IN)
    if organisation is not None:
        _mount(app, "GET", "/api/oidc", sign_in.begin_oidc, _SIGN_IN)
        _mount(app, "GET", oidc.PATH, sign_in.end_oidc, _SIGN_IN)
    _mount(app, "POST", "/api/session", sign_in.sign_in, _SIGN_IN)
    _mount(app, "DELETE", "/api/session", sign_in.sign_out, _SIGN_IN)
    _mount(app, "GET", "/api/session", sign_in.who, _SEE_SESSION)
    _mount(app, "POST", "/api/session/renewal", sign_in.renew, _SESSION)
    _mount(app, "POST", "/api/ticket", sign_in.ticket, _SESSION)
    routes = tuple(routes)

    async def described(_: web.Request) -> web.Response:
        """The description of all this."""
        return web.Response(body=encode(describe(routes, version("memberline"))), content_type="application/json")

    _mount(app, "GET", "/api/openapi.json", described, _INTERFACE)
    for route in routes:
        _mount(app, route.method, route.path, _enforcing(route, commands), route.rule)
    if static is not None:
        _mount(app, "GET", "/{path:(?!api/).*}", static_files(static), _PAGE)

    headers = _security_headers(gateway_url, secure=secure)

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        response.headers["X-Request-Id"] = request[REQUEST_ID]
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"

    tasks = TaskOwner("http")

    async def start(_: web.Application) -> None:
        tasks.start(sign_in.revoke(), name="revoke")
        tasks.start(sign_in.sweep(), name="sweep")
        await sign_in.restore()

    async def stop(_: web.Application) -> None:
        await tasks.stop()
        await sign_in.stop()
        await commands.stop()

    app.on_response_prepare.append(add_headers)
    app.on_startup.extend((_check_declared, start))
    app.on_cleanup.append(stop)
    return app


class HttpServer:
    """Serves an application on `host`:`port` (0: any free port); with `tls`, over TLS."""

    def __init__(self, app: web.Application, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        self._host, self._asked_port, self._tls = host, port, tls
        server_log = logging.getLogger(f"{__name__}.server")
        server_log.addFilter(_without_what_was_sent)
        # No access log: addresses name members and calls.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=server_log,
            shutdown_timeout=3.0,
            handle_signals=False,
            keepalive_timeout=IDLE_S,
            max_line_size=LINE_BYTES,
        )

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        port: int = self._runner.addresses[0][1]
        return port

    async def start(self) -> None:
        """Listen; raises `Problem` where the port is taken, or a route has no access rule."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._asked_port, ssl_context=self._tls).start()
        except OSError as error:
            await self._runner.cleanup()
            raise Problem(
                f"the desk cannot listen on {self._host}:{self._asked_port}: {error.strerror}",
                remedy="Stop what uses that port, or set http_port to another",
            ) from error

    async def stop(self) -> None:
        await self._runner.cleanup()


def _without_what_was_sent(record: logging.LogRecord) -> bool:
    """One line for a request that is no HTTP, and not the bytes of it: a cookie may be among them."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args = "a request that is no HTTP: %s", (type(error).__name__,)
        record.exc_info = record.exc_text = None
    return True


def _mount(app: web.Application, method: str, path: str, handler: Handler, rule: Rule) -> None:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if not rule.open:
            _reach(rule, current_session(request).user)
        return await handler(request)

    for name in ("GET", "HEAD") if method == "GET" else (method,):
        app[_RULES][app.router.add_route(name, path, guarded)] = rule


def rules(app: web.Application) -> dict[str, Rule]:
    """What each method and path that is mounted asks for."""
    return {f"{route.method} {_canonical(route)}": rule for route, rule in app[_RULES].items()}


def _canonical(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else "?"


async def _check_declared(app: web.Application) -> None:
    for route in app.router.routes():
        if route not in app[_RULES]:
            raise Problem(
                f"{route.method} {_canonical(route)} has no access rule",
                remedy="Mount it as a core.routes.Route that says who may",
            )


def _enforcing(route: Route, commands: Idempotency) -> Handler:
    """An aiohttp handler that does what `route` declares."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session = current_session(request)
        asked = Request(session.user, request.match_info, None, None, request[REQUEST_ID])
        reach = _reach(route.rule, session.user)
        query = None if route.query is None else decode_query(request, route.query)
        key = request.headers.get("Idempotency-Key") if route.method != "GET" else None
        body: object = None
        if route.body is not None:
            body = await decode(request, route.body)

        async def act() -> Answer:
            # In here, because a command that is repeated gets its answer though the thing is no longer theirs.
            await _check_owner(route, asked, reach)
            return _answer(await route.handler(Request(asked.user, asked.path, query, body, asked.request_id)))

        async def act_or_refuse() -> Answer:
            """A refusal is an answer too: the same key gets the same one."""
            try:
                async with asyncio.timeout(HANDLER_S):  # its own: the client may be gone, and its limit with it
                    return await act()
            except Exception as error:  # noqa: BLE001
                refusal = _as_answer(request, error)
                assert isinstance(refusal.body, bytes)
                return Answer(refusal.status, refusal.body, refusal.content_type)

        if key is None:
            answer = await act()
        elif 0 < len(key) <= _KEY_LENGTH:
            command = f"{request.method} {request.path_qs}\n".encode() + await read(request)
            try:
                answer = await commands.once(session.key, key, command, act_or_refuse)
            except KeyReused:
                raise HttpProblem(422, "This Idempotency-Key was used for another command. Use a new one.") from None
        else:
            raise HttpProblem(400, f"The Idempotency-Key has {len(key)} characters. Use 1 to {_KEY_LENGTH}.")
        return web.Response(
            status=answer.status,
            body=answer.body,
            content_type=answer.content_type if answer.body else None,
            headers=answer.headers,
        )

    return handle


def _answer(result: object) -> Answer:
    match result:
        case None:
            return Answer(HTTPStatus.NO_CONTENT, None)
        case Blob():
            return Answer(HTTPStatus.OK, result.body, result.content_type, result.headers)
    return Answer(HTTPStatus.OK, encode(result))


def _reach(rule: Rule, user: User) -> Scope:
    """How far the user's role reaches here; refuses where it does not at all."""
    reach = scope(user.role, rule.resource, rule.action)
    if reach is None:
        raise HttpProblem(403, f"The role {user.role} may not do this. Ask a supervisor.")
    return reach


async def _check_owner(route: Route, asked: Request[None], reach: Scope) -> None:
    owner = await route.owner(asked) if route.owner else None
    if reach == "own" and owner != asked.user.agent_id:
        raise HttpProblem(403, "This belongs to somebody else, and your role reaches only your own.")


def _guard(sessions: Sessions, origins: frozenset[str]) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        check_origin(request, origins)
        if (token := request.cookies.get(COOKIE)) and (session := sessions.find(token)):
            request[SESSION] = session
        return await handler(request)

    return guard


@web.middleware
async def _answer_always(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure becomes an answer that a person can use."""
    request[REQUEST_ID] = new_id()
    try:
        async with asyncio.timeout(HANDLER_S):
            return await handler(request)
    except Exception as error:  # noqa: BLE001
        return _as_answer(request, error)


def _as_answer(request: web.Request, error: Exception) -> web.Response:
    """What went wrong inside stays inside: the answer carries a number, and the log the place."""
    request_id = request[REQUEST_ID]
    match error:
        case HttpProblem():
            refusal = error
        case Problem() | web.HTTPException():
            refusal = as_http(error)
        case TimeoutError():
            log.warning("request %s (%s) took too long", request_id, _place(request))
            text = "This took too long and was given up. Look whether it was done, then try again."
            refusal = HttpProblem(HTTPStatus.GATEWAY_TIMEOUT, text)
        case _:
            # Type and place only: the text of an exception may quote a member's data.
            stack = "".join(traceback.format_tb(error.__traceback__))
            log.error("request %s (%s) failed: %s\n%s", request_id, _place(request), type(error).__name__, stack)
            text = f"Something went wrong here. Tell the people who run Memberline this number: {request_id}."
            refusal = HttpProblem(HTTPStatus.INTERNAL_SERVER_ERROR, text)
    return problem(request_id, refusal.status, refusal.detail, refusal.headers, kind=refusal.kind)


def _place(request: web.Request) -> str:
    """Method and path of the route, without the ids in it."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else 'unknown path'}"


def _security_headers(gateway_url: str, *, secure: bool) -> dict[str, str]:
    gateway = urlsplit(gateway_url)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "media-src 'self'; "
        f"connect-src 'self' {gateway.scheme}://{gateway.netloc}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    # For a year no browser that was here once comes by plain HTTP again, whatever a link or a neighbour says.
    only_https = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
    return only_https | {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
