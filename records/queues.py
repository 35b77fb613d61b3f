"""Whom a queue's callers are for, and how far from that somebody is: the penalty of a right that names none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol

import msgspec

from core.events import Message

MOST = 10
_ANOTHER = 5  # without the specialty, or the language; each level that is missing counts one


class QueueFor(Message, frozen=True, kw_only=True):
    """Who has the specialty, speaks the language and has reached the level is rung first; empty, and 1: everybody."""

    specialty: str = ""
    language: str = ""
    level: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1


class Skilled(Protocol):
    """A person, or one to be hired."""

    @property
    def level(self) -> int: ...
    @property
    def specialties(self) -> tuple[str, ...]: ...
    @property
    def languages(self) -> tuple[str, ...]: ...


def rights(asked: Mapping[str, int | None], queues: Mapping[str, QueueFor], who: Skilled) -> dict[str, int]:
    """Each right with its penalty: the one given, or else the one that the person's skills say."""
    return {
        queue: penalty(queues.get(queue) or QueueFor(), who) if given is None else given
        for queue, given in asked.items()
    }


def penalty(queue: QueueFor, who: Skilled) -> int:
    """0 for whom the queue is for, up to 10 for others: they are rung as it widens."""
    lacks = (queue.specialty not in ("", *who.specialties)) + (queue.language not in ("", *who.languages))
    return min(_ANOTHER * lacks + max(0, queue.level - who.level), MOST)
