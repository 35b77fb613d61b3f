"""What happens to a call is written into its contact, in order, also when the database comes and goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from waiting import until, until_found

from assist.contact_keeper import ContactKeeper
from assist.desk.messages import DraftChanged, Utterance
from assist.discretion import WordsToKeep
from core.clock import ManualClock
from core.database import Database
from core.errors import DatabaseGone
from core.events import Event
from core.ids import call_id
from realtime.bus import InProcessBus
from records.contact import Answered, Chose, Contact, ContactDraft, Gap, Queued, Represented, Transferred, Walked
from records.contacts import Contacts
from records.events import CallerKnown, MenuWalked
from telephony.events import CallAnswered, CallEnded, CallQueued, CallStarted, CallTransferred

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
LINKEDID = "pbx-1.0"
CALL = call_id("pbx", LINKEDID)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def started(*, incomplete: bool = False) -> CallStarted:
    return CallStarted(
        at=NOW,
        call_id=CALL,
        linkedid=LINKEDID,
        caller_number="+14045550123",
        caller_name="",
        dialled="5550100",
        channel="PJSIP/trunk-1",
        uniqueid=LINKEDID,
        incomplete=incomplete,
    )


def known(consent: Any = "given", path: tuple[str, ...] = ("PIN right", "Change of address")) -> CallerKnown:
    return CallerKnown(
        at=at(20),
        call_id=CALL,
        member_id=None,
        verification="none",
        consent=consent,
        language="en",
        chosen=path[-1],
        menu_path=path,
    )


def answered(device: str, seconds: float) -> CallAnswered:
    return CallAnswered(
        at=at(seconds),
        call_id=CALL,
        linkedid=LINKEDID,
        device=device,
        queue="member_services",
        caller_uniqueid=LINKEDID,
        agent_uniqueid=f"pbx-{seconds}",
        agent_channel=f"{device}-1",
    )


def words(text: str, seconds: float) -> WordsToKeep:
    utterance = Utterance(
        utterance_id=f"u{seconds}",
        speaker="caller",
        name="Caller",
        start_s=seconds,
        end_s=seconds + 1,
        text=text,
        confidence=1.0,
        final=True,
    )
    return WordsToKeep(at=at(seconds), call_id=CALL, utterance=utterance, words=(), masks=(), sealed=())


def whole_call() -> list[Event]:
    common: dict[str, Any] = {"call_id": CALL, "linkedid": LINKEDID}
    return [
        started(),
        known(),
        CallQueued(at=at(21), queue="member_services", position=1, **common),
        answered("PJSIP/dana", 25),
        words("i have moved", 2),
        DraftChanged(at=at(30), call_id=CALL, draft=ContactDraft(topics=("address_change",), summary="Moved.")),
        CallTransferred(
            at=at(60), kind="blind", from_device="PJSIP/dana", target="pension_analyst", completed=True, **common
        ),
        answered("PJSIP/priya", 65),
        CallEnded(at=at(90), outcome="answered", answered=True, wait_s=4.0, talk_s=60.0, incomplete=False, **common),
    ]


class Patchy(Contacts):
    """A database that is away as often as told."""

    away = 0

    async def progress(self, call_id: str, step: Any) -> None:
        if Patchy.away > 0:
            Patchy.away -= 1
            raise DatabaseGone("away for the test")
        await super().progress(call_id, step)


@pytest.fixture
def contacts(db: Database) -> Contacts:
    Patchy.away = 0
    return Patchy(db, ManualClock(NOW))


@pytest.fixture
async def bus(contacts: Contacts, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[InProcessBus]:
    monkeypatch.setattr("assist.contact_keeper.RETRY_S", 0.01)
    bus = InProcessBus()
    keeper = ContactKeeper(
        bus=bus,
        contacts=contacts,
        system="pbx",
        speech_model="demo",
        agents=lambda device: (device.removeprefix("PJSIP/"), device.removeprefix("PJSIP/").title()),
    )
    await keeper.start()
    await until(lambda: True)
    yield bus
    await keeper.stop()


async def happens(bus: InProcessBus, *events: Event) -> None:
    for event in events:
        await bus.publish(f"call.{CALL}", event)


async def stored(contacts: Contacts, steps: int, *, over: bool = False) -> Contact:
    """The contact, once that many steps of its course are on record."""
    found: list[Contact] = []

    async def there() -> bool:
        contact = await contacts.of_call(CALL)
        if contact is None or len(contact.course) < steps or (over and contact.ended_at is None):
            return False
        found.append(contact)
        return True

    await until_found(there)
    return found[0]


@pytest.mark.parametrize("away", [0, 1, 7])
async def test_a_call_from_ring_to_end(bus: InProcessBus, contacts: Contacts, away: int) -> None:
    Patchy.away = away
    await happens(bus, *whole_call())
    contact = await stored(contacts, 6, over=True)
    assert [type(step) for step in contact.course] == [Chose, Chose, Queued, Answered, Transferred, Answered]
    assert [step.agent_id for step in contact.course if isinstance(step, Answered)] == ["dana", "priya"]
    assert (contact.outcome, contact.wait_s, contact.talk_s, contact.incomplete) == ("answered", 4.0, 60.0, False)
    assert contact.draft is not None
    assert contact.draft.summary == "Moved."
    assert [line.text for line in await contacts.transcript(contact.contact_id)] == ["i have moved"]


async def test_who_refused_leaves_no_word_and_no_draft(bus: InProcessBus, contacts: Contacts) -> None:
    draft = DraftChanged(at=at(30), call_id=CALL, draft=ContactDraft(summary="Moved."))
    await happens(bus, started(), known("refused", ("recording refused",)), answered("PJSIP/dana", 25))
    await happens(bus, words("i have moved", 2), draft)
    contact = await stored(contacts, 2)
    assert contact.handwritten
    assert contact.draft is None
    assert await contacts.transcript(contact.contact_id) == ()


async def test_a_call_that_was_up_before_us_says_what_is_missing(bus: InProcessBus, contacts: Contacts) -> None:
    """And what was known of its caller is said again, for everybody who starts anew."""
    said: list[Event] = []
    bus.listen("call.*", lambda delivery: said.append(delivery.event))
    await contacts.open(
        CALL,
        system="pbx",
        linkedid=LINKEDID,
        caller_number="+14045550123",
        dialled="5550100",
        started_at=NOW,
        incomplete=False,
    )
    await contacts.set_consent(CALL, "given")
    await contacts.progress(CALL, Chose(at=at(5), option="Change of address"))
    await happens(bus, started(incomplete=True))
    contact = await stored(contacts, 2)
    assert isinstance(contact.course[-1], Gap)
    await until(lambda: any(isinstance(event, CallerKnown) for event in said))
    again = next(event for event in said if isinstance(event, CallerKnown))
    assert (again.consent, again.chosen) == ("given", "Change of address")


async def test_what_was_done_in_the_menu_is_kept(bus: InProcessBus, contacts: Contacts) -> None:
    walked = MenuWalked(at=at(20), call_id=CALL, did=("language 1", "identify xxxxxxxx#", "identify =right"))
    await happens(bus, started(), walked, walked)
    contact = await stored(contacts, 1)
    assert [step for step in contact.course if isinstance(step, Walked)] == [Walked(at=at(20), did=walked.did)]


async def test_the_menus_version_and_who_acts_for_the_member_are_kept_once_and_told_again(
    bus: InProcessBus, contacts: Contacts
) -> None:
    said: list[Event] = []
    bus.listen("call.*", lambda delivery: said.append(delivery.event))
    acting = Represented(at=at(15), authority_id="a1", name="Ann", kind="guardian")
    told = replace(known(), menu_version="0123456789abcdef", acting=acting)
    await happens(bus, started(), told, told, answered("PJSIP/dana", 25))
    contact = await stored(contacts, 4)
    assert contact.menu_version == "0123456789abcdef"
    assert [step for step in contact.course if isinstance(step, Represented)] == [acting]
    await happens(bus, started(incomplete=True))
    await stored(contacts, 5)
    await until(lambda: len([event for event in said if isinstance(event, CallerKnown)]) == 3)
    again = [event for event in said if isinstance(event, CallerKnown)][-1]
    assert (again.menu_version, again.acting) == ("0123456789abcdef", acting)
