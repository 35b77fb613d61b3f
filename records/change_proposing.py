"""A contact is confirmed, and with it what its caller gave becomes changes for the pension system: in one unit of work.

What is kept of the contact has no bank or Social Security number in it: those are in the changes, encrypted.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy.orm import Session

from core.clock import Clock
from records.audit import Audit
from records.change_events import ChangeMoved
from records.change_fields import Given, without_secret
from records.change_requests import ChangeRequests, Source
from records.confirming import Also
from records.contact import Confirmed, Contact, ContactDraft, Represented
from records.contacts import Contacts
from records.directory import Directory
from records.profile import MemberProfile


class ContactChanges:
    """`wake` is called when there may be something to send."""

    def __init__(
        self,
        *,
        contacts: Contacts,
        changes: ChangeRequests,
        members: Directory,
        audit: Audit,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._contacts, self._changes, self._members = contacts, changes, members
        self._audit, self._clock, self._wake = audit, clock, wake

    async def confirm(
        self,
        call_id: str,
        agent_id: str,
        draft: ContactDraft,
        *,
        also: Also = lambda session, confirmed: None,
    ) -> Confirmed:
        """As `Contacts.confirm`, and raises what it raises; also what the member's directory raises."""
        contact = await self._contacts.of_call(call_id)
        member = None
        if contact is not None and contact.member_id is not None:
            member = await self._members.profile(contact.member_id)
        events: tuple[ChangeMoved, ...] = ()

        def proposed_too(session: Session, confirmed: Confirmed) -> None:
            nonlocal events
            also(session, confirmed)
            if contact is not None and member is not None:
                events = self._proposed(session, contact, member, draft, agent_id)

        kept = replace(draft, updates=tuple(map(without_secret, draft.updates)))
        confirmed = await self._contacts.confirm(call_id, agent_id, kept, also=proposed_too)
        await self._changes.publish(events)
        self._wake()
        return confirmed

    def _proposed(
        self, session: Session, contact: Contact, member: MemberProfile, draft: ContactDraft, agent_id: str
    ) -> tuple[ChangeMoved, ...]:
        acting = [step.authority_id for step in contact.course if isinstance(step, Represented)]
        return self._changes.propose(
            session,
            Source(
                contact_id=contact.contact_id, authority_id=acting[-1] if acting else None, topics=tuple(draft.topics)
            ),
            member,
            [Given(part=each.field, value=each.value, heard=each.written) for each in draft.updates],
            by=agent_id,
            at=self._clock.now(),
            note=self._audit.note(agent_id, "change_request", member_id=member.member_id),
        )
