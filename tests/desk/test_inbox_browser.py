"""The inbox in a real browser, with the real services behind it: changes, promises, what callers asked for."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_house import DeskHouse
from desk_story import AGENT, SUPERVISOR, offered, phase, ringing
from playwright.async_api import Locator, Page, expect
from sample_plan import passwords, sample_file
from test_desk_browser import sign_in, sit_down
from test_states_browser import accessible

from core.access import Rule
from core.clock import SystemClock
from core.database import Database
from core.ids import call_id
from core.routes import Route
from records.audit import Audit
from records.change_proposing import ContactChanges
from records.change_request_routes import ChangeRequestRoutes
from records.change_requests import ChangeRequests
from records.confirming import Confirming
from records.contact import ContactDraft, Correspondence, Promised, ProposedUpdate
from records.contact_routes import ContactRoutes
from records.contacts import Contacts
from records.members import MemberDirectory
from records.name_routes import NameRoutes
from records.outbox import Outbox
from records.passwords import Passwords
from records.request_routes import RequestRoutes
from records.requests import Requests
from records.task_routes import TaskRoutes
from records.tasks import Tasks

__all__ = ["passwords", "sample_file"]

pytestmark = pytest.mark.browser

LORETTA = "demo-new_address"
NAMES = {AGENT.agent_id: AGENT.name, SUPERVISOR.agent_id: SUPERVISOR.name}
BANK = (
    ProposedUpdate(field="bank_routing", value="061000104"),
    ProposedUpdate(field="bank_account", value="1234567890"),
)
WRONG_EMAIL = (ProposedUpdate(field="email", value="loretta at home", written="loretta at home"),)
ADDRESS = (ProposedUpdate(field="mailing_address", value="218 magnolia court\nmacon, ga 31204"),)


class Centre:
    """A centre whose desks have an inbox, and what is in it."""

    def __init__(self, files: Path, db: Database, passwords: Passwords, *, connected: bool = True) -> None:
        self.desks, clock = DeskHouse(files), SystemClock()
        self.today = clock.now().date()
        self.audit, self.contacts, self.tasks = Audit(db, clock, "key"), Contacts(db, clock), Tasks(db, clock)
        self.requests, self.members = Requests(db, clock), MemberDirectory(db, clock, passwords)
        outbox = Outbox(db, clock)
        self.changes = ChangeRequests(db, clock, pepper="salt", outbox=outbox)
        proposing = ContactChanges(
            contacts=self.contacts,
            changes=self.changes,
            members=self.members,
            audit=self.audit,
            clock=clock,
            wake=lambda: None,
        )
        self._confirming = Confirming(confirms=proposing.confirm, tasks=self.tasks)
        self._calls = 0
        members, audit, office = self.members, self.audit, self.desks.office
        names = NameRoutes(members=members, audit=audit, agent_name=lambda agent_id: NAMES.get(agent_id, agent_id))
        changes = ChangeRequestRoutes(changes=self.changes, outbox=outbox, members=members, audit=audit)
        office.closing = (
            Route("GET", "/api/notices", office._notices, Rule(resource="notice", action="see")),
            *TaskRoutes(tasks=self.tasks, members=members, audit=audit, clock=clock, zone=UTC).routes(),
            *RequestRoutes(requests=self.requests, members=members, audit=audit).routes(),
            *ContactRoutes(contacts=self.contacts, members=members, audit=audit).routes(),
            *names.routes(),
            *(changes.routes() if connected else ()),
        )

    async def gave(self, *updates: ProposedUpdate, by: str = AGENT.agent_id, **draft: object) -> str:
        """A call with Loretta that `by` confirmed; the contact's id."""
        self._calls += 1
        linkedid = f"1.{self._calls}"
        call, now = call_id("pbx", linkedid), datetime.now(UTC)
        contact_id = await self.contacts.open(
            call, system="pbx", linkedid=linkedid, caller_number="", dialled="", started_at=now
        )
        await self.contacts.identify(call, LORETTA, "pin")
        await self._confirming.confirm(call, by, ContactDraft(updates=updates, summary="New facts.", **draft))  # type: ignore[arg-type]
        await self.contacts.close(call, ended_at=now, outcome="answered", wait_s=1, talk_s=60)
        return contact_id

    async def promised(self) -> str:
        """What dana promised: one overdue, one due today, one later, one at no time, and a form to be mailed."""
        due = {"call the bank": -2, "call back": 0, "send the estimate to the analyst": 9}
        return await self.gave(
            commitments=("look into the refund", *due),
            promises=tuple(
                Promised(text=text, due=(self.today + timedelta(days=days)).isoformat()) for text, days in due.items()
            ),
            correspondence=(Correspondence(what="Form 1099-R", medium="mail"),),
        )

    async def asked(self, kind: str = "change_address", state: str = "proposed") -> str:
        """A request in the menu; its reference."""
        details = {"zip": "30303", "number": "12", "asked_for": "tax_form_1099r"}
        asked = await self.requests.ask(
            kind,
            call_id=f"menu-{kind}",
            member_id=LORETTA if state == "proposed" else None,
            details=details,
            at=datetime.now(UTC),
            state=state,  # type: ignore[arg-type]
        )
        return asked.request.reference

    async def looks(self) -> list[tuple[str, str, str]]:
        return [(look.agent_id, look.action, look.why) for look in (await self.audit.looks(limit=50)).items]


