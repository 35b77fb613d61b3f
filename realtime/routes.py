"""Signing in and out, and the ticket that opens the gateway."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from core.access import User
from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import Problem
from core.events import encode
from core.following import follow, tell
from core.tasks import TaskOwner
from realtime import oidc
from realtime.problems import HttpProblem
from realtime.protocol import SignIn, SignInWays, TicketInfo
from realtime.requests import SESSION, asking_address, current_session, decode
from realtime.sign_in import Authenticator, Brake, Identity, People, SecondFactor, Session, Sessions, TwoFactor
from realtime.subjects import SessionEnded
from realtime.tickets import Pass, Tickets
from records.events import AgentChanged
from records.sessions import SessionKeeper

log = logging.getLogger(__name__)

COOKIE = "memberline_session"
CODE_NEEDED = "urn:memberline:code"
_WINDOW_S = 15 * 60
_SWEEP_S = 60.0
_COMPARED_AGAIN_S = 1.0
_CHECKS_AT_ONCE = 2  # each costs a core and some 50 MB for a tenth of a second


class _Beginning(NamedTuple):
    """When somebody set about signing in: before anything was read of them."""

    turn: int
    at: datetime


class SignInRoutes:
    """Handlers of /api/session and /api/ticket.

    Within 15 minutes: 5 attempts for one name from one address (more are somebody guessing), 50 for one name from
    anywhere, 100 from one address for any names, and as many begun with the organisation. Attempts that succeed do not
    count. A session gets 60 tickets a minute.
    """

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        sessions: Sessions,
        tickets: Tickets,
        bus: Bus,
        clock: Clock,
        gateway_url: str,
        secure: bool,
        second_factor: SecondFactor | None = None,
        two_factor: TwoFactor = "off",
        proxies: Collection[str] = (),
        organisation: oidc.OpenIdConnect | None = None,
        passwords: bool = True,
        people: People | None = None,
        kept: SessionKeeper | None = None,
    ) -> None:
        self._people, self._kept, self._tasks = people, kept, TaskOwner("sign-in")
        self._oidc, self._passwords = organisation, passwords
        self._second_factor, self._two_factor, self._proxies = second_factor, two_factor, proxies
        self._authenticator, self._sessions, self._tickets = authenticator, sessions, tickets
        self._bus, self._clock, self._gateway_url, self._secure = bus, clock, gateway_url, secure
        self._checks = asyncio.Semaphore(_CHECKS_AT_ONCE)
        self._by_both = Brake(clock, limit=5, window_s=_WINDOW_S)
        self._by_name = Brake(clock, limit=50, window_s=_WINDOW_S)
        self._by_address = Brake(clock, limit=100, window_s=_WINDOW_S)
        self._begun = Brake(clock, limit=100, window_s=_WINDOW_S)  # with the organisation, by address
        self._ticketed = Brake(clock, limit=60, window_s=60)  # by session
        self._turn = itertools.count()
        self._revoked: dict[str, int] = {}  # by person: the turn at which whatever they held became void
        self._missed = -1  # the turn at which it was found that somebody's may have, unheard

    async def sign_in(self, request: web.Request) -> web.Response:
        """POST /api/session"""
        if not self._passwords:
            raise HttpProblem(403, "Passwords are not used here. Sign in with your organisation.")
        began = self._begin()
        asked = await decode(request, SignIn)
        name, address = asked.username.casefold(), asking_address(request, self._proxies)
        both = (name, address)
        # In this order, and no further than the first that holds: who is stopped here does not use up a colleague's.
        brakes = ((self._by_both, both), (self._by_address, address), (self._by_name, name))
        for brake, key in brakes:
            _slow_down(brake, key, "attempts to sign in", address)
        async with self._checks:
            found = await self._authenticator.sign_in(asked.username, asked.password)
        if found is None:
            raise HttpProblem(401, "The user name or the password is wrong.")
        await self._check_code(found, asked.code)
        self._by_both.forget(both)
        for brake, key in brakes[1:]:
            brake.take_back(key)
        user = _user(found)
        answer = web.Response(body=encode(user), content_type="application/json")
        self._enter(request, user, answer, began)
        return answer

    async def ways(self, _: web.Request) -> web.Response:
        """GET /api/sign-in: how one signs in here."""
        ways = SignInWays(password=self._passwords, organisation=self._oidc is not None)
        return web.Response(body=encode(ways), content_type="application/json")

    async def begin_oidc(self, request: web.Request) -> web.Response:
        """GET /api/oidc: on to the organisation's identity provider."""
        assert self._oidc is not None
        address = asking_address(request, self._proxies)
        _slow_down(self._begun, address, "attempts to sign in", address)
        return await self._oidc.begin(request)

    async def end_oidc(self, request: web.Request) -> web.Response:
        """GET /api/oidc/callback: signed in by the organisation, and on to the desk."""
        assert self._oidc is not None
        began = self._begin()
        found = await self._oidc.end(request)
        self._begun.take_back(asking_address(request, self._proxies))
        answer = web.Response(status=302, headers={"Location": "/"})
        answer.del_cookie(oidc.COOKIE, path="/api/oidc")
        self._enter(request, _user(found), answer, began)
        return answer

    def _begin(self) -> _Beginning:
        return _Beginning(next(self._turn), self._clock.now())

    def _enter(self, request: web.Request, user: User, answer: web.Response, began: _Beginning) -> None:
        """Open a session, and let the browser's old one go.

        Who they are was read some time after they `began`: what was revoked since then may still be in it.
        """
        if max(self._revoked.get(user.agent_id, -1), self._missed) > began.turn:
            raise HttpProblem(401, "Your rights were changed while you signed in. Sign in again.")
        before = request.get(SESSION)
        token, session, ended = self._sessions.open(user, began.at)
        self._announce([*ended, before] if before else ended)
        log.info("%s signed in from %s", user.agent_id, asking_address(request, self._proxies))
        self._set_cookie(answer, token, session)

    async def _check_code(self, found: Identity, code: str) -> None:
        """The second factor, where it is switched on and this person has one, or must have one."""
        if self._two_factor == "off" or self._second_factor is None:
            return
        if not found.two_factor:
            if self._two_factor == "required":
                raise HttpProblem(403, "You need a second factor to sign in. Ask an administrator to give you one.")
            return
        if not code:
            raise HttpProblem(401, "Give the code that your authenticator shows now.", kind=CODE_NEEDED)
        if not await self._second_factor.matches(found.agent_id, code):
            raise HttpProblem(401, "The code is wrong, or was used before. Wait for the next one.", kind=CODE_NEEDED)

    async def renew(self, request: web.Request) -> web.Response:
        """POST /api/session/renewal: another cookie for the same session; open pages ask for one now and then."""
        session = current_session(request)
        answer = web.Response(status=204)
        self._set_cookie(answer, self._sessions.renew(session), session)
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        """DELETE /api/session; also where nobody is signed in."""
        session = request.get(SESSION)
        if session is not None:
            self._announce([session])
        answer = web.Response(status=204)
        answer.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=self._secure)
        return answer

    async def who(self, request: web.Request) -> web.Response:
        """GET /api/session"""
        return web.Response(body=encode(current_session(request).user), content_type="application/json")

    async def ticket(self, request: web.Request) -> web.Response:
        """POST /api/ticket"""
        session = current_session(request)
        _slow_down(self._ticketed, session.key, "connections", asking_address(request, self._proxies))
        lasts_s = session.ends - self._clock.monotonic()
        ticket = self._tickets.issue(Pass(session.user, session.key, lasts_s))
        url = f"{self._gateway_url}?ticket={ticket}"
        answer = TicketInfo(ticket=ticket, url=url, expires_s=self._tickets.lifetime_s)
        return web.Response(body=encode(answer), content_type="application/json")

    async def sweep(self) -> None:
        """End the sessions that nobody uses any more, as long as this runs: their websockets end with them."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._announce(self._sessions.expired())

    def _set_cookie(self, answer: web.Response, token: str, session: Session) -> None:
        lasts = int(session.ends - self._clock.monotonic())
        answer.set_cookie(COOKIE, token, max_age=lasts, httponly=True, samesite="Strict", secure=self._secure, path="/")

    async def revoke(self) -> None:
        """End the sessions of people whose rights became others, as long as this runs."""
        behind = "sign-ins fell behind the staff: every session is compared with the records"
        leave = self._bus.listen("session.*", self._ended)
        try:
            await follow(self._bus, "staff.*", self._staff, behind=behind, again=self._compare)
        finally:
            leave()

    async def _compare(self) -> None:
        """What was missed of the staff is read from the records, which may be away themselves for a while."""
        if self._people is None:
            return
        self._missed = next(self._turn)
        while True:
            try:
                changes = await self._people.changes(None)
                break
            except Problem as problem:
                log.error("sessions are not compared with the records yet: %s", problem)
                await asyncio.sleep(_COMPARED_AGAIN_S)
        standing = {change.agent.agent_id: change for change in changes}
        self._announce([each for each in self._sessions.all() if not each.holds(standing.get(each.user.agent_id))])

    async def restore(self) -> None:
        """Who was signed in before a restart still is, with the same rights. Raises `Problem` without the records."""
        if self._kept is None or self._people is None:
            return
        standing = {change.agent.agent_id: change for change in await self._people.changes(None)}
        for kept in await self._kept.all():
            change = standing.get(kept.agent_id)
            if change is None:
                self._kept.forget(kept.key)
            elif not (session := self._sessions.restore(kept, _user(change.agent))).holds(change):
                self._sessions.close(session)
        for session in self._sessions.expired():
            self._sessions.close(session)

    def _ended(self, delivery: Delivery) -> None:
        """Another process that knows the same sessions has ended one."""
        if isinstance(delivery.event, SessionEnded) and (session := self._sessions.get(delivery.event.session)):
            self._sessions.close(session)
            self._tickets.revoke(session.key)

    async def _staff(self, delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, AgentChanged) and event.revoked:
            self._revoke(event.agent.agent_id)

    def _revoke(self, agent_id: str) -> None:
        self._revoked[agent_id] = next(self._turn)
        self._announce(self._sessions.of(agent_id))

    def _announce(self, ended: Sequence[Session]) -> None:
        """End these sessions: here and their tickets at once, their connections as soon as the bus takes it."""
        for session in ended:
            self._sessions.close(session)
            self._tickets.revoke(session.key)
        for session in ended:
            event = SessionEnded(at=self._clock.now(), session=session.key)
            self._tasks.start(tell(self._bus, f"session.{session.key}", event), name="ended")

    async def stop(self) -> None:
        await self._tasks.stop()


def _slow_down(brake: Brake, key: Hashable, what: str, address: str) -> None:
    """Count one more of `key`; 429 where that is one too many, with the time to wait."""
    if (wait_s := brake.attempt(key)) > 0:
        log.warning("too many %s from %s", what, address)
        minutes = math.ceil(wait_s / 60)
        text = f"Too many {what}. Try again in {'a minute' if minutes == 1 else f'{minutes} minutes'}."
        raise HttpProblem(429, text, {"Retry-After": str(math.ceil(wait_s))})


def _user(found: Identity) -> User:
    queues = tuple(sorted(found.queues))
    return User(agent_id=found.agent_id, name=found.name, role=found.role, queues=queues, cleared=found.cleared)
