"""Where callers go on to after waiting too long: set in the database, kept for the dialplan in the PBX.

The dialplan reads it itself, so it holds for callers whether Memberline is up or not (see [memberline-queue]).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import select

from core.database import Database
from core.errors import Problem
from ivr.tables import QueueSetting

log = logging.getLogger(__name__)

Remember = Callable[[str, str], Awaitable[None]]
"""Keeps a value for the dialplan; "" for none. See `telephony.control.Control.remember`."""

_SETTINGS = select(QueueSetting.queue, QueueSetting.overflow_to, QueueSetting.overflow_after_s)


def never(queue: str) -> bool:
    return False


class Overflow:
    """`queues` are all queues of the site: what is set of one no longer there, or of none, is taken out.

    `closed`: queues that are closed by announcement now; nobody goes on to them.
    """

    def __init__(
        self, db: Database, remember: Remember, queues: tuple[str, ...], *, closed: Callable[[str], bool] = never
    ) -> None:
        self._db, self._remember, self._queues, self._closed = db, remember, queues, closed

    async def apply(self) -> None:
        """Tell the PBX what is set. To be called at start, after each reconnect, and after a change or a closure."""
        rows = await self._db.read(lambda session: list(session.execute(_SETTINGS)))
        set_to = {row.queue: (row.overflow_to, row.overflow_after_s) for row in rows}
        try:
            for queue in {*self._queues, *set_to}:
                to, after_s = set_to.get(queue, ("", None))
                if to == queue or to not in self._queues or self._closed(to):
                    to = ""
                await self._remember(f"overflow_to/{queue}", to)
                await self._remember(f"overflow_after/{queue}", str(after_s) if to and after_s else "")
        except Problem as problem:
            log.error("overflow is not as it was set: %s", problem)
