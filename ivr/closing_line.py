"""Out of a queue that was closed: everybody who waits there is taken back into the menu, where they hear why.

Where the closure says so they are called back instead, keeping the place that they have; whoever cannot be (no number,
none that we call) goes the menu's closed way like the others. Nobody is taken out twice by the same closure: whoever
is in a queue again by then was sent there by the dialplan, which knew of nothing better.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from core.clock import Clock
from core.errors import Problem
from core.ids import new_id
from ivr.closing_texts import texts
from ivr.closures import EVERYTHING, Closure, leads_out, spoken
from ivr.dialog.actions import Learnt
from ivr.document.model import PERSON, Announce, AnyStep, Document, Goodbye, Prompt, Queue
from ivr.identity import facts
from ivr.parts import Returned
from ivr.speaking.values import AnyValue, Digits, Words
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import CallBack, attempt_of
from ivr.waiting.dialable import Dialable
from ivr.waiting.openings import Openings
from records.contact import Chose, Contact, Represented, Served
from records.contacts import Contacts
from records.directory import Account, Accounts
from telephony.calls.call import Call

log = logging.getLogger(__name__)

AT_ONCE = 10
_STEP = "closed: told"  # no name that a document could have


class Waiter(NamedTuple):
    """Somebody who waits in a queue, since when, on this channel."""

    call_id: str
    linkedid: str
    channel: str
    number: str
    queue: str
    since: datetime


class TakeBack(Protocol):
    """See `ivr.service.IvrService.take_back`."""

    async def __call__(self, channel: str, returned: Returned) -> None: ...


class ClosingLine:
    """`waiting` tells who waits now; `openings` count closures in; `current` gives the menu in use."""

    def __init__(
        self,
        *,
        waiting: Callable[[], Iterable[Waiter]],
        take_back: TakeBack,
        current: Callable[[], Document],
        contacts: Contacts,
        members: Accounts,
        callbacks: CallbackStore,
        dialable: Dialable,
        openings: Openings,
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._waiting, self._take_back, self._current = waiting, take_back, current
        self._contacts, self._members, self._callbacks = contacts, members, callbacks
        self._dialable, self._openings, self._clock, self._zone = dialable, openings, clock, zone
        self._out: set[tuple[str, str]] = set()  # closure and call: taken out
        self._unlucky: set[tuple[str, str]] = set()  # could not be, and that was said

    def count(self, queue: str) -> int:
        """How many wait in the queue ("": in all of them)."""
        return sum(queue in (EVERYTHING, waiter.queue) for waiter in self._waiting())

    async def look(self, closures: Iterable[Closure]) -> None:
        """Take out whoever is still there and is not to stay."""
        now, closures = self._clock.now(), tuple(closures)
        standing = {each.closure_id for each in closures}
        self._out = {each for each in self._out if each[0] in standing}
        self._unlucky = {each for each in self._unlucky if each[0] in standing}
        found = []
        for waiter in sorted(self._waiting(), key=lambda waiter: waiter.since):
            closure = leads_out(closures, waiter.queue, now)
            if closure and closure.begun_at and (closure.closure_id, waiter.call_id) not in self._out:
                found.append((closure, waiter))
        room = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._guarded(closure, waiter, room) for closure, waiter in found))

    async def _guarded(self, closure: Closure, waiter: Waiter, room: asyncio.Semaphore) -> None:
        key = (closure.closure_id, waiter.call_id)
        async with room:
            try:
                await self._lead_out(closure, waiter)
                self._out.add(key)
            except Problem as problem:  # hung up meanwhile, or tried again with the next look
                if key not in self._unlucky:
                    log.warning("call %s could not be taken out of %s yet: %s", waiter.call_id, waiter.queue, problem)
                self._unlucky.add(key)

    async def _lead_out(self, closure: Closure, waiter: Waiter) -> None:
        document = self._current()
        contact = await self._contacts.of_call(waiter.call_id)
        learnt = await self._learnt(contact, document)
        kept = await self._kept(closure, waiter, contact, learnt) if closure.waiting == "callback" else None
        if kept is None:
            returned = Returned(*closed_way(document, closure, waiter.queue), learnt)
        else:
            returned = Returned(*called_back_way(document, closure, kept.reference), learnt)
        await self._take_back(waiter.channel, returned)
        outcome, reference = ("called_back", kept.reference) if kept else ("told", "")
        step = Served(at=self._clock.now(), service="closure", outcome=outcome, reference=reference)
        await self._contacts.progress(waiter.call_id, step)

    async def _kept(self, closure: Closure, waiter: Waiter, contact: Contact | None, learnt: Learnt) -> CallBack | None:
        """The call back that keeps the place, stored; None where there can be none."""
        now, number = self._clock.now(), self._dialable.e164(waiter.number)
        if number is None or attempt_of(waiter.linkedid) is not None:  # who is called back now is tried again by rule
            return None
        reopens = self._openings.opens(waiter.queue, now)
        if reopens is None:
            return None
        row = CallBack(
            id=new_id(),
            reference="",
            call_id=waiter.call_id,
            queue=waiter.queue,
            number=number,
            member_id=learnt.member.member_id if learnt.member else None,
            language=learnt.language,
            facts={
                "verification": learnt.verification,
                "consent": learnt.consent,
                "authority": learnt.authority,
                "chosen": learnt.chosen,
                "version": contact.menu_version if contact else "",
            },
            place_at=waiter.since,
            due_at=now,
            expires_at=self._openings.closes(waiter.queue, reopens),
            changed_at=now,
        )
        return await self._callbacks.add(row) or await self._callbacks.waits(number)

    async def _learnt(self, contact: Contact | None, document: Document) -> Learnt:
        """What is known of the caller by now, as the contact has it: the menu asks nothing twice."""
        if contact is None:
            return Learnt(language=document.languages[0])
        member = await self._members.profile(contact.member_id) if contact.member_id else None
        account = await self._members.account(member.member_id) if member else None
        language = (account or Account()).language
        path = tuple(step.option for step in contact.course if isinstance(step, Chose))
        acting = [step.authority_id for step in contact.course if isinstance(step, Represented)]
        return Learnt(
            member=facts(member, language, self._today()) if member else None,
            verification=contact.verification if member else "none",
            authority=(acting[-1] if acting else None) or "",
            consent=contact.consent,
            language=contact.language or document.languages[0],
            chosen=path[-1] if path else "",
            path=path,
        )

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()


def waiters(calls: Iterable[Call]) -> list[Waiter]:
    """Those of the calls that go on now whose callers wait in a queue."""
    found = []
    for call in calls:
        if call.waiting is not None and call.caller is not None:
            since = datetime.fromtimestamp(call.waiting.joined_at, UTC)
            found.append(
                Waiter(call.call_id, call.linkedid, call.caller.channel, call.caller_number, call.waiting.queue, since)
            )
    return found


def closed_way(document: Document, closure: Closure, queue: str) -> tuple[Document, Mapping[str, AnyValue]]:
    """Where the menu goes on for somebody out of a closed queue: the step to that queue says it and leads on."""
    names = [name for name, step in document.steps.items() if isinstance(step, Queue) and step.queue == queue]
    if names or closure.queue == EVERYTHING:
        start = document.person if document.person in names or not names else names[0]
        return replace(document, start=start), {}
    # A queue that no menu leads to (callers are transferred there): its message, then people who are there.
    step = Announce(about="Closed", say=(_everywhere(document, "{closed}"),), next=PERSON)
    return _beginning(document, step), {"closed": Words(texts=spoken(closure.message, document.languages))}


def called_back_way(document: Document, closure: Closure, reference: str) -> tuple[Document, Mapping[str, AnyValue]]:
    """What is closed, that they are called back, and the end."""
    told = Prompt(texts=spoken(texts().called_back, document.languages))
    step = Goodbye(about="Closed", say=(_everywhere(document, "{closed}"), told))
    message = Words(texts=spoken(closure.message, document.languages))
    return _beginning(document, step), {"closed": message, "reference": Digits(digits=reference)}


def _everywhere(document: Document, text: str) -> Prompt:
    return Prompt(texts=dict.fromkeys(document.languages, text))


def _beginning(document: Document, step: AnyStep) -> Document:
    return replace(document, start=_STEP, steps={**document.steps, _STEP: step})
