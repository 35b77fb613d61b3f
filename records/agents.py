"""The people who work here: who they are, what they may do, which telephone is theirs now, and their sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.access import ROLES, Role
from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.events import Message
from core.ids import new_id
from core.tables import AnyRow
from records.changes import Note, became, said, unnoted
from records.passwords import Passwords
from records.queues import QueueFor, rights
from records.tables import Agent as AgentTable

Level = Annotated[int, msgspec.Meta(ge=1, le=4)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Username = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._@-]{0,59}$")]
Word = Annotated[str, msgspec.Meta(pattern=r"^[\w-]{1,40}$")]
Penalty = Annotated[int, msgspec.Meta(ge=0, le=10)]

SHORTEST_PASSWORD = 12
DEVICES = r"PJSIP/[\w.-]+"  # telephones only: a Local/ channel, or a dial string, would ring anything
_LONGEST_DEVICE = 80


class Agent(Message, frozen=True, kw_only=True):
    """A person. `device` is the SIP endpoint they are signed on with (`PJSIP/a1`); None: on no telephone now.

    `queues` are their rights, each with its penalty (0 is rung first); who is not `active` has left.
    """

    agent_id: str
    username: str
    name: str
    role: Role
    level: int
    specialties: tuple[str, ...]
    device: str | None
    languages: tuple[str, ...] = ()
    queues: dict[str, int] = msgspec.field(default_factory=dict)
    active: bool = True
    cleared: bool = False
    two_factor: bool = False


class Hired(Message, frozen=True, kw_only=True):
    """A new person. Without a password they sign in through the organisation's identity provider only.

    A right to a queue without a penalty gets the one that level, specialties and languages say (`records.queues`).
    """

    username: Username
    name: Name
    role: Role = "agent"
    level: Level = 1
    specialties: tuple[Word, ...] = ()
    languages: tuple[Word, ...] = ("en",)
    queues: dict[Word, Penalty | None] = msgspec.field(default_factory=dict)
    cleared: bool = False
    password: str | None = None


class Moved(Message, frozen=True, kw_only=True):
    """What changes about a person; what is left out stays. Rights to queues as in `Hired`."""

    name: Name | None = None
    role: Role | None = None
    level: Level | None = None
    specialties: tuple[Word, ...] | None = None
    languages: tuple[Word, ...] | None = None
    queues: dict[Word, Penalty | None] | None = None
    cleared: bool | None = None
    password: str | None = None


class Change(Message, frozen=True, kw_only=True):
    """A person as they stand now, and when that, and what they may do, last became another."""

    agent: Agent
    changed_at: datetime | None
    rights_at: datetime | None


# Changes after which whatever a person holds is void.
_RIGHTS = frozenset({"role", "queues", "cleared", "active", "password_digest"})


class Agents:
    """The agents' service. Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`.

    `note` puts a change on record, in the same unit of work: what became another, from what to what. `devices` is the
    pattern of what is a telephone here; `queues` says whom each queue is for.
    """

    def __init__(
        self,
        db: Database,
        passwords: Passwords,
        clock: Clock,
        *,
        devices: str = DEVICES,
        queues: Mapping[str, QueueFor] | None = None,
    ) -> None:
        self._db, self._passwords, self._clock = db, passwords, clock
        self._devices, self._queues = re.compile(devices, re.ASCII), queues or {}

    # --- looking up -----------------------------------------------------------------------------

    async def sign_in(self, username: str, password: str) -> Agent | None:
        """The agent whose username and password these are; None, equally slowly, when either is wrong."""
        row = await self._row((AgentTable.username == username) & AgentTable.active)
        right = await self._passwords.matches(None if row is None else row.password_digest, password)
        return _agent(row) if row is not None and right else None

    async def get(self, agent_id: str) -> Agent | None:
        return self._found(await self._row(AgentTable.id == agent_id))

    async def by_username(self, username: str) -> Agent | None:
        """Somebody who works here now; for an identity that another system has checked."""
        return self._found(await self._row((AgentTable.username == username) & AgentTable.active))

    async def by_device(self, device: str) -> Agent | None:
        return self._found(await self._row(AgentTable.device == device))

    async def all(self, *, left_too: bool = False) -> tuple[Agent, ...]:
        """Everybody who works here, by name; `left_too`: and those who did."""
        statement = select(AgentTable.__table__).order_by(AgentTable.name, AgentTable.id)
        if not left_too:
            statement = statement.where(AgentTable.active)
        return await self._db.read(lambda session: tuple(map(_agent, session.execute(statement))))

    async def changes(self, since: datetime | None) -> tuple[Change, ...]:
        """Everybody who changed since then, by whatever process (None: everybody), those who left too."""
        statement = select(AgentTable.__table__).order_by(AgentTable.name, AgentTable.id)
        if since is not None:
            statement = statement.where(AgentTable.changed_at >= since)

        def read(session: Session) -> tuple[Change, ...]:
            return tuple(
                Change(agent=_agent(row), changed_at=row.changed_at, rights_at=row.rights_at)
                for row in session.execute(statement)
            )

        return await self._db.read(read)

    # --- hire, move, leave ----------------------------------------------------------------------

    async def hire(self, hired: Hired, note: Note = unnoted) -> Agent:
        """Raises `Problem` for a username that is taken, or a password that is too short."""
        values = {name: getattr(hired, name) for name in ("username", "name", "role", "level", "cleared")}
        values["queues"] = rights(hired.queues, self._queues, hired)
        values |= {"specialties": list(hired.specialties), "languages": list(hired.languages), "id": new_id()}
        values["password_digest"] = await self._digest(hired.password)

        def hire(session: Session) -> None:
            if session.execute(select(AgentTable.id).where(AgentTable.username == hired.username)).first():
                raise Problem(f"the user name {hired.username} is taken", remedy="Choose another")
            session.execute(insert(AgentTable).values({**values, "changed_at": self._clock.now()}))
            first = {name: values[name] for name in ("username", "role", "cleared", "queues")}
            note(session, f"agent {values['id']}", ", ".join(f"{name} {said(is_)}" for name, is_ in first.items()))

        await self._db.write(hire)
        return await self._must(values["id"])

    async def move(self, agent_id: str, moved: Moved, note: Note = unnoted) -> Agent:
        """Change what `moved` says and is another; raises `Problem` where there is no such person."""
        values = {name: value for name, value in msgspec.structs.asdict(moved).items() if value is not None}
        given = {name: value for name, value in values.items() if name in ("level", "specialties", "languages")}
        for several in values.keys() & {"specialties", "languages"}:
            values[several] = list(values[several])
        if "password" in values:
            values["password_digest"] = await self._digest(values.pop("password"))
        if "queues" in values:
            skilled = msgspec.structs.replace(await self._must(agent_id), **given)
            values["queues"] = rights(values["queues"], self._queues, skilled)
        if values:
            await self._change(agent_id, values, note)
        return await self._must(agent_id)

    async def leave(self, agent_id: str, note: Note = unnoted) -> Agent:
        """They work here no more: no sign-in, no queue. What they wrote keeps their name.

        Their telephone is free once the PBX has it in no queue any more (`take_device`): that outlives a restart.
        """
        gone: dict[str, object] = {
            "active": False,
            "queues": {},
            "password_digest": None,
            "totp": None,
            "cleared": False,
        }
        await self._change(agent_id, gone, note)
        return await self._must(agent_id)

    async def take_device(self, agent_id: str, device: str | None) -> str | None:
        """The telephone is this agent's now, and nobody else's; the one they had before. None: no telephone.

        Raises `Problem` for what is no device's name, and where somebody else is signed on with it.
        """
        if device is not None and (len(device) > _LONGEST_DEVICE or not self._devices.fullmatch(device)):
            raise Problem(f"{device!r} is no telephone", remedy="Give it as the PBX names it, like PJSIP/1001")

        def take(session: Session) -> str | None:
            before = session.execute(select(AgentTable.device).where(AgentTable.id == agent_id)).scalar_one()
            other = select(AgentTable.name).where((AgentTable.device == device) & (AgentTable.id != agent_id))
            if device is not None and (whose := session.execute(other).scalar()):
                raise Problem(f"{whose} is signed on with {device}", remedy="Take another telephone, or ask them")
            here = update(AgentTable).where(AgentTable.id == agent_id)
            session.execute(here.values(device=device, changed_at=self._clock.now()))
            return before

        try:
            return await self._db.write(take)
        except IntegrityError:  # two at once, on a database with several writers
            raise Problem(f"somebody else has just signed on with {device}") from None

    # --- second factor --------------------------------------------------------------------------

    async def totp(self, agent_id: str) -> str | None:
        """The second factor's secret as it is kept (see `records.totp`)."""
        row = await self._row(AgentTable.id == agent_id)
        return None if row is None else row.totp

    async def keep_totp(self, agent_id: str, kept: str | None, note: Note = unnoted) -> None:
        await self._change(agent_id, {"totp": kept}, note)

    # --- inside ---------------------------------------------------------------------------------

    async def _digest(self, password: str | None) -> str | None:
        if password is None:
            return None
        if len(password) < SHORTEST_PASSWORD:
            raise Problem(f"a password has at least {SHORTEST_PASSWORD} characters", remedy="Choose a longer one")
        return await self._passwords.digest_soon(password)

    async def _change(self, agent_id: str, values: dict[str, object], note: Note) -> None:
        def change(session: Session) -> None:
            found = select(AgentTable.__table__).where(AgentTable.id == agent_id).with_for_update()
            row = session.execute(found).one_or_none()
            if row is None:
                raise Problem(f"there is no agent {agent_id}")
            new = {name: value for name, value in values.items() if getattr(row, name) != value}
            if not new:
                return
            now = self._clock.now()
            stamps = {"changed_at": now, **({"rights_at": now} if new.keys() & _RIGHTS else {})}
            session.execute(update(AgentTable).where(AgentTable.id == agent_id).values({**new, **stamps}))
            note(session, f"agent {agent_id}", became(row, new, _RIGHTS))

        await self._db.write(change)

    async def _must(self, agent_id: str) -> Agent:
        found = await self.get(agent_id)
        if found is None:
            raise Problem(f"there is no agent {agent_id}")
        return found

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
        role=_role(row.role, row.id),
        level=row.level,
        specialties=tuple(row.specialties),
        device=row.device,
        languages=tuple(row.languages),
        queues=dict(row.queues),
        active=row.active,
        cleared=row.cleared,
        two_factor=row.totp is not None,
    )


def _role(kept: str, agent_id: str) -> Role:
    for role in ROLES:
        if role == kept:
            return role
    raise Problem(f"{agent_id} has the role {kept!r}", remedy=f"Give the agent one of: {', '.join(ROLES)}")
