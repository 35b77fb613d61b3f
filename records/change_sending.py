"""Who carries what the outbox holds of changes: the change to the pension system, the notice to the old contact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from core.errors import Problem
from core.events import Message
from records.change_requests import ChangeRequests
from records.outbox import Ending, Entry, NotTaken
from records.pension.ports import PensionChange, PensionChanges


class ChangeCarrier:
    """Gives changes to the pension system, and its answer to the change."""

    def __init__(self, changes: ChangeRequests, pension: PensionChanges) -> None:
        self._changes, self._pension = changes, pension

    def begin(self, session: Session, entry: Entry, at: datetime) -> bool:
        return self._changes.taken(session, entry.ref, at)

    async def carry(self, entry: Entry) -> None:
        change, values = await self._changes.get(entry.ref), await self._changes.values(entry.ref)
        if change is None or values is None:
            raise Problem("there is no such change")
        if not entry.attempts:
            await self._changes.tell(entry.ref)  # that it is being sent
        standing = change.standing
        await self._pension.apply(
            PensionChange(
                key=entry.key,
                member_id=change.member_id,
                field=change.field,
                old=values.old,
                new=values.new,
                at=standing.seconded_at or standing.confirmed_at or standing.proposed_at,
            )
        )

    def ended(self, session: Session, entry: Entry, ending: Ending, why: str, at: datetime) -> None:
        self._changes.ended(session, entry.ref, at, done=ending == "done", why=why)

    async def told(self, entry: Entry, ending: Ending, why: str) -> None:
        await self._changes.tell(entry.ref)


class Notice(Message, frozen=True, kw_only=True):
    """What a member is told where they could be reached before: that `field` is about to change, and until when not."""

    member_id: str
    change_id: str
    field: str
    to: Mapping[str, str]  # mailing_address, phone, email: what is known
    hours: float  # to object in


class Notices(Protocol):
    """Tells members, by letter, e-mail or call."""

    async def tell(self, key: str, notice: Notice) -> None:
        """On its way for certain; the same `key` is told once. Raises as `records.outbox_worker.Carrier.carry`."""


class NoticeCarrier:
    """Gives notices to who sends them; the waiting period begins then."""

    def __init__(self, changes: ChangeRequests, notices: Notices) -> None:
        self._changes, self._notices = changes, notices

    def begin(self, session: Session, entry: Entry, at: datetime) -> bool:
        return self._changes.waits(session, entry.ref)

    async def carry(self, entry: Entry) -> None:
        change = await self._changes.get(entry.ref)
        if change is None:
            raise Problem("there is no such change")
        if not change.old_contact:
            raise NotTaken("nothing is known of where the member can be reached")
        await self._notices.tell(
            entry.key,
            Notice(
                member_id=change.member_id,
                change_id=change.change_id,
                field=change.field,
                to=change.old_contact,
                hours=change.standing.safeguard.wait_hours,
            ),
        )

    def ended(self, session: Session, entry: Entry, ending: Ending, why: str, at: datetime) -> None:
        if ending == "done":  # else a colleague has to see to it: the change goes on waiting
            self._changes.noticed(session, entry.ref, at)

    async def told(self, entry: Entry, ending: Ending, why: str) -> None:
        await self._changes.tell(entry.ref)
