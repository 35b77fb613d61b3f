"""A contact is read with its transcript, what is hidden in it by who may; every look is on record."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import update

from core.access import User, allowed
from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from core.routes import Refusal, Request
from records.audit import Audit
from records.contact import Line
from records.contact_routes import ContactRoutes
from records.contacts import Contacts
from records.members import MemberDirectory
from records.recording_keys import MasterKeys
from records.sealing import Sealing
from records.tables import Member
from records.transcript import Mask, SealedWords

CALL, LORETTA = call_id("pbx", "1.7"), "demo-new_address"
DANA = User(agent_id="dana", name="Dana", role="agent")
MORGAN = User(agent_id="morgan", name="Morgan", role="supervisor", cleared=True)
SEALING = Sealing(MasterKeys(base64.b64encode(bytes(32)).decode()))
MASK = Mask(kind="bank_account", first=2, last=4, start_s=1.4, end_s=2.0)
LINE = Line(
    utterance_id="c1000",
    speaker="caller",
    name="Caller",
    start_s=1.0,
    end_s=2.0,
    text="it is •••",
    confidence=0.9,
    masks=(MASK,),
)


class Office:
    def __init__(self, db: Database, clock: ManualClock, directory: MemberDirectory) -> None:
        self.db, self.contacts, self.audit = db, Contacts(db, clock), Audit(db, clock, "key")
        self.routes = ContactRoutes(contacts=self.contacts, members=directory, audit=self.audit, sealing=SEALING)

    async def called(self, clock: ManualClock) -> str:
        contact_id = await self.contacts.open(
            CALL, system="pbx", linkedid="1.7", caller_number="", dialled="", started_at=clock.now()
        )
        await self.contacts.identify(CALL, LORETTA, "pin")
        await self.contacts.set_consent(CALL, "given")
        box = SEALING.seal(CALL, "c1000", 2, "four two")
        sealed = SealedWords(kind="bank_account", mode="for_update", first=2, last=4, sealed=box)
        await self.contacts.add_utterances(CALL, [LINE], sealed={"c1000": [sealed]})
        return contact_id

    async def log(self) -> list[tuple[str, str, str | None]]:
        looks = (await self.audit.looks(limit=20)).items
        return [(look.agent_id, look.action, look.member_id) for look in reversed(looks)]


def asks(user: User, contact_id: str) -> Request[Any]:
    return Request(user=user, path={"contact_id": contact_id}, query=None, body=None, request_id="r1")


@pytest.fixture
async def office(plan_db: Database, clock: ManualClock, directory: MemberDirectory) -> Office:
    return Office(plan_db, clock, directory)


async def test_a_contact_with_its_words_and_what_is_hidden_among_them(office: Office, clock: ManualClock):
    contact_id = await office.called(clock)
    shown = await office.routes.contact(asks(DANA, contact_id))
    assert (shown.contact.contact_id, shown.transcript) == (contact_id, (LINE,))
    [opened] = await office.routes.hidden(asks(MORGAN, contact_id))
    assert (opened.utterance_id, opened.mask, opened.text) == ("c1000", MASK, "four two")
    assert await office.log() == [("dana", "contact", LORETTA), ("morgan", "hidden_words", LORETTA)]


def test_hidden_words_are_for_supervisors() -> None:
    may = [role for role in ("agent", "senior", "specialist", "auditor", "scheduler", "administrator", "supervisor")
           if allowed(role, "sealed", "see")]  # type: ignore[arg-type]  # fmt: skip
    assert may == ["supervisor"]


async def test_of_a_protected_member_who_is_not_cleared_sees_nothing_and_that_is_on_record(
    office: Office, clock: ManualClock
):
    contact_id = await office.called(clock)
    await office.db.write(lambda session: session.execute(update(Member).values(protected=True)))
    with pytest.raises(Refusal, match="protected"):
        await office.routes.contact(asks(DANA, contact_id))
    assert (await office.routes.contact(asks(MORGAN, contact_id))).transcript == (LINE,)
    assert await office.log() == [("dana", "contact_refused", LORETTA), ("morgan", "contact", LORETTA)]


async def test_what_is_not_there(office: Office):
    with pytest.raises(Refusal) as refused:
        await office.routes.contact(asks(DANA, "nothing"))
    assert refused.value.status == 404
