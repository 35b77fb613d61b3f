"""Who looked at whose data, when and why."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from records.contact_rows import fit
from records.tables import AuditEntry


class Audit:
    """Adds to the audit log; nothing here changes or removes an entry."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def looked(
        self, agent_id: str, action: str, *, why: str, member_id: str | None = None, contact_id: str | None = None
    ) -> None:
        """Agent `agent_id` saw or changed this member's or contact's data (`action`: `screen_pop`, `history` ...)."""
        entry = {
            "at": self._clock.now(),
            "agent_id": agent_id,
            "action": action,
            "member_id": member_id,
            "contact_id": contact_id,
            "why": fit(why, 200),
        }

        def told(session: Session) -> None:
            session.execute(insert(AuditEntry).values(entry))

        await self._db.write(told)