@pytest.fixture
async def db(sample_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(sample_file, tmp_path / "plan.db")
    db = Database(f"sqlite:///{tmp_path / 'plan.db'}")
    yield db
    await db.close()


@pytest.fixture
async def centre(desk_files: Path, db: Database, passwords: Passwords, page: Page) -> AsyncIterator[Centre]:
    centre = Centre(desk_files, db, passwords)
    await centre.desks.start()
    yield centre
    await page.goto("about:blank")  # it asks again and again, and would not find anybody
    await centre.desks.stop()


async def at_the_inbox(page: Page, centre: Centre, who: str = "dana") -> None:
    await page.goto(centre.desks.address)
    await sign_in(page, who)
    await page.get_by_role("button", name="Inbox", exact=True).click()
    await expect(page.get_by_role("heading", name="My tasks")).to_be_visible()


def listed(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{name}")).get_by_role("article")


CHANGES, TASKS, REQUESTS = "Changes that wait", "My tasks", "Asked for in the menu"


async def test_promises_are_listed_by_their_day_and_done_without_a_mouse(page: Page, centre: Centre) -> None:
    contact_id = await centre.promised()
    await sit_down(page, centre.desks)
    await page.keyboard.press("Alt+i")
    await expect(page.get_by_role("heading", name="Inbox")).to_be_focused()
    tasks = listed(page, TASKS)
    await expect(tasks).to_have_count(5)
    await expect(tasks.nth(0)).to_contain_text(re.compile("call the bank.*Overdue since", re.DOTALL))
    await expect(tasks.nth(0)).to_contain_text("Loretta")
    await expect(tasks.nth(1)).to_contain_text(re.compile("call back.*Due today", re.DOTALL))
    await expect(tasks.nth(2)).to_contain_text("Due ")
    await expect(tasks.filter(has_text="Form 1099-R")).to_contain_text(re.compile("No date.*To be mailed", re.DOTALL))
    await accessible(page)
    while not await tasks.nth(0).evaluate("card => card.matches(':focus')"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(tasks.nth(1)).to_be_focused()
    await page.keyboard.press("Alt+a")
    await expect(page.get_by_text("Done: call back.")).to_be_visible()
    await expect(tasks).to_have_count(4)
    await expect(tasks.nth(1)).to_be_focused()  # the next one
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Alt+x")
    await expect(page.get_by_text("Dropped: call the bank.")).to_be_visible()
    await expect(tasks.nth(0)).to_be_focused()
    ended = {task.what: (task.state, task.ended_by) for task in await centre.tasks.of_contact(contact_id)}
    assert ended["call back"] == ("done", "dana")
    assert ended["call the bank"] == ("dropped", "dana")
    assert [ended[what][0] for what in ended].count("open") == 3
    assert ("dana", "task", "promise: open → done") in await centre.looks()
    await page.keyboard.press("Alt+i")
    await expect(page.get_by_role("heading", name="Waiting for a call")).to_be_visible()
    await expect(page.get_by_role("button", name="Inbox", exact=True)).to_be_focused()


async def test_a_second_person_looks_at_the_values_and_approves(page: Page, centre: Centre) -> None:
    contact_id = await centre.gave(*BANK)
    await at_the_inbox(page, centre, "sam")
    (change,) = await centre.changes.of_contact(contact_id)
    card = listed(page, CHANGES)
    await expect(card).to_contain_text("Bank details")
    await expect(card).to_contain_text(re.compile("Loretta .*, \\d{8}"))
    await expect(card).to_contain_text("••••7890")
    await expect(card).not_to_contain_text("1234567890")
    await expect(card).to_contain_text("Given to Dana Whitfield")
    await expect(card).to_contain_text("Still needed: a second person; notice to the member's old contact")
    await expect(card).to_contain_text("Held because bank details is always held")
    await accessible(page)
    await card.get_by_role("button", name=re.compile("^Show values")).click()
    await expect(card).to_contain_text("1234567890")
    await expect(card).to_contain_text("That you looked is on record.")
    assert (await centre.looks())[0] == ("sam", "change_values", "bank_details in full")
    await accessible(page)
    await page.keyboard.press("Alt+v")
    await expect(card).not_to_contain_text("1234567890")
    await card.get_by_role("button", name=re.compile("^Approve")).click()
    await expect(page.get_by_text(re.compile("^Approved: Bank details"))).to_be_visible()
    await expect(card).not_to_contain_text("a second person")
    await expect(card.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    await card.get_by_role("button", name=re.compile("^Notice sent")).click()
    await expect(card).to_contain_text("the waiting period until")
    await expect(card).not_to_contain_text("UTC")
    stands = (await centre.changes.get(change.change_id)).standing  # type: ignore[union-attr]
    assert (stands.state, stands.seconded_by, stands.noticed_at is not None) == ("waiting", "sam", True)


async def test_who_gave_a_change_does_not_approve_it_but_may_take_it_back(page: Page, centre: Centre) -> None:
    contact_id = await centre.gave(*BANK)
    await at_the_inbox(page, centre)
    card = listed(page, CHANGES)
    await expect(card).to_contain_text("You gave it yourself")
    for verb in ("Approve", "Notice sent", "Show values", "Refuse"):
        await expect(card.get_by_role("button", name=re.compile(f"^{verb}"))).to_have_count(0)
    await card.focus()
    await page.keyboard.press("Alt+x")
    why = card.get_by_label("Why, in a few words")
    await expect(why).to_be_focused()
    await accessible(page)
    await page.keyboard.press("Escape")
    await expect(why).to_have_count(0)
    await expect(card).to_be_focused()
    await page.keyboard.press("Alt+x")
    await page.keyboard.type("she never called")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(re.compile("^Taken back: Bank details"))).to_be_visible()
    await expect(card).to_have_count(0)
    await expect(page.get_by_text("No change waits for anybody.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Inbox")).to_be_focused()
    (change,) = await centre.changes.of_contact(contact_id)
    assert (change.standing.state, change.standing.why) == ("reversed", "she never called")


async def test_what_had_an_error_in_it_is_corrected(page: Page, centre: Centre) -> None:
    contact_id = await centre.gave(*WRONG_EMAIL)
    await at_the_inbox(page, centre)
    card = listed(page, CHANGES)
    await expect(card).to_contain_text("Email: there is no @ with a name before it")
    await expect(card.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    await card.get_by_role("button", name=re.compile("^Correct values")).click()
    field = card.get_by_label("Email")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("loretta at home")
    await field.fill("still wrong")
    await accessible(page)
    await card.get_by_role("button", name="Approve as corrected").click()
    await expect(page.get_by_role("alert").filter(has_text="no @")).to_be_visible()
    await expect(field).to_have_value("still wrong")  # what was typed stays
    await field.fill("loretta@example.org")
    await card.get_by_role("button", name="Approve as corrected").click()
    await expect(page.get_by_text(re.compile("^Approved: Email"))).to_be_visible()
    await expect(card).to_have_count(0)
    (change,) = await centre.changes.of_contact(contact_id)
    assert (change.standing.state, change.new) == ("approved", {"email": "loretta@example.org"})


async def test_half_a_bank_is_corrected_with_what_was_missing(page: Page, centre: Centre) -> None:
    contact_id = await centre.gave(BANK[0])
    await at_the_inbox(page, centre)
    card = listed(page, CHANGES)
    await card.get_by_role("button", name=re.compile("^Correct values")).click()
    await expect(card.get_by_label("Bank routing")).to_have_value("")  # a mask is nothing to correct
    await card.get_by_label("Bank routing").fill("061000104")
    await card.get_by_label("Bank account").fill("1234567890")
    await card.get_by_role("button", name="Approve as corrected").click()
    await expect(card).to_contain_text("••••7890")
    (change,) = await centre.changes.of_contact(contact_id)
    assert change.standing.state == "waiting"
    values = await centre.changes.values(change.change_id)
    assert values is not None
    assert values.new["bank_account"] == "1234567890"


async def test_what_callers_asked_for_is_approved_done_or_refused(page: Page, centre: Centre) -> None:
    proposed, opened = await centre.asked(), await centre.asked("report_death", "open")
    await at_the_inbox(page, centre)
    asked = listed(page, REQUESTS)
    await expect(asked).to_have_count(2)
    await expect(asked.nth(0)).to_contain_text(re.compile(f"Change address.*To be approved.*{proposed}", re.DOTALL))
    await expect(asked.nth(0)).to_contain_text("Tax form 1099r")
    await expect(asked.nth(1)).to_contain_text("Nobody knows yet whom it is about")
    await accessible(page)
    await asked.nth(0).get_by_role("button", name=re.compile("^Approve")).click()
    await expect(page.get_by_text(f"Done: Change address, {proposed}.")).to_be_visible()
    await expect(asked).to_have_count(1)
    await asked.get_by_role("button", name=re.compile("^Refuse")).click()
    await expect(page.get_by_text("Callers have asked for nothing that is not done.")).to_be_visible()
    states = [(await centre.requests.by_reference(each)).state for each in (proposed, opened)]  # type: ignore[union-attr]
    assert states == ["done", "refused"]


async def test_what_a_colleague_decided_meanwhile_is_said(page: Page, centre: Centre) -> None:
    reference = await centre.asked()
    await at_the_inbox(page, centre)
    request = await centre.requests.by_reference(reference)
    assert request is not None
    await centre.requests.decide(request.request_id, "lee", "refused")
    await listed(page, REQUESTS).get_by_role("button", name=re.compile("^Approve")).click()
    await expect(page.get_by_role("alert").filter(has_text="refused already")).to_be_visible()
    await page.get_by_role("button", name="Load again").click()
    await expect(listed(page, REQUESTS)).to_have_count(0)


async def test_arrows_go_from_list_to_list(page: Page, centre: Centre) -> None:
    await centre.gave(*BANK)
    await centre.promised()
    await centre.asked()
    await at_the_inbox(page, centre, "dana")
    await listed(page, TASKS).nth(0).focus()
    for key, wanted in (
        ("ArrowDown", listed(page, TASKS).nth(1)),
        ("ArrowLeft", listed(page, CHANGES).nth(0)),
        ("ArrowRight", listed(page, TASKS).nth(1)),  # where one was
        ("End", listed(page, TASKS).nth(4)),
        ("ArrowDown", listed(page, TASKS).nth(4)),
        ("ArrowRight", listed(page, REQUESTS).nth(0)),
        ("ArrowRight", listed(page, REQUESTS).nth(0)),
    ):
        await page.keyboard.press(key)
        await expect(wanted).to_be_focused()


async def test_where_no_pension_system_is_connected_no_list_of_changes_is_shown(
    page: Page, desk_files: Path, db: Database, passwords: Passwords
) -> None:
    centre = Centre(desk_files, db, passwords, connected=False)
    await centre.promised()
    await centre.desks.start()
    await at_the_inbox(page, centre)
    await expect(listed(page, TASKS)).to_have_count(5)
    await expect(page.get_by_role("heading", name=CHANGES)).to_have_count(0)
    await expect(page.locator("inbox-page").get_by_role("alert")).to_have_text("")
    await page.goto("about:blank")
    await centre.desks.stop()


async def test_the_desk_comes_back_when_the_telephone_rings_and_what_was_typed_stays(
    page: Page, centre: Centre
) -> None:
    await centre.gave(*BANK)
    await at_the_inbox(page, centre)
    await page.keyboard.press("Control+Enter")  # the desk's keys are off while nobody sees it
    await page.keyboard.press("Alt+s")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await listed(page, CHANGES).get_by_role("button", name=re.compile("^Take back")).click()
    await page.get_by_label("Why, in a few words").fill("she never")
    await centre.desks.office.tell(*offered(ringing()))
    await expect(page.locator("caller-pop")).to_contain_text("Lorraine Abernathy")
    await expect(page.get_by_role("heading", name=TASKS)).to_have_count(0)
    await expect(page.get_by_role("alert").filter(has_text="Your telephone rings")).to_have_count(1)
    await centre.desks.office.tell(*phase("talking"))
    await page.get_by_role("button", name="Inbox", exact=True).click()
    await expect(page.get_by_label("Why, in a few words")).to_have_value("she never")


async def test_a_task_leads_to_its_contact(page: Page, centre: Centre) -> None:
    await centre.promised()
    await at_the_inbox(page, centre)
    await listed(page, TASKS).nth(0).get_by_role("button", name=re.compile("^Open contact")).click()
    await expect(page.get_by_role("dialog")).to_contain_text("New facts.")
    await accessible(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_long_list_is_shown_in_parts(page: Page, centre: Centre) -> None:
    for _ in range(11):
        await centre.promised()
    await at_the_inbox(page, centre)
    tasks = listed(page, TASKS)
    await expect(tasks).to_have_count(50)
    await page.get_by_role("button", name="Show more").click()
    await expect(tasks).to_have_count(55)
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    await accessible(page)


@pytest.mark.parametrize("width", [320, 360, 1280])
async def test_the_page_fits(page: Page, centre: Centre, width: int, tmp_path: Path) -> None:
    await centre.gave(*BANK)
    await centre.gave(*WRONG_EMAIL)
    await centre.gave(*ADDRESS, topics=("refund",))
    await centre.promised()
    await centre.asked()
    await centre.asked("report_death", "open")
    await page.set_viewport_size({"width": width, "height": 1600 if width > 700 else 3600})
    await at_the_inbox(page, centre, "sam" if width == 1280 else "dana")
    if width != 1280:
        await listed(page, CHANGES).nth(1).get_by_role("button", name=re.compile("^Correct values")).click()
    await accessible(page)
    await page.screenshot(path=str(tmp_path / f"inbox-{width}.png"))
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
