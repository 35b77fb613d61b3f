"""Secrets that people know (PINs, passwords), as argon2 digests: hashed in threads, never kept or logged in clear."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from core.errors import DatabaseBusy
from core.threads import BoundedThreads, Overloaded

T = TypeVar("T")

# One verification takes 64 MiB and some 0.1 s of a core: two at a time, and a queue with an end.
_AT_ONCE, _WAITING = 2, 32
_LIMIT_S = 10.0


class Passwords:
    """Digests under one pepper: a secret of the installation, kept outside the database, without which a stolen
    database does not even allow guessing at four-digit PINs."""

    def __init__(self, pepper: str) -> None:
        self._pepper = pepper.encode()
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._threads = BoundedThreads("passwords", threads=_AT_ONCE, bound=_WAITING)

    @cached_property
    def _nobody(self) -> str:
        """Compared with where there is no digest, so that the answer takes as long."""
        return self._hasher.hash("")

    def digest(self, secret: str) -> str:
        """What to store for `secret`. Blocks for some 0.1 s."""
        return self._hasher.hash(self._peppered(secret))

    async def digest_soon(self, secret: str) -> str:
        """The same, off the event loop. A flood raises `DatabaseBusy`."""
        return await self._off_the_loop(lambda: self.digest(secret))

    async def matches(self, digest: str | None, secret: str) -> bool:
        """Whether `secret` has this digest; never for None, which takes as long. A flood raises `DatabaseBusy`."""
        right = await self._off_the_loop(lambda: self._verify(self._nobody if digest is None else digest, secret))
        return right and digest is not None

    async def _off_the_loop(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await asyncio.wrap_future(self._threads.submit(work))
        except (Overloaded, TimeoutError):
            raise DatabaseBusy("too many PINs and passwords are being checked") from None

    def _verify(self, digest: str, secret: str) -> bool:
        try:
            return self._hasher.verify(digest, self._peppered(secret))
        except VerifyMismatchError:
            return False

    def _peppered(self, secret: str) -> str:
        return hmac.new(self._pepper, secret.encode(), hashlib.sha256).hexdigest()
