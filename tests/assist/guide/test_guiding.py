"""What stands beside a call as it goes on, with the sample plan's own handbook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from waiting import until

from assist.advice import directory as directories
from assist.advice.embedding import Embedder
from assist.conversation import AgentFacts
from assist.desk.messages import DraftChanged, GuideChanged, Utterance, Words
from assist.guide import letters, statements
from assist.guide.guiding import Guiding
from assist.handbook import likeness, phrase_vectors, words
from assist.handbook.finding import Finder
from assist.handbook.meaning import prepare
from core.clock import SystemClock
from core.events import Event
from memberline.commands.handbook.files import read
from realtime.bus import InProcessBus
from records.contact import ContactDraft
from records.events import HandbookConsulted
from telephony.events import CallAnswered

NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
CALL = "call-1"
FOLDER = likeness.LEARNT.parent


@pytest.fixture(scope="module")
def finder() -> Finder:
    embed = phrase_vectors.load(FOLDER, Embedder())
    documents = read([FOLDER / "03-service-credit.md", FOLDER / "12-taxes.md"], Console(quiet=True))
    prepared = [each for document in documents for each in prepare(document.imported.passages, document.asked, embed)]
    return Finder(prepared, words.synonyms(), Embedder(), likeness.load())


class House:
    def __init__(self, finder: Finder | None) -> None:
        directory = directories.load()
        self.bus, self.told = InProcessBus(), list[Event]()
        self.member: Any = None
        self.bus.listen("call.*", lambda delivery: self.told.append(delivery.event))
        self.guiding = Guiding(
            bus=self.bus,
            clock=SystemClock(),
            directory=directory,
            statements=statements.load(),
            letters=letters.load(),
            finder=lambda: finder,
            file=lambda call_id: SimpleNamespace(member=self.member, verification="pin"),  # type: ignore[arg-type,return-value]
            agent=lambda device: AgentFacts(level=2),
            zone=UTC,
        )

    async def happens(self, *events: Event) -> None:
        for event in events:
            await self.bus.publish(f"call.{CALL}", event)

    async def says(self, speaker: Any, text: str) -> None:
        number = str(len(self.told))
        said = Utterance(
            utterance_id=number,
            speaker=speaker,
            name="",
            start_s=0.0,
            end_s=1.0,
            text=text,
            confidence=1.0,
            final=True,
        )
        await self.happens(Words(at=NOW, call_id=CALL, utterance=said))

    def guides(self) -> list[GuideChanged]:
        return [event for event in self.told if isinstance(event, GuideChanged)]

    def consulted(self) -> list[HandbookConsulted]:
        return [event for event in self.told if isinstance(event, HandbookConsulted)]


@pytest.fixture
async def house(finder: Finder) -> AsyncIterator[House]:
    made = House(finder)
    await made.guiding.start()
    await asyncio.sleep(0)
    yield made
    await made.guiding.stop()


def answered() -> CallAnswered:
    return CallAnswered(
        at=NOW,
        call_id=CALL,
        linkedid=CALL,
        device="PJSIP/1001",
        queue="general",
        caller_uniqueid="1",
        agent_uniqueid="2",
        agent_channel="x",
    )


async def test_passages_come_with_the_callers_words_and_go_on_record(house: House) -> None:
    house.member = SimpleNamespace(plan="Peachtree Public Employees' Pension Plan", tier="Tier 2")
    await house.happens(answered())
    await house.says("caller", "my statement is missing three years that i worked how do i get that fixed")
    await until(lambda: any(event.guide.passages for event in house.guides()))
    first = next(event.guide.passages[0] for event in house.guides() if event.guide.passages)
    assert first.document.startswith("03-")
    assert first.highlights
    assert all(words in first.text for words in first.highlights)
    await until(lambda: bool(house.consulted()))
    told = house.consulted()[0]
    assert (told.document, told.version, told.opened) == (first.document, first.version, False)
    assert await house.guiding.opened(CALL, first.passage_id)
    await until(lambda: any(event.opened for event in house.consulted()))
    assert not await house.guiding.opened(CALL, "of another handbook")


async def test_statements_are_ticked_and_letters_follow_the_topic(house: House) -> None:
    await house.happens(answered())
    await until(lambda: bool(house.guides()))
    assert not house.guides()[-1].guide.statements[0].said
    await house.says("agent", "thank you for calling this call is recorded")
    await until(lambda: any(each.said for each in house.guides()[-1].guide.statements))
    await house.happens(DraftChanged(at=NOW, call_id=CALL, draft=ContactDraft(topics=("service_credit",))))
    await until(lambda: bool(house.guides()[-1].guide.letters))
    assert "service_review" in {each.letter_id for each in house.guides()[-1].guide.letters}


async def test_a_search_is_for_the_members_tier(house: House) -> None:
    everybody = await house.guiding.search("how much tax is withheld from a refund")
    assert everybody
    house.member = SimpleNamespace(plan="Pension plan", tier="Tier 9")
    await house.happens(answered())
    assert await house.guiding.search("how much tax is withheld from a refund", CALL) == ()


async def test_without_a_handbook_what_has_to_be_said_is_shown_all_the_same() -> None:
    house = House(None)
    await house.guiding.start()
    await asyncio.sleep(0)
    await house.happens(answered())
    await until(lambda: bool(house.guides()))
    assert house.guides()[-1].guide.passages == ()
    assert house.guides()[-1].guide.statements
    assert await house.guiding.search("refund") == ()
    await house.guiding.stop()
