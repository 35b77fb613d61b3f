"""Who looked at or changed what, when and why: a log that shows when somebody has been at it.

Each entry carries a keyed hash of itself and of the entry before it, and one sealed row says where the log begins and
ends. Who can write to the database but does not know the key can neither change an entry, nor take one out, nor cut the
end off, without `verify` saying so. Old entries go by rule, from the beginning, and the seal says up to where.

An older state of the whole log, put back with its own seal, is as whole as it was: only who kept the newest entry's
number and hash elsewhere (`Head`) sees that later ones are gone.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.events import Message
from core.tables import AnyRow
from core.tables import insert as insert_or
from records.changes import Note
from records.contact_rows import fit
from records.tables import Agent, AuditEnd, AuditEntry

log = logging.getLogger(__name__)

_ENDS = 1  # the only row of its table
_FIELDS = ("at", "agent_id", "action", "member_id", "contact_id", "about", "why")
_AT_A_TIME = 5_000


class Look(Message, frozen=True, kw_only=True):
    """One entry. `about` names what was changed where it is neither a member nor a contact; `agent_name` is empty where
    nobody of the staff did it."""

    id: int
    at: datetime
    agent_id: str
    agent_name: str
    action: str
    member_id: str | None
    contact_id: str | None
    about: str
    why: str


class Looks(Message, frozen=True, kw_only=True):
    """A page of the log, newest first. `next`: ask again with it for older ones; None: there are none."""

    items: tuple[Look, ...]
    next: str | None


class AuditCheck(Message, frozen=True, kw_only=True):
    """Whether the log is whole. `broken_at` is the first entry that is not as it was written, in words in `why`.

    `last_id` and `head` are the newest entry's number and hash: kept elsewhere, they show later that it is still there.
    """

    entries: int
    whole: bool
    broken_at: int | None = None
    why: str = ""
    last_id: int = 0
    head: str = ""


class Head(NamedTuple):
    """The newest entry of an earlier check."""

    id: int
    chained: str


class Audit:
    """Adds to the log, reads it, proves it. `key` is a secret kept outside the database."""

    def __init__(self, db: Database, clock: Clock, key: str) -> None:
        self._db, self._clock = db, clock
        self._key = hashlib.sha256(f"audit\0{key}".encode()).digest()

    async def looked(
        self,
        agent_id: str,
        action: str,
        *,
        why: str,
        member_id: str | None = None,
        contact_id: str | None = None,
        about: str = "",
        at: datetime | None = None,
    ) -> None:
        """Agent `agent_id` saw or changed this (`action`: `screen_pop`, `history`, `move` ...), now or at `at`.

        `why` begins with the occasion: `call <id>`, `search`, `report`; of a change, what became another.
        """
        entry = self._entry(agent_id, action, why, about, at=at, member_id=member_id, contact_id=contact_id)
        await self._db.write(lambda session: self._add(session, entry))

    def note(self, agent_id: str, action: str, *, member_id: str | None = None, contact_id: str | None = None) -> Note:
        """For a change that is stored together with its entry, or not at all."""
        return lambda session, about, why: self._add(
            session, self._entry(agent_id, action, why, about, member_id=member_id, contact_id=contact_id)
        )

    async def looks(self, *, limit: int, before: int | None = None, agent_id: str = "", member_id: str = "") -> Looks:
        """Up to `limit` entries older than `before`, newest first; of one agent or about one member where named."""
        which: list[ColumnElement[bool]] = []
        which += [AuditEntry.id < before] if before is not None else []
        which += [AuditEntry.agent_id == agent_id] if agent_id else []
        which += [AuditEntry.member_id == member_id] if member_id else []
        columns = (AuditEntry.id, *(getattr(AuditEntry, name) for name in _FIELDS))
        named = select(*columns, func.coalesce(Agent.name, "").label("agent_name"))
        statement = named.outerjoin(Agent, Agent.id == AuditEntry.agent_id).where(*which)
        statement = statement.order_by(AuditEntry.id.desc()).limit(limit + 1)

        def read(session: Session) -> tuple[Look, ...]:
            return tuple(Look(**row._mapping) for row in session.execute(statement))

        found = await self._db.read(read)
        more = str(found[limit - 1].id) if len(found) > limit else None
        return Looks(items=found[:limit], next=more)

    async def verify(self, expect: Head | None = None) -> AuditCheck:
        """Read the whole log and say whether it is as it was written. 5,000 entries a step, so nobody waits for it.

        `expect`, the head of an earlier check, must still be in it, or have been old enough to go.
        """
        ends = await self._db.read(lambda session: session.execute(select(AuditEnd.__table__)).one_or_none())
        if ends is None:
            count = await self._db.read(lambda session: session.execute(select(func.count(AuditEntry.id))).scalar_one())
            why = "the end's seal is gone" if count or expect else ""
            return AuditCheck(entries=count, whole=not why, why=why)
        if not hmac.compare_digest(ends.sealed, self._sealed(ends.pruned, ends.last, ends.last_id)):
            return AuditCheck(entries=0, whole=False, why="the end's seal is broken")
        before, last_id, entries = ends.pruned, 0, 0
        first_id, met = None, False
        while rows := await self._after(last_id, ends.last_id):
            for row in rows:
                before, last_id = self._chained(before, row._mapping), row.id
                first_id = row.id if first_id is None else first_id
                if not hmac.compare_digest(before, row.chained):
                    why = "this entry, or one before it, was changed or taken out"
                    return AuditCheck(entries=entries, whole=False, broken_at=row.id, why=why)
                entries += 1
                met = met or (expect is not None and expect == (row.id, row.chained))
        if before != ends.last:
            return AuditCheck(entries=entries, whole=False, broken_at=last_id, why="entries at the end are gone")
        begins = ends.last_id + 1 if first_id is None else first_id
        if expect is not None and not met and expect.id >= begins:
            why = f"entry {expect.id} is gone or another: an older log was put in this one's place"
            return AuditCheck(entries=entries, whole=False, why=why, last_id=ends.last_id, head=ends.last)
        return AuditCheck(entries=entries, whole=True, last_id=ends.last_id, head=ends.last)

    async def prune(self, before: datetime) -> int:
        """Take out what is older, by rule; how many entries. What is left is as provable as before."""

        def prune(session: Session) -> int:
            ends = self._ends(session)
            old = select(AuditEntry.id, AuditEntry.chained).where(AuditEntry.at < before)
            last = session.execute(old.order_by(AuditEntry.id.desc()).limit(1)).one_or_none()
            if last is None:
                return 0
            gone = session.execute(delete(AuditEntry).where(AuditEntry.id <= last.id))
            self._seal(session, ends, pruned=last.chained, last=ends.last, last_id=ends.last_id)
            return int(gone.rowcount)  # type: ignore[attr-defined]

        return await self._db.write(prune)

    # --- inside ---------------------------------------------------------------------------------

    def _entry(
        self, agent_id: str, action: str, why: str, about: str, at: datetime | None = None, **of: str | None
    ) -> dict[str, Any]:
        told = {"agent_id": fit(agent_id, 36), "action": action, "about": fit(about, 80), "why": fit(why, 200)}
        return {"at": at or self._clock.now(), "member_id": None, "contact_id": None, **told, **of}

    def _add(self, session: Session, entry: dict[str, Any]) -> None:
        ends = self._ends(session)
        chained = self._chained(ends.last, entry)
        added = insert(AuditEntry).values({**entry, "chained": chained}).returning(AuditEntry.id)
        entry_id = session.execute(added).scalar_one()
        self._seal(session, ends, pruned=ends.pruned, last=chained, last_id=entry_id)

    async def _after(self, entry_id: int, last_id: int) -> list[AnyRow]:
        statement = (
            select(AuditEntry.__table__)
            .where((AuditEntry.id > entry_id) & (AuditEntry.id <= last_id))
            .order_by(AuditEntry.id)
            .limit(_AT_A_TIME)
        )
        return await self._db.read(lambda session: list(session.execute(statement)))

    def _ends(self, session: Session) -> AnyRow:
        """Where the log ends now; held until the unit of work ends, so that entries follow one another."""
        fresh = {"id": _ENDS, "pruned": "", "last": "", "last_id": 0, "sealed": self._sealed("", "", 0)}
        session.execute(insert_or(session, AuditEnd).values(fresh).on_conflict_do_nothing())
        return session.execute(select(AuditEnd.__table__).with_for_update()).one()

    def _seal(self, session: Session, before: AnyRow, *, pruned: str, last: str, last_id: int) -> None:
        """Seal the new end. A seal that was broken stays so: work goes on, and `verify` goes on telling."""
        sealed = self._sealed(pruned, last, last_id)
        if not hmac.compare_digest(before.sealed, self._sealed(before.pruned, before.last, before.last_id)):
            log.error("the audit log's seal is broken: was the pepper changed, or is somebody at the database?")
            sealed = ""
        session.execute(update(AuditEnd).values(pruned=pruned, last=last, last_id=last_id, sealed=sealed))

    def _chained(self, before: str, entry: Mapping[Any, Any]) -> str:
        return self._hash([before, *(entry[name] for name in _FIELDS)])

    def _sealed(self, pruned: str, last: str, last_id: int) -> str:
        return self._hash(["end", pruned, last, last_id])

    def _hash(self, values: list[object]) -> str:
        return hmac.new(self._key, msgspec.json.encode(values), hashlib.sha256).hexdigest()
