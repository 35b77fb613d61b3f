"""What callers asked for by themselves: kept once, however often asked, with the reference that they were told.

A change is only proposed: an agent approves or refuses it. Everything else is open until somebody has done it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.events import Message
from core.ids import new_id
from core.tables import AnyRow, alone, insert
from records.references import new_reference
from records.tables import Request as RequestTable

State = Literal["proposed", "open", "done", "refused"]

_ROW = RequestTable.__table__
_WAITS = ("proposed", "open")
_DRAWS = 20  # of a reference; nine million are there to be drawn


class AlreadyDecided(Problem):
    """Somebody has approved, done or refused this request; that stands."""


class Request(Message, frozen=True, kw_only=True):
    """One request. `details` are as its kind needs them; `member_id` None: nobody knows yet whom it is about."""

    request_id: str
    reference: str
    member_id: str | None
    call_id: str
    kind: str
    details: dict[str, Any]
    authority_id: str | None  # asked for by somebody who acts for the member
    state: State
    at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


class Asked(Message, frozen=True, kw_only=True):
    """`before`: an earlier call asked for the same, and that still stands, so nothing new was begun."""

    request: Request
    before: bool = False


class Requests:
    """The requests' service. Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def ask(
        self,
        kind: str,
        *,
        call_id: str,
        member_id: str | None,
        details: Mapping[str, Any],
        at: datetime,
        authority_id: str | None = None,
        state: State = "open",
        stands: timedelta = timedelta(0),
    ) -> Asked:
        """Keep a request; the same one where this call asked for it already.

        Where the member asked for exactly this in an earlier call, and that waits still or was done within `stands`,
        the earlier request is the answer.
        """
        told = dict(details)
        once = _once(call_id, member_id, kind, told)

        def asked(session: Session) -> Asked:
            alone(session, f"requests of {member_id or call_id}")
            if row := session.execute(select(_ROW).where(_ROW.c.once == once)).one_or_none():
                return Asked(request=_request(row))
            if member_id is not None and (earlier := _standing(session, member_id, kind, told, at - stands)):
                return Asked(request=earlier, before=True)
            values: dict[str, Any] = {"id": new_id(), "once": once, "member_id": member_id, "call_id": call_id}
            values |= {"kind": kind, "details": told, "authority_id": authority_id, "state": state, "at": at}
            return Asked(request=_added(session, values))

        return await self._db.write(asked)

    async def of_member(self, member_id: str, limit: int = 50) -> tuple[Request, ...]:
        """What was asked for about this member, newest first."""
        statement = select(_ROW).where(_ROW.c.member_id == member_id).order_by(_ROW.c.at.desc(), _ROW.c.id).limit(limit)
        return await self._db.read(lambda session: tuple(map(_request, session.execute(statement))))

    async def waiting(self, limit: int = 50, *, state: State | None = None) -> tuple[Request, ...]:
        """What nobody has decided or done yet, oldest first; of one state where named."""
        which = _ROW.c.state.in_(_WAITS if state is None else (state,))
        statement = select(_ROW).where(which).order_by(_ROW.c.at, _ROW.c.id).limit(limit)
        return await self._db.read(lambda session: tuple(map(_request, session.execute(statement))))

    async def by_reference(self, reference: str) -> Request | None:
        """The request whose reference a caller says."""
        statement = select(_ROW).where(_ROW.c.reference == reference)

        def found(session: Session) -> Request | None:
            row = session.execute(statement).one_or_none()
            return None if row is None else _request(row)

        return await self._db.read(found)

    async def decide(self, request_id: str, agent_id: str, state: Literal["done", "refused"]) -> Request:
        """Agent `agent_id` did it, approved it, or refused it. Told again by the same agent: the same answer.

        Raises `AlreadyDecided`, and a `Problem` where there is no such request.
        """
        now = self._clock.now()

        def decided(session: Session) -> Request:
            row = session.execute(select(_ROW).where(_ROW.c.id == request_id).with_for_update()).one_or_none()
            if row is None:
                raise Problem("there is no such request")
            if row.state not in _WAITS:
                if (row.state, row.decided_by) == (state, agent_id):
                    return _request(row)
                raise AlreadyDecided(f"this request is {row.state} already", place=row.reference)
            values = {"state": state, "decided_by": agent_id, "decided_at": now}
            session.execute(update(RequestTable).where(RequestTable.id == request_id).values(values))
            return _request(session.execute(select(_ROW).where(_ROW.c.id == request_id)).one())

        return await self._db.write(decided)


def _once(call_id: str, member_id: str | None, kind: str, details: Mapping[str, Any]) -> str:
    said = msgspec.json.encode([call_id, member_id, kind, details], order="deterministic")
    return hashlib.sha256(said).hexdigest()


def _standing(
    session: Session, member_id: str, kind: str, details: Mapping[str, Any], since: datetime
) -> Request | None:
    """The newest request of the same that waits, or was done at `since` or later."""
    of_kind = select(_ROW).where(_ROW.c.member_id == member_id, _ROW.c.kind == kind, _ROW.c.state != "refused")
    for row in session.execute(of_kind.order_by(_ROW.c.at.desc(), _ROW.c.id)):
        waits = row.state in _WAITS or (row.decided_at is not None and row.decided_at >= since)
        if waits and row.details == details:
            return _request(row)
    return None


def _added(session: Session, values: dict[str, Any]) -> Request:
    """The request, stored with a reference that nobody else has."""
    for _ in range(_DRAWS):
        statement = insert(session, RequestTable).values({**values, "reference": new_reference()})
        if session.execute(statement.on_conflict_do_nothing().returning(RequestTable.id)).one_or_none() is not None:
            return _request(session.execute(select(_ROW).where(_ROW.c.id == values["id"])).one())
    raise Problem("no free reference number was found", remedy="Are very many requests kept? Remove old ones")


def _request(row: AnyRow) -> Request:
    return Request(
        request_id=row.id,
        reference=row.reference,
        member_id=row.member_id,
        call_id=row.call_id,
        kind=row.kind,
        details=row.details,
        authority_id=row.authority_id,
        state=cast(State, row.state),
        at=row.at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
