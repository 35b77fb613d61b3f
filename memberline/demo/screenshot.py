"""`python -m memberline.demo.screenshot`: the picture in the README, taken of the running product in mid-call."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import click
from playwright.async_api import Page, async_playwright

from memberline.demo.running import RunningDemo, running_demo
from memberline.paths import PROJECT
from records import sample

CHROMIUM = "/usr/bin/chromium"
IMAGES = PROJECT / "docs" / "images"
MENU_AND_TALK_MS = 180_000


@click.command()
@click.option("--into", default=IMAGES, type=click.Path(path_type=Path), help="Where the picture goes.")
def command(into: Path) -> None:
    """Wait for the first transfer suggestion of a demo call and take the desk's picture."""
    into.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(into))


async def _take(into: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="memberline-") as folder:
        async with (
            running_demo(Path(folder), click.echo, port=0, members=2_000, every_s=25.0) as demo,
            async_playwright() as driver,
        ):
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
            await _sign_in(demo, page)
            await page.locator("advice-cards li").wait_for(timeout=MENU_AND_TALK_MS)
            await page.locator("live-transcript li.partial").wait_for(timeout=MENU_AND_TALK_MS)
            await page.screenshot(path=into / "desk.png")
            await browser.close()


async def _sign_in(demo: RunningDemo, page: Page) -> None:
    agent = next(agent for agent in sample.demo().agents if agent.id == "dana")
    await page.goto(demo.http)
    await page.get_by_label("User name").fill(agent.username)
    await page.get_by_label("Password").fill(agent.password)
    await page.keyboard.press("Enter")


if __name__ == "__main__":
    command()
