"""One call, one contact: whatever is told first, however often, and whatever breaks in between."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from core.paging import Place
from records.contact import (
    Answered,
    AnyStep,
    Chose,
    ContactDraft,
    Gap,
    Held,
    Line,
    ProposedUpdate,
    Queued,
    Transferred,
)
from records.contact_rows import MAX_STEPS
from records.contacts import AlreadyConfirmed, ConsentMissing, Contacts
from records.tables import Contact as ContactTable

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
CALL = call_id("pbx", "1773151200.7")
DRAFT = ContactDraft(topics=("address_change",), reason="moved", summary="Gave a new address.", resolution="resolved")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def ring(contacts: Contacts, linkedid: str = "1773151200.7", at: datetime = START, **more: object) -> str:
    return await contacts.open(
        call_id("pbx", linkedid),
        system="pbx",
        linkedid=linkedid,
        caller_number="+14045550123",
        dialled="7000",
        started_at=at,
        **more,
    )


async def hang_up(contacts: Contacts, linkedid: str = "1773151200.7", **more: object) -> None:
    facts = {"ended_at": after(300), "outcome": "answered", "wait_s": 20.0, "talk_s": 260.0, **more}
    await contacts.close(call_id("pbx", linkedid), **facts)


def line(number: int, text: str = "words") -> Line:
    return Line(
        utterance_id=f"u{number}",
        speaker="caller",
        name="Caller",
        start_s=float(number),
        end_s=number + 0.5,
        text=text,
        confidence=0.9,
    )


async def how_many(db: Database) -> int:
    return await db.read(lambda session: session.scalar(select(func.count()).select_from(ContactTable)))


async def test_a_call_from_its_first_ring_to_its_confirmed_contact(contacts: Contacts, clock: ManualClock):
    contact_id = await ring(contacts)
    course: list[AnyStep] = [
        Chose(at=after(5), option="Benefits"),
        Queued(at=after(12), queue="general"),
        Answered(at=after(32), agent_id="dana", agent_name="Dana Whitfield", queue="general"),
        Held(at=after(90), agent_id="dana", seconds=14.0),
        Transferred(at=after(200), kind="attended", from_agent_id="dana", target="pension_analyst", completed=True),
        Answered(at=after(201), agent_id="priya", agent_name="Priya Raman"),
    ]
    for step in course:
        await contacts.progress(CALL, step)
    await contacts.identify(CALL, "m1", "pin", "en")
    await contacts.set_consent(CALL, "given")
    await contacts.add_utterances(CALL, [line(2), line(1)], speech_model="demo speech model")
    await contacts.save_draft(CALL, DRAFT)
    await hang_up(contacts)
    clock.advance(330)
    edited = ContactDraft(topics=("address_change",), summary="Moved to Macon.", resolution="resolved")
    confirmed = await contacts.confirm(CALL, "dana", edited)

    contact = await contacts.get(contact_id)
    assert contact is not None
    assert contact == await contacts.of_call(CALL)
    assert confirmed.contact_id == contact_id
    assert (contact.system, contact.linkedid, contact.caller_number) == ("pbx", "1773151200.7", "+14045550123")
    assert contact.course == tuple(course)
    assert (contact.started_at, contact.answered_at, contact.ended_at) == (START, after(32), after(300))
    assert (contact.member_id, contact.verification, contact.language) == ("m1", "pin", "en")
    assert (contact.outcome, contact.wait_s, contact.talk_s, contact.incomplete) == ("answered", 20.0, 260.0, False)
    assert (contact.draft, contact.confirmed) == (DRAFT, edited)
    assert (contact.confirmed_by, contact.confirmed_at) == ("dana", after(330))
    assert contact.speech_model == "demo speech model"
    assert [said.utterance_id for said in await contacts.transcript(contact_id)] == ["u1", "u2"]
    (past,) = await contacts.history("m1")
    assert (past.contact_id, past.topics, past.summary) == (contact_id, ("address_change",), "Moved to Macon.")


Telling = Callable[[Contacts], Awaitable[object]]
FACTS: list[Telling] = [
    ring,
    lambda contacts: contacts.progress(CALL, Chose(at=after(5), option="Benefits")),
    lambda contacts: contacts.progress(CALL, Queued(at=after(12), queue="general")),
    lambda contacts: contacts.progress(CALL, Answered(at=after(32), agent_id="dana", agent_name="Dana")),
    lambda contacts: contacts.progress(CALL, Answered(at=after(201), agent_id="priya", agent_name="Priya")),
    lambda contacts: contacts.identify(CALL, "m1", "number_match"),
    lambda contacts: contacts.identify(CALL, "m1", "pin"),
    lambda contacts: contacts.set_consent(CALL, "given"),
    lambda contacts: contacts.set_consent(CALL, "pending"),
    hang_up,
    lambda contacts: contacts.save_draft(CALL, DRAFT),
]


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_and_any_repetition_give_the_same_contact(contacts: Contacts, db: Database, seed: int):
    chance = random.Random(seed)
    told = FACTS + chance.sample(FACTS, 5)
    chance.shuffle(told)
    for tell in told:
        await tell(contacts)

    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert await how_many(db) == 1
    assert (contact.started_at, contact.answered_at, contact.ended_at) == (START, after(32), after(300))
    assert contact.linkedid == "1773151200.7"
    assert [step.at for step in contact.course] == [after(5), after(12), after(32), after(201)]
    assert (contact.member_id, contact.verification, contact.consent) == ("m1", "pin", "given")
    assert contact.draft == DRAFT
    assert not contact.incomplete


async def test_everybody_telling_at_once_makes_one_row(contacts: Contacts, db: Database):
    ids = await asyncio.gather(*(ring(contacts) for _ in range(20)))
    assert len(set(ids)) == 1
    await asyncio.gather(*(tell(contacts) for tell in FACTS * 3))
    assert await how_many(db) == 1


async def test_what_is_told_at_once_of_one_call_is_stored_in_the_order_it_was_told(contacts: Contacts):
    told: list[Awaitable[object]] = []
    for n in range(20):
        linkedid = f"1773151200.{n}"
        call = call_id("pbx", linkedid)
        told += [ring(contacts, linkedid), contacts.set_consent(call, "given")]
        told += [contacts.add_utterances(call, [line(k)]) for k in range(3)]
    await asyncio.gather(*told)
    for contact in await contacts.open_calls():
        assert len(await contacts.transcript(contact.contact_id)) == 3


@pytest.mark.parametrize("consent", ["pending", "refused"])
async def test_no_transcript_is_kept_without_consent(contacts: Contacts, consent: str):
    contact_id = await ring(contacts)
    await contacts.set_consent(CALL, consent)

    with pytest.raises(ConsentMissing, match=consent):
        await contacts.add_utterances(CALL, [line(1)])

    assert await contacts.transcript(contact_id) == ()


async def test_refusing_in_the_middle_removes_what_was_transcribed(contacts: Contacts):
    contact_id = await ring(contacts)
    await contacts.set_consent(CALL, "given")
    await contacts.add_utterances(CALL, [line(1), line(2)])
    await contacts.save_draft(CALL, DRAFT)
    await contacts.set_consent(CALL, "refused")

    contact = await contacts.get(contact_id)
    assert contact is not None
    assert contact.handwritten
    assert contact.draft is None
    assert await contacts.transcript(contact_id) == ()
    await contacts.identify(CALL, "m1", "pin")
    await hang_up(contacts)
    assert [(past.summary, past.topics) for past in await contacts.history("m1")] == [("", ())]


async def test_who_refuses_is_served_all_the_same_by_hand(contacts: Contacts):
    contact_id = await ring(contacts)
    await contacts.set_consent(CALL, "refused")
    with pytest.raises(ConsentMissing, match="written by hand"):
        await contacts.save_draft(CALL, DRAFT)
    assert await contacts.save_draft(CALL, DRAFT, by="dana")
    await contacts.confirm(CALL, "dana", DRAFT)

    contact = await contacts.get(contact_id)
    assert contact is not None
    assert (contact.handwritten, contact.corrected, contact.confirmed) == (True, None, DRAFT)


async def test_lists_show_the_agents_words_before_the_machines(contacts: Contacts):
    await ring(contacts)
    await contacts.identify(CALL, "m1", "pin")
    await hang_up(contacts)
    by_hand = ContactDraft(topics=("refund",), summary="As the agent says.")
    for tell in (
        contacts.save_draft(CALL, DRAFT),
        contacts.save_draft(CALL, by_hand, by="dana"),
        contacts.save_draft(CALL, ContactDraft(summary="The machine again.")),
    ):
        await tell
    assert [past.summary for past in await contacts.history("m1")] == ["As the agent says."]


async def test_a_line_told_again_replaces_itself(contacts: Contacts):
    contact_id = await ring(contacts)
    await contacts.set_consent(CALL, "given")
    await contacts.add_utterances(CALL, [line(1, "four one two"), line(2)])
    await contacts.add_utterances(CALL, [line(1, "four one three")])
    assert [said.text for said in await contacts.transcript(contact_id)] == ["four one three", "words"]


async def test_a_contact_is_confirmed_once(contacts: Contacts, clock: ManualClock):
    await ring(contacts)
    first = await contacts.confirm(CALL, "dana", DRAFT)
    clock.advance(60)
    assert await contacts.confirm(CALL, "dana", DRAFT) == first

    with pytest.raises(AlreadyConfirmed):
        await contacts.confirm(CALL, "dana", ContactDraft(summary="something else"))
    with pytest.raises(AlreadyConfirmed):
        await contacts.confirm(CALL, "luis", DRAFT)
    assert not await contacts.save_draft(CALL, ContactDraft(summary="too late"))


async def test_of_two_who_confirm_at_once_one_is_told_no(contacts: Contacts):
    await ring(contacts)
    results = await asyncio.gather(
        *(contacts.confirm(CALL, agent, DRAFT) for agent in ("dana", "luis")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["AlreadyConfirmed", "Confirmed"]


async def test_another_member_brings_their_own_verification(contacts: Contacts):
    await ring(contacts)
    await contacts.identify(CALL, "m1", "pin", "es")
    await contacts.identify(CALL, "m2", "number_match")
    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert (contact.member_id, contact.verification, contact.language) == ("m2", "number_match", "es")


async def test_a_gap_marks_the_contact_and_a_certain_end_is_not_replaced(contacts: Contacts):
    await ring(contacts)
    await hang_up(contacts)
    await hang_up(contacts, ended_at=after(310), outcome="unknown", wait_s=None, talk_s=None, incomplete=True)
    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert (contact.outcome, contact.ended_at, contact.incomplete) == ("answered", after(300), False)

    await contacts.progress(CALL, Gap(at=after(50), until=after(55), why="restarted"))
    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert contact.incomplete


async def test_what_ends_unseen_is_kept_with_what_is_known(contacts: Contacts):
    await ring(contacts, incomplete=True)
    await hang_up(contacts, outcome="unknown", wait_s=None, talk_s=None, incomplete=True)
    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert (contact.outcome, contact.talk_s, contact.incomplete) == ("unknown", None, True)


async def test_the_phone_systems_own_record_mends_a_contact(contacts: Contacts):
    await ring(contacts, incomplete=True)
    await contacts.progress(CALL, Gap(at=after(30), until=after(60), why="restarted"))
    await hang_up(contacts, outcome="unknown", wait_s=None, talk_s=None, incomplete=True)
    missed = [Answered(at=after(40), agent_id="dana", agent_name="Dana"), Queued(at=after(12), queue="general")]
    for _ in range(2):
        await contacts.mend(CALL, missed, ended_at=after(301), outcome="answered", wait_s=28.0, talk_s=261.0)

    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert (contact.outcome, contact.wait_s, contact.talk_s, contact.incomplete) == ("answered", 28.0, 261.0, False)
    assert (contact.answered_at, contact.ended_at) == (after(40), after(301))
    assert [type(step) for step in contact.course] == [Queued, Gap, Answered]


async def test_open_calls_are_those_whose_end_nobody_told(contacts: Contacts):
    for n in range(3):
        await ring(contacts, f"177315120{n}.1", at=after(-n))
    await hang_up(contacts, "1773151201.1")
    assert [contact.linkedid for contact in await contacts.open_calls()] == ["1773151202.1", "1773151200.1"]


async def test_missing_are_the_linkedids_that_no_contact_was_made_for(contacts: Contacts):
    await ring(contacts)
    many = [f"1773000000.{n}" for n in range(1200)]
    assert await contacts.missing("pbx", ["1773151200.7", *many]) == frozenset(many)
    assert await contacts.missing("other", ["1773151200.7"]) == {"1773151200.7"}
    assert await contacts.missing("pbx", []) == frozenset()


async def test_history_is_newest_first_and_leaves_the_present_call_out(contacts: Contacts):
    for n in range(4):
        linkedid = f"177315120{n}.1"
        await ring(contacts, linkedid, at=after(n))
        await contacts.identify(call_id("pbx", linkedid), "m1", "pin")
        if n < 3:
            await hang_up(contacts, linkedid)
    assert [past.at for past in await contacts.history("m1", limit=2)] == [after(2), after(1)]


async def test_history_goes_on_after_any_of_its_contacts_also_among_those_of_one_moment(contacts: Contacts):
    for n in range(7):
        linkedid = f"177315120{n}.1"
        await ring(contacts, linkedid, at=after(n // 3))
        await contacts.identify(call_id("pbx", linkedid), "m1", "pin")
        await hang_up(contacts, linkedid)
    whole = await contacts.history("m1")
    assert len(whole) == 7
    for n, past in enumerate(whole):
        place = Place(past.at, past.contact_id)
        assert await contacts.history("m1", after=place) == whole[n + 1 :]
        assert await contacts.history("m1", limit=1, after=place) == whole[n + 1 : n + 2]


async def test_absurd_lengths_and_characters_are_cut_to_fit(contacts: Contacts):
    contact_id = await contacts.open(
        CALL, system="pbx", linkedid="1773151200.7", caller_number="9\0" * 500, dialled="x" * 9999, started_at=START
    )
    draft = ContactDraft(summary="long " * 1000)
    await contacts.save_draft(CALL, draft)
    contact = await contacts.get(contact_id)
    assert contact is not None
    assert (contact.caller_number, len(contact.dialled), contact.draft) == ("9" * 80, 80, draft)


async def test_a_call_without_end_in_the_menu_stops_growing(contacts: Contacts):
    await ring(contacts)
    for n in range(MAX_STEPS + 3):
        await contacts.progress(CALL, Chose(at=after(n), option="Repeat"))
    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert (len(contact.course), contact.incomplete) == (MAX_STEPS, True)


async def test_updates_and_commitments_come_back_as_values(contacts: Contacts):
    draft = ContactDraft(
        topics=("direct_deposit",),
        updates=(ProposedUpdate(field="phone", value="229-555-0173"),),
        commitments=("mail a confirmation tomorrow",),
        resolution="follow_up",
    )
    contact_id = await ring(contacts)
    await contacts.save_draft(CALL, draft)
    contact = await contacts.get(contact_id)
    assert contact is not None
    assert contact.draft == draft


async def test_what_is_not_there_is_none(contacts: Contacts):
    assert await contacts.get("nobody") is None
    assert await contacts.of_call("nobody") is None
    assert await contacts.history("nobody") == ()
