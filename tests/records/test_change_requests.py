"""From what a member gave to what is queued for the pension system, on both kinds of database."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import select

from core.clock import ManualClock
from core.database import Database
from core.paging import Place
from records.change_events import ChangeMoved
from records.change_fields import Given
from records.change_requests import ChangeRequests, Source
from records.change_rows import ChangeRequest, Values
from records.change_rules import Noticed, NotNow, Refused, Reversed, Seconded
from records.change_tables import ChangeRequest as ChangeTable
from records.change_tables import OutboxEntry
from records.changes import Note
from records.members import MemberDirectory
from records.outbox import Outbox, OutboxFull
from records.profile import MemberProfile
from records.requests import Requests

LORETTA = "demo-new_address"
DAY = 24 * 3600
BANK = (Given(part="bank_routing", value="061000104"), Given(part="bank_account", value="1234567890", heard="…7890"))
MOVED = Given(part="mailing_address", value="412 Oak Street Apt 3, Marietta, GA 30060", heard="four one two oak street")


class House:
    """Loretta's changes, and who decides on them."""

    def __init__(self, db: Database, clock: ManualClock, member: MemberProfile, bound: int = 100) -> None:
        self.db, self.clock, self.member, self.events = db, clock, member, list[ChangeMoved]()
        self.outbox = Outbox(db, clock, bound=bound)
        self.changes = ChangeRequests(db, clock, pepper="salt", outbox=self.outbox, publish=self._published)

    async def _published(self, event: ChangeMoved) -> None:
        self.events.append(event)

    async def gave(
        self, *given: Given, contact: str = "c1", by: str | None = "dana", topics: Sequence[str] = ()
    ) -> tuple[ChangeRequest, ...]:
        source, at = Source(contact_id=contact, topics=tuple(topics)), self.clock.now()
        events = await self.db.write(
            lambda session: self.changes.propose(session, source, self.member, given, by=by, at=at)
        )
        await self.changes.publish(events)
        return await self.changes.of_contact(contact)

    async def queued(self) -> list[tuple[str, str]]:
        statement = select(OutboxEntry.kind, OutboxEntry.ref).order_by(OutboxEntry.id)
        return await self.db.read(lambda session: [(row.kind, row.ref) for row in session.execute(statement)])

    async def let_go(self, change: ChangeRequest) -> ChangeRequest:
        """Everything that a dangerous change needs."""
        await self.changes.act(change.change_id, Noticed())
        await self.changes.act(change.change_id, Seconded(by="grace", role="senior"))
        self.clock.advance(3 * DAY)
        await self.changes.let_through()
        after = await self.changes.get(change.change_id)
        assert after is not None
        return after


@pytest.fixture
async def house(plan_db: Database, clock: ManualClock, directory: MemberDirectory) -> House:
    member = await directory.profile(LORETTA)
    assert member is not None
    return House(plan_db, clock, msgspec.structs.replace(member, email="old@example.org"))


async def test_an_ordinary_update_goes_with_the_contact_and_only_once(house: House):
    for _ in range(2):
        (email,) = await house.gave(Given(part="email", value="loretta.new@Example.org", heard="at example"))
    assert (email.standing.state, email.standing.confirmed_by, email.lacking) == ("approved", "dana", ())
    assert email.new == {"email": "loretta.new@example.org"}
    assert email.old == {"email": house.member.email}
    assert email.heard == {"email": "at example"}
    assert await house.queued() == [("change", email.change_id)]
    assert [(event.field, event.state) for event in house.events] == [("email", "approved")]


async def test_a_contact_that_is_not_stored_leaves_no_change_behind(house: House):
    def broken(session):
        house.changes.propose(session, Source(contact_id="c1"), house.member, [MOVED], by="dana", at=house.clock.now())
        raise RuntimeError("the contact is confirmed already")

    with pytest.raises(RuntimeError):
        await house.db.write(broken)
    assert await house.changes.of_contact("c1") == ()
    assert await house.queued() == []


async def test_bank_details_are_one_change_sealed_and_held(house: House):
    (bank,) = await house.gave(*BANK)
    assert bank.new == {"bank_routing": "••••0104", "bank_account": "••••7890"}
    assert bank.heard == {}
    assert bank.lacking == ("a second person", "notice to the member's old contact")
    assert await house.queued() == []
    stored = await house.db.read(lambda session: str(session.execute(select(ChangeTable.__table__)).one()))
    assert "1234567890" not in stored
    assert await house.changes.values(bank.change_id) == Values(
        old={}, new={"bank_routing": "061000104", "bank_account": "1234567890"}, heard={"bank_account": "…7890"}
    )
    after = await house.let_go(bank)
    assert after.standing.state == "approved"
    assert await house.queued() == [("change", bank.change_id)]
    assert house.events[-1].state == "approved"


async def test_time_alone_lets_nothing_through(house: House):
    (bank,) = await house.gave(*BANK)
    await house.changes.act(bank.change_id, Noticed())
    house.clock.advance(30 * DAY)
    await house.changes.let_through()
    (bank,) = await house.changes.of_contact("c1")
    assert (bank.standing.state, bank.lacking, bank.due_at) == ("waiting", ("a second person",), None)
    with pytest.raises(NotNow, match="another than the first"):
        await house.changes.act(bank.change_id, Seconded(by="dana", role="supervisor"))
    assert (
        await house.changes.act(bank.change_id, Seconded(by="morgan", role="supervisor"))
    ).standing.state == "approved"


