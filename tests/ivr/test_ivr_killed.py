"""Memberline is killed while callers are in its menu: everybody reaches a person, every call has its contact."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from centre import site
from menu_house import write_hum
from waiting import until, until_found

import migrations
from core.clock import SystemClock
from core.database import Database
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK, PROJECT
from records.contacts import Contacts
from telephony.ami.connection import Address
from telephony.ami.link import AmiLink
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

pytestmark = [pytest.mark.pbx, pytest.mark.timeout(180)]

CALLERS = 20
QUEUED_WITHIN_S = 10.0


@dataclass
class Watch:
    """What Asterisk says, whoever is alive."""

    asterisk: PrivateAsterisk
    trunk: Phone
    joined: set[str] = field(default_factory=set)  # Linkedids that came to a queue
    in_menu: set[str] = field(default_factory=set)
    begun: list[str] = field(default_factory=list)  # commands that play or ask

    def hear(self, message: dict[str, str]) -> None:
        match message["Event"]:
            case "AsyncAGIStart":
                self.in_menu.add(message["Linkedid"])
            case "QueueCallerJoin":
                self.joined.add(message["Linkedid"])
            case "AGIExecStart":
                self.begun.append(message["Channel"])

    async def callers(self) -> list[Call]:
        """Callers in different places: in the first prompt, in the notice, in the main menu."""
        calls = []
        for number in range(CALLERS):
            call = await self.trunk.call(self.asterisk.site.number, number=f"+1404555{number:04}", name="Caller")
            await call.answered(5.0)
            calls.append(call)
        await until(lambda: len(self.in_menu) == CALLERS and len(set(self.begun)) == CALLERS)
        for place, call in enumerate(calls):
            for key in ("", "1", "19")[place % 3]:
                call.press(key)
                await asyncio.sleep(0.3)
        return calls


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for name in ("sorry", "no-agents"):
        write_hum(prompts / f"{name}.wav", 4.0)
    async with (
        private_asterisk(tmp_path / "pbx", find(ASTERISK), site(), prompts) as asterisk,
        AsyncExitStack() as stack,
    ):
        server = ("127.0.0.1", asterisk.ports.sip)
        trunk = Phone("trunk", None, server, trunk_secret=asterisk.site.trunk_secret)
        dana = Phone("dana", "dana-secret", server)  # lets it ring: somebody must be there to wait for
        for phone in (trunk, dana):
            await phone.start()
            stack.push_async_callback(phone.stop)
        await dana.register()
        made = Watch(asterisk, trunk)
        for user, secret in (
            ("memberline-listen", asterisk.site.listen_secret),
            ("memberline-act", asterisk.site.act_secret),
        ):
            address = Address("127.0.0.1", asterisk.ports.ami, user, secret, needs=frozenset())
            link = AmiLink[None](user, address, on_event=made.hear)
            await link.start()
            stack.push_async_callback(link.stop)
        yield made


@asynccontextmanager
async def memberline(watch: Watch, url: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    here = Path(__file__).parent
    site_ = watch.asterisk.site
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(here / "menu_process.py"),
        str(watch.asterisk.ports.ami),
        url,
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "LISTEN_SECRET": site_.listen_secret,
            "ACT_SECRET": site_.act_secret,
            "PYTHONPATH": f"{PROJECT}:{here}:{here.parent}",
        },
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert (await process.stdout.readline()).strip() == b"ready"
        await asyncio.sleep(0.2)  # its first sign of life reaches the dialplan
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("back", [False, True], ids=["it stays away", "it is started again at once"])
async def test_everybody_in_the_menu_reaches_a_person_and_has_a_contact(
    watch: Watch, tmp_path: Path, back: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'contacts.db'}"
    await asyncio.to_thread(migrations.upgrade, url)
    async with memberline(watch, url, tmp_path) as first:
        calls = await watch.callers()
        assert watch.joined < watch.in_menu
        first.kill()
        await first.wait()
    if not back:
        await until(lambda: watch.joined == watch.in_menu, within=QUEUED_WITHIN_S)
    async with memberline(watch, url, tmp_path):
        await until(lambda: watch.joined == watch.in_menu, within=QUEUED_WITHIN_S)
        assert not any(call.over for call in calls)
        database = Database(url)
        contacts = Contacts(database, SystemClock())

        async def all_kept() -> bool:
            return not await contacts.missing("pbx", watch.in_menu)

        await until_found(all_kept, within=10)
        assert len(await contacts.open_calls()) == CALLERS
        menu = [contact.menu_version for contact in await contacts.open_calls()]
        assert set(menu) == {"0123456789abcdef"}
        await database.close()
    await asyncio.gather(*(call.hang_up() for call in calls))
