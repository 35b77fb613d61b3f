"""Recordings in the database: consent first, silences listed, holds that hold, deletion that leaves a proof."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from core.ids import call_id
from records.audit import Audit
from records.contact import Answered, ContactDraft, Line, Queued
from records.contacts import ConsentMissing, Contacts
from records.recording import Held, NoRecording, RecordingGone, Silent
from records.recording_keys import MasterKeys
from records.recording_tables import Recording as RecordingTable
from records.recordings import DELETED, Recordings
from records.retention import Retention, RetentionRule

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
CALL = call_id("pbx", "1773151200.7")
MASTER = base64.b64encode(b"m" * 32).decode()
OTHER = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def recordings(db: Database, clock: ManualClock) -> Recordings:
    return Recordings(db, clock, MasterKeys(MASTER))


async def agreed(contacts: Contacts, call: str = CALL, queue: str = "") -> str:
    """A call whose caller agreed to being recorded; its contact."""
    linkedid = call[-20:]
    told = {"system": "pbx", "linkedid": linkedid, "caller_number": "", "dialled": "7000", "started_at": START}
    contact_id = await contacts.open(call, **told)
    await contacts.set_consent(call, "given")
    if queue:
        await contacts.progress(call, Queued(at=START, queue=queue))
    return contact_id


async def kept(recordings: Recordings, contacts: Contacts, call: str = CALL, queue: str = "") -> str:
    """A recording of five minutes that is over."""
    contact_id = await agreed(contacts, call, queue)
    await recordings.begin(call, START)
    await recordings.end(contact_id, 300.0)
    return contact_id


async def destroy(recordings: Recordings, contact_id: str, **more: Any):
    told = {"by": "morgan", "why": "asked for", "sha256": "ab" * 32, "size": 1000, **more}
    return await recordings.destroy(contact_id, **told)


@pytest.mark.parametrize("consent", [None, "pending", "refused"])
async def test_without_consent_there_is_no_key(
    recordings: Recordings, contacts: Contacts, db: Database, consent: Any
) -> None:
    if consent:
        await agreed(contacts, "another")
        await contacts.identify(CALL, None, "none")
        await contacts.set_consent(CALL, consent)
    with pytest.raises(ConsentMissing):
        await recordings.begin(CALL, START)
    assert await db.read(lambda session: session.scalars(select(RecordingTable.contact_id)).all()) == []


async def test_a_recorder_that_comes_again_goes_on_with_the_same(recordings: Recordings, contacts: Contacts) -> None:
    contact_id = await agreed(contacts)
    first = await recordings.begin(CALL, START)
    assert (first.contact_id, first.began_at, first.open_spans, first.anew) == (contact_id, START, (), False)
    paused = await recordings.open_span(contact_id, "paused", 12.5, "dana")
    await recordings.open_span(contact_id, "secret", 20.0)
    again = await recordings.begin(CALL, START + timedelta(seconds=2))
    assert (again.key, again.began_at, again.anew) == (first.key, START, True)
    assert {kind for _, kind in again.open_spans} == {"paused", "secret"}
    await recordings.close_span(paused, 15.0)
    await recordings.close_span(paused, 99.0)
    await recordings.end(contact_id, 61.5)
    await recordings.end(contact_id, 1.0)
    found = await recordings.get(contact_id)
    assert found is not None
    assert (found.state, found.length_s, found.ended_at) == ("kept", 61.5, START + timedelta(seconds=61.5))
    assert found.silent == (
        Silent(start_s=12.5, end_s=15.0, kind="paused"),
        Silent(start_s=20.0, end_s=61.5, kind="secret"),
    )


async def test_what_was_to_be_silenced_is_remembered_until_it_is(recordings: Recordings, contacts: Contacts) -> None:
    contact_id = await kept(recordings, contacts)
    span = await recordings.add_span(contact_id, "redacted", 3.0, 4.0, done=False)
    await recordings.add_span(contact_id, "gap", 8.0, 9.0, done=True)
    assert await recordings.undone() == ((span, contact_id, 3.0, 4.0),)
    await recordings.span_done(span)
    assert await recordings.undone() == ()


async def test_a_held_recording_is_not_deleted_and_the_hold_is_on_record(
    recordings: Recordings, contacts: Contacts, db: Database, clock: ManualClock
) -> None:
    audit = Audit(db, clock, "key")
    contact_id = await kept(recordings, contacts)
    note = audit.note("morgan", "recording_hold")
    until = clock.now() + timedelta(days=30)
    first = await recordings.hold(contact_id, "morgan", "case 12", until, note)
    second = await recordings.hold(contact_id, "morgan", "case 13", None, note)
    with pytest.raises(Held, match="until 2026-04-09"):
        await destroy(recordings, contact_id)
    clock.advance(31 * 86_400)
    found = await recordings.get(contact_id)
    assert found is not None
    assert found.holds == (second,)
    with pytest.raises(Held):
        await destroy(recordings, contact_id)
    assert not await recordings.release(contact_id, first.hold_id, "morgan", note)
    assert await recordings.release(contact_id, second.hold_id, "morgan", note)
    assert (await destroy(recordings, contact_id)).sha256 == "ab" * 32
    looks = (await audit.looks(limit=9)).items
    assert [look.why.partition(":")[0].split()[0] for look in reversed(looks)] == ["held", "held", "hold"]
    assert {look.about for look in looks} == {f"contact {contact_id}"}
    with pytest.raises(Problem, match="in the future"):
        await recordings.hold(contact_id, "morgan", "case", clock.now())
    with pytest.raises(RecordingGone):
        await recordings.hold(contact_id, "morgan", "case")


async def test_deletion_destroys_the_key_and_says_so_in_the_same_unit(
    recordings: Recordings, contacts: Contacts, db: Database, clock: ManualClock
) -> None:
    audit = Audit(db, clock, "key")
    contact_id = await kept(recordings, contacts)
    line = Line(utterance_id="1", speaker="caller", name="", start_s=0, end_s=1, text="hello", confidence=1)
    await contacts.add_utterances(CALL, [line])

    def refused(session: Session, about: str, why: str) -> None:
        raise RuntimeError("the log takes no entries")

    with pytest.raises(RuntimeError):
        await destroy(recordings, contact_id, note=refused)
    assert await recordings.key(contact_id)

    gone = await destroy(recordings, contact_id, transcript=True, note=audit.note("morgan", DELETED))
    assert (gone.by, gone.why, gone.bytes, gone.at, gone.removed) == ("morgan", "asked for", 1000, clock.now(), False)
    assert await destroy(recordings, contact_id, by="luis", sha256="cd" * 32) == gone
    assert await recordings.deleted(contact_id) == gone
    with pytest.raises(RecordingGone):
        await recordings.key(contact_id)
    with pytest.raises(RecordingGone):
        await recordings.begin(CALL, START)
    assert await contacts.transcript(contact_id) == ()
    wrapped = await db.read(lambda session: session.scalars(select(RecordingTable.wrapped)).all())
    assert wrapped == [""]
    looks = (await audit.looks(limit=9)).items
    assert [(look.action, look.about) for look in looks] == [(DELETED, "sha256 " + "ab" * 32)]
    assert looks[0].why == f"contact {contact_id}, 1000 bytes, its transcript too: asked for"
    assert await recordings.unremoved() == ((contact_id, START),)
    await recordings.removed(contact_id)
    assert await recordings.unremoved() == ()


async def test_one_that_is_being_recorded_is_not_deleted_and_none_is_said(
    recordings: Recordings, contacts: Contacts
) -> None:
    contact_id = await agreed(contacts)
    with pytest.raises(NoRecording):
        await destroy(recordings, contact_id)
    assert await recordings.get(contact_id) is None
    await recordings.begin(CALL, START)
    with pytest.raises(Problem, match="still being recorded"):
        await destroy(recordings, contact_id)


async def test_rules_say_when_it_goes(recordings: Recordings, contacts: Contacts, clock: ManualClock) -> None:
    rules = Retention(days=30, rule=(RetentionRule(topic="complaint", days=90), RetentionRule(queue="sales", days=2)))
    sold = await kept(recordings, contacts, call_id("pbx", "1773151200.1"), "sales")
    plain = await kept(recordings, contacts, call_id("pbx", "1773151200.2"), "service")
    complaint = await kept(recordings, contacts, call_id("pbx", "1773151200.3"), "sales")
    await contacts.save_draft(call_id("pbx", "1773151200.3"), ContactDraft(topics=("complaint",)), by="dana")
    assert await recordings.due(rules) == ()
    clock.advance(3 * 86_400)
    assert await recordings.due(rules) == ((sold, "kept for 2 days"),)
    clock.advance(88 * 86_400)
    due = {sold: "kept for 2 days", plain: "kept for 30 days", complaint: "kept for 90 days"}
    assert dict(await recordings.due(rules)) == due
    assert len(await recordings.due(rules, limit=1)) == 1
    await recordings.hold(plain, "morgan", "case 12")
    assert dict(await recordings.due(rules)).keys() == {sold, complaint}


async def test_a_consent_that_is_taken_back_takes_the_recording_along(
    recordings: Recordings, contacts: Contacts
) -> None:
    contact_id = await kept(recordings, contacts)
    assert await recordings.due(Retention()) == ()
    await contacts.set_consent(CALL, "refused")
    assert await recordings.due(Retention()) == ((contact_id, "the caller's consent is refused"),)


async def test_a_new_master_key_wraps_all_keys_anew(
    recordings: Recordings, contacts: Contacts, db: Database, clock: ManualClock
) -> None:
    calls = [call_id("pbx", f"1773151200.{number}") for number in range(3)]
    contact_ids = [await kept(recordings, contacts, call) for call in calls]
    keys = [await recordings.key(contact_id) for contact_id in contact_ids]
    await destroy(recordings, contact_ids[2])
    both = Recordings(db, clock, MasterKeys(OTHER, [MASTER]))
    assert await both.rewrap() == 2
    assert await both.rewrap() == 0
    new = Recordings(db, clock, MasterKeys(OTHER))
    assert [await new.key(contact_id) for contact_id in contact_ids[:2]] == keys[:2]
    with pytest.raises(Problem, match="is not set") as wrong:
        await recordings.key(contact_ids[0])
    assert MASTER not in str(wrong.value)


async def test_calls_that_ended_unwatched_are_found(
    recordings: Recordings, contacts: Contacts, clock: ManualClock
) -> None:
    contact_id = await agreed(contacts)
    await recordings.begin(CALL, START)
    assert await recordings.unfinished() == ()
    await contacts.close(CALL, ended_at=clock.now(), outcome="answered", wait_s=1, talk_s=1)
    assert await recordings.unfinished() == (contact_id,)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(bytes(16)).decode()])
def test_a_master_key_that_is_none_is_named(text: str) -> None:
    with pytest.raises(Problem, match=r"recording_key: .*openssl rand"):
        MasterKeys(text)
    with pytest.raises(Problem, match="recording_old_keys"):
        MasterKeys(MASTER, [text])


def test_a_wrapped_key_is_its_contacts_alone() -> None:
    keys = MasterKeys(MASTER)
    wrapped = keys.wrap("c1", b"k" * 32)
    assert keys.unwrap("c1", wrapped) == b"k" * 32
    assert keys.wrap("c1", b"k" * 32) != wrapped
    with pytest.raises(Problem, match="another contact's"):
        keys.unwrap("c2", wrapped)
    with pytest.raises(Problem, match="was changed"):
        keys.unwrap("c1", wrapped[:-8] + "AAAAAAA=")


async def test_calls_that_are_recorded_and_have_no_words_are_found(
    recordings: Recordings, contacts: Contacts, clock: ManualClock
) -> None:
    contact_id = await agreed(contacts)
    await recordings.begin(CALL, START)
    await contacts.progress(CALL, Answered(at=clock.now(), agent_id="dana", agent_name="Dana"))
    await contacts.close(CALL, ended_at=clock.now(), outcome="answered", wait_s=1, talk_s=1)
    assert await recordings.untranscribed(START) == ()  # it is still being recorded
    await recordings.end(contact_id, 9.0)
    assert await recordings.untranscribed(START) == (contact_id,)
    line = Line(
        utterance_id="c1", speaker="caller", name="Caller", start_s=0.0, end_s=1.0, text="hello", confidence=1.0
    )
    await contacts.add_utterances(CALL, [line])
    assert await recordings.untranscribed(START) == ()
