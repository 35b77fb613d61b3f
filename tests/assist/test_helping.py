"""From words to advice and documentation, for whoever has the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from waiting import until

from assist.advice import directory as directories
from assist.advice.adviser import Adviser
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.desk.messages import DraftChanged, Speaker, Suggested, SuggestionWithdrawn, Utterance, Words
from assist.documentation.documenter import Documenter
from assist.helping import Helping
from core.clock import ManualClock
from core.events import Event
from realtime.bus import InProcessBus
from telephony.events import CallAnswered, CallTransferred

CALL = "call-1"
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
PLAN = directories.load()
DISPUTE = "my service credit is wrong it has me at nineteen years and it should be twenty four"
AGENTS = {"PJSIP/dana": AgentFacts(level=1), "PJSIP/priya": AgentFacts(level=3, specialties=("pension_analysis",))}


class Desk:
    """What was published of the call."""

    def __init__(self, helping: Helping, bus: InProcessBus, file: CallFile) -> None:
        self.helping, self.bus, self.file = helping, bus, file
        self.published: list[Event] = []
        self._spoken = 0
        bus.listen("call.*", lambda delivery: self.published.append(delivery.event))

    async def happens(self, event: Event) -> None:
        await self.bus.publish(f"call.{CALL}", event)

    async def says(self, speaker: Speaker, text: str, *, final: bool = True) -> None:
        self._spoken += 1
        utterance = Utterance(
            utterance_id=f"u{self._spoken}",
            speaker=speaker,
            name=speaker,
            start_s=self._spoken,
            end_s=self._spoken + 1,
            text=text,
            confidence=1.0,
            final=final,
        )
        await self.happens(Words(at=NOW, call_id=CALL, utterance=utterance))

    def suggested(self) -> list[Suggested]:
        return [event for event in self.published if isinstance(event, Suggested)]

    def withdrawn(self) -> list[SuggestionWithdrawn]:
        return [event for event in self.published if isinstance(event, SuggestionWithdrawn)]

    def drafts(self) -> list[DraftChanged]:
        return [event for event in self.published if isinstance(event, DraftChanged)]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    bus = InProcessBus()
    file = CallFile(call_id=CALL, caller_number="", started_at=NOW)
    helping = Helping(
        bus=bus,
        clock=ManualClock(NOW),
        adviser=Adviser(PLAN),
        documenter=Documenter(PLAN),
        file=lambda _: file,
        agent=AGENTS.__getitem__,
    )
    await helping.start()
    yield Desk(helping, bus, file)
    await helping.stop()


def answered(device: str) -> CallAnswered:
    return CallAnswered(
        at=NOW,
        call_id=CALL,
        linkedid="pbx-1.0",
        device=device,
        queue="member_services",
        caller_uniqueid="pbx-1.0",
        agent_uniqueid=f"of {device}",
        agent_channel=device,
    )


async def test_the_callers_words_lead_to_a_suggestion_and_a_draft(desk: Desk) -> None:
    await desk.happens(answered("PJSIP/dana"))
    await desk.says("caller", "my service", final=False)
    await desk.says("caller", DISPUTE)
    await until(lambda: bool(desk.suggested() and desk.drafts()))
    [made] = desk.suggested()
    assert (made.suggestion.destination, made.suggestion.evidence_utterance_id) == ("pension_analyst", "u2")
    assert desk.drafts()[-1].draft.topics == ("service_credit",)


async def test_a_dismissed_suggestion_is_taken_from_the_desk_once(desk: Desk) -> None:
    await desk.happens(answered("PJSIP/dana"))
    await desk.says("caller", DISPUTE)
    await until(lambda: bool(desk.suggested()))
    suggestion_id = desk.suggested()[0].suggestion.suggestion_id
    assert await desk.helping.dismiss(CALL, suggestion_id)
    assert [event.suggestion_id for event in desk.withdrawn()] == [suggestion_id]
    assert not await desk.helping.dismiss(CALL, suggestion_id)
    assert not await desk.helping.dismiss("another call", suggestion_id)


async def test_the_next_agent_gets_advice_of_their_own(desk: Desk) -> None:
    """Who is the analyst keeps the call; the draft goes on from what was said before."""
    await desk.happens(answered("PJSIP/dana"))
    await desk.says("caller", DISPUTE)
    await until(lambda: bool(desk.suggested()))
    await desk.happens(
        CallTransferred(
            at=NOW,
            call_id=CALL,
            linkedid="pbx-1.0",
            kind="blind",
            from_device="PJSIP/dana",
            target="pension_analyst",
            completed=True,
        )
    )
    await until(lambda: desk.drafts()[-1].draft.resolution == "transferred")
    await desk.happens(answered("PJSIP/priya"))
    await until(lambda: bool(desk.withdrawn()))
    await desk.says("agent", "i'll mail you a copy of the record by friday")
    await until(lambda: bool(desk.drafts()[-1].draft.commitments))
    assert "Pension Analyst" in desk.drafts()[-1].draft.summary
    assert "service_credit" in desk.drafts()[-1].draft.topics
    assert len(desk.suggested()) == 1


async def test_what_an_agent_corrected_is_not_written_over(desk: Desk) -> None:
    await desk.happens(answered("PJSIP/dana"))
    await desk.says("caller", DISPUTE)
    await until(lambda: bool(desk.drafts()))
    written = len(desk.drafts())
    desk.file.edited = True
    await desk.says("agent", "i'll mail you a copy of the record by friday")
    await desk.says("caller", "i have also moved to a new address")
    await asyncio.sleep(0.2)
    assert len(desk.drafts()) == written


async def test_words_of_a_call_that_nobody_answered_lead_to_nothing(desk: Desk) -> None:
    await desk.says("caller", DISPUTE)
    await asyncio.sleep(0.1)
    assert not desk.suggested()
    assert not desk.drafts()
