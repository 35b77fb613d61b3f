"""Tickets for the gateway: what a signed-in browser shows there instead of a cookie. Single use, short-lived."""

from __future__ import annotations

import secrets
from collections import OrderedDict

import msgspec

from core.access import User
from core.clock import Clock


class Pass(msgspec.Struct, frozen=True):
    """Whom a ticket lets in, by which session, and for how many seconds at most: the rest of that session."""

    user: User
    session: str
    lasts_s: float


class Tickets:
    """Issued by the HTTP application, redeemed by the gateway. At most `bound` wait; then the oldest is void."""

    def __init__(self, clock: Clock, *, lifetime_s: int = 30, bound: int = 10_000) -> None:
        self._clock, self.lifetime_s, self._bound = clock, lifetime_s, bound
        self._waiting: OrderedDict[str, tuple[Pass, float]] = OrderedDict()

    def issue(self, holder: Pass) -> str:
        """A new ticket: 192 random bits, fit for a URL."""
        now = self._clock.monotonic()
        while self._waiting and (len(self._waiting) >= self._bound or next(iter(self._waiting.values()))[1] <= now):
            self._waiting.popitem(last=False)
        ticket = secrets.token_urlsafe(24)
        self._waiting[ticket] = (holder, now + self.lifetime_s)
        return ticket

    def redeem(self, ticket: str) -> Pass | None:
        """Whom it lets in; None when it is unknown, was used before, or is too old. Uses it up."""
        holder, expires = self._waiting.pop(ticket, (None, 0.0))
        return holder if expires > self._clock.monotonic() else None

    def revoke(self, session: str) -> None:
        """Void what `session` still holds."""
        for ticket in [ticket for ticket, (holder, _) in self._waiting.items() if holder.session == session]:
            del self._waiting[ticket]
