"""From words to advice and documentation, for whoever has the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from waiting import until

from assist.advice import sources
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.desk.messages import DraftChanged, Speaker, Suggested, SuggestionWithdrawn, Utterance, Words
from assist.documentation.documenter import Documenter
from assist.documentation.summarising import Summariser
from assist.helping import Helping
from core.clock import ManualClock
from core.events import Event
from realtime.bus import InProcessBus
from telephony.events import CallAnswered, CallEnded, CallTransferred

CALL = "call-1"
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
ADVISER = sources.adviser()
PLAN = ADVISER.directory
DISPUTE = "the years on my statement are wrong you never counted three years of my service credit"
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

    async def says(self, speaker: Speaker, text: str, *, final: bool = True, again: bool = False) -> None:
        """`again`: the last utterance shows other words now."""
        self._spoken += not again
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


@asynccontextmanager
async def working(summariser: Summariser | None = None) -> AsyncIterator[Desk]:
    bus = InProcessBus()
    file = CallFile(call_id=CALL, caller_number="", started_at=NOW)
    helping = Helping(
        bus=bus,
        clock=ManualClock(NOW),
        adviser=ADVISER,
        documenter=Documenter(PLAN),
        file=lambda _: file,
        agent=AGENTS.__getitem__,
        summariser=summariser,
    )
    await helping.start()
    await asyncio.sleep(0)  # it listens
    yield Desk(helping, bus, file)
    await helping.stop()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with working() as made:
        yield made


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


async def test_an_utterance_that_shows_more_now_takes_its_own_place(desk: Desk) -> None:
    await desk.happens(answered("PJSIP/dana"))
    await desk.says("caller", "my new address is ••• oak street macon ••• and please change it")
    await until(lambda: bool(desk.drafts()))
    await desk.says(
        "caller", "my new address is four twelve oak street macon three one two oh one and please change it", again=True
    )
    await until(lambda: bool(desk.drafts()[-1].draft.updates))
    [update] = desk.drafts()[-1].draft.updates
    assert (update.field, update.value.split()[0]) == ("mailing_address", "412")
    assert len(desk.suggested()) <= 1


async def test_a_model_of_the_house_words_the_summary_once_the_call_is_over() -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        message = {"role": "assistant", "content": "The member disputes the service credit on record."}
        return web.json_response({"choices": [{"message": message}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    summariser = Summariser(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", model="m", within_s=5)
    try:
        async with working(summariser) as desk:
            await desk.happens(answered("PJSIP/dana"))
            await desk.says("caller", DISPUTE)
            await until(lambda: bool(desk.drafts()))
            assert asked == 0
            await desk.happens(
                CallEnded(
                    at=NOW,
                    call_id=CALL,
                    linkedid="pbx-1.0",
                    outcome="answered",
                    answered=True,
                    wait_s=1,
                    talk_s=9,
                    incomplete=False,
                )
            )
            await until(lambda: desk.drafts()[-1].draft.summary == "The member disputes the service credit on record.")
            assert desk.drafts()[-1].draft.topics == ("service_credit",)
    finally:
        await summariser.close()
        await runner.cleanup()
