"""Who is signed in, kept so that a restart signs nobody out. The memory of the service that runs is what counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import asdict
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.database import Database
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, place_of
from core.events import Message
from core.tables import insert
from core.tasks import TaskOwner
from records.tables import SignedIn

log = logging.getLogger(__name__)

RETRY_S = 1.0


class KeptSession(Message, frozen=True, kw_only=True):
    """A session as it is kept. `token` is the hash of its cookie's value: who reads it cannot take the session over."""

    key: str
    token: str
    agent_id: str
    opened: datetime
    ends: datetime
    idle_ends: datetime


class SessionKeeper:
    """Keeps what is handed to it soon, and while the database is away as soon as it is back: nobody waits for it.

    Of each session only the newest is written, so what waits is bounded by the sessions there are.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[str, KeptSession | None] = {}  # by key; None: it has ended
        self._writing: asyncio.Task[None] | None = None
        self._tasks = TaskOwner("sessions")

    async def all(self) -> tuple[KeptSession, ...]:
        """Those that are kept, the oldest first. Raises `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""
        statement = select(SignedIn.__table__).order_by(SignedIn.opened, SignedIn.key)

        def read(session: Session) -> tuple[KeptSession, ...]:
            return tuple(KeptSession(**row._mapping) for row in session.execute(statement))

        return await self._db.read(read)

    def keep(self, session: KeptSession) -> None:
        self._changed(session.key, session)

    def forget(self, key: str) -> None:
        self._changed(key, None)

    async def stop(self, within: float = 5.0) -> None:
        """Write what still waits, within `within` seconds, and end."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=within)
        await self._tasks.stop()
        if self._waiting:
            log.error("%d sessions could not be written before stopping", len(self._waiting))

    def _changed(self, key: str, session: KeptSession | None) -> None:
        self._waiting[key] = session
        if self._writing is None or self._writing.done():
            self._writing = self._tasks.start(self._write(), name="write")

    async def _write(self) -> None:
        while self._waiting:
            changed, self._waiting = self._waiting, {}
            try:
                await self._store(
                    [each for each in changed.values() if each is not None],
                    [key for key, each in changed.items() if each is None],
                )
            except (DatabaseGone, DatabaseBusy, DatabaseLate):
                self._waiting = changed | self._waiting
                await asyncio.sleep(RETRY_S)
            except Exception as failure:  # noqa: BLE001
                log.error("%d sessions could not be written: %s", len(changed), place_of(failure))

    async def _store(self, kept: Sequence[KeptSession], ended: Sequence[str]) -> None:
        rows = [asdict(each) for each in kept]

        def store(session: Session) -> None:
            for row in rows:
                fresh = insert(session, SignedIn).values(row)
                newer = {name: row[name] for name in ("token", "ends", "idle_ends")}
                session.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=newer))
            if ended:
                session.execute(delete(SignedIn).where(SignedIn.key.in_(ended)))

        await self._db.write(store)
