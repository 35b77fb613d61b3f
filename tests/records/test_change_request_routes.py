"""Colleagues see what waits and decide it, over HTTP's handlers; all of it is on record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from core.access import TABLE, User, allowed
from core.clock import ManualClock
from core.database import Database
from core.routes import Refusal, Request
from records.audit import Audit
from records.change_fields import Given
from records.change_request_routes import Approval, ChangeRequestRoutes, ChangesAsked, Nothing, Reason
from records.change_requests import ChangeRequests, Source
from records.members import MemberDirectory
from records.outbox import Outbox, Retrying
from records.tables import Member

LORETTA = "demo-new_address"
DANA = User(agent_id="dana", name="Dana", role="agent")
LEE = User(agent_id="lee", name="Lee", role="agent")
GRACE = User(agent_id="grace", name="Grace", role="senior")
MORGAN = User(agent_id="morgan", name="Morgan", role="supervisor", cleared=True)
BANK = (Given(part="bank_routing", value="061000104"), Given(part="bank_account", value="1234567890"))


class Office:
    """Dana's call with Loretta gave new bank details."""

    def __init__(self, db: Database, clock: ManualClock, directory: MemberDirectory) -> None:
        self.db, self.clock, self.directory = db, clock, directory
        self.outbox, self.audit = Outbox(db, clock, retrying=Retrying(unclear=1)), Audit(db, clock, "key")
        self.changes = ChangeRequests(db, clock, pepper="salt", outbox=self.outbox)
        self.routes = ChangeRequestRoutes(changes=self.changes, outbox=self.outbox, members=directory, audit=self.audit)

    async def gave(self, *given: Given, contact: str = "c1") -> str:
        member, at = await self.directory.profile(LORETTA), self.clock.now()
        assert member is not None
        source, note = Source(contact_id=contact), self.audit.note("dana", "change_request")
        await self.db.write(
            lambda session: self.changes.propose(session, source, member, given, by="dana", at=at, note=note)
        )
        return (await self.changes.of_contact(contact))[0].change_id

    def asks(self, user: User, body: Any = None, query: Any = None, **path: str) -> Request[Any]:
        return Request(user=user, path=path, query=query or ChangesAsked(), body=body, request_id="r1")

    async def log(self) -> list[tuple[str, str, str]]:
        looks = (await self.audit.looks(limit=20)).items
        return [(look.agent_id, look.action, look.why) for look in reversed(looks)]


@pytest.fixture
async def office(plan_db: Database, clock: ManualClock, directory: MemberDirectory) -> Office:
    return Office(plan_db, clock, directory)


async def test_bank_details_from_the_contact_to_the_outbox(office: Office):
    change_id = await office.gave(*BANK)
    page = await office.routes.waiting(office.asks(DANA))
    assert [(each.field, each.new["bank_account"]) for each in page.items] == [("bank_details", "••••7890")]
    with pytest.raises(Refusal, match="another than the first") as refused:
        await office.routes.approve(office.asks(DANA, Approval(), change_id=change_id))
    assert refused.value.status == 409
    with pytest.raises(Refusal, match="must be senior"):
        await office.routes.approve(office.asks(LEE, Approval(), change_id=change_id))
    with pytest.raises(Refusal, match="by another"):
        await office.routes.noticed(office.asks(DANA, Nothing(), change_id=change_id))
    await office.routes.noticed(office.asks(LEE, Nothing(), change_id=change_id))
    approved = await office.routes.approve(office.asks(GRACE, Approval(), change_id=change_id))
    assert approved.lacking == ("the waiting period until 2026-03-13 14:00 UTC",)
    office.clock.advance(3 * 24 * 3600)
    await office.changes.let_through()
    sent = await office.routes.waiting(office.asks(DANA, query=ChangesAsked(state="approved")))
    assert [each.change_id for each in sent.items] == [change_id]
    assert await office.log() == [
        ("dana", "change_request", "bank_details waiting"),
        ("dana", "change_requests", "all that wait"),
        ("lee", "change_request", "bank_details: waiting → waiting"),
        ("grace", "change_request", "bank_details: waiting → waiting"),
        ("dana", "change_requests", "approved"),
    ]


