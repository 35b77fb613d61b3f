"""Writes down what happens to each call, in its contact: from the first ring, in whatever order, whatever breaks.

The bus is read without waiting for the database: notes go into a bounded backlog and one task stores them, again and
again while the database is away. When the backlog is full the oldest notes are given up (and said so): the call itself
is never lost, because its row is made from the PBX's own record when nothing else made it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from assist.desk.messages import ActingChanged, DraftChanged
from assist.discretion import WordsToKeep
from core.bus import Bus, Delivery
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, Problem
from core.events import Event
from core.following import follow, tell
from core.tasks import TaskOwner
from records.contact import (
    Answered,
    AnyStep,
    Chose,
    Consent,
    Consulted,
    Gap,
    Held,
    Line,
    Queued,
    Represented,
    Transferred,
    Verification,
    Walked,
)
from records.contacts import Contacts
from records.events import CallerKnown, HandbookConsulted, MenuWalked
from telephony.events import (
    CallAnswered,
    CallEnded,
    CallQueued,
    CallResumed,
    CallStarted,
    CallTransferred,
)

log = logging.getLogger(__name__)

BEHIND = "the contact keeper fell behind; gaps are mended from the phone system's own record"
BACKLOG = 50_000  # notes; some hours of a busy centre
BATCH = 200  # notes stored at once; they share commits
RETRY_S = 1.0
KEPT_ENDED = 1_000  # calls that are over

Note = Callable[[], Awaitable[object]]


class _Known(NamedTuple):
    """What was noted last of who calls: only what changes is noted again."""

    identity: tuple[str | None, Verification, str, str] | None = None
    consent: Consent | None = None
    path: int = 0  # how many of the choices
    acting: Represented | None = None


class ContactKeeper:
    """Listens to `call.>` and keeps the contacts. `agents` gives (id, name) of the agent at a device."""

    def __init__(
        self,
        *,
        bus: Bus,
        contacts: Contacts,
        system: str,
        speech_model: str,
        agents: Callable[[str], tuple[str, str]],
    ) -> None:
        self._bus, self._contacts, self._system, self._speech_model = bus, contacts, system, speech_model
        self._agents = agents
        self._backlog: deque[tuple[str, Note]] = deque()  # each with the id of its call
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._callers: dict[str, _Known] = {}
        self._ended: deque[str] = deque()
        self._tasks = TaskOwner("contact-keeper")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "call.>", self._note, behind=BEHIND), name="listen")
        self._tasks.start(self._store(), name="store")

    async def stop(self, within: float = 5.0) -> None:
        """Store what is still waiting, within `within` seconds, and end."""
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            log.error("%d notes about calls could not be stored before stopping", len(self._backlog))
        await self._tasks.stop()

    async def _note(self, delivery: Delivery) -> None:
        for note in self._notes(delivery.event):
            self._put(delivery.subject, note)

    def _put(self, call: str, note: Note) -> None:
        if len(self._backlog) >= BACKLOG:
            self._backlog.popleft()
            log.error("the database is away too long: a note about a call was given up")
        self._backlog.append((call, note))
        self._idle.clear()
        self._work.set()

    async def _store(self) -> None:
        """Store notes, those of one call in their order; what the database was away for is tried again first."""
        while True:
            await self._work.wait()
            calls: dict[str, list[Note]] = {}
            for call, note in [self._backlog.popleft() for _ in range(min(BATCH, len(self._backlog)))]:
                calls.setdefault(call, []).append(note)
            left = await asyncio.gather(*(self._stored(notes) for notes in calls.values()))
            away = [(call, note) for call, notes in zip(calls, left, strict=True) for note in notes]
            self._backlog.extendleft(reversed(away))
            if away:
                await asyncio.sleep(RETRY_S)
            elif not self._backlog:
                self._work.clear()
                self._idle.set()

    @staticmethod
    async def _stored(notes: Sequence[Note]) -> Sequence[Note]:
        """Store the notes of one call; returns those that are left because the database is away."""
        for place, note in enumerate(notes):
            try:
                await note()
            except (DatabaseGone, DatabaseBusy, DatabaseLate):
                return notes[place:]
            except Problem as problem:
                log.error("a note about a call was refused: %s", problem)
            except Exception:
                log.exception("a note about a call could not be stored")
        return ()

    def _notes(self, event: Event) -> list[Note]:
        contacts = self._contacts
        match event:
            case CallStarted():
                return [lambda: self._resume(event) if event.incomplete else self._open(event)]
            case CallerKnown():
                return self._known(event)
            case WordsToKeep() if event.utterance.text and self._may_consent(event.call_id):
                return [lambda: self._line(event)]
            case DraftChanged() if self._consents(event.call_id):
                return [lambda: contacts.save_draft(event.call_id, event.draft)]
            case ActingChanged(acting=None):
                nobody = Represented(at=event.at, authority_id=None)
                if event.call_id in self._callers:
                    self._callers[event.call_id] = self._callers[event.call_id]._replace(acting=None)
                return [lambda: contacts.progress(event.call_id, nobody)]
            case CallEnded():
                # The last words are still on their way through the recogniser, so consent is remembered a while.
                self._ended.append(event.call_id)
                if len(self._ended) > KEPT_ENDED:
                    self._callers.pop(self._ended.popleft(), None)
                return [
                    lambda: contacts.close(
                        event.call_id,
                        ended_at=event.at,
                        outcome=event.outcome,
                        wait_s=event.wait_s,
                        talk_s=event.talk_s,
                        incomplete=event.incomplete,
                    )
                ]
        if (step := self._step(event)) is not None:
            call_id: str = event.call_id  # type: ignore[attr-defined]
            return [lambda: contacts.progress(call_id, step)]
        return []

    async def _open(self, event: CallStarted) -> None:
        await self._contacts.open(
            event.call_id,
            system=self._system,
            linkedid=event.linkedid,
            caller_number=event.caller_number,
            dialled=event.dialled,
            started_at=event.at,
            incomplete=event.incomplete,
        )

    async def _line(self, event: WordsToKeep) -> None:
        said = event.utterance
        line = Line(
            utterance_id=said.utterance_id,
            speaker=said.speaker,
            name=said.name,
            start_s=said.start_s,
            end_s=said.end_s,
            text=said.text,
            confidence=said.confidence,
            words=event.words,
            masks=event.masks,
        )
        sealed = {said.utterance_id: event.sealed}
        await self._contacts.add_utterances(event.call_id, [line], speech_model=self._speech_model, sealed=sealed)

    def _may_consent(self, call_id: str) -> bool:
        """Of a call from before this process the database says so, when the words are stored."""
        return call_id not in self._callers or self._consents(call_id)

    def _consents(self, call_id: str) -> bool:
        return call_id in self._callers and self._callers[call_id].consent == "given"

    def _known(self, event: CallerKnown) -> list[Note]:
        contacts, call_id = self._contacts, event.call_id
        before = self._callers.get(call_id, _Known())
        identity = (event.member_id, event.verification, event.language, event.menu_version)
        acting = event.acting or before.acting
        self._callers[call_id] = _Known(identity, event.consent, len(event.menu_path), acting)
        notes: list[Note] = []
        if identity != before.identity:
            notes.append(lambda: contacts.identify(call_id, *identity))
        if event.consent != before.consent:
            notes.append(lambda: contacts.set_consent(call_id, event.consent))
        steps: list[AnyStep] = [Chose(at=event.at, option=option) for option in event.menu_path[before.path :]]
        if acting is not None and acting != before.acting:
            steps.append(acting)
        return notes + [lambda step=step: contacts.progress(call_id, step) for step in steps]

    def _step(self, event: Event) -> AnyStep | None:
        match event:
            case MenuWalked():
                return Walked(at=event.at, did=event.did)
            case HandbookConsulted():
                return Consulted(
                    at=event.at,
                    document=event.document,
                    anchor=event.anchor,
                    version=event.version,
                    label=event.label,
                    opened=event.opened,
                )
            case CallQueued():
                return Queued(at=event.at, queue=event.queue)
            case CallAnswered():
                agent_id, name = self._agents(event.device)
                return Answered(at=event.at, agent_id=agent_id, agent_name=name, queue=event.queue)
            case CallResumed():
                return Held(at=event.at, agent_id=self._agents(event.device)[0], seconds=event.held_s)
            case CallTransferred():
                return Transferred(
                    at=event.at,
                    kind=event.kind,
                    from_agent_id=self._agents(event.from_device)[0],
                    target=event.target,
                    completed=event.completed,
                )
        return None

    async def _resume(self, event: CallStarted) -> None:
        """A call that was up before this process: mark the gap, and say again what is on record of its caller."""
        await self._open(event)
        contact = await self._contacts.of_call(event.call_id)
        if contact is None:
            return
        last = max((step.at for step in contact.course), default=contact.started_at)
        await self._contacts.progress(
            event.call_id, Gap(at=last, until=event.at, why="Memberline was not watching; it was restarted or cut off")
        )
        path = tuple(step.option for step in contact.course if isinstance(step, Chose))
        self._callers[event.call_id] = _Known(path=len(path))
        acted = [step for step in contact.course if isinstance(step, Represented)]
        known = CallerKnown(
            at=event.at,
            call_id=event.call_id,
            member_id=contact.member_id,
            verification=contact.verification,
            consent=contact.consent,
            language=contact.language,
            chosen=path[-1] if path else "",
            menu_path=path,
            menu_version=contact.menu_version,
            acting=acted[-1] if acted and acted[-1].authority_id else None,
            answered_at=contact.answered_at,
        )
        await tell(self._bus, f"call.{event.call_id}", known)
        represented = [step for step in contact.course if isinstance(step, Represented)]
        if represented and (authority_id := represented[-1].authority_id) is not None:
            acting = ActingChanged(at=event.at, call_id=event.call_id, acting=authority_id)
            await tell(self._bus, f"call.{event.call_id}", acting)
