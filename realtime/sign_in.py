"""Signing in: sessions behind an opaque cookie, and a brake on guessing passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from core.access import Role, User
from core.clock import Clock
from records.agents import Change
from records.sessions import KeptSession


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
    @property
    def two_factor(self) -> bool: ...


class Authenticator(Protocol):
    """Checks a password. Takes equally long whether the user exists or not, and never blocks the loop."""

    async def sign_in(self, username: str, password: str) -> Identity | None: ...


class People(Protocol):
    """The records of who works here."""

    async def changes(self, since: datetime | None) -> Sequence[Change]:
        """With None: everybody, those who left too. May raise `Problem`."""


class SecondFactor(Protocol):
    """Checks the code of who has a second factor."""

    async def matches(self, agent_id: str, code: str) -> bool: ...


TwoFactor = Literal["off", "optional", "required"]


@dataclass
class Session:
    """One sign-in. `key` names it in logs and tickets; the cookie's value is not derivable from it."""

    key: str
    user: User
    opened: datetime  # what the user may do was read after that
    ends: float  # monotonic: whatever happens
    idle_ends: float  # monotonic: unless it is used before

    def holds(self, standing: Change | None) -> bool:
        """Whether the person, as the records have them, may still do what they might when it was opened."""
        if standing is None or not standing.agent.active:
            return False
        return standing.rights_at is None or standing.rights_at < self.opened


class Keeping(Protocol):
    """Where sessions are kept for the next start. Returns at once."""

    def keep(self, session: KeptSession) -> None: ...
    def forget(self, key: str) -> None: ...


class Sessions:
    """Who is signed in: what is in memory counts. With `keeping`, also after a restart (`restore`).

    A session ends `idle_s` after its last request and `lifetime_s` after signing in. `renew` gives it another cookie
    value; the old one holds for `GRACE_S` more, for requests that were under way. A user has at most `per_user` at a
    time; signing in once more ends their oldest. What is kept of one is as old as its last cookie.
    """

    GRACE_S = 10.0

    def __init__(
        self,
        clock: Clock,
        *,
        idle_s: float = 30 * 60,
        lifetime_s: float = 12 * 3600,
        per_user: int = 10,
        keeping: Keeping | None = None,
    ) -> None:
        self._keeping = keeping
        self._clock, self._idle_s, self._lifetime_s, self._per_user = clock, idle_s, lifetime_s, per_user
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._tokens: dict[str, tuple[Session, float]] = {}  # by hash of the cookie's value: whose, and until when

    def open(self, user: User, opened: datetime | None = None) -> tuple[str, Session, list[Session]]:
        """The cookie's value, the session, and those that had to end for it. `opened`: now, where it is not given."""
        now = self._clock.monotonic()
        ended = self.expired()
        theirs = [session for session in self.of(user.agent_id) if session not in ended]
        ended += theirs[: max(0, len(theirs) - self._per_user + 1)]
        for session in ended:
            self.close(session)
        opened = opened or self._clock.now()
        session = Session(secrets.token_hex(16), user, opened, now + self._lifetime_s, now + self._idle_s)
        self._sessions[session.key] = session
        return self._token(session), session, ended

    def restore(self, kept: KeptSession, user: User) -> Session:
        """The session as it was kept, opened by the same cookie as before. It may have expired meanwhile."""
        since = self._clock.monotonic() - self._clock.now().timestamp()
        ends, idle_ends = since + kept.ends.timestamp(), since + kept.idle_ends.timestamp()
        session = Session(kept.key, user, kept.opened, ends, idle_ends)
        self._sessions[session.key] = session
        self._tokens[kept.token] = session, ends
        return session

    def find(self, token: str) -> Session | None:
        """The living session of a cookie's value; using it keeps it alive."""
        now = self._clock.monotonic()
        session, until = self._tokens.get(_hashed(token), (None, 0.0))
        if session is None or min(session.ends, session.idle_ends, until) <= now:
            return None
        session.idle_ends = now + self._idle_s
        return session

    def renew(self, session: Session) -> str:
        """Another cookie value for it."""
        now = self._clock.monotonic()
        for hashed, (whose, until) in list(self._tokens.items()):
            if whose is session:
                self._tokens[hashed] = session, min(until, now + self.GRACE_S)
        return self._token(session)

    def get(self, key: str) -> Session | None:
        return self._sessions.get(key)

    def expired(self) -> list[Session]:
        """Those that have ended by themselves and were not closed yet."""
        now = self._clock.monotonic()
        return [each for each in self._sessions.values() if min(each.ends, each.idle_ends) <= now]

    def all(self) -> list[Session]:
        return list(self._sessions.values())

    def of(self, agent_id: str) -> list[Session]:
        """All that one person has."""
        return [session for session in self._sessions.values() if session.user.agent_id == agent_id]

    def close(self, session: Session) -> None:
        if self._sessions.pop(session.key, None) is not None and self._keeping is not None:
            self._keeping.forget(session.key)
        now = self._clock.monotonic()
        self._tokens = {
            hashed: (whose, until)
            for hashed, (whose, until) in self._tokens.items()
            if whose is not session and until > now
        }

    def _token(self, session: Session) -> str:
        token = secrets.token_urlsafe(32)
        self._tokens[_hashed(token)] = session, session.ends
        if self._keeping is not None:
            since = self._clock.now() - timedelta(seconds=self._clock.monotonic())
            self._keeping.keep(
                KeptSession(
                    key=session.key,
                    token=_hashed(token),
                    agent_id=session.user.agent_id,
                    opened=session.opened,
                    ends=since + timedelta(seconds=session.ends),
                    idle_ends=since + timedelta(seconds=session.idle_ends),
                )
            )
        return token


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


def _hashed(token: str) -> str:
    """The store keeps hashes: who reads it cannot take over a session."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
