"""Small values that outlive a restart, by name: what was measured once, say."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import select

from core.clock import Clock
from core.database import Database
from core.events import Message
from core.tables import insert
from records.tables import KeptValue

_T = KeptValue.__table__
Value = TypeVar("Value", bound=Message)


class KeptValues:
    """Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def get(self, name: str, kind: type[Value]) -> Value | None:
        """None: nothing was kept, or it was of another shape than `kind` has by now."""
        statement = select(_T.c.value).where(_T.c.name == name)
        stored: Any = await self._db.read(lambda session: session.scalar(statement))
        try:
            return None if stored is None else msgspec.convert(stored, kind)
        except msgspec.ValidationError:
            return None

    async def put(self, name: str, value: Message) -> None:
        """In the place of what was kept under this name."""
        values = {"value": msgspec.to_builtins(value), "at": self._clock.now()}
        await self._db.write(
            lambda session: session.execute(
                insert(session, KeptValue)
                .values(name=name, **values)
                .on_conflict_do_update(index_elements=["name"], set_=values)
            )
        )
