"""The recording stops by itself while a card or a PIN is taken. One of these for each call that is recorded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Literal, Protocol

from assist.discretion import Awaited
from assist.redaction.model import Kind
from core.errors import Problem
from core.tasks import TaskOwner

log = logging.getLogger(__name__)

TAKEN_IN_SILENCE: Final = frozenset({Kind.CARD_NUMBER, Kind.CARD_CODE, Kind.CARD_EXPIRY, Kind.PIN})
LONGEST_S = 30.0  # a question that is never answered does not cost the rest of the call


class Pauses(Protocol):
    """See `assist.recording.recorder`."""

    async def pause(self, call_id: str, kind: Literal["secret"]) -> None: ...

    async def resume(self, call_id: str, kind: Literal["secret"]) -> None: ...


class SecretPause:
    """Pauses once for each question, until it is answered or `longest_s` later. An agent may end it before.

    `tasks` owns what runs here: one task at a time that brings the recorder to what is wanted, and one for the limit.
    """

    def __init__(self, call_id: str, recorder: Pauses, tasks: TaskOwner, *, longest_s: float = LONGEST_S) -> None:
        self._call_id, self._recorder, self._tasks, self._longest_s = call_id, recorder, tasks, longest_s
        self._asked = -1  # the question it is paused for; -1: none
        self._given_up = -1  # the last one that took too long
        self._is = False
        self._bringing = False
        self._limit: asyncio.Task[None] | None = None

    def heard(self, awaited: Awaited | None) -> None:
        """What the conversation waits for after the words heard last."""
        asked = -1
        if awaited is not None and awaited.question > self._given_up and not TAKEN_IN_SILENCE.isdisjoint(awaited.kinds):
            asked = awaited.question
        if asked != self._asked:
            self._want(asked)

    def was_paused(self) -> None:
        """A process before this one paused it, and nobody knows for what."""
        self._is = True
        self._asked = self._given_up + 1
        self._begin_limit()

    def _want(self, asked: int) -> None:
        if asked >= 0:
            self._is = False  # an agent may have ended the pause for the question before
        self._asked = asked
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        if asked >= 0:
            self._begin_limit()
        if not self._bringing:
            self._bringing = True
            self._tasks.start(self._bring(), name=f"secret-{self._call_id}")

    def _begin_limit(self) -> None:
        self._limit = self._tasks.start(self._give_up(), name=f"secret-limit-{self._call_id}")

    async def _bring(self) -> None:
        try:
            while self._is != (self._asked >= 0):
                self._is = self._asked >= 0
                await self._do(self._recorder.pause if self._is else self._recorder.resume)
        finally:
            self._bringing = False

    async def _do(self, change: Callable[[str, Literal["secret"]], Awaitable[None]]) -> None:
        try:
            await change(self._call_id, "secret")
        except Problem as problem:  # what is heard of the secret is still silenced afterwards
            log.error("the recording of call %s is not paused as it should be: %s", self._call_id, problem)

    async def _give_up(self) -> None:
        await asyncio.sleep(self._longest_s)
        self._given_up, self._limit = self._asked, None
        self._want(-1)
