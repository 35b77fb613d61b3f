"""Memberline and Asterisk killed in mid-call: every call still has one contact, which says what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from waiting import until_found

from core.clock import SystemClock
from core.database import Database
from memberline.demo.running import RunningDemo, running_demo
from records.contact import Contact, Gap, Line
from records.contacts import Contacts
from telephony import cel
from telephony.ami.connection import Address, Connection

pytestmark = [pytest.mark.pbx, pytest.mark.speech, pytest.mark.timeout(300)]

TAPPED_AGAIN_S = 5.0


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[RunningDemo]:
    """Two callers, a moment apart."""
    async with running_demo(tmp_path, print, port=0, members=300, every_s=2.0, at_once=2, rings_s=0.5) as running:
        yield running


@pytest.fixture
async def contacts(demo: RunningDemo) -> AsyncIterator[Contacts]:
    database = Database(demo.database_url)
    yield Contacts(database, SystemClock())
    await database.close()


async def taps(demo: RunningDemo) -> int:
    """How many legs the PBX lets us hear now."""
    site = demo.asterisk.site
    address = Address("127.0.0.1", demo.asterisk.ports.ami, "memberline-listen", site.listen_secret)
    connection = Connection(address, wanted=frozenset(), receive=lambda _: None)
    await connection.open(5.0)
    try:
        rows = await connection.list_action({"Action": "CoreShowChannels"}, within=5.0)
    finally:
        connection.close()
    return sum(row.get("Channel", "").startswith("AudioSocket/") for row in rows)


async def lines(contacts: Contacts, contact: Contact) -> tuple[Line, ...]:
    return await contacts.transcript(contact.contact_id)


async def test_no_call_is_lost_whatever_is_killed(demo: RunningDemo, contacts: Contacts) -> None:
    async def talking() -> bool:
        return demo.conductor.talking("dana")

    async def heard_again() -> bool:
        return await taps(demo) >= 2

    async def open_now() -> set[str | None]:
        return {contact.linkedid for contact in await contacts.open_calls()}

    await until_found(talking, within=90, every=0.1)
    await until_found(heard_again, within=10, every=0.1)
    await asyncio.sleep(8)  # the first words are spoken and kept
    [before] = [each for each in await contacts.open_calls() if each.member_id == "demo-service_credit"]
    heard = len(await lines(contacts, before))
    assert heard >= 1

    # Memberline is killed and comes back: it listens again at once, and the contact says what was missed.
    await demo.service.kill()
    await asyncio.sleep(2)
    assert demo.conductor.talking("dana")  # the call went on without us
    await demo.service.start()
    assert await until_found(heard_again, within=15, every=0.1) < TAPPED_AGAIN_S
    await asyncio.sleep(12)
    after = await contacts.get(before.contact_id)
    assert after is not None
    assert after.ended_at is None
    assert [step for step in after.course if isinstance(step, Gap)]
    assert len(await lines(contacts, after)) > heard

    # Asterisk is killed and comes back: what was going on is over, the service lives, the next caller is served.
    going_on = await open_now()

    async def they_are_over() -> bool:
        return not going_on & await open_now()

    async def another_calls() -> bool:
        return bool(await open_now() - going_on)

    await demo.asterisk.restart()
    await until_found(they_are_over, within=60, every=0.1)
    closed = await contacts.get(before.contact_id)
    assert closed is not None
    assert closed.ended_at is not None
    assert closed.incomplete
    assert demo.service.process is not None
    assert demo.service.process.returncode is None
    await until_found(another_calls, within=60, every=0.1)

    # The PBX's own record and the contacts agree: one for one.
    recorded = await asyncio.to_thread(cel.read_cel, demo.asterisk.cel_url, "cel", closed.started_at)
    visits = [call.linkedid for call in cel.calls(recorded, entered="memberline")]
    assert len(visits) >= 3
    assert not await contacts.missing("pbx", visits)
    assert len(set(visits)) == len(visits)
