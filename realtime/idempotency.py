"""A command sent twice is done once: the second gets the first one's answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock
from core.tasks import TaskOwner


@dataclass(frozen=True)
class Answer:
    """What was answered. `body` None: 204."""

    status: int
    body: bytes | None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class KeyReused(Exception):
    """The key was used before, for another command."""


class Idempotency:
    """Answers by session and key, for `lifetime_s` seconds, at most `bound` of them (then the oldest goes)."""

    def __init__(self, clock: Clock, *, lifetime_s: float = 3600, bound: int = 10_000) -> None:
        self._clock, self._lifetime_s, self._bound = clock, lifetime_s, bound
        self._answers: OrderedDict[tuple[str, str], _Remembered] = OrderedDict()
        self._tasks = TaskOwner("commands")

    async def once(
        self, session: str, key: str, command: bytes, act: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        """`act()`'s answer, or the one that the same `command` got before under this key (waiting for it if need be).

        A failure, or an answer of 500 and above, is not remembered: whoever waited for it gets it too, and the next
        one acts again. A client that hangs up does not stop its command half-way.
        """
        now = self._clock.monotonic()
        while self._answers and next(iter(self._answers.values())).until <= now:
            self._answers.popitem(last=False)
        digest = hashlib.sha256(command).digest()
        first = self._answers.get((session, key))
        if first is None:
            answer = self._tasks.start(act(), name="act")
            first = self._answers[session, key] = _Remembered(digest, answer, now + self._lifetime_s)
            answer.add_done_callback(lambda done: self._forget_failure((session, key), done))
            while len(self._answers) > self._bound:
                self._answers.popitem(last=False)
        elif first.digest != digest:
            raise KeyReused
        return await asyncio.shield(first.answer)

    async def stop(self) -> None:
        """Cancel the commands that are still at work."""
        await self._tasks.stop()

    def _forget_failure(self, place: tuple[str, str], done: asyncio.Future[Answer]) -> None:
        failed = done.cancelled() or done.exception() is not None or done.result().status >= 500
        if failed and place in self._answers and self._answers[place].answer is done:
            del self._answers[place]


@dataclass(frozen=True)
class _Remembered:
    digest: bytes
    answer: asyncio.Future[Answer]
    until: float
