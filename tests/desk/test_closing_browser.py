"""Closing in a real browser, with the real service behind the page: closed, announced, told to the desks, opened."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from closing_house import ANALYSIS, LATE_SHIFT, SERVICES, House
from desk_house import DeskHouse
from playwright.async_api import Dialog, Page, expect
from sample_plan import passwords, sample_file
from test_desk_browser import sign_in, sit_down
from test_states_browser import accessible

from core.clock import SystemClock
from core.database import Database
from ivr.queue_settings import QueueSettings
from ivr.routes import ClosingRoutes
from records.passwords import Passwords

__all__ = ["passwords", "sample_file"]

pytestmark = pytest.mark.browser

NAMES = {"sam": "Sam Superior", "counsellor-1": "Grace Counsel"}


class Centre:
    """A centre that can be closed, and the desks around it."""

    def __init__(self, desks: DeskHouse, closing: House) -> None:
        self.desks, self.closing = desks, closing
        self.settings = QueueSettings(
            closing.db,
            clock=closing.clock,
            audit=closing.audit,
            queues=lambda: (SERVICES, ANALYSIS, LATE_SHIFT),
            changed=closing._overflow,
        )
        desks.office.closing = ClosingRoutes(
            closing=closing.service,
            settings=self.settings,
            bus=desks.office.bus,
            clock=closing.clock,
            name=lambda agent_id: NAMES.get(agent_id, agent_id),
            zone="America/New_York",
        ).routes()


@pytest.fixture
async def centre(
    desk_files: Path, sample_file: Path, tmp_path: Path, passwords: Passwords, page: Page
) -> AsyncIterator[Centre]:
    shutil.copy(sample_file, tmp_path / "plan.db")
    db = Database(f"sqlite:///{tmp_path / 'plan.db'}")
    desks = DeskHouse(desk_files)
    closing = House(db, SystemClock(), passwords, bus=desks.office.bus)  # type: ignore[arg-type]
    made = Centre(desks, closing)
    await closing.service.start()
    await desks.start()
    yield made
    await page.goto("about:blank")  # it asks again and again, and would not find anybody
    await desks.stop()
    await closing.service.stop()
    await db.close()


@pytest.fixture
async def said(page: Page) -> list[str]:
    """What the page asks before it does something; always answered with yes."""
    asked: list[str] = []

    async def yes(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    page.on("dialog", yes)
    return asked


async def at_the_page(page: Page, centre: Centre, who: str = "sam") -> None:
    await page.goto(centre.desks.address)
    await sign_in(page, who)
    await page.get_by_role("button", name="Closing", exact=True).click()
    await expect(page.get_by_role("heading", name="Closed now, and later")).to_be_visible(timeout=20_000)


async def fill_in(page: Page, *, why: str = "Ice storm", queue: str = "") -> None:
    if queue:
        await page.get_by_role("combobox", name=re.compile("^What")).select_option(queue)
    await page.get_by_label("Why, in a few words").fill(why)


async def test_a_supervisor_closes_everything_and_opens_it_again(page: Page, centre: Centre, said: list[str]) -> None:
    await at_the_page(page, centre)
    await expect(page.get_by_text("Nothing is closed by announcement.")).to_be_visible()
    await expect(page.get_by_label("What callers hear, in English")).to_have_value(re.compile("We are closed"))
    await accessible(page)
    await fill_in(page)
    await page.get_by_label("What callers hear, in English").fill("We are closed because of ice.")
    await page.get_by_role("button", name="4 hours").click()
    await page.get_by_label("Is called back when it is open again").check()
    await page.get_by_role("button", name="Close now").click()
    await expect(page.get_by_text(re.compile(r"Everything is closed until"))).to_be_visible()
    closure = page.get_by_role("listitem").filter(has_text="Ice storm")
    await expect(closure).to_contain_text("Closed now")
    await expect(closure).to_contain_text("by Sam Superior")
    [kept] = centre.closing.service.current()
    assert kept.message["en"] == "We are closed because of ice."
    assert kept.message["es"].startswith("En este momento")
    assert (kept.waiting, kept.callbacks, kept.appointments, kept.closed_by) == ("callback", "keep", "tell", "sam")
    assert timedelta(hours=3.9) < kept.ends_at - datetime.now(UTC) <= timedelta(hours=4)
    await page.get_by_text("What callers hear", exact=True).click()
    await expect(closure).to_contain_text("We are closed because of ice.")
    await accessible(page)
    await page.get_by_role("button", name="Open again now: Everything, Ice storm").click()
    await expect(page.get_by_text("Nothing is closed by announcement.")).to_be_visible()
    assert centre.closing.known.announced() == {}
    assert len(said) == 2
    assert said[0].startswith("Everything will be closed until")


async def test_whom_it_concerns_is_seen_before(page: Page, centre: Centre) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await centre.closing.waits("ann")
    await centre.closing.waits("zoe", queue=ANALYSIS)
    await centre.closing.callback("+14045550124")
    reference = await centre.closing.appointment(soon)
    await at_the_page(page, centre)
    concerned = page.get_by_role("region", name="Whom it concerns")
    await expect(concerned).to_contain_text("2 callers wait now")
    await expect(concerned).to_contain_text("1 call back waits")
    await expect(concerned).to_contain_text("1 appointment in that time")
    await expect(concerned.get_by_role("row", name=re.compile("Grace Counsel"))).to_contain_text(reference)
    await accessible(page)
    await page.get_by_role("combobox", name=re.compile("^What")).select_option(ANALYSIS)
    await expect(concerned).to_contain_text("1 caller waits now")
    await expect(concerned).not_to_contain_text("appointment")
    await expect(page.get_by_text("Appointments in that time")).to_have_count(0)


async def test_what_is_refused_is_said_and_what_was_typed_stays(page: Page, centre: Centre, said: list[str]) -> None:
    await at_the_page(page, centre)
    await fill_in(page, why="Team day", queue=SERVICES)
    await page.get_by_label("Is called back when it is open again").check()
    await page.get_by_label("Are given up").check()
    await page.get_by_label("Until").fill("2031-01-01T08:00")
    await page.get_by_role("button", name="Close now").click()
    problem = page.get_by_role("alert")
    await expect(problem).to_contain_text("31 days at most")
    await expect(problem).to_contain_text("cannot be promised a call back")
    await expect(page.get_by_label("Why, in a few words")).to_have_value("Team day")
    assert centre.closing.service.current() == ()
    assert said


async def test_one_that_is_to_come_can_be_taken_back(page: Page, centre: Centre, said: list[str]) -> None:
    await at_the_page(page, centre)
    await fill_in(page, why="Benefits fair", queue=LATE_SHIFT)
    await page.get_by_label("From (empty: now)").fill((datetime.now() + timedelta(days=2)).strftime("%Y-%m-%dT08:00"))  # noqa: DTZ005
    await page.get_by_role("button", name="2 hours").click()
    await page.get_by_role("button", name="Close then").click()
    closure = page.get_by_role("listitem").filter(has_text="Benefits fair")
    await expect(closure).to_contain_text("Later")
    assert not centre.closing.known.closed(LATE_SHIFT)
    await page.get_by_role("button", name="Take back: Late shift, Benefits fair").click()
    await expect(closure).to_have_count(0)
    assert len(said) == 1  # nobody is asked twice for what has no effect yet


async def test_the_desks_are_told_and_a_line_is_put_away_with_a_key(page: Page, centre: Centre) -> None:
    await sit_down(page, centre.desks)
    notice = page.locator("closed-notice")
    await expect(notice.get_by_role("status")).to_have_text("")
    closing = centre.closing.service
    ends_at = datetime.now(UTC) + timedelta(minutes=2)
    closure = await centre.closing.closes(ends_at=ends_at, why="ice storm")
    await expect(notice).to_contain_text(re.compile(r"Closed until \d.*: ice storm"))
    await centre.closing.closes(queue=ANALYSIS, ends_at=ends_at + timedelta(days=3), why="training")
    await expect(notice).to_contain_text(re.compile(r"Pension analysis is closed until \w{3}, .*: training"))
    await accessible(page)
    await page.get_by_role("button", name=re.compile("Put away: Closed until")).focus()
    await page.keyboard.press("Enter")
    await expect(notice).not_to_contain_text("ice storm")
    await page.keyboard.press("Tab")  # the keyboard goes on from where the line was
    await expect(page.get_by_role("button", name=re.compile("Put away: Pension analysis"))).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(notice.get_by_role("status")).to_have_text("")
    await closing.end(closure.closure_id, "sam")
    await centre.closing.closes(ends_at=ends_at, why="a second storm")
    await expect(notice).to_contain_text("a second storm")


async def test_a_desk_that_opens_later_is_told_too(page: Page, centre: Centre) -> None:
    await centre.closing.closes(ends_at=datetime.now(UTC) + timedelta(hours=1), why="ice storm")
    await sit_down(page, centre.desks)
    await expect(page.locator("closed-notice")).to_contain_text("ice storm")


async def test_the_wall_is_told(page: Page, centre: Centre) -> None:
    await centre.closing.closes(ends_at=datetime.now(UTC) + timedelta(hours=1), why="ice storm")
    await page.goto(centre.desks.address)
    await sign_in(page, "sam")
    await expect(page.get_by_role("heading", name="Phones now")).to_be_visible()
    await expect(page.locator("closed-notice")).to_contain_text("ice storm")


async def test_what_is_set_of_a_queue_is_changed(page: Page, centre: Centre) -> None:
    await at_the_page(page, centre, "ada")
    row = page.get_by_role("row", name=re.compile("Member services"))
    await expect(row).to_contain_text("As the menu says")
    await page.get_by_role("button", name="Change: Member services").click()
    await page.get_by_label("Share of callers to be answered").fill("80")
    await page.get_by_label("Within (seconds)").fill("20")
    await page.get_by_label("Callers go on to").select_option(ANALYSIS)
    await page.get_by_label("After (seconds").fill("90")
    await page.get_by_label("Call back offered above").fill("240")
    await accessible(page)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Member services: saved.")).to_be_visible()
    for told in ("80 % within 20 s", "to Pension analysis after 1:30 min", "above 4 min", "ada"):
        await expect(row).to_contain_text(told)
    assert centre.settings.callback_above_s(SERVICES) == 240
    await page.get_by_role("button", name="Change: Member services").click()
    await page.get_by_label("Within (seconds)").fill("")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("give both, or neither")


async def test_a_scheduler_sees_and_changes_nothing(page: Page, centre: Centre) -> None:
    await centre.closing.closes(ends_at=datetime.now(UTC) + timedelta(hours=1), why="ice storm")
    await at_the_page(page, centre, "sid")
    await expect(page.get_by_role("listitem").filter(has_text="ice storm")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("Late shift"))).to_be_visible()
    for action in ("Close now", "Open again now", "Change"):
        await expect(page.get_by_role("button", name=re.compile(action))).to_have_count(0)


async def test_everything_is_done_without_a_mouse(page: Page, centre: Centre, said: list[str]) -> None:
    await at_the_page(page, centre)
    await page.get_by_role("combobox", name=re.compile("^What")).focus()
    await page.keyboard.press("Tab")
    order = []
    for _ in range(40):
        focused = await page.evaluate(
            """() => {
              let here = document.activeElement;
              while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
              return here ? (here.name || here.textContent.trim()) : "";
            }"""
        )
        if not order or order[-1] != focused:
            order.append(focused)
        if focused == "why":
            await page.keyboard.type("Power failure")
        if focused == "Close now":
            break
        await page.keyboard.press("Tab")
    wanted = ["from", "until", "1 hour", "why", "message-en", "message-es", "waiting", "callbacks", "appointments"]
    assert [each for each in order if each in wanted] == wanted
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("listitem").filter(has_text="Power failure")).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
async def test_the_page_fits(page: Page, centre: Centre, width: int, tmp_path: Path) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await centre.closing.waits("ann")
    await centre.closing.appointment(soon)
    await centre.closing.closes(ends_at=soon, why="ice storm")
    await centre.closing.closes(
        queue=ANALYSIS, begins_at=soon + timedelta(days=1), ends_at=soon + timedelta(days=1, hours=4), why="training"
    )
    await page.set_viewport_size({"width": width, "height": 2400})
    await at_the_page(page, centre)
    await page.get_by_role("button", name="Change: Member services").click()
    await expect(page.get_by_text("1 appointment in that time")).to_be_visible()
    await accessible(page)
    await page.screenshot(path=str(tmp_path / f"closing-{width}.png"))
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
