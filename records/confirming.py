"""A contact is confirmed, and with it what was promised and has to be sent becomes tasks: in one unit of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.contact import Confirmed, ContactDraft
from records.tables import Contact as ContactTable
from records.tasks import Tasks

Also = Callable[[Session, Confirmed], None]
"""What is stored together with a confirmation, once."""


class Confirms(Protocol):
    """`Contacts.confirm`, or what proposes its changes as well (`records.change_proposing`)."""

    async def __call__(self, call_id: str, agent_id: str, draft: ContactDraft, *, also: Also) -> Confirmed: ...


class Confirming:
    """Confirms contacts by `confirms`, and has the promises of each kept as the confirming agent's tasks."""

    def __init__(self, *, confirms: Confirms, tasks: Tasks) -> None:
        self._confirms, self._tasks = confirms, tasks

    async def confirm(self, call_id: str, agent_id: str, draft: ContactDraft) -> Confirmed:
        """As `Contacts.confirm`, and raises what `confirms` raises."""

        def also(session: Session, confirmed: Confirmed) -> None:
            whose = select(ContactTable.member_id).where(ContactTable.id == confirmed.contact_id)
            member_id = session.execute(whose).scalar_one()
            self._tasks.proposed(session, confirmed.contact_id, member_id, draft, owner=agent_id, at=confirmed.at)

        return await self._confirms(call_id, agent_id, draft, also=also)
