"""No call is lost: what the PBX recorded and nobody saw becomes a contact, once."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from waiting import until_found

from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from memberline.mending import Mending
from records.contact import Answered, Gap, Queued
from records.contacts import Contacts
from telephony.cel import COLUMNS

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=10)


class Record:
    """A CEL table that tests write visits into."""

    def __init__(self, path: Path) -> None:
        self.path, self.url = path, f"sqlite:///{path}"
        with sqlite3.connect(path) as database:
            database.execute(f"CREATE TABLE cel ({','.join(COLUMNS)})")

    def visit(self, linkedid: str, began: datetime = BEGAN, *, ended: bool = True) -> None:
        """Ten seconds of menu, five of waiting, a minute with dana."""
        self._row(linkedid, linkedid, "CHAN_START", began, exten="5550100")
        self._row(linkedid, linkedid, "APP_START", began + timedelta(seconds=10), app="Queue", data="member_services,t")
        answered, over = began + timedelta(seconds=15), began + timedelta(seconds=75)
        for leg in (linkedid, f"{linkedid}.agent"):
            self._row(linkedid, leg, "BRIDGE_ENTER", answered, extra='{"bridge_id":"b"}')
        if ended:
            for leg in (linkedid, f"{linkedid}.agent"):
                self._row(linkedid, leg, "BRIDGE_EXIT", over, extra='{"bridge_id":"b"}')
            self._row(linkedid, linkedid, "CHAN_END", over)

    def _row(
        self,
        linkedid: str,
        leg: str,
        event: str,
        at: datetime,
        *,
        exten: str = "s",
        app: str = "",
        data: str = "",
        extra: str = "",
    ) -> None:
        caller = leg == linkedid
        channel = "PJSIP/trunk-1" if caller else "PJSIP/dana-1"
        values = (event, f"{at.timestamp():.6f}", "+14045550123" if caller else "1001", "memberline", exten, channel)
        with sqlite3.connect(self.path) as database:
            database.execute(
                f"INSERT INTO cel VALUES ({','.join('?' * len(COLUMNS))})", (*values, app, data, leg, linkedid, extra)
            )


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "master.db")


@pytest.fixture
def contacts(db: Database) -> Contacts:
    return Contacts(db, ManualClock(NOW))


def mending(record: Record, contacts: Contacts, *live: str) -> Mending:
    return Mending(
        url=record.url,
        table="cel",
        context="memberline",
        system="pbx",
        contacts=contacts,
        clock=ManualClock(NOW),
        live=lambda: {call_id("pbx", linkedid) for linkedid in live},
        agent=lambda device: ("dana", "Dana Whitfield") if device == "PJSIP/dana" else (device, device),
    )


async def test_a_call_that_nobody_saw_gets_its_contact_once(record: Record, contacts: Contacts) -> None:
    record.visit("pbx-1.0")
    assert await mending(record, contacts).mend() == 1
    contact = await contacts.of_call(call_id("pbx", "pbx-1.0"))
    assert contact is not None
    assert (contact.caller_number, contact.outcome, contact.incomplete) == ("+14045550123", "answered", True)
    assert (contact.wait_s, contact.talk_s) == (5.0, 60.0)
    kinds = {type(step): step for step in contact.course}
    assert set(kinds) == {Queued, Answered, Gap}
    assert isinstance(answered := kinds[Answered], Answered)
    assert answered.agent_id == "dana"
    assert await mending(record, contacts).mend() == 0
    assert await contacts.of_call(call_id("pbx", "pbx-1.0")) == contact


async def test_a_contact_whose_end_nobody_saw_is_closed(record: Record, contacts: Contacts) -> None:
    record.visit("pbx-1.0")
    its_id = call_id("pbx", "pbx-1.0")
    await contacts.open(
        its_id,
        system="pbx",
        linkedid="pbx-1.0",
        caller_number="+14045550123",
        dialled="5550100",
        started_at=BEGAN,
        incomplete=False,
    )
    await contacts.progress(its_id, Queued(at=BEGAN + timedelta(seconds=10.2), queue="member_services"))
    assert await mending(record, contacts).mend() == 1
    contact = await contacts.of_call(its_id)
    assert contact is not None
    assert (contact.ended_at, contact.incomplete) == (BEGAN + timedelta(seconds=75), True)
    assert [type(step) for step in contact.course].count(Queued) == 1  # what was seen is not told again
    assert [type(step) for step in contact.course].count(Answered) == 1


async def test_a_call_that_a_killed_pbx_never_ended_is_closed_where_its_record_stops(
    record: Record, contacts: Contacts
) -> None:
    record.visit("pbx-1.0", ended=False)
    assert await mending(record, contacts).mend() == 1
    contact = await contacts.of_call(call_id("pbx", "pbx-1.0"))
    assert contact is not None
    assert contact.ended_at == BEGAN + timedelta(seconds=15)


async def test_calls_that_go_on_or_have_just_ended_are_left_alone(record: Record, contacts: Contacts) -> None:
    record.visit("pbx-1.0")
    record.visit("pbx-2.0", NOW - timedelta(seconds=80))
    assert await mending(record, contacts, "pbx-1.0").mend() == 0


async def test_what_had_just_ended_is_looked_at_again_once_it_is_settled(
    record: Record, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memberline.mending.SETTLED", timedelta(seconds=0.2))
    made, clock = mending(record, contacts), ManualClock(NOW)
    made._clock = clock
    record.visit("pbx-2.0", NOW - timedelta(seconds=75.1))
    assert await made.mend() == 0
    clock.advance(1)
    await until_found(lambda: _is_kept(contacts, "pbx-2.0"))
    await made.stop()


async def _is_kept(contacts: Contacts, linkedid: str) -> bool:
    contact = await contacts.of_call(call_id("pbx", linkedid))
    return contact is not None and contact.ended_at is not None


async def test_a_record_that_is_away_is_said_and_nothing_else_happens(
    record: Record, contacts: Contacts, caplog: pytest.LogCaptureFixture
) -> None:
    record.path.unlink()
    with caplog.at_level(logging.ERROR):
        assert await mending(record, contacts).mend() == 0
    assert "own record could not be compared" in caplog.text


async def test_without_a_record_the_service_says_what_that_means(
    contacts: Contacts, record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    record.url = ""
    made = mending(record, contacts)
    await made.start()
    await made.stop()
    assert "cel_url is not set" in caplog.text
