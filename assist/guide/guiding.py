"""What stands beside a call grows with it: passages of the handbook, what has to be said, what can be sent.

Looking things up runs in threads, one run a call at a time, on the latest state. What was shown and what was opened
goes on record with the edition it is from.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, tzinfo

from assist.advice.directory import Directory
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.desk.messages import DraftChanged, Guide, GuideChanged, Words
from assist.guide.letters import Letters
from assist.guide.statements import Checklist, Statements
from assist.handbook.finding import Finder
from assist.handbook.model import Offered, offered, plan_id, tier_id
from assist.handbook.offering import Offering
from assist.handbook.ranking import Reader
from core.bus import Bus, Delivery
from core.clock import Clock
from core.following import follow, tell
from core.tasks import TaskOwner
from records.events import CallerKnown, HandbookConsulted
from telephony.events import CallAnswered, CallEnded

log = logging.getLogger(__name__)

BEHIND = "the guide fell behind the words; what stands beside a call may be old"
HEARD = 10  # turns of the caller that are looked at
FOUND = 8  # passages that a search gives


@dataclass
class _Call:
    call_id: str
    checklist: Checklist
    offering: Offering | None
    finder: Finder | None
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=HEARD))
    topics: tuple[str, ...] = ()
    guide: Guide = field(default_factory=Guide)
    on_record: set[tuple[str, bool]] = field(default_factory=set)
    stale: bool = False
    looking: asyncio.Task[None] | None = None


class Guiding:
    """Listens to `call.*`. `file` gives what is known of a call, `agent` the level at a device, `finder` the handbook
    as it is now: None where there is none.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        clock: Clock,
        directory: Directory,
        statements: Statements,
        letters: Letters,
        finder: Callable[[], Finder | None],
        file: Callable[[str], CallFile | None],
        agent: Callable[[str], AgentFacts],
        zone: tzinfo,
    ) -> None:
        self._bus, self._clock, self._directory, self._zone = bus, clock, directory, zone
        self._statements, self._letters = statements, letters
        self._finder, self._file, self._agent = finder, file, agent
        self._calls: dict[str, _Call] = {}
        self._tasks = TaskOwner("guide")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "call.*", self._handle, behind=BEHIND), name="events")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def search(self, typed: str, call_id: str | None = None) -> tuple[Offered, ...]:
        """What the handbook says: of a call, for its member's plan and tier only."""
        finder = self._finder()
        if finder is None:
            return ()
        call = self._calls.get(call_id or "")
        topics = self._names(call.topics) if call else []
        reader = self._reader(call_id, finder)

        def found() -> tuple[Offered, ...]:
            passages = [each.passage for each in finder.search(typed, reader, topics=topics, limit=FOUND)]
            return tuple(offered(passage, finder.telling(passage, typed)) for passage in passages)

        return await asyncio.to_thread(found)

    async def opened(self, call_id: str, passage_id: str) -> bool:
        """The agent read a passage on this call; False where there is no such passage any more."""
        call, finder = self._calls.get(call_id), self._finder()
        passage = finder.passage(passage_id) if finder else None
        if call is None or passage is None:
            return False
        await self._record(call, offered(passage, ()), opened=True)
        return True

    # --- what happens

    async def _handle(self, delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, CallAnswered):
            self._answered(event)
        elif isinstance(event, CallEnded):
            self._calls.pop(event.call_id, None)
        elif (call := self._calls.get(getattr(event, "call_id", ""))) is not None:
            match event:
                case Words() if event.utterance.final and event.utterance.text:
                    self._hear(call, event)
                case DraftChanged() if event.draft.topics != call.topics:
                    call.topics = event.draft.topics
                    self._look(call)
                case CallerKnown():
                    self._look(call)

    def _answered(self, event: CallAnswered) -> None:
        """For who has the call now: what has to be said depends on them."""
        before = self._calls.get(event.call_id)
        finder = self._finder()
        call = _Call(
            event.call_id,
            Checklist(self._statements, self._agent(event.device).level),
            Offering(finder) if finder else None,
            finder,
        )
        if before is not None:
            call.heard, call.topics, call.on_record = before.heard, before.topics, before.on_record
        self._calls[event.call_id] = call
        self._look(call)

    def _hear(self, call: _Call, event: Words) -> None:
        said = event.utterance
        if said.speaker == "agent":
            if call.checklist.hear(said.text):
                self._look(call)
            return
        call.heard.append(said.text)
        self._look(call)

    # --- what is shown

    def _look(self, call: _Call) -> None:
        call.stale = True
        if call.looking is None or call.looking.done():
            call.looking = self._tasks.start(self._show(call), name="look")

    async def _show(self, call: _Call) -> None:
        while call.stale and self._calls.get(call.call_id) is call:
            call.stale = False
            file = self._file(call.call_id)
            guide = Guide(
                passages=await self._passages(call),
                statements=call.checklist.shown(call.topics, verified=file is not None and file.verification == "pin"),
                letters=self._letters.fitting(call.topics, tier_id(file.member.tier) if file and file.member else ""),
            )
            if guide != call.guide:
                call.guide = guide
                event = GuideChanged(at=self._clock.now(), call_id=call.call_id, guide=guide)
                await tell(self._bus, f"call.{call.call_id}", event)
                for passage in guide.passages:
                    await self._record(call, passage, opened=False)

    async def _passages(self, call: _Call) -> tuple[Offered, ...]:
        if call.offering is None:
            return ()
        heard, names = list(call.heard), self._names(call.topics)
        return await asyncio.to_thread(call.offering.offer, heard, names, self._reader(call.call_id, call.finder))

    async def _record(self, call: _Call, passage: Offered, *, opened: bool) -> None:
        if (passage.passage_id, opened) in call.on_record:
            return
        call.on_record.add((passage.passage_id, opened))
        consulted = HandbookConsulted(
            at=self._clock.now(),
            call_id=call.call_id,
            document=passage.document,
            anchor=passage.anchor,
            version=passage.version,
            label=passage.label,
            opened=opened,
        )
        await tell(self._bus, f"call.{call.call_id}", consulted)

    def _names(self, topics: tuple[str, ...]) -> list[str]:
        known = {topic.id for topic in self._directory.topics}
        return [self._directory.topic_name(topic) for topic in topics if topic in known]

    def _reader(self, call_id: str | None, finder: Finder | None) -> Reader:
        file = self._file(call_id) if call_id else None
        member = file.member if file else None
        today: date = self._clock.now().astimezone(self._zone).date()
        if member is None:
            return Reader(plan=None, tier=None, today=today)
        # A record may call the plan by its full name, which no handbook does: then everything of the tier applies.
        plan = member.plan if finder is not None and plan_id(member.plan) in finder.plans else None
        return Reader(plan=plan, tier=member.tier or None, today=today)
