"""What is set of a queue without touching a file: its target, where callers go on to, when a call back is offered.

Targets are what the figures are measured by. Overflow is carried out by the dialplan itself (`ivr.waiting.overflow`),
the offer by the menu; both hold for the next caller, and for who waits when their queue is next asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.events import Message
from core.routes import Refusal
from core.tables import insert
from ivr.tables import QueueSetting as QueueSettingTable
from records.audit import Audit

_ROWS = QueueSettingTable.__table__
_FIELDS = ("target_s", "target_share", "overflow_to", "overflow_after_s", "callback_above_s")

Wait = Annotated[int, msgspec.Meta(ge=1, le=7200)]


class QueueSettingAsked(Message, frozen=True, kw_only=True):
    """PUT /api/queue-settings/{queue}: all that is set of it from now on; null, or "", for nothing.

    `target_share` of the callers (0.8: four of five) are to be answered within `target_s`. Callers go on to
    `overflow_to` after `overflow_after_s`, and at once where nobody works; once only. A call back is offered where the
    wait is longer than `callback_above_s`; null: as the menu says.
    """

    target_s: Wait | None = None
    target_share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    overflow_to: Annotated[str, msgspec.Meta(max_length=40)] = ""
    overflow_after_s: Wait | None = None
    callback_above_s: Annotated[int, msgspec.Meta(ge=0, le=7200)] | None = None


class QueueSetting(Message, frozen=True, kw_only=True):
    """As it stands. `changed_by` and `changed_at` null: never set."""

    queue: str
    target_s: int | None = None
    target_share: float | None = None
    overflow_to: str = ""
    overflow_after_s: int | None = None
    callback_above_s: int | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


def problems(queue: str, asked: QueueSettingAsked, queues: Collection[str]) -> tuple[str, ...]:
    """All that is wrong with it, a sentence each."""
    found = []
    if (asked.target_s is None) != (asked.target_share is None):
        found.append("A target is a share of callers and a time: give both, or neither")
    if asked.overflow_to == queue:
        found.append("Callers cannot go on to the queue that they are in")
    elif asked.overflow_to and asked.overflow_to not in queues:
        others = sorted(each for each in queues if each != queue)
        found.append(f"There is no queue {asked.overflow_to!r}: use one of {', '.join(others) or 'none'}")
    if asked.overflow_after_s is not None and not asked.overflow_to:
        found.append("Say where callers go on to")
    return tuple(found)


class QueueSettings:
    """`queues`: those of the site. `changed` is awaited after each change, for those who carry it out."""

    def __init__(
        self,
        db: Database,
        *,
        clock: Clock,
        audit: Audit,
        queues: Callable[[], Sequence[str]],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._db, self._clock, self._audit, self._queues, self._changed = db, clock, audit, queues, changed
        self._known: dict[str, QueueSetting] = {}

    async def load(self) -> None:
        """Once, before calls come in."""
        await self.all()

    def callback_above_s(self, queue: str) -> float | None:
        """From which wait on a call back is offered; None: as the menu says. From memory."""
        known = self._known.get(queue)
        return known.callback_above_s if known else None

    async def all(self) -> tuple[QueueSetting, ...]:
        """Of every queue of the site, by name."""

        def read(session: Session) -> list[QueueSetting]:
            return [QueueSetting(**row._mapping) for row in session.execute(select(_ROWS))]

        self._known = {each.queue: each for each in await self._db.read(read)}
        return tuple(self._known.get(queue) or QueueSetting(queue=queue) for queue in sorted(self._queues()))

    async def set(self, queue: str, asked: QueueSettingAsked, by: str) -> QueueSetting:
        """From now on it is so. Raises `Refusal` with all that is wrong."""
        queues = tuple(self._queues())
        if queue not in queues:
            raise Refusal(404, f"There is no queue {queue!r}", remedy=f"There are {', '.join(sorted(queues))}")
        if wrong := problems(queue, asked, queues):
            raise Refusal(422, ". ".join(wrong))
        before = self._known.get(queue) or QueueSetting(queue=queue)
        values = {name: getattr(asked, name) for name in _FIELDS}
        stamps = {"changed_by": by, "changed_at": self._clock.now()}

        note = self._audit.note(by, "queue_setting")

        def stored(session: Session) -> None:
            statement = insert(session, QueueSettingTable).values(queue=queue, **values, **stamps)
            updated = statement.on_conflict_do_update(index_elements=["queue"], set_={**values, **stamps})
            session.execute(updated)
            note(session, f"queue {queue}", _became(before, asked))

        await self._db.write(stored)
        await self.all()
        await self._changed()
        return self._known[queue]


def _became(before: QueueSetting, asked: QueueSettingAsked) -> str:
    changes = [(name, getattr(before, name), getattr(asked, name)) for name in _FIELDS]
    return ", ".join(f"{name} {old} → {new}" for name, old, new in changes if old != new) or "nothing new"
