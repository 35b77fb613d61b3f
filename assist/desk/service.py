"""Brings each call to the desks it concerns: listens to `call.>` and `queue.>`, publishes on `agent.<agent id>`.

Hot path: AgentOffered → CallOffered. By then the member's profile is in memory (fetched when the call came in, or when
the menu learnt who calls), so the pop costs two publishes and no look-up. Where the directory has not answered yet,
the pop goes out without the profile and `MemberFound` follows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from assist.call_file import CallFile
from assist.desk.boards import WallKeeper
from assist.desk.briefing import briefing
from assist.desk.deeds import Deeds, WrapUps
from assist.desk.desks import Desks
from assist.desk.looks import Looks
from assist.desk.messages import (
    ActingChanged,
    AlarmEnded,
    AlarmRaised,
    AnyDeskEvent,
    CallChanged,
    CallOffered,
    DeskState,
    DraftChanged,
    GuideChanged,
    MemberFound,
    OfferEnded,
    Phase,
    PhonesChanged,
    RecordingChanged,
    SeatChanged,
    StateChanged,
    Suggested,
    SuggestionWithdrawn,
    TranscriptionChanged,
    Transfer,
    TransferChanged,
    Words,
)
from assist.desk.wall import drawn
from core.bus import Bus, Delivery, Position
from core.clock import Clock
from core.errors import place_of
from core.events import Event
from core.following import follow, tell
from core.tasks import TaskOwner
from records.agents import Agent
from records.audit import Audit
from records.directory import Directory
from records.events import AgentChanged, CallerKnown, DeskConnected
from records.phones import e164
from records.profile import seen_by
from telephony.agents.states import AgentState, AgentStateChanged
from telephony.events import (
    AgentLeft,
    AgentOffered,
    AgentOfferEnded,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallQueued,
    CallResumed,
    CallStarted,
    CallTransferred,
    PhoneSystemChanged,
    QueueChanged,
)
from telephony.queue import QueueSeen

log = logging.getLogger(__name__)

BEHIND = "the desks fell behind the phone system: states and ended calls are set right, what was said is gone"

_OWN = ("agent.", WallKeeper.SUBJECT)  # what we publish
KEPT_AFTER_END = timedelta(minutes=10)  # how long an ended call's file stays for an agent still writing


class Phones(WrapUps, Protocol):
    """What the desks need of the agents' telephones."""

    def state(self, device: str) -> AgentState | None:
        """None for a telephone that was never in a queue."""


