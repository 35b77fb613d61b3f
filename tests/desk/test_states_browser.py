"""The agent's state on the desk, and the pages of administrators and auditors, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_house import DeskHouse
from desk_story import AT
from playwright.async_api import Page, expect
from test_desk_browser import AXE, sign_in, sit_down
from waiting import until

from assist.desk.messages import SeatChanged, StateChanged
from core.routes import Refusal
from telephony.agents.states import AgentState, Presence

pytestmark = pytest.mark.browser


async def becomes(house: DeskHouse, presence: Presence, **facts: object) -> None:
    state = AgentState(presence=presence, since=datetime.now(UTC), **facts)  # type: ignore[arg-type]
    await house.office.tell(StateChanged(at=AT, state=state))


async def accessible(page: Page) -> None:
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run().then(result => result.violations.map(one => one.id + ': ' + one.help))")
    assert found == []


async def test_a_state_is_chosen_with_keys_and_shown_when_the_phone_system_says_so(
    page: Page, house: DeskHouse
) -> None:
    await sit_down(page, house)
    now = page.locator("state-menu .now")
    await expect(now).to_contain_text("Available")
    await page.keyboard.press("Alt+s")
    await expect(page.get_by_role("menuitemradio", name="Available")).to_be_focused()
    await accessible(page)
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitemradio", name="Break")).to_be_focused()
    await page.keyboard.press("3")
    await expect(page.get_by_role("menu")).to_have_count(0)
    assert house.office.commands == [("state", "lunch")]
    await expect(now).to_contain_text("Available")  # not what was clicked: what the phone system says
    await becomes(house, "paused", reason="lunch")
    await expect(now).to_contain_text("Lunch")
    await page.keyboard.press("Alt+r")
    await becomes(house, "available")
    await expect(now).to_contain_text("Available")
    assert house.office.commands[-1] == ("state", "available")
    await page.keyboard.press("Alt+s")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await expect(now).to_be_focused()


async def test_wrap_up_has_a_clock_that_can_be_extended_and_ended(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    await becomes(house, "wrap_up", until=datetime.now(UTC) + timedelta(seconds=50), next="lunch")
    menu = page.locator("state-menu")
    await expect(menu).to_contain_text("Wrap-up")
    await expect(menu).to_contain_text("then Lunch")
    await expect(menu).to_contain_text(re.compile(r"ends in\s+0?0:[34]\d"))
    await page.keyboard.press("Alt+m")
    await page.keyboard.press("Alt+r")
    await until(lambda: house.office.commands == [("extend", 60), ("state", "available")])
    await expect(menu).to_contain_text("Wrap-up")
    await accessible(page)


async def test_who_is_on_no_telephone_signs_on_and_is_told_why_not(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    await becomes(house, "signed_out")
    field = page.get_by_label("Telephone")
    await field.fill("1007")
    house.office.refuse = Refusal(409, "Luis is signed on with PJSIP/1007")
    await page.get_by_role("button", name="Take calls").click()
    await expect(page.get_by_text("Luis is signed on with PJSIP/1007")).to_be_visible()
    house.office.refuse = None
    await page.get_by_role("button", name="Take calls").click()
    await house.office.tell(SeatChanged(at=AT, agent_name="Dana Whitfield", device="PJSIP/1007"))
    await becomes(house, "available")
    await expect(page.locator("state-menu .now")).to_contain_text("Available")
    assert house.office.commands == [("sign on", "PJSIP/1007")]


async def test_an_administrator_hires_and_lets_go(page: Page, house: DeskHouse) -> None:
    await page.goto(house.address)
    await sign_in(page, "ada")
    await expect(page.get_by_role("row", name=re.compile("Dana Whitfield"))).to_contain_text("Member services 0")
    await accessible(page)
    await page.get_by_role("button", name="Hire somebody").click()
    await page.get_by_label("Name", exact=True).fill("Noor Haddad")
    await page.get_by_label("User name").fill("noor")
    await page.get_by_label("Rights to queues").fill("member_services=1")
    await accessible(page)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name=re.compile("Noor Haddad"))).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Let go: Dana Whitfield").click()
    await expect(page.get_by_role("row", name=re.compile("Dana"))).to_have_count(0)
    assert [command for command, _ in house.office.commands] == ["hire", "leave"]
    await expect(page.get_by_role("button", name="Let go: Ada Byron")).to_have_count(0)


async def test_an_administrator_changes_what_is_another_and_nothing_else(page: Page, house: DeskHouse) -> None:
    await page.goto(house.address)
    await sign_in(page, "ada")
    dana = page.get_by_role("row", name=re.compile("Dana"))

    async def change(**fields: str) -> None:
        await dana.get_by_role("button", name="Change: Dana").click()
        for label, value in fields.items():
            await page.get_by_label(label.replace("_", " "), exact=True).fill(value)

    await change(Name="Dana W. Stone")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Dana W. Stone: saved.")).to_be_visible()
    await change(Specialties="refunds, pension_analysis", Languages="en, es")
    await page.get_by_label("May see protected members").check()
    await accessible(page)
    await page.get_by_role("button", name="Save").click()
    await expect(dana).to_contain_text("Refunds, Pension analysis, en es")
    await expect(dana).to_contain_text("Sees them")
    await change()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    assert house.office.commands == [
        ("move", {"name": "Dana W. Stone"}),
        ("move", {"specialties": ("refunds", "pension_analysis"), "languages": ("en", "es"), "cleared": True}),
    ]


async def test_an_auditor_reads_who_looked_and_checks_the_log(page: Page, house: DeskHouse) -> None:
    await page.goto(house.address)
    await sign_in(page, "otto")
    look = page.get_by_role("row", name=re.compile("Screen pop"))
    await expect(look).to_contain_text("m000017")
    await expect(look).to_contain_text("Dana Whitfield")
    await page.get_by_role("button", name="Check the log").click()
    await expect(page.get_by_text("3 entries, all as they were written.")).to_contain_text(f"40:{'9f' * 32}")
    await accessible(page)


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_pages_fit(page: Page, house: DeskHouse, width: int, tmp_path: Path) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(house.address)
    await sign_in(page, "ada")
    await page.get_by_role("button", name="Hire somebody").click()
    await page.screenshot(path=str(tmp_path / f"staff-{width}.png"), full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.get_by_role("button", name="Sign out").click()
    await sign_in(page, "otto")
    await page.get_by_role("button", name="Check the log").click()
    await expect(page.get_by_text("all as they were written")).to_be_visible()
    await page.screenshot(path=str(tmp_path / f"audit-{width}.png"), full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
