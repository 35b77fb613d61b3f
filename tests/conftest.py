"""What the tests of several rooms need: a database of either kind, empty or migrated, and a real Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from centre import site
from nats_server import NatsServer
from playwright.async_api import Browser, Page, async_playwright
from postgres_server import PostgresServer

import migrations
from core.database import Database
from memberline.paths import ASTERISK, PROMPTS
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-features=LocalNetworkAccessChecks",  # a page that a test makes up counts as one from the internet
]
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The product's tests take minutes and wait for telephones: they come first, both for the same processor, while
    the other does the rest (files are given out in turns)."""
    product = [item for item in items if item.path.parent.name == "product"]
    rest = [item for item in items if item.path.parent.name != "product"]
    if not product or not rest:
        return
    one = [item for item in product if item.path == product[0].path]
    between = [item for item in rest if item.path == rest[0].path]
    items[:] = [*one, *between, *(item for item in product if item not in one), *rest[len(between) :]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test was tried twice: one that then passed would otherwise never say."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_sep("_", f"first try of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    server = NatsServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> str:
    name = postgres.new_database()
    migrations.upgrade(postgres.url(name))
    return name


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a table; each test runs on both kinds."""
    if request.param == "sqlite":
        (tmp_path / "empty.db").touch()
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(server.new_database())


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without a row; each test runs on both kinds."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'test.db'}"
        migrations.upgrade(address)
        return address
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(server.new_database(request.getfixturevalue("migrated_template")))


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asterisk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrivateAsterisk]:
    """One real Asterisk for all tests that share it; a test that kills one starts its own."""
    folder = tmp_path_factory.mktemp("pbx")
    async with private_asterisk(folder, find(ASTERISK), site(), PROMPTS) as running:
        yield running


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
    expected = ("WebSocket connection to", "the server responded with a status of 4", "net::ERR_CONNECTION_REFUSED")
    assert [error for error in errors if not any(known in error for known in expected)] == []
