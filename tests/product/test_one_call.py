"""The whole product in one call: real Asterisk, real speech, real browser, from the first ring to the contact.

Denise Calloway calls about her service credit. Dana sees who rings, reads along, takes the advice, hands the call to
an analyst's telephone, corrects the draft and confirms it.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import soundfile
from playwright.async_api import Page, expect
from sqlalchemy import text

from core.clock import SystemClock
from core.database import Database, bulk_engine
from memberline.demo.running import RunningDemo, running_demo
from records import sample
from records.audit import Audit
from records.contact import Answered, Queued, Transferred
from records.contacts import Contacts

pytestmark = [pytest.mark.pbx, pytest.mark.speech, pytest.mark.browser, pytest.mark.timeout(300)]

DENISE = sample.demo().caller("service_credit")
DANA, ANALYSTS = "dana", {"priya", "owen"}
SOON, WHILE_SHE_TALKS = 10_000, 120_000  # milliseconds


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[RunningDemo]:
    """One caller, who finds the members' number at once."""
    async with running_demo(tmp_path, print, port=0, members=300, every_s=600.0) as running:
        yield running


async def test_a_call_from_the_first_ring_to_the_documented_contact(
    demo: RunningDemo, page: Page, tmp_path: Path
) -> None:
    await page.goto(demo.http)
    await page.get_by_label("User name").fill("dana")
    await page.get_by_label("Password").fill("peachtree-dana")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Waiting for a call")).to_be_visible(timeout=SOON)

    # Who calls is there while the telephone rings.
    pop, bar = page.locator("caller-pop"), page.locator("call-bar")
    await expect(bar).to_contain_text("Ringing", timeout=WHILE_SHE_TALKS)
    await expect(pop.get_by_role("heading", name=DENISE.name)).to_be_visible()
    await expect(pop).to_contain_text("Verified by PIN")
    await expect(pop).to_contain_text("A person about retirement")
    await expect(pop).to_contain_text("19.5 years of service")

    # Both sides' words come as they are spoken: grey first, then black.
    lines = page.locator("live-transcript li")
    await expect(page.locator("live-transcript li.partial").first).to_be_visible(timeout=WHILE_SHE_TALKS)
    await expect(lines.filter(has_text="how can i help you today")).to_contain_text("Dana Whitfield", timeout=20_000)
    statement = lines.filter(has_text="annual statement in the mail")
    await expect(statement).not_to_have_class(re.compile("partial"), timeout=30_000)

    # The advice comes with its reason and her words, and is taken.
    card = page.locator("advice-cards li")
    await expect(card).to_contain_text("Pension Analyst", timeout=WHILE_SHE_TALKS)
    await expect(page.locator("live-transcript li.evidence")).to_have_count(1)
    await page.keyboard.press("Alt+a")
    await expect(bar).to_contain_text("Transferred to Pension Analyst", timeout=SOON)
    await expect(page.get_by_text("Check, correct, confirm")).to_be_visible(timeout=SOON)

    # She does hear an analyst, and the words of that part are kept, too.
    await asyncio.wait_for(_analyst_answered(demo), 30)

    # The contact has written itself; Dana corrects it and confirms.
    await expect(page.get_by_label("Summary")).not_to_have_value("")
    await page.get_by_label("Summary").fill("Disputes 19.5 years of credit; has pay stubs for 24.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("desk-idle")).to_contain_text("Disputes 19.5 years", timeout=SOON)

    await asyncio.wait_for(_hung_up(demo), 90)
    contact_id = await _documented(demo)
    await _recorded(demo, contact_id)
    await _played(page, contact_id)
    serve_log = tmp_path / "serve.log"
    assert "dana signed in" in serve_log.read_text()
    await asyncio.to_thread(_no_log_tells_of_a_member, demo.database_url, serve_log, demo.asterisk.log)


def _no_log_tells_of_a_member(database_url: str, *logs: Path) -> None:
    """Whatever was logged in this run, by us and by the PBX: no name, number, address or PIN of any member."""
    secrets = {person.pin for person in sample.demo().callers if person.pin}
    engine = bulk_engine(database_url)
    with engine.connect() as connection:
        for row in connection.execute(text("SELECT first_name, last_name, member_number, email, address FROM members")):
            secrets |= {row.last_name, f"{row.first_name} {row.last_name}", row.member_number, row.email}
            secrets |= set(json.loads(row.address))
        secrets |= set(connection.scalars(text("SELECT name FROM beneficiaries UNION SELECT name FROM authorities")))
        numbers = list(connection.scalars(text("SELECT e164 FROM member_phones")))
    engine.dispose()
    assert len(numbers) > 100
    secrets |= {number.removeprefix("+1") for number in numbers}
    secrets.discard("")
    for log in logs:
        told = _WHEN_AND_WHERE.sub("", log.read_text())
        assert told.strip()  # there is something in it
        words = {word.strip(".+-") for word in re.findall(r"[\w@.+-]+", told)}
        # A short number or a single name counts as a word of its own, everything else wherever it stands.
        found = {secret for secret in secrets if (secret in words if _SHORT.fullmatch(secret) else secret in told)}
        assert found == set(), log.name


_SHORT = re.compile(r"\d{1,6}|[^\W\d]+")
_WHEN_AND_WHERE = re.compile(r"^\[[^]]*\] \w+\[\d+\]", re.MULTILINE)  # Asterisk's: a thread's number is no PIN


async def _analyst_answered(demo: RunningDemo) -> None:
    while not any(demo.conductor.talking(agent) for agent in ANALYSTS):  # noqa: ASYNC110 - telephones have no event
        await asyncio.sleep(0.2)


async def _hung_up(demo: RunningDemo) -> None:
    while demo.conductor.going_on:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


async def _documented(demo: RunningDemo) -> str:
    """What is in the database and in her history; the contact's id."""
    database = Database(demo.database_url)
    contacts = Contacts(database, SystemClock())
    try:
        async with asyncio.timeout(20):  # the PBX tells of the end of the call before it is stored
            while not (listed := await contacts.history(f"demo-{DENISE.key}")):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        past = listed[0]
        contact = await contacts.get(past.contact_id)
        assert contact is not None
        transcript = await contacts.transcript(contact.contact_id)
    finally:
        await database.close()
    assert past.summary == "Disputes 19.5 years of credit; has pay stubs for 24."
    assert (contact.verification, contact.consent, contact.outcome) == ("pin", "given", "answered")
    assert (contact.confirmed_by, contact.incomplete, contact.handwritten) == (DANA, False, False)
    assert contact.ended_at is not None
    assert contact.talk_s is not None
    assert contact.talk_s > 40
    answered = [step.agent_id for step in contact.course if isinstance(step, Answered)]
    assert answered[0] == DANA
    assert answered[1] in ANALYSTS
    assert [step.queue for step in contact.course if isinstance(step, Queued)] == [
        "member_services",
        "pension_analysis",
    ]
    [transferred] = [step for step in contact.course if isinstance(step, Transferred)]
    assert (transferred.from_agent_id, transferred.completed) == (DANA, True)
    said = {
        speaker: " ".join(line.text for line in transcript if line.speaker == speaker)
        for speaker in ("caller", "agent")
    }
    assert "i got my annual statement in the mail" in said["caller"]
    assert "how can i help you today" in said["agent"]
    assert "i'm a pension analyst" in said["agent"]
    assert "i will mail them tomorrow" in said["caller"]
    assert contact.draft is not None
    assert "service_credit" in contact.draft.topics
    return contact.contact_id


async def _recorded(demo: RunningDemo, contact_id: str) -> None:
    """A supervisor hears both of them again, and that is on record."""
    cookies = aiohttp.CookieJar(unsafe=True)  # of an address without a name, too
    async with aiohttp.ClientSession(demo.http, headers={"X-Memberline": "1"}, cookie_jar=cookies) as browser:

        async def ask(path: str) -> tuple[int, bytes]:
            async with browser.get(path) as answer:
                return answer.status, await answer.read()

        async with browser.post("/api/session", json={"username": "morgan", "password": "peachtree-morgan"}) as answer:
            assert answer.status == 200
        one = f"/api/contacts/{contact_id}"
        status, body = await ask(f"{one}/recording")
        assert (status, json.loads(body)["state"]) == (200, "kept")
        status, body = await ask(f"{one}/recording/sound")
        assert status == 200
        sound, rate = soundfile.read(io.BytesIO(body))
        assert (rate, sound.shape[1]) == (8000, 2)
        assert len(sound) / rate > 40
        for side in range(2):
            assert np.abs(sound[:, side]).max() > 0.1
        status, body = await ask(one)
        shown = json.loads(body)
        assert shown["contact"]["confirmed_by"] == DANA
        assert all(line["words"] for line in shown["transcript"])
    auditing = Database(demo.database_url)
    try:
        looks = await Audit(auditing, SystemClock(), "").looks(limit=20)
    finally:
        await auditing.close()
    assert {"recording", "contact"} <= {look.action for look in looks.items if look.agent_id == "morgan"}


async def _played(page: Page, contact_id: str) -> None:
    """Dana opens the contact later; the words follow the sound."""
    await page.locator("agent-desk").evaluate("(desk, id) => { desk.past = id }", contact_id)
    past = page.get_by_role("dialog", name="Contact")
    await expect(past).to_contain_text("Disputes 19.5 years of credit")
    lines = past.locator("li")
    said = lines.filter(has_text="annual statement in the mail")
    await expect(said).to_be_visible(timeout=SOON)
    await said.get_by_role("button", name="Play from").click()
    await expect(past.locator("li.now")).to_contain_text("annual statement in the mail", timeout=SOON)
    await past.get_by_role("button", name="Close").click()
    await expect(past).to_be_hidden()
