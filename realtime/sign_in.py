"""Signing in: sessions behind an opaque cookie, and a brake on guessing passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol

from core.access import Role, User
from core.clock import Clock


class Identity(Protocol):
    """The person a password belongs to, as far as signing in needs to know them."""

    @property
    def agent_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def queues(self) -> Iterable[str]: ...
    @property
    def cleared(self) -> bool: ...


class Authenticator(Protocol):
    """Checks a password. Takes equally long whether the user exists or not, and never blocks the loop."""

    async def sign_in(self, username: str, password: str) -> Identity | None: ...


@dataclass
class Session:
    """`key` names it in logs and tickets; the cookie's value is not derivable from it."""

    key: str
    user: User
    ends: float  # monotonic: whatever happens
    idle_ends: float  # monotonic: unless it is used before


class Sessions:
    """Who is signed in, in memory: a restart signs everybody out.

    A session ends `idle_s` after its last request and `lifetime_s` after signing in. A user has at most
    `per_user` at a time; signing in once more ends their oldest.
    """

    def __init__(
        self, clock: Clock, *, idle_s: float = 4 * 3600, lifetime_s: float = 12 * 3600, per_user: int = 10
    ) -> None:
        self._clock, self._idle_s, self._lifetime_s, self._per_user = clock, idle_s, lifetime_s, per_user
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def open(self, user: User) -> tuple[str, Session, list[Session]]:
        """The cookie's value, the session, and those that had to end for it."""
        now = self._clock.monotonic()
        theirs = self.of(user.agent_id)
        ended = [s for s in self._sessions.values() if min(s.ends, s.idle_ends) <= now]
        ended += [s for s in theirs if s not in ended][: max(0, len(theirs) - self._per_user + 1)]
        for session in ended:
            del self._sessions[session.key]
        token = secrets.token_urlsafe(32)
        session = Session(_key(token), user, now + self._lifetime_s, now + self._idle_s)
        self._sessions[session.key] = session
        return token, session, ended

    def find(self, token: str) -> Session | None:
        """The living session of a cookie's value; using it keeps it alive."""
        now = self._clock.monotonic()
        session = self._sessions.get(_key(token))
        if session is None or min(session.ends, session.idle_ends) <= now:
            return None
        session.idle_ends = now + self._idle_s
        return session

    def of(self, agent_id: str) -> list[Session]:
        """All that one person has."""
        return [session for session in self._sessions.values() if session.user.agent_id == agent_id]

    def close(self, session: Session) -> None:
        self._sessions.pop(session.key, None)


class Brake:
    """Slows guessing down: `limit` attempts within `window_s` seconds, counted separately for each key.

    An attempt counts from its beginning, so that a thousand at once are not a thousand free ones. At most `bound`
    keys are remembered, those used longest ago are dropped.
    """

    def __init__(self, clock: Clock, *, limit: int, window_s: float, bound: int = 10_000) -> None:
        self._clock, self._limit, self._window_s, self._bound = clock, limit, window_s, bound
        self._attempts: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def attempt(self, key: Hashable) -> float:
        """0 if this attempt may go on (and is counted), else the seconds until one may."""
        now = self._clock.monotonic()
        attempts = self._attempts.setdefault(key, deque())
        self._attempts.move_to_end(key)
        while len(self._attempts) > self._bound:
            self._attempts.popitem(last=False)
        while attempts and attempts[0] <= now - self._window_s:
            attempts.popleft()
        if len(attempts) >= self._limit:
            return attempts[0] + self._window_s - now
        attempts.append(now)
        return 0.0

    def take_back(self, key: Hashable) -> None:
        """Uncount the newest attempt: it was a good one."""
        if attempts := self._attempts.get(key):
            attempts.pop()

    def forget(self, key: Hashable) -> None:
        """Uncount them all: the right person is there."""
        self._attempts.pop(key, None)


def _key(token: str) -> str:
    """The store keeps hashes: who reads it cannot take over a session."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
