"""What an agent's desk asks and commands over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import tzinfo
from typing import Annotated, Literal, Protocol

import msgspec

from assist.call_file import CallFile
from assist.desk.messages import AlarmKind, DeskState
from assist.desk.service import DeskService
from core.access import Rule
from core.bus import Position
from core.clock import Clock
from core.errors import Problem
from core.events import Message
from core.paging import Paging, Place, cut
from core.routes import Refusal, Request, Route, myself
from records import authority as authorities
from records.audit import Audit
from records.contact import Answered, Confirmed, Contact, ContactDraft, Represented
from records.contacts import AlreadyConfirmed, Contacts
from records.directory import Directory
from records.profile import PastContact, seen_by
from telephony.agents.states import OffPhones


class Destination(Message, frozen=True, kw_only=True):
    """Where a call can be sent. `kind` agency: outside the plan, to be told to the caller, not transferred to."""

    id: str
    name: str
    kind: Literal["internal", "agency"]
    purpose: str


class DirectoryInfo(Message, frozen=True, kw_only=True):
    """GET /api/directory. `states` are what an agent can choose while taking no calls."""

    destinations: tuple[Destination, ...]
    topics: tuple[str, ...]
    states: tuple[OffPhones, ...] = ()


class DeskInfo(Message, frozen=True, kw_only=True):
    """GET /api/desk: the desk, and the place in the stream of `subject` that it holds for."""

    state: DeskState
    position: Position
    subject: str


class TransferAsked(Message, frozen=True, kw_only=True):
    """POST /api/calls/{call_id}/transfer"""

    destination: str
    suggestion_id: str | None = None


class Acting(Message, frozen=True, kw_only=True):
    """PUT /api/calls/{call_id}/acting: the caller acts for the member by this authority; null: as the member."""

    authority_id: Annotated[str, msgspec.Meta(max_length=64)] | None


class PastContacts(Message, frozen=True, kw_only=True):
    """GET /api/members/{member_id}/contacts, newest first. `next` is the next page's `after`; null: there is none."""

    items: tuple[PastContact, ...]
    next: str | None


class Phone(Protocol):
    """What the desk has done on the phone system."""

    async def transfer(self, call_id: str, destination: str) -> None:
        """Send the caller on; raises `Problem` saying why it could not be done."""


Dismiss = Callable[[str, str], Awaitable[bool]]
CallFor = Callable[[str, AlarmKind], Awaitable[bool]]
Confirm = Callable[[str, str, ContactDraft], Awaitable[Confirmed]]


class AlarmAsked(Message, frozen=True, kw_only=True):
    """POST /api/calls/{call_id}/alarms: `help` raises a hand, the others are alarms that nobody heard by themselves."""

    kind: AlarmKind


