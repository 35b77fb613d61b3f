"""What the words of a call lead to: suggestions while it lasts, and its documentation growing beside it.

Both run in threads, one run a call at a time. Advising takes the turns in their order, some 10 to 40 ms each; where it
falls behind, what waits longest is documented but no longer advised on. Documenting reads the whole call anew each
time, the latest state always last.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from msgspec.structs import replace

from assist.advice.adviser import Advice, Adviser, Withdrawn
from assist.advice.adviser import Suggested as Raised
from assist.call_file import CallFile
from assist.conversation import AgentFacts, CallerFacts, Turn
from assist.desk.messages import (
    Alarm,
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    DraftChanged,
    Suggested,
    SuggestionWithdrawn,
    Words,
)
from assist.documentation.documenter import Documenter
from assist.documentation.summarising import Summariser
from core.bus import Bus, Delivery
from core.clock import Clock
from core.events import Event
from core.following import follow, tell
from core.tasks import TaskOwner
from records.contact import ContactDraft
from telephony.events import CallAnswered, CallEnded, CallTransferred

log = logging.getLogger(__name__)

BEHIND = "help fell behind the words; what was said meanwhile is neither advised on nor documented"
KEPT_ENDED = 50  # calls that are over
UNREAD = 40  # turns that wait to be advised on
MAY_CHANGE = 100  # turns; of those further back no word changes
SAME_MATTER = timedelta(days=30)


@dataclass
class _Help:
    """One call as far as it was heard."""

    call_id: str
    advice: Advice
    caller: CallerFacts
    agent: AgentFacts
    turns: list[Turn] = field(default_factory=list)
    destination: str | None = None  # where the call went on to
    draft: ContactDraft = field(default_factory=ContactDraft)
    stale: bool = False
    over: bool = False
    writing: asyncio.Task[None] | None = None
    unread: deque[Turn] = field(default_factory=lambda: deque(maxlen=UNREAD))
    reading: asyncio.Task[None] | None = None


class Helping:
    """Listens to `call.*`. `file` gives what is known of a call, `agent` the level and specialties at a device.

    `zone` is where the plan is: by its days promises are due. `summariser` words the summary of a call that is over;
    without one it stays as it was made here.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        clock: Clock,
        adviser: Adviser,
        documenter: Documenter,
        file: Callable[[str], CallFile | None],
        agent: Callable[[str], AgentFacts],
        zone: tzinfo = UTC,
        summariser: Summariser | None = None,
    ) -> None:
        self._summariser = summariser
        self._bus, self._clock, self._file, self._agent = bus, clock, file, agent
        self._adviser, self._documenter, self._zone = adviser, documenter, zone
        self._pen = asyncio.Semaphore(1)  # one draft at a time: advice is waited for, a draft is not
        self._calls: dict[str, _Help] = {}
        self._ended: deque[str] = deque()
        self._tasks = TaskOwner("helping")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "call.*", self._handle, behind=BEHIND), name="events")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def dismiss(self, call_id: str, suggestion_id: str) -> bool:
        """The agent does not want this suggestion; False when it does not stand."""
        call = self._calls.get(call_id)
        if call is None or not call.advice.dismiss(suggestion_id):
            return False
        await self._withdraw(call, suggestion_id)
        return True

    async def call_for(self, call_id: str, kind: AlarmKind) -> bool:
        """The agent raises an alarm by hand; False of a call that nobody is helped with."""
        call = self._calls.get(call_id)
        if call is None:
            return False
        await self._alarm(call, call.advice.call_for(kind))
        return True

    async def end_alarm(self, call_id: str, alarm_id: str) -> bool:
        """Somebody saw to it; False when it does not stand."""
        call = self._calls.get(call_id)
        if call is None or not call.advice.end_alarm(alarm_id):
            return False
        await self._publish(call_id, AlarmEnded(at=self._clock.now(), call_id=call_id, alarm_id=alarm_id))
        return True

    async def _handle(self, delivery: Delivery) -> None:
        match event := delivery.event:
            case CallAnswered():
                await self._answered(event)
            case Words() if event.utterance.final and event.utterance.text and event.call_id in self._calls:
                await self._heard(self._calls[event.call_id], event)
            case CallTransferred() if event.completed and event.call_id in self._calls:
                call = self._calls[event.call_id]
                call.destination = event.target
                self._document(call)
            case CallEnded():
                if (over := self._calls.get(event.call_id)) is not None:
                    over.over = True
                    self._document(over)
                # The last words are still on their way through the recogniser, so the call is kept a while.
                self._ended.append(event.call_id)
                if len(self._ended) > KEPT_ENDED:
                    self._calls.pop(self._ended.popleft(), None)

    async def _answered(self, event: CallAnswered) -> None:
        """Advice is for who has the call now: the next agent gets it anew, from all that was said so far."""
        caller, agent = self._caller(event.call_id), self._agent(event.device)
        before = self._calls.get(event.call_id)
        call = _Help(event.call_id, self._adviser.start(caller, agent), caller, agent)
        self._calls[event.call_id] = call
        if before is not None:
            for standing in before.advice.standing:
                await self._withdraw(call, standing.suggestion_id)
            call.destination, call.draft = before.destination, before.draft
            call.turns += before.turns
            self._advise(call, before.turns)

    def _caller(self, call_id: str) -> CallerFacts:
        file = self._file(call_id)
        if file is None or file.member is None:
            return CallerFacts()
        since = self._clock.now() - SAME_MATTER
        return CallerFacts(
            relation=file.member.relation,
            verified=file.verification == "pin",
            prior_calls_30d=sum(contact.at > since for contact in file.member.last_contacts),
        )

    async def _heard(self, call: _Help, event: Words) -> None:
        said = event.utterance
        turn = Turn(speaker=said.speaker, text=said.text, utterance_id=said.utterance_id)
        if (place := _place(call.turns, said.utterance_id)) is None:
            call.turns.append(turn)
            self._advise(call, [turn])
        else:  # a number in it shows now, or no longer: no reason to advise anew
            call.turns[place] = turn
        self._document(call)

    def _advise(self, call: _Help, turns: Iterable[Turn]) -> None:
        call.unread.extend(turns)
        if call.reading is None or call.reading.done():
            call.reading = self._tasks.start(self._read(call), name="advise")

    async def _read(self, call: _Help) -> None:
        while call.unread and self._calls.get(call.call_id) is call:
            turn = call.unread.popleft()
            await self._tell(call, await asyncio.to_thread(call.advice.hear, turn))
            await self._alarm(call, call.advice.alarmed())

    async def _tell(self, call: _Help, advice: list[Raised | Withdrawn]) -> None:
        for change in advice:
            if isinstance(change, Withdrawn):
                await self._withdraw(call, change.suggestion_id)
            else:
                event = Suggested(at=self._clock.now(), call_id=call.call_id, suggestion=change.suggestion)
                await self._publish(call.call_id, event)

    async def _alarm(self, call: _Help, alarms: Iterable[Alarm]) -> None:
        for alarm in alarms:
            log.info("call %s: %s", call.call_id, alarm.kind)
            await self._publish(call.call_id, AlarmRaised(at=self._clock.now(), call_id=call.call_id, alarm=alarm))

    async def _withdraw(self, call: _Help, suggestion_id: str) -> None:
        event = SuggestionWithdrawn(at=self._clock.now(), call_id=call.call_id, suggestion_id=suggestion_id)
        await self._publish(call.call_id, event)

    def _document(self, call: _Help) -> None:
        call.stale = True
        if call.writing is None or call.writing.done():
            call.writing = self._tasks.start(self._write(call), name="document")

    async def _write(self, call: _Help) -> None:
        while call.stale:
            call.stale = False
            async with self._pen:
                draft = await asyncio.to_thread(
                    self._documenter.document,
                    tuple(call.turns),
                    call.caller,
                    call.destination,
                    on=self._clock.now().astimezone(self._zone).date(),
                    known=_known(self._file(call.call_id)),
                )
            if call.over and self._summariser is not None and not call.stale:
                worded = await self._summariser.summarise(draft, tuple(call.turns))
                draft = replace(draft, summary=worded.text)
            file = self._file(call.call_id)
            if draft != call.draft and not (file and file.edited):
                call.draft = draft
                event = DraftChanged(at=self._clock.now(), call_id=call.call_id, draft=draft)
                await self._publish(call.call_id, event)
            await self._alarm(call, call.advice.documented(draft))

    async def _publish(self, call_id: str, event: Event) -> None:
        await tell(self._bus, f"call.{call_id}", event)


def _place(turns: list[Turn], utterance_id: str) -> int | None:
    """Where it is among the last ones: only those change."""
    for place in range(len(turns) - 1, max(-1, len(turns) - 1 - MAY_CHANGE), -1):
        if turns[place].utterance_id == utterance_id:
            return place
    return None


def _known(file: CallFile | None) -> dict[str, str]:
    """What the pension system has of who calls, by field; of a protected member nothing goes into a draft."""
    if file is None or file.member is None or file.member.protected:
        return {}
    member = file.member
    address = " ".join(member.address)
    return {"mailing_address": address, "phone": member.phone, "email": member.email, "name": member.name}
