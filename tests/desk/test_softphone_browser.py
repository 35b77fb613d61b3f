"""The telephone in the page, in a real browser at the real Asterisk: who hears whom, and what goes wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from centre import site
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect
from softphone_house import (
    CALLER_HZ,
    DEVICE,
    LOUD,
    SILENT,
    Caller,
    SoftphoneHouse,
    open_page,
    open_softphone_house,
    tone,
    write_microphone,
)
from test_desk_browser import AXE, WIDTHS, sit_down
from waiting import until, until_found

from memberline.paths import ASTERISK, PROMPTS
from telephony.pbx import webrtc
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

pytestmark = [pytest.mark.browser, pytest.mark.pbx]

MICROPHONE = "--use-fake-device-for-media-stream"
ALLOWED, REFUSED = "--use-fake-ui-for-media-stream", "--use-fake-ui-for-media-stream=deny"
READY, TALKING = "Telephone in this page: ready", "Talking through this page"
Pbx = tuple[PrivateAsterisk, webrtc.WebSockets]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    """A private Asterisk that pages can be telephones of."""
    folder = tmp_path_factory.mktemp("pages")
    async with private_asterisk(folder, find(ASTERISK), site(), PROMPTS) as running:
        sockets = webrtc.WebSockets.free()
        webrtc.add_to_private(folder, sockets)
        await running.restart()
        yield running, sockets


@pytest.fixture
async def house(desk_files: Path, pbx: Pbx, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SoftphoneHouse]:
    async with open_softphone_house(desk_files, *pbx, monkeypatch) as house:
        yield house


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """Its microphone hears a tone."""
    tones = write_microphone(tmp_path / "microphone.wav")
    async with open_page(MICROPHONE, ALLOWED, f"--use-file-for-fake-audio-capture={tones}") as page:
        yield page


def line(page: Page) -> Locator:
    return page.locator("softphone-panel .line")


def button(page: Page, name: str) -> Locator:
    return page.locator("softphone-panel").get_by_role("button", name=re.compile(f"^{name}"))


async def switched_on(page: Page, house: SoftphoneHouse) -> None:
    await sit_down(page, house.desk)
    await button(page, "Use this page as telephone").click()
    await expect(line(page)).to_have_text(READY)


async def talking(page: Page, house: SoftphoneHouse) -> Caller:
    await switched_on(page, house)
    caller = await house.ring()
    await button(page, "Answer").click()
    await expect(line(page)).to_have_text(TALKING)
    return caller


async def callers_level(page: Page) -> float:
    """What the page hears of the caller, 0 to 1, as its meter shows it."""
    return float(await page.get_by_label("Caller", exact=True).evaluate("meter => meter.value"))


async def page_hears(page: Page, caller: Caller) -> None:
    """Nothing while the caller is silent, and the caller when they speak."""

    async def quiet() -> bool:
        return await callers_level(page) < 0.1

    async def loud() -> bool:
        return await callers_level(page) > 0.5

    await until_found(quiet)
    speaking = asyncio.create_task(caller.call.play(tone(4.0, CALLER_HZ)))
    await until_found(loud)
    await speaking


async def test_both_sides_hear_each_other(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    assert await caller.hears() > LOUD
    await page_hears(page, caller)
    await button(page, "Hang up").click()
    await caller.call.ended(5)
    await expect(line(page)).to_have_text(READY)


async def test_the_caller_hangs_up_and_the_microphone_goes_out(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    await caller.call.hang_up()
    await expect(line(page)).to_have_text(READY)
    assert await page.evaluate("microphones.map((track) => track.readyState)") == ["ended"]


async def test_a_queue_rings_the_page_as_any_telephone(page: Page, house: SoftphoneHouse) -> None:
    await switched_on(page, house)
    caller = await house.wait("routed")
    await button(page, "Answer").click(timeout=20_000)
    await expect(line(page)).to_have_text(TALKING)
    assert await caller.hears() > LOUD
    await page_hears(page, caller)
    await button(page, "Hang up").click()
    await caller.call.ended(5)


async def test_a_page_that_is_gone_without_a_word_ends_the_call(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    house.cable.pull()
    await page.close()
    assert not caller.call.over
    await caller.call.ended(20)


async def test_keys_answer_mute_and_hang_up(page: Page, house: SoftphoneHouse) -> None:
    await switched_on(page, house)
    caller = await house.ring()
    await expect(line(page)).to_have_text(re.compile("^Rings: "))
    await page.keyboard.press("Alt+l")
    await expect(line(page)).to_have_text(TALKING)
    await page.keyboard.press("Alt+u")
    await expect(button(page, "Muted")).to_be_visible()
    await page.keyboard.press("Alt+k")
    await caller.call.ended(5)


async def test_muted_nothing_is_heard_and_afterwards_everything(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    assert await caller.hears() > LOUD
    await button(page, "Mute").click()
    await expect(button(page, "Muted – nobody hears you")).to_have_attribute("aria-pressed", "true")
    await asyncio.sleep(0.3)  # what was on its way
    assert await caller.hears() < SILENT
    await button(page, "Muted").click()
    await asyncio.sleep(0.3)
    assert await caller.hears() > LOUD


async def test_keys_of_the_keypad_arrive_once_each_and_in_order(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    await button(page, "Keypad").click()
    for key in "19*#":
        await page.get_by_role("group", name="Keypad").get_by_role("button", name=key, exact=True).click()
    async with asyncio.timeout(10):
        assert "".join([await caller.call.pressed() for _ in range(4)]) == "19*#"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((ALLOWED,), "There is no microphone. Plug one in, then answer."),
        ((MICROPHONE, REFUSED), "The browser may not use the microphone."),
    ],
    ids=["none is there", "refused"],
)
async def test_without_a_microphone_it_rings_on_and_says_why(
    flags: tuple[str, ...], said: str, house: SoftphoneHouse
) -> None:
    async with open_page(*flags) as page:
        await switched_on(page, house)
        caller = await house.ring()
        await button(page, "Answer").click()
        await expect(page.locator("softphone-panel .trouble")).to_contain_text(said)
        await expect(button(page, "Answer")).to_be_visible()
        assert not caller.call.over
        await caller.call.hang_up()
        await expect(line(page)).to_have_text(READY)


async def test_chosen_devices_are_remembered_by_the_browser(page: Page, house: SoftphoneHouse) -> None:
    await switched_on(page, house)
    await button(page, "Sound").click()
    await button(page, "Try the microphone").click()
    await expect(page.get_by_label("You", exact=True)).to_be_visible()
    chosen = page.locator("softphone-panel select")
    await expect(chosen).to_have_count(3)
    for each, device in enumerate(("Fake Audio Input 2", "Fake Audio Output 1", "Fake Audio Output 2")):
        await chosen.nth(each).select_option(label=device)
    wanted = [await select.input_value() for select in await chosen.all()]
    await page.reload()
    await expect(line(page)).to_have_text(READY)
    await button(page, "Sound").click()
    await expect(chosen).to_have_count(3)
    assert [await select.input_value() for select in await chosen.all()] == wanted
    assert all(wanted)
    caller = await house.ring()
    await button(page, "Answer").click()
    await expect(line(page)).to_have_text(TALKING)
    assert await page.evaluate("microphones.at(-1).getSettings().deviceId") == wanted[0]
    await caller.call.hang_up()
    await expect(line(page)).to_have_text(READY)


async def test_it_can_be_read_and_reached_by_everybody(page: Page, house: SoftphoneHouse) -> None:
    async def wrong() -> list[str]:
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await page.evaluate("axe.run()")
        sideways = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return [f"{each['id']}: {each['nodes'][0]['target']}" for each in found["violations"]] + ["sideways"] * sideways

    caller = await talking(page, house)
    await button(page, "Keypad").click()
    await button(page, "Sound").click()
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await wrong() == []
    await button(page, "Mute").click()
    await expect(button(page, "Muted")).to_be_focused()
    assert await wrong() == []
    await caller.call.hang_up()
    await expect(line(page)).to_have_text(READY)
    assert await wrong() == []
    await house.ring()
    await expect(button(page, "Answer")).to_be_visible()
    assert await wrong() == []


async def test_another_microphone_goes_on_when_one_is_unplugged(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    await page.evaluate("microphones[0].stop(), microphones[0].dispatchEvent(new Event('ended'))")
    await expect(page.locator("softphone-panel .trouble")).to_contain_text("you are heard by another one")
    assert await caller.hears() > LOUD


async def test_a_talk_outlives_its_connection(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    house.cable.pull()
    await expect(line(page)).to_contain_text("Connection to the phone system lost – the call goes on")
    assert await caller.hears() > LOUD
    await page_hears(page, caller)
    house.cable.plug()
    await expect(line(page)).to_have_text(TALKING, timeout=20_000)
    assert await caller.hears() > LOUD
    await page_hears(page, caller)
    await caller.call.hang_up()  # the phone system knows where the page is now
    await expect(line(page)).to_have_text(READY)


async def test_a_talk_that_ended_meanwhile_is_over_when_the_connection_is_back(
    page: Page, house: SoftphoneHouse
) -> None:
    caller = await talking(page, house)
    house.cable.pull()
    await expect(line(page)).to_contain_text("the call goes on")
    await caller.call.hang_up()
    house.cable.plug()
    await expect(line(page)).to_have_text(READY, timeout=20_000)


async def test_the_newest_page_is_the_telephone(page: Page, house: SoftphoneHouse) -> None:
    await switched_on(page, house)
    browser = page.context.browser
    assert browser is not None
    other = await (await browser.new_context()).new_page()
    await switched_on(other, house)
    caller = await house.ring()
    await button(other, "Answer").click()
    await expect(line(other)).to_have_text(TALKING)
    assert await caller.hears() > LOUD
    # The first one learns it when it registers again, and does not take it back.
    await expect(line(page)).to_have_text("Another page is your telephone now", timeout=40_000)
    await expect(line(other)).to_have_text(TALKING)


async def test_a_password_whose_time_is_over_is_renewed_and_the_talk_goes_on(page: Page, house: SoftphoneHouse) -> None:
    caller = await talking(page, house)
    await house.end_password()
    await page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=2))
    assert await until_found(house.with_password, within=40.0) >= 0
    await expect(line(page)).to_have_text(TALKING)
    assert await caller.hears() > LOUD
    await caller.call.hang_up()
    await expect(line(page)).to_have_text(READY)


async def test_queues_ring_the_page_once_it_was_signed_on(page: Page, house: SoftphoneHouse) -> None:
    house.desk.office.state = replace(house.desk.office.state, device="")
    await switched_on(page, house)
    await button(page, "Sign on with this page").click()
    await until(lambda: ("sign on", DEVICE) in house.desk.office.commands)


async def test_switched_off_it_is_no_telephone_and_its_password_is_worth_nothing(
    page: Page, house: SoftphoneHouse
) -> None:
    await switched_on(page, house)
    await button(page, "Sound").click()
    await button(page, "Do not use this page as telephone").click()
    await expect(line(page)).to_have_text("This page is not a telephone")
    await until_found(house.without_password)
    await page.reload()
    await expect(line(page)).to_have_text("This page is not a telephone")
