"""What a confirmed contact promises becomes tasks with their dates, once; agents find them and say what is done."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import update

from core.access import TABLE, Role, User, scope
from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from core.routes import Refusal, Request
from records.audit import Audit
from records.change_proposing import ContactChanges
from records.change_requests import ChangeRequests
from records.confirming import Confirming
from records.contact import ContactDraft, Correspondence, Promised, ProposedUpdate
from records.contacts import AlreadyConfirmed, Contacts
from records.members import MemberDirectory
from records.name_routes import NameRoutes, NamesAsked
from records.outbox import Outbox, OutboxFull
from records.tables import Member
from records.task_routes import TaskEnded, TaskRoutes, TasksAsked
from records.tasks import AlreadyEnded, Tasks, place, proposals

CALL, LORETTA = call_id("pbx", "1.7"), "demo-new_address"
DANA = User(agent_id="dana", name="Dana", role="agent")
LEE = User(agent_id="lee", name="Lee", role="senior")
MORGAN = User(agent_id="morgan", name="Morgan", role="supervisor")
CLEARED = User(agent_id="grace", name="Grace", role="supervisor", cleared=True)
DRAFT = ContactDraft(
    summary="A form, and a call back.",
    commitments=("call back about the refund", "ask the analyst"),
    promises=(
        Promised(text="call back about the refund", due="2026-03-12", when="by thursday"),
        Promised(text="call the bank", due="2026-03-11", when="tomorrow"),  # the agent took it out of the commitments
    ),
    correspondence=(Correspondence(what="Form 1099-R", medium="mail", due="2026-03-09"),),
)
ROUTED: Any = TasksAsked()


class Office:
    def __init__(self, db: Database, clock: ManualClock, directory: MemberDirectory, *, bound: int = 100) -> None:
        self.db, self.clock = db, clock
        self.contacts, self.audit, self.tasks = Contacts(db, clock), Audit(db, clock, "key"), Tasks(db, clock)
        self.changes = ChangeRequests(db, clock, pepper="salt", outbox=Outbox(db, clock, bound=bound))
        self.proposing = ContactChanges(
            contacts=self.contacts,
            changes=self.changes,
            members=directory,
            audit=self.audit,
            clock=clock,
            wake=lambda: None,
        )
        self.routes = TaskRoutes(tasks=self.tasks, members=directory, audit=self.audit, clock=clock, zone=UTC)
        self.names = NameRoutes(
            members=directory,
            audit=self.audit,
            agent_name=lambda agent_id: {"dana": "Dana Desk"}.get(agent_id, agent_id),
        )

    def confirming(self, *, connected: bool = False) -> Confirming:
        return Confirming(
            confirms=self.proposing.confirm if connected else self.contacts.confirm,
            tasks=self.tasks,
        )

    async def call(self, call: str = CALL, member_id: str | None = LORETTA) -> str:
        contact_id = await self.contacts.open(
            call, system="pbx", linkedid=call, caller_number="", dialled="", started_at=self.clock.now()
        )
        await self.contacts.identify(call, member_id, "pin")
        return contact_id

    async def confirmed(self, draft: ContactDraft = DRAFT, by: str = "dana", call: str = CALL) -> str:
        contact_id = await self.call(call)
        await self.confirming().confirm(call, by, draft)
        return contact_id

    def asks(self, user: User, body: Any = None, query: Any = ROUTED, **path: str) -> Request[Any]:
        return Request(user=user, path=path, query=query, body=body, request_id="r1")

    async def seen(self, user: User, **asked: Any) -> list[str]:
        page = await self.routes.tasks(self.asks(user, query=TasksAsked(**asked)))
        return [task.what for task in page.items]

    async def protect(self) -> None:
        statement = update(Member).where(Member.id == LORETTA).values(protected=True)
        await self.db.write(lambda session: session.execute(statement).rowcount)


@pytest.fixture
async def office(plan_db: Database, clock: ManualClock, directory: MemberDirectory) -> Office:
    return Office(plan_db, clock, directory)


@pytest.mark.parametrize("connected", [False, True])
async def test_what_was_promised_and_has_to_be_sent_is_kept_once(office: Office, connected: bool):
    contact_id = await office.call()
    confirming = office.confirming(connected=connected)
    confirmed = await confirming.confirm(CALL, "dana", DRAFT)
    assert confirmed == await confirming.confirm(CALL, "dana", DRAFT)  # asked twice, as after a broken line
    tasks = await office.tasks.of_contact(contact_id)
    assert [(task.kind, task.what, task.medium, task.due) for task in tasks] == [
        ("correspondence", "Form 1099-R", "mail", date(2026, 3, 9)),
        ("promise", "call back about the refund", "", date(2026, 3, 12)),
        ("promise", "ask the analyst", "", None),
    ]
    assert {(task.owner, task.member_id, task.state, task.made_at) for task in tasks} == {
        ("dana", LORETTA, "open", confirmed.at)
    }


async def test_told_again_in_another_unit_of_work_nothing_is_doubled(office: Office, plan_db: Database):
    contact_id = await office.confirmed()
    at = office.clock.now()
    await plan_db.write(lambda session: office.tasks.proposed(session, contact_id, LORETTA, DRAFT, owner="lee", at=at))
    assert [task.owner for task in await office.tasks.of_contact(contact_id)] == ["dana"] * 3


async def test_a_confirmation_that_is_refused_promises_nothing(office: Office):
    contact_id = await office.confirmed()
    with pytest.raises(AlreadyConfirmed):
        await office.confirming().confirm(CALL, "lee", replace(DRAFT, commitments=("something else",)))
    assert len(await office.tasks.of_contact(contact_id)) == 3


async def test_where_no_change_can_be_kept_no_task_is_either(
    plan_db: Database, clock: ManualClock, directory: MemberDirectory
):
    office = Office(plan_db, clock, directory, bound=0)
    contact_id = await office.call()
    draft = replace(DRAFT, updates=(ProposedUpdate(field="email", value="l@example.org"),))
    with pytest.raises(OutboxFull):
        await office.confirming(connected=True).confirm(CALL, "dana", draft)
    assert await office.tasks.of_contact(contact_id) == ()


async def test_of_nobody_known_a_promise_is_a_task_all_the_same(office: Office):
    contact_id = await office.call(member_id=None)
    await office.confirming().confirm(CALL, "dana", DRAFT)
    assert {task.member_id for task in await office.tasks.of_contact(contact_id)} == {None}


@pytest.mark.parametrize("due", ["", "tomorrow", "2026-02-30", "9" * 5_000])
def test_a_date_that_is_none_is_no_date(due: str):
    draft = ContactDraft(commitments=("call",), promises=(Promised(text="call", due=due),))
    (task,) = proposals(draft)
    assert task.due is None


texts = st.text(max_size=6)
promises = st.lists(st.builds(Promised, text=texts, due=st.sampled_from(["", "x", "2026-03-09", "2026-04-01"])))
letters = st.lists(st.builds(Correspondence, what=texts, medium=st.sampled_from(["mail", "fax"]), due=st.just("")))


@given(st.lists(texts), promises, letters)
def test_the_agents_list_counts(commitments: list[str], promised: list[Promised], sent: list[Correspondence]):
    draft = ContactDraft(commitments=tuple(commitments), promises=tuple(promised), correspondence=tuple(sent))
    found = proposals(draft)
    stripped = [text.replace("\0", "") for text in (each.strip() for each in commitments)]
    assert {each.what for each in found if each.kind == "promise"} <= {text for text in stripped if text}
    assert len({(each.kind, each.what, each.medium) for each in found}) == len(found)
    given_dates = {each.due for each in promised}
    assert all(each.due is None or each.due.isoformat() in given_dates for each in found)
    if len(set(commitments)) + len(sent) <= 50:
        assert {text for text in stripped if text} == {each.what for each in found if each.kind == "promise"}


async def test_pages_hold_everything_in_the_order_of_its_date(office: Office):
    days = ["2026-03-20", "", "2026-03-11", "2026-03-11", "", "2026-03-01", "9999-12-31"]
    promised = tuple(Promised(text=f"task {n}", due=due) for n, due in enumerate(days))
    draft = ContactDraft(commitments=tuple(each.text for each in promised), promises=promised)
    await office.confirmed(draft)
    found, after = [], None
    while page := await office.tasks.page("dana", "open", 2, after):
        found += page
        after = place(page[-1])
    assert [str(task.due or "") for task in found][:4] == ["2026-03-01", "2026-03-11", "2026-03-11", "2026-03-20"]
    assert {task.due for task in found[4:]} == {None, date(9999, 12, 31)}
    assert len({task.task_id for task in found}) == len(found) == len(days)
    assert found == list(await office.tasks.page(None, "open", 100))
    asked = TasksAsked(limit=3)
    first = await office.routes.tasks(office.asks(DANA, query=asked))
    assert first.next is not None
    rest = await office.routes.tasks(office.asks(DANA, query=TasksAsked(limit=20, after=first.next)))
    assert [*first.items, *rest.items] == found
    assert (first.today, rest.next) == (date(2026, 3, 10), None)


async def test_agents_see_their_own_and_supervisors_anybodys(office: Office):
    await office.confirmed()
    other = replace(DRAFT, commitments=("see to lee's own",), correspondence=())
    await office.confirmed(other, "lee", call_id("pbx", "1.8"))
    assert await office.seen(DANA) == ["Form 1099-R", "call back about the refund", "ask the analyst"]
    assert await office.seen(LEE) == ["see to lee's own"]
    assert await office.seen(MORGAN) == []
    assert await office.seen(MORGAN, owner="lee") == ["see to lee's own"]
    assert len(await office.seen(MORGAN, owner="*")) == 4
    for owner in ("lee", "*"):
        with pytest.raises(Refusal, match="colleague's tasks") as refused:
            await office.seen(DANA, owner=owner)
        assert refused.value.status == 403
    looks = (await office.audit.looks(limit=10)).items
    assert [(look.agent_id, look.why) for look in looks[:2]] == [
        ("morgan", "of everybody, open"),
        ("morgan", "of lee, open"),
    ]


async def test_a_task_ends_once_and_it_is_on_record(office: Office):
    contact_id = await office.confirmed()
    task = (await office.tasks.of_contact(contact_id))[0]
    office.clock.advance(60)
    done = await office.routes.end(office.asks(DANA, TaskEnded(state="done"), task_id=task.task_id))
    assert (done.state, done.ended_by, done.ended_at) == ("done", "dana", office.clock.now())
    assert done == await office.routes.end(office.asks(DANA, TaskEnded(state="done"), task_id=task.task_id))
    with pytest.raises(Refusal, match="done already") as refused:
        await office.routes.end(office.asks(MORGAN, TaskEnded(state="dropped"), task_id=task.task_id))
    assert refused.value.status == 409
    assert "Form 1099-R" not in await office.seen(DANA)
    assert await office.seen(DANA, state="done") == ["Form 1099-R"]
    looks = (await office.audit.looks(limit=10, member_id=LORETTA)).items
    assert [(look.agent_id, look.action, look.why, look.contact_id) for look in looks] == [
        ("dana", "task", "correspondence: open → done", contact_id)
    ]


async def test_what_is_not_there_is_not_found(office: Office):
    for asked in (office.routes.end, office.routes._owner):
        with pytest.raises(Refusal, match="no such task") as refused:
            await asked(office.asks(DANA, TaskEnded(state="done"), task_id="none"))
        assert refused.value.status == 404
    contact_id = await office.confirmed()
    task = (await office.tasks.of_contact(contact_id))[0]
    await office.tasks.end(task.task_id, "dana", "done")
    with pytest.raises(AlreadyEnded, match="done already"):
        await office.tasks.end(task.task_id, "lee", "done")


async def test_a_protected_members_tasks_are_for_their_owner_and_for_who_is_cleared(office: Office):
    contact_id = await office.confirmed()
    await office.protect()
    assert len(await office.seen(DANA)) == 3
    assert await office.seen(MORGAN, owner="dana") == []
    assert len(await office.seen(CLEARED, owner="dana")) == 3
    task = (await office.tasks.of_contact(contact_id))[0]
    with pytest.raises(Refusal, match="protected") as refused:
        await office.routes.end(office.asks(MORGAN, TaskEnded(state="done"), task_id=task.task_id))
    assert refused.value.status == 403


async def test_names(office: Office, directory: MemberDirectory):
    member = await directory.profile(LORETTA)
    assert member is not None
    asked = NamesAsked(members=f"{LORETTA},nobody,{LORETTA}", agents="dana,command line")
    names = await office.names.names(office.asks(DANA, query=asked))
    assert {key: (each.name, each.member_number) for key, each in names.members.items()} == {
        LORETTA: (member.name, member.member_number)
    }
    assert names.agents == {"dana": "Dana Desk", "command line": "command line"}
    assert (await office.audit.looks(limit=1)).items[0].why == "list of 2"
    await office.protect()
    names = await office.names.names(office.asks(DANA, query=asked))
    assert (names.members[LORETTA].name, names.members[LORETTA].member_number) == ("Protected member", "")
    with pytest.raises(Refusal, match="More than 50"):
        await office.names.names(office.asks(DANA, query=NamesAsked(members=",".join(map(str, range(51))))))


@pytest.mark.parametrize("role", list(TABLE))
def test_who_may(role: Role):
    reach = {"agent": "own", "senior": "own", "specialist": "own", "supervisor": "any"}.get(role)
    assert scope(role, "task", "see") == scope(role, "task", "change") == reach