class DeskService:
    """One task works through the events in order."""

    def __init__(
        self,
        *,
        bus: Bus,
        clock: Clock,
        agents: Sequence[Agent],
        directory: Directory,
        audit: Audit,
        phones: Phones,
        live: Callable[[], Collection[str]],
        speech_model: str,
    ) -> None:
        """`live` are the ids of the calls that the PBX has now."""
        self._bus, self._clock, self._directory = bus, clock, directory
        self._desks = Desks(bus, clock, agents, speech_model)
        self._there: set[str] = set()  # ids of the agents whose desk is connected
        self._waiting: dict[str, tuple[str, ...]] = {}  # by queue, first in line first
        self._files: dict[str, CallFile] = {}
        self.wall = WallKeeper(
            bus=bus,
            clock=clock,
            look=lambda: drawn(self._desks.states.values(), self._files.values(), self._waiting),
        )
        self.looks = Looks(audit, clock, self._files, self._desks.states)
        self._tasks = TaskOwner("desk")
        self._phones, self._live = phones, live
        self.deeds = Deeds(clock=clock, files=self._files, desks=self._desks.states, tell=self._tell, wrap_ups=phones)

    # --- what others ask ---------------------------------------------------------------------

    def desk(self, agent_id: str) -> DeskState:
        return self._desks.states[agent_id]

    def file(self, call_id: str) -> CallFile | None:
        return self._files.get(call_id)

    def watched(self, call_id: str) -> bool:
        """Whether a desk that somebody has before them shows this call."""
        file = self._files.get(call_id)
        return file is not None and not file.on_desks.isdisjoint(self._there)

    def call_about(self, agent_id: str, member_id: str) -> str | None:
        """The call on the agent's desk, where it shows this member."""
        desk = self._desks.states.get(agent_id)
        call = desk.call if desk else None
        shown = (call.member, *call.candidates) if call else ()
        return call.call_id if call and any(one and one.member_id == member_id for one in shown) else None

    async def snapshot(self, agent_id: str) -> tuple[DeskState, Position] | None:
        """A desk and the place in its stream that it holds for; None for who has left."""
        return await self._desks.snapshot(agent_id)

    # --- running -----------------------------------------------------------------------------

    async def start(self) -> None:
        following = follow(self._bus, ">", self._take, behind=BEHIND, again=self._begin_anew)
        self._tasks.start(following, name="events")
        self._tasks.start(self._desks.begin(), name="begin")
        await self.wall.start()

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.deeds.stop()
        await self.wall.stop()
        await self.looks.stop()

    async def _begin_anew(self) -> None:
        """What was missed of telephones and calls is taken from what the PBX has now; a desk's call is as it was told.

        A call that began meanwhile is on no desk; the queues are told anew by who keeps them.
        """
        now, live = self._clock.now(), self._live()
        for file in list(self._files.values()):
            if file.ended_at is None and file.call_id not in live:
                file.ended_at, file.waiting_since, file.talking = now, None, None
                for agent_id in list(file.on_desks):
                    await self._ended_unheard(agent_id, file, now)
        for agent_id, desk in list(self._desks.states.items()):
            state = self._phones.state(desk.device) or AgentState(presence="signed_out", since=desk.state.since)
            if state != desk.state:
                await self._tell(agent_id, StateChanged(at=now, state=state))
        self.wall.wake()

    async def _ended_unheard(self, agent_id: str, file: CallFile, now: datetime) -> None:
        desk = self._desks.states.get(agent_id)
        if desk is None or desk.call is None or desk.call.call_id != file.call_id or desk.call.phase == "wrap_up":
            return
        if desk.call.phase == "ringing":
            file.on_desks.discard(agent_id)
            await self._tell(agent_id, OfferEnded(at=now, call_id=file.call_id, why="cancelled"))
        else:
            await self._tell(agent_id, CallChanged(at=now, call_id=file.call_id, phase="wrap_up"))

    async def _take(self, delivery: Delivery) -> None:
        if not delivery.subject.startswith(_OWN):
            await self.handle(delivery.event)

    async def handle(self, event: Event) -> None:
        """Bring one event to the desks it concerns. A failure is logged and touches no other call."""
        try:
            if isinstance(event, AgentStateChanged):
                await self._state(event)
            elif isinstance(event, AgentChanged):
                await self._staff(event)
            elif isinstance(event, DeskConnected):
                (self._there.add if event.there else self._there.discard)(event.agent_id)
            elif isinstance(event, PhoneSystemChanged):
                for agent_id in self._desks.states:
                    await self._tell(agent_id, PhonesChanged(at=event.at, up=event.up))
            elif isinstance(event, QueueChanged):
                self._waiting[event.queue] = event.waiting
            elif isinstance(event, QueueSeen):
                self._waiting[event.state.queue] = event.state.waiting
            elif isinstance(event, CallStarted):
                await self._started(event)
            elif (call_id := getattr(event, "call_id", None)) and (file := self._files.get(call_id)):
                await self._on_call(file, event)
        except Exception as failure:  # noqa: BLE001
            log.error("desk: %s could not be handled: %s", type(event).__name__, place_of(failure))
        if not isinstance(event, Words):  # most of what is told, and on no wall
            self.wall.wake()

    # --- calls -------------------------------------------------------------------------------

    async def _started(self, event: CallStarted) -> None:
        file = CallFile(call_id=event.call_id, caller_number=event.caller_number, started_at=event.at)
        if event.incomplete:
            file.transcribed = "gap"
        self._files[event.call_id] = file
        self._tasks.start(self._find(file), name="find-member")
        for ended in [old for old in self._files.values() if self._is_over(old, event.at)]:
            del self._files[ended.call_id]

    def _is_over(self, file: CallFile, now: datetime) -> bool:
        return file.ended_at is not None and not file.on_desks and now - file.ended_at > KEPT_AFTER_END

    async def _find(self, file: CallFile) -> None:
        """Fetch who this call is about, and tell the desks that already show it."""
        wanted = file.member_id
        if wanted is None:
            number = e164(file.caller_number)
            if number is None:
                return
            matches = await self._directory.by_phone(number)
            file.candidates = matches.members
            if file.member_id is None and matches.total == 1 and file.verification == "none":
                file.member, file.member_id = file.candidates[0], file.candidates[0].member_id
                file.verification = "number_match"
        else:
            member = await self._directory.profile(wanted)
            if file.member_id == wanted:
                file.member = member
        self.wall.wake()
        await self._tell_who(file)

    async def _tell_who(self, file: CallFile) -> None:
        """Where the call is on a desk already, put what has become known about its caller there."""
        for agent_id in list(file.on_desks):
            await self._tell_whom(file, agent_id)

    async def _tell_whom(self, file: CallFile, agent_id: str) -> None:
        now, cleared = self._clock.now(), self._desks.cleared(agent_id)
        found = MemberFound(
            at=now,
            call_id=file.call_id,
            caller=file.caller(now),
            member=seen_by(file.member, cleared=cleared) if file.member else None,
            candidates=tuple(seen_by(one, cleared=cleared) for one in file.candidates),
            briefing=briefing(file, agent_id, cleared=cleared),
        )
        await self._tell(agent_id, found)

    async def _on_call(self, file: CallFile, event: Event) -> None:
        match event:
            case CallerKnown():
                await self._caller_known(file, event)
            case CallQueued():
                file.queue, file.waiting_since = event.queue, event.at
            case AgentOffered():
                await self._offer(file, event.device, "ringing", event.at)
            case AgentOfferEnded() if event.result != "answered":
                await self._offer_ended(file, event)
            case CallAnswered():
                await self._answered(file, event)
            case CallHeld() | CallResumed():
                await self._phase(file, event.device, "held" if isinstance(event, CallHeld) else "talking", event.at)
            case CallTransferred():
                await self._transferred(file, event)
            case AgentLeft():
                await self._agent_left(file, event)
            case CallEnded():
                file.ended_at = event.at
                file.waiting_since = None
            case ActingChanged() if event.acting is not None:  # told again after a restart
                file.acting = event.acting
                await self._to_desks(file, event)
            case RecordingChanged() | AlarmRaised() | AlarmEnded():
                file.take(event)
                await self._to_desks(file, event)  # also to who is rung: they are told once
            case (
                Words() | Suggested() | SuggestionWithdrawn() | DraftChanged() | TranscriptionChanged() | GuideChanged()
            ):
                await self._help(file, event)

    async def _caller_known(self, file: CallFile, event: CallerKnown) -> None:
        changed = event.member_id != file.member_id
        if changed and file.acting is not None:  # an authority of somebody else's
            file.acting = None
            no_longer = ActingChanged(at=event.at, call_id=file.call_id, acting=None)
            await tell(self._bus, f"call.{file.call_id}", no_longer)  # for who keeps the contact
            await self._to_desks(file, no_longer)
        if event.acting is not None:
            file.acting = event.acting.authority_id
        file.member_id, file.verification, file.consent = event.member_id, event.verification, event.consent
        file.language, file.chosen, file.menu_path = event.language, event.chosen, event.menu_path
        if changed and event.member_id is not None:
            file.member = next((m for m in file.candidates if m.member_id == event.member_id), None)
            if file.member is None:
                self._tasks.start(self._find(file), name="find-member")
        await self._tell_who(file)
        transcribed = file.how_transcribed()
        await self._to_desks(file, TranscriptionChanged(at=event.at, call_id=file.call_id, transcribed=transcribed))

    async def _offer(self, file: CallFile, device: str, phase: Phase, at: datetime) -> None:
        if agent := self._desks.at(device):
            file.on_desks.add(agent.agent_id)
            told = briefing(file, agent.agent_id, cleared=agent.cleared)
            call = file.pop(phase, at, cleared=agent.cleared, briefing=told)
            await self._tell(agent.agent_id, CallOffered(at=at, call=call))

    async def _offer_ended(self, file: CallFile, event: AgentOfferEnded) -> None:
        if agent := self._desks.at(event.device):
            file.on_desks.discard(agent.agent_id)
            await self._tell(agent.agent_id, OfferEnded(at=event.at, call_id=file.call_id, why=event.result))

    async def _answered(self, file: CallFile, event: CallAnswered) -> None:
        if file.waiting_since is not None:
            file.waited_s += max((event.at - file.waiting_since).total_seconds(), 0.0)
            file.waiting_since = None
        file.answered_at = file.answered_at or event.at
        agent = self._desks.at(event.device)
        file.talking = agent.agent_id if agent else None
        if agent is None:
            return
        shown = self._desks.states[agent.agent_id].call
        if shown is None or shown.call_id != file.call_id:
            await self._offer(file, event.device, "talking", event.at)
        else:
            await self._phase(file, event.device, "talking", event.at)
            await self._tell_who(file)  # how long the caller waited is known now

    async def _phase(self, file: CallFile, device: str, phase: Phase, at: datetime) -> None:
        if agent := self._desks.at(device):
            await self._tell(
                agent.agent_id,
                CallChanged(at=at, call_id=file.call_id, phase=phase),
            )

    async def _transferred(self, file: CallFile, event: CallTransferred) -> None:
        agent = self._desks.at(event.from_device)
        before = file.transfer
        file.transfer = Transfer(
            destination=before.destination if before else event.target,
            destination_name=before.destination_name if before else event.target,
            state="completed" if event.completed else "failed",
            why="" if event.completed else "nobody there took the call",
        )
        if agent:
            await self._tell(agent.agent_id, TransferChanged(at=event.at, call_id=file.call_id, transfer=file.transfer))

    async def _agent_left(self, file: CallFile, event: AgentLeft) -> None:
        agent = self._desks.at(event.device)
        if agent is None:
            return
        if file.talking == agent.agent_id:
            file.talking = None
        await self._phase(file, event.device, "wrap_up", event.at)

    async def _help(
        self,
        file: CallFile,
        event: Words | Suggested | SuggestionWithdrawn | DraftChanged | TranscriptionChanged | GuideChanged,
    ) -> None:
        """Words, advice and documentation go to whoever talks; the draft also to who still writes."""
        if isinstance(event, Words):
            file.hear(event.utterance)
        elif isinstance(event, DraftChanged):
            file.draft = event.draft
        elif isinstance(event, TranscriptionChanged):
            file.transcribed = event.transcribed
        for agent_id in list(file.on_desks) if file.talking is None else [file.talking]:
            await self._tell(agent_id, event)

    # --- the agent's state --------------------------------------------------------------------

    async def _state(self, event: AgentStateChanged) -> None:
        if agent := self._desks.at(event.device):
            await self._tell(agent.agent_id, StateChanged(at=event.at, state=event.state))

    async def _staff(self, event: AgentChanged) -> None:
        """Somebody came, went, or sits at another telephone."""
        agent = event.agent
        cleared = self._desks.cleared(agent.agent_id)
        self._desks.seat(agent)
        device = agent.device or ""
        await self._tell(agent.agent_id, SeatChanged(at=event.at, agent_name=agent.name, device=device))
        desk = self._desks.states.get(agent.agent_id)
        file = self._files.get(desk.call.call_id) if desk and desk.call else None
        if file and agent.cleared is not cleared:
            await self._tell_whom(file, agent.agent_id)  # the desk keeps nothing that they may no longer see

    # --- telling -----------------------------------------------------------------------------

    async def _to_desks(self, file: CallFile, event: AnyDeskEvent) -> None:
        for agent_id in list(file.on_desks):
            await self._tell(agent_id, event)

    async def _tell(self, agent_id: str, event: AnyDeskEvent) -> None:
        if await self._desks.tell(agent_id, event):
            self.looks.told(agent_id, event)
