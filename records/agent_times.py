"""How long everybody was in which state: for adherence, and for what a day was spent on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.database import Database
from core.events import Message
from core.ids import new_id
from records.tables import AgentTime

OFF = "signed_out"


class TimeSpent(Message, frozen=True, kw_only=True):
    """A stretch of time in one state. `ended_at` None: it lasts."""

    presence: str
    reason: str
    began_at: datetime
    ended_at: datetime | None


class AgentTimes:
    """Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def began(self, agent_id: str, presence: str, reason: str, at: datetime) -> None:
        """The agent is in this state since `at`; the one before ended then. The state that lasts already goes on."""
        now = {"presence": presence, "reason": reason[:80]}
        fresh = {**now, "id": new_id(), "agent_id": agent_id, "began_at": at, "ended_at": None}

        def keep(session: Session) -> None:
            lasting = (AgentTime.agent_id == agent_id) & AgentTime.ended_at.is_(None)
            before = session.execute(select(AgentTime.presence, AgentTime.reason).where(lasting)).all()
            if [dict(row._mapping) for row in before] == [now]:
                return
            session.execute(update(AgentTime).where(lasting).values(ended_at=at))
            if presence != OFF:
                session.execute(insert(AgentTime).values(fresh))

        await self._db.write(keep)

    async def spent(self, agent_id: str, since: datetime) -> tuple[TimeSpent, ...]:
        """What the agent did since then, in order."""
        mine = (AgentTime.agent_id == agent_id) & (AgentTime.began_at >= since)
        columns = (AgentTime.presence, AgentTime.reason, AgentTime.began_at, AgentTime.ended_at)
        statement = select(*columns).where(mine).order_by(AgentTime.began_at, AgentTime.id)

        def read(session: Session) -> tuple[TimeSpent, ...]:
            return tuple(TimeSpent(**each._mapping) for each in session.execute(statement))

        return await self._db.read(read)