async def test_who_sees_a_secret_in_full_is_on_record(office: Office):
    change_id = await office.gave(*BANK)
    with pytest.raises(Refusal, match="second person") as refused:
        await office.routes.values(office.asks(DANA, change_id=change_id))
    assert refused.value.status == 403
    full = await office.routes.values(office.asks(GRACE, change_id=change_id))
    assert full.new == {"bank_routing": "061000104", "bank_account": "1234567890"}
    assert (await office.log())[-1] == ("grace", "change_values", "bank_details in full")
    looks = (await office.audit.looks(limit=1)).items
    assert looks[0].member_id == LORETTA


async def test_a_colleague_stops_it_and_says_why(office: Office):
    change_id = await office.gave(*BANK)
    reversed_ = await office.routes.reverse(office.asks(LEE, Reason(why="she never called"), change_id=change_id))
    assert (reversed_.standing.state, reversed_.standing.why) == ("reversed", "she never called")
    with pytest.raises(Refusal, match="reversed already") as refused:
        await office.routes.refuse(office.asks(GRACE, Reason(), change_id=change_id))
    assert refused.value.status == 409
    assert (await office.routes.waiting(office.asks(DANA))).items == ()


async def test_an_agent_corrects_what_had_an_error_in_it(office: Office):
    change_id = await office.gave(Given(part="email", value="loretta at home"))
    proposed = (await office.routes.waiting(office.asks(DANA))).items[0]
    assert [finding.says for finding in proposed.findings] == ["there is no @ with a name before it"]
    with pytest.raises(Refusal, match="no @"):
        await office.routes.approve(office.asks(LEE, Approval(), change_id=change_id))
    right = Approval(values={"email": "loretta@example.org"})
    assert (await office.routes.approve(office.asks(LEE, right, change_id=change_id))).standing.state == "approved"
    with pytest.raises(Refusal, match="Only a proposed change"):
        await office.routes.approve(office.asks(LEE, right, change_id=change_id))


async def test_a_protected_members_changes_are_for_who_is_cleared(office: Office, plan_db: Database):
    change_id = await office.gave(*BANK)
    statement = update(Member).where(Member.id == LORETTA).values(protected=True)
    await plan_db.write(lambda session: session.execute(statement).rowcount)
    assert (await office.routes.waiting(office.asks(GRACE))).items == ()
    assert (await office.routes.of_contact(office.asks(GRACE, contact_id="c1"))).items == ()
    with pytest.raises(Refusal, match="protected"):
        await office.routes.values(office.asks(GRACE, change_id=change_id))
    assert len((await office.routes.of_contact(office.asks(MORGAN, contact_id="c1"))).items) == 1


async def test_pages(office: Office):
    for number in range(5):
        await office.gave(*BANK, contact=f"c{number}")
        office.clock.advance(1)
    page = await office.routes.waiting(office.asks(MORGAN, query=ChangesAsked(limit=3)))
    assert page.next is not None
    rest = await office.routes.waiting(office.asks(MORGAN, query=ChangesAsked(limit=3, after=page.next)))
    assert [each.contact_id for each in (*page.items, *rest.items)] == ["c0", "c1", "c2", "c3", "c4"]
    assert rest.next is None


@pytest.mark.parametrize("verb", ["resend", "give_up"])
async def test_a_parked_line_is_seen_and_set_going_again(office: Office, verb: str):
    change_id = await office.gave(Given(part="email", value="loretta@example.org"))
    with pytest.raises(Refusal, match="not parked"):
        await getattr(office.routes, verb)(office.asks(LEE, Reason(), change_id=change_id))
    (entry,) = await office.outbox.claim(
        ("change",), 1, lambda session, entry, at: office.changes.taken(session, entry.ref, at)
    )
    await office.outbox.again(entry, "half a word", unclear=True)
    now = await office.routes.outbox(office.asks(LEE))
    assert [(parked.ref, parked.why) for parked in now.parked] == [(change_id, "half a word")]
    change = await getattr(office.routes, verb)(office.asks(LEE, Reason(why="by hand"), change_id=change_id))
    assert (change.standing.state, change.standing.why) == (("sent", "") if verb == "resend" else ("failed", "by hand"))
    assert (await office.routes.outbox(office.asks(LEE))).parked == ()


async def test_what_is_not_there_is_not_found(office: Office):
    with pytest.raises(Refusal, match="no such change") as refused:
        await office.routes.reverse(office.asks(LEE, Reason(), change_id="none"))
    assert refused.value.status == 404


def test_who_may():
    may = {role for role in TABLE if allowed(role, "change_request", "change")}
    assert may == {"agent", "senior", "specialist", "supervisor"}
    assert allowed("auditor", "change_request", "see")
    assert not allowed("scheduler", "change_request", "see")
