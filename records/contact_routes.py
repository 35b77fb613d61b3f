"""Contacts over HTTP, once they are over: what was documented, what was said, and what of it does not show.

Every look is on record. Those of protected members are for who is cleared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.access import Rule
from core.events import Message
from core.routes import Refusal, Request, Route
from records.audit import Audit
from records.contact import Contact, Line
from records.contacts import Contacts
from records.directory import Directory
from records.sealing import Sealing
from records.transcript import Mask


class ContactShown(Message, frozen=True, kw_only=True):
    """A contact and its transcript, as it was kept: without its secrets."""

    contact: Contact
    transcript: tuple[Line, ...]


class OpenedWords(Message, frozen=True, kw_only=True):
    """Words that do not show in the transcript, and where they stand there."""

    utterance_id: str
    mask: Mask
    text: str


class ContactRoutes:
    """The handlers. Without `sealing` nothing is kept sealed."""

    def __init__(self, *, contacts: Contacts, members: Directory, audit: Audit, sealing: Sealing | None = None) -> None:
        self._contacts, self._members, self._audit, self._sealing = contacts, members, audit, sealing

    def routes(self) -> Sequence[Route]:
        one = "/api/contacts/{contact_id}"
        return (
            Route("GET", one, self.contact, Rule(resource="member", action="see")),
            Route("GET", f"{one}/hidden-words", self.hidden, Rule(resource="sealed", action="see")),
        )

    async def contact(self, request: Request[None]) -> ContactShown:
        """One contact with what was said in it."""
        contact = await self._seen(request, "contact")
        return ContactShown(contact=contact, transcript=await self._contacts.transcript(contact.contact_id))

    async def hidden(self, request: Request[None]) -> tuple[OpenedWords, ...]:
        """The words of a contact that do not show, where they were kept: who asks is on record."""
        contact = await self._seen(request, "hidden_words")
        if self._sealing is None or contact.call_id is None:
            return ()
        lines = {line.utterance_id: line for line in await self._contacts.transcript(contact.contact_id)}
        opened = []
        for utterance_id, kept in await self._contacts.sealed(contact.contact_id):
            masks = lines[utterance_id].masks if utterance_id in lines else ()
            mask = next((each for each in masks if each.first == kept.first), None)
            if mask is not None:
                text = self._sealing.open(contact.call_id, utterance_id, kept.first, kept.sealed)
                opened.append(OpenedWords(utterance_id=utterance_id, mask=mask, text=text))
        return tuple(opened)

    async def _seen(self, request: Request[Any], action: str) -> Contact:
        """The contact, after the look is on record."""
        contact_id, asking = request.path["contact_id"], request.user.agent_id
        contact = await self._contacts.get(contact_id)
        if contact is None:
            raise Refusal(404, "There is no such contact")
        if contact.member_id is not None and not request.user.cleared:
            member = await self._members.profile(contact.member_id)
            if member is not None and member.protected:
                await self._looked(asking, f"{action}_refused", "protected", contact)
                raise Refusal(403, "This member is protected", remedy="Hand over to a colleague who is cleared")
        await self._looked(asking, action, "search", contact)
        return contact

    async def _looked(self, asking: str, action: str, why: str, contact: Contact) -> None:
        await self._audit.looked(asking, action, why=why, member_id=contact.member_id, contact_id=contact.contact_id)
