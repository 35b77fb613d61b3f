"""The people who serve members: who they are, which telephone is theirs, and their sign-in."""

from __future__ import annotations

from typing import Literal, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.database import Database
from core.events import Message
from core.tables import AnyRow
from records.passwords import Passwords
from records.tables import Agent as AgentTable


class Agent(Message, frozen=True, kw_only=True):
    """A person. `device` is their SIP endpoint as a queue names it (`PJSIP/a1`); None: has no telephone here."""

    agent_id: str
    username: str
    name: str
    role: Literal["agent", "supervisor"]
    level: int
    specialties: tuple[str, ...]
    device: str | None


class Agents:
    """The agents' service. Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, passwords: Passwords) -> None:
        self._db, self._passwords = db, passwords

    async def sign_in(self, username: str, password: str) -> Agent | None:
        """The agent whose username and password these are; None, equally slowly, when either is wrong."""
        row = await self._row(AgentTable.username == username)
        right = await self._passwords.matches(None if row is None else row.password_digest, password)
        return _agent(row) if row is not None and right else None

    async def get(self, agent_id: str) -> Agent | None:
        return self._found(await self._row(AgentTable.id == agent_id))

    async def by_device(self, device: str) -> Agent | None:
        return self._found(await self._row(AgentTable.device == device))

    async def all(self) -> tuple[Agent, ...]:
        """Everybody, by name."""
        statement = select(AgentTable.__table__).order_by(AgentTable.name, AgentTable.id)
        return await self._db.read(lambda session: tuple(map(_agent, session.execute(statement))))

    async def _row(self, which: ColumnElement[bool]) -> AnyRow | None:
        statement = select(AgentTable.__table__).where(which)

        def found(session: Session) -> AnyRow | None:
            return session.execute(statement).one_or_none()

        return await self._db.read(found)

    @staticmethod
    def _found(row: AnyRow | None) -> Agent | None:
        return None if row is None else _agent(row)


def _agent(row: AnyRow) -> Agent:
    return Agent(
        agent_id=row.id,
        username=row.username,
        name=row.name,
        role=cast(Literal["agent", "supervisor"], row.role),
        level=row.level,
        specialties=tuple(row.specialties),
        device=row.device,
    )
