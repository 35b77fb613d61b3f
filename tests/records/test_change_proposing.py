"""What a caller gave becomes changes with the contact's confirmation, once; the contact keeps no secret of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from records.audit import Audit
from records.change_proposing import ContactChanges
from records.change_requests import ChangeRequests
from records.contact import ContactDraft, ProposedUpdate
from records.contacts import AlreadyConfirmed, Contacts
from records.members import MemberDirectory
from records.outbox import Outbox, OutboxFull

CALL, LORETTA = call_id("pbx", "1.7"), "demo-new_address"
BANK = (
    ProposedUpdate(field="bank_routing", value="061000104", written="061000104"),
    ProposedUpdate(field="bank_account", value="1234567890", old_value="998877665"),
)
DRAFT = ContactDraft(
    topics=("direct_deposit",),
    summary="New bank.",
    updates=(*BANK, ProposedUpdate(field="email", value="l@example.org")),
)


class Office:
    def __init__(self, db: Database, clock: ManualClock, directory: MemberDirectory, *, bound: int = 100) -> None:
        self.contacts, self.audit = Contacts(db, clock), Audit(db, clock, "key")
        self.outbox = Outbox(db, clock, bound=bound)
        self.changes = ChangeRequests(db, clock, pepper="salt", outbox=self.outbox)
        self.woken = 0
        self.proposing = ContactChanges(
            contacts=self.contacts,
            changes=self.changes,
            members=directory,
            audit=self.audit,
            clock=clock,
            wake=self._wake,
        )

    def _wake(self) -> None:
        self.woken += 1

    async def call(self, clock: ManualClock, member_id: str | None = LORETTA) -> str:
        contact_id = await self.contacts.open(
            CALL, system="pbx", linkedid="1.7", caller_number="", dialled="", started_at=clock.now()
        )
        await self.contacts.identify(CALL, member_id, "pin")
        await self.contacts.save_draft(CALL, DRAFT, by="dana")
        return contact_id


@pytest.fixture
async def office(plan_db: Database, clock: ManualClock, directory: MemberDirectory) -> Office:
    return Office(plan_db, clock, directory)


async def test_what_was_given_is_proposed_once_and_the_contact_keeps_no_secret(office: Office, clock: ManualClock):
    contact_id = await office.call(clock)
    confirmed = await office.proposing.confirm(CALL, "dana", DRAFT)
    assert confirmed == await office.proposing.confirm(CALL, "dana", DRAFT)  # asked twice, as after a broken line
    found = {each.field: each for each in await office.changes.of_contact(contact_id)}
    assert set(found) == {"bank_details", "email"}
    assert tuple(found[field].standing.state for field in ("bank_details", "email")) == ("waiting", "approved")
    values = await office.changes.values(found["bank_details"].change_id)
    assert values is not None
    assert values.new == {"bank_routing": "061000104", "bank_account": "1234567890"}
    contact = await office.contacts.get(contact_id)
    assert contact is not None
    assert contact.confirmed is not None
    assert not any(secret in repr(contact) for secret in ("061000104", "1234567890", "998877665"))
    assert [each.value for each in contact.confirmed.updates] == ["••••0104", "••••7890", "l@example.org"]
    assert office.woken == 2
    looks = (await office.audit.looks(limit=10, member_id=LORETTA)).items
    assert sorted(look.why for look in looks) == ["bank_details waiting", "email approved"]


async def test_another_confirmation_is_refused_and_proposes_nothing(office: Office, clock: ManualClock):
    contact_id = await office.call(clock)
    await office.proposing.confirm(CALL, "dana", DRAFT)
    with pytest.raises(AlreadyConfirmed):
        await office.proposing.confirm(CALL, "lee", replace(DRAFT, updates=()))
    assert len(await office.changes.of_contact(contact_id)) == 2


async def test_of_nobody_known_nothing_is_proposed(office: Office, clock: ManualClock):
    contact_id = await office.call(clock, member_id=None)
    await office.proposing.confirm(CALL, "dana", DRAFT)
    assert await office.changes.of_contact(contact_id) == ()


async def test_where_no_change_can_be_kept_the_contact_is_not_confirmed_either(
    plan_db: Database, clock: ManualClock, directory: MemberDirectory
):
    office = Office(plan_db, clock, directory, bound=0)
    contact_id = await office.call(clock)
    with pytest.raises(OutboxFull):
        await office.proposing.confirm(CALL, "dana", DRAFT)
    contact = await office.contacts.get(contact_id)
    assert contact is not None
    assert contact.confirmed is None
    assert await office.changes.of_contact(contact_id) == ()