async def test_what_has_an_error_in_it_waits_for_an_agent_who_corrects_it(house: House):
    (bank,) = await house.gave(Given(part="bank_routing", value="061000105"))
    assert bank.standing.state == "proposed"
    assert [(each.part, each.severity) for each in bank.findings] == [
        ("bank_routing", "error"),
        ("bank_account", "error"),
    ]
    with pytest.raises(NotNow, match="check digit"):
        await house.changes.confirm(bank.change_id, None, "lee")
    right = {"bank_routing": "061000104", "bank_account": "123456"}
    confirmed = await house.changes.confirm(bank.change_id, right, "lee")
    assert (confirmed.standing.state, confirmed.standing.confirmed_by, confirmed.findings) == ("waiting", "lee", ())
    other = {"bank_routing": "061000104", "bank_account": "999999991"}
    assert (await house.changes.confirm(bank.change_id, other, "lee")).standing == confirmed.standing
    kept = await house.changes.values(bank.change_id)
    assert kept is not None
    assert kept.new == right


async def test_a_new_telephone_after_a_new_address_is_held_and_told_to_the_old_number(house: House):
    (address,) = await house.gave(MOVED)
    assert address.standing.state == "approved"
    house.clock.advance(2 * DAY)
    (phone,) = await house.gave(Given(part="phone", value="404 555 0188"), contact="c2")
    assert (phone.standing.state, phone.standing.reasons) == (
        "waiting",
        ("phone and mailing address within a short time",),
    )
    assert phone.old_contact["phone"] == house.member.phone
    (address,) = await house.changes.of_contact("c1")
    assert address.standing.state == "waiting", "it had not gone yet"
    assert await house.queued() == []


async def test_a_thief_cannot_have_the_notice_sent_to_the_address_they_gave(house: House):
    await house.gave(MOVED)
    stolen = msgspec.structs.replace(house.member, address=("412 Oak Street Apt 3", "Marietta, GA 30060"))
    old, house.member = house.member, stolen  # as the pension system says by now
    house.clock.advance(DAY)
    (bank,) = await house.gave(*BANK, contact="c2")
    assert bank.old_contact["mailing_address"] == "\n".join(old.address)


@pytest.mark.parametrize("first", ["address", "refund"])
async def test_a_refund_near_a_new_address_holds_it(house: House, first: str):
    requests = Requests(house.db, house.clock)

    async def refund() -> None:
        at = house.clock.now()
        await requests.ask("mail_form", call_id="k", member_id=LORETTA, details={"which": "refund"}, at=at)
        await house.gave(contact="c9", topics=["refund"])

    if first == "refund":
        await refund()
        house.clock.advance(5 * DAY)
    (address,) = await house.gave(MOVED)
    if first == "address":
        house.clock.advance(5 * DAY)
        await refund()
        (address,) = await house.changes.of_contact("c1")
    assert address.standing.state == "waiting"
    assert "mailing address and refund within a short time" in address.standing.reasons


async def test_who_handles_a_refund_is_told_of_an_address_that_has_gone(house: House):
    (address,) = await house.gave(MOVED)
    at = house.clock.now()
    assert await house.db.write(lambda session: house.changes.taken(session, address.change_id, at))
    await house.db.write(lambda session: house.changes.ended(session, address.change_id, at, done=True))
    house.clock.advance(10 * DAY)
    assert [each.change_id for each in await house.changes.sent_lately(LORETTA, "refund")] == [address.change_id]
    house.clock.advance(21 * DAY)
    assert await house.changes.sent_lately(LORETTA, "refund") == ()


async def test_what_is_stopped_leaves_the_outbox_and_cannot_be_sent(house: House):
    (email,) = await house.gave(Given(part="email", value="l@example.org"))
    stopped = await house.changes.act(email.change_id, Reversed(by="lee", why="it was her sister"))
    assert (stopped.standing.state, stopped.standing.why) == ("reversed", "it was her sister")
    assert await house.queued() == []
    at = house.clock.now()
    assert not await house.db.write(lambda session: house.changes.taken(session, email.change_id, at))


async def test_a_decision_and_its_entry_in_the_log_are_stored_together(house: House):
    (bank,) = await house.gave(*BANK)

    def fails(session, about, what):
        raise RuntimeError("no log, no decision")

    note: Note = fails
    with pytest.raises(RuntimeError):
        await house.changes.act(bank.change_id, Refused(by="grace", role="senior"), note)
    (bank,) = await house.changes.of_contact("c1")
    assert bank.standing.state == "waiting"


async def test_a_full_outbox_takes_no_change_and_says_so(plan_db: Database, clock: ManualClock, house: House):
    small = House(plan_db, clock, house.member, bound=1)
    await small.gave(Given(part="email", value="l@example.org"))
    with pytest.raises(OutboxFull, match="1 changes wait"):
        await small.gave(Given(part="name", value="Loretta Mae Pruitt"), contact="c2")
    assert await small.changes.of_contact("c2") == ()


async def test_a_page_begins_after_the_last_one(house: House):
    for number in range(5):
        await house.gave(*BANK, contact=f"c{number}")
        house.clock.advance(number % 2)
    first = await house.changes.page(("waiting",), 2)
    after = Place(at=first[-1].standing.proposed_at, id=first[-1].change_id)
    rest = await house.changes.page(("waiting",), 10, after)
    assert (len(first), len(rest)) == (2, 3)
    assert {each.contact_id for each in (*first, *rest)} == {f"c{number}" for number in range(5)}