class DeskRoutes:
    """The handlers. `dismiss` tells the adviser that a suggestion is not wanted, `end_alarm` that an alarm was seen to;
    False: it does not stand. `call_for` raises one by hand.

    `confirm` puts a call's contact into the history for an agent, with what follows from it: see `Contacts.confirm`.

    `zone` is the site's: a paper ends with the day there.
    """

    def __init__(
        self,
        *,
        desks: DeskService,
        contacts: Contacts,
        members: Directory,
        audit: Audit,
        phone: Phone,
        directory: DirectoryInfo,
        dismiss: Dismiss,
        end_alarm: Dismiss,
        call_for: CallFor,
        confirm: Confirm,
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._desks, self._contacts, self._members, self._audit = desks, contacts, members, audit
        self._phone, self._directory = phone, directory
        self._dismiss, self._end_alarm, self._call_for, self._confirm = dismiss, end_alarm, call_for, confirm
        self._clock, self._zone = clock, zone
        self._destinations = {destination.id: destination for destination in directory.destinations}

    def routes(self) -> Sequence[Route]:
        see_desk, change_call = Rule(resource="desk", action="see"), Rule(resource="call", action="change")
        write_contact, see_member = Rule(resource="contact", action="change"), Rule(resource="member", action="see")
        call = "/api/calls/{call_id}"
        return (
            Route("GET", "/api/desk", self.desk, see_desk, owner=myself),
            Route("POST", f"{call}/transfer", self.transfer, change_call, owner=self.agent_on, body=TransferAsked),
            Route("POST", f"{call}/suggestions/{{suggestion_id}}/dismiss", self.dismiss, change_call, self.agent_on),
            Route("POST", f"{call}/alarms", self.alarm, change_call, owner=self.agent_on, body=AlarmAsked),
            Route("POST", f"{call}/alarms/{{alarm_id}}/end", self.end_alarm, change_call, self.agent_on),
            Route("PUT", f"{call}/acting", self.acting, write_contact, owner=self.agent_on, body=Acting),
            Route("PUT", f"{call}/draft", self.draft, write_contact, owner=self.agent_on, body=ContactDraft),
            Route("POST", f"{call}/confirm", self.confirm, write_contact, owner=self.agent_on, body=ContactDraft),
            Route("GET", "/api/members/{member_id}/contacts", self.history, see_member, query=Paging),
            Route("GET", "/api/directory", self.directory, Rule(resource="directory", action="see")),
        )

    async def desk(self, request: Request[None]) -> DeskInfo:
        """One's own desk, and the place in its stream that it holds for."""
        agent_id = request.user.agent_id
        desk = await self._desks.snapshot(agent_id)
        if desk is None:
            raise Refusal(404, "There is no desk of yours", remedy="Ask an administrator whether you still work here")
        state, position = desk
        return DeskInfo(state=state, position=position, subject=f"agent.{agent_id}")

    async def transfer(self, request: Request[TransferAsked]) -> None:
        """Send the caller on to a destination of the directory."""
        file = self._file(request.path["call_id"])
        destination = self._destinations.get(request.body.destination)
        if destination is None or destination.kind != "internal":
            raise Refusal(
                422,
                f"Calls cannot be transferred to {request.body.destination!r}",
                remedy="Choose an internal destination of the directory",
            )
        if file.talking != request.user.agent_id:
            raise Refusal(409, "You are not talking with this caller now", remedy="Only who talks can transfer")
        await self._desks.deeds.transfer_begun(file, destination.id, destination.name, request.user.agent_id)
        try:
            await self._phone.transfer(file.call_id, destination.id)
        except Problem as problem:
            await self._desks.deeds.transfer_failed(file, str(problem))
            raise

    async def dismiss(self, request: Request[None]) -> None:
        """Say that a suggestion is not wanted."""
        if not await self._dismiss(request.path["call_id"], request.path["suggestion_id"]):
            raise Refusal(404, "This suggestion does not stand any more")

    async def alarm(self, request: Request[AlarmAsked]) -> None:
        """Raise a hand, or one of the alarms that were not heard by themselves."""
        if not await self._call_for(request.path["call_id"], request.body.kind):
            raise Refusal(409, "You are not talking with this caller now")

    async def end_alarm(self, request: Request[None]) -> None:
        """Say that an alarm was seen to."""
        if not await self._end_alarm(request.path["call_id"], request.path["alarm_id"]):
            raise Refusal(404, "This alarm does not stand any more")

    async def acting(self, request: Request[Acting]) -> None:
        """Say that the caller acts for the member, by one of the authorities on record."""
        file, wanted, now = self._file(request.path["call_id"]), request.body.authority_id, self._clock.now()
        step = Represented(at=now, authority_id=None)
        if wanted is not None:
            member = seen_by(file.member, cleared=request.user.cleared) if file.member else None
            known = {each.authority_id: each for each in member.authorities} if member else {}
            if (authority := known.get(wanted)) is None:
                raise Refusal(422, "This member has no such authority on record", remedy="Choose one that is shown")
            if why := authorities.why_not(authority, now.astimezone(self._zone).date()):
                raise Refusal(
                    409, f"{authority.name} may not act for the member: {why}", remedy="Ask for a newer paper"
                )
            step = Represented(
                at=now,
                authority_id=wanted,
                name=authority.name,
                kind=authority.kind,
                may_change=authority.may_change,
                topics=authority.topics,
            )
        await self._contacts.progress(file.call_id, step)
        why = f"call {file.call_id}: {step.kind or 'the member'}"
        await self._audit.looked(request.user.agent_id, "acting", why=why, member_id=file.member_id)
        await self._desks.deeds.acting(file, wanted)

    async def draft(self, request: Request[ContactDraft]) -> None:
        """Keep the contact as it is written so far."""
        call_id, agent_id = request.path["call_id"], request.user.agent_id
        if not await self._contacts.save_draft(call_id, request.body, by=agent_id):
            raise Refusal(409, "This contact is confirmed already")
        file, look = self._desks.file(call_id), (agent_id, "draft", "")
        if file is None or look not in file.looks:  # typing saves it again and again: the first time is on record
            await self._on_record(agent_id, "draft", call_id)
        if file:
            file.looks.add(look)
            await self._desks.deeds.draft_edited(agent_id, file, request.body)

    async def confirm(self, request: Request[ContactDraft]) -> Confirmed:
        """Put the contact into the member's history; the desk is free then."""
        call_id, agent_id = request.path["call_id"], request.user.agent_id
        file = self._desks.file(call_id)
        if file and file.talking == agent_id:
            raise Refusal(409, "The call is not over yet", remedy="Confirm it when you have hung up")
        _hold_to_authority(await self._contacts.of_call(call_id), request.body)
        try:
            confirmed = await self._confirm(call_id, agent_id, request.body)
        except AlreadyConfirmed:
            # A colleague who had the call before or after was first: this desk is free all the same.
            contact = await self._contacts.of_call(call_id)
            assert contact is not None
            await self._desks.deeds.confirmed(agent_id, call_id, contact.contact_id)
            raise
        await self._on_record(agent_id, "confirm", call_id)
        await self._desks.deeds.confirmed(agent_id, call_id, confirmed.contact_id)
        return confirmed

    async def history(self, request: Request[None]) -> PastContacts:
        """A member's contacts that are over, newest first."""
        member_id, paging, asking = request.path["member_id"], request.query, request.user.agent_id
        place = paging.place()
        call_id = self._desks.call_about(asking, member_id)
        why = f"call {call_id}" if call_id else "search"
        member = await self._members.profile(member_id)
        if member is not None and member.protected and not request.user.cleared:
            await self._audit.looked(asking, "history_refused", why=f"{why}: protected", member_id=member_id)
            raise Refusal(403, "This member is protected", remedy="Hand over to a colleague who is cleared")
        await self._audit.looked(asking, "history", why=why, member_id=member_id)
        found = await self._contacts.history(member_id, paging.limit + 1, place)
        items, after = cut(found, paging.limit, lambda past: Place(past.at, past.contact_id))
        return PastContacts(items=items, next=after)

    async def directory(self, request: Request[None]) -> DirectoryInfo:
        """Where calls can be sent, which topics there are, which states can be chosen."""
        return self._directory

    async def _on_record(self, agent_id: str, action: str, call_id: str) -> None:
        """What somebody did to the contact of this call, and so to its member."""
        contact = await self._contacts.of_call(call_id)
        assert contact is not None, "whatever is told of a call makes its contact"
        await self._audit.looked(
            agent_id, action, why=f"call {call_id}", member_id=contact.member_id, contact_id=contact.contact_id
        )

    def _file(self, call_id: str) -> CallFile:
        file = self._desks.file(call_id)
        if file is None:
            raise Refusal(404, "This call is not going on", remedy="Look for it in the member's contacts")
        return file

    async def agent_on(self, request: Request[object]) -> str | None:
        """The agent whose call it is: the one who asks, where they took part; else whoever talks now."""
        call_id, asking = request.path["call_id"], request.user.agent_id
        if file := self._desks.file(call_id):
            return asking if asking in file.on_desks else file.talking
        contact = await self._contacts.of_call(call_id)
        if contact is None:
            raise Refusal(404, "There is no such call")
        took_part = [step.agent_id for step in contact.course if isinstance(step, Answered)]
        return asking if asking in took_part else took_part[-1] if took_part else None


def _hold_to_authority(contact: Contact | None, draft: ContactDraft) -> None:
    told = [step for step in contact.course if isinstance(step, Represented)] if contact else []
    if told and told[-1].authority_id is not None and (what := authorities.beyond(told[-1], draft)):
        raise Refusal(422, what, remedy="Take it out, or say that the member spoke")
