"""Memberline is killed again and again while callers talk, up to forty at once: no call of theirs is lost, and no word.

What a caller says is known here, with its time, so that each sentence is looked for in the contact: all but those that
were said while nobody listened, or within two seconds before a kill.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from waiting import until_found

from core.clock import SystemClock
from core.database import Database
from memberline.demo import voices
from memberline.demo.phone import Phone
from memberline.demo.phone.call import Call, CallOver
from memberline.demo.running import Service
from memberline.paths import ASTERISK, PROMPTS
from records.contact import Contact, Gap
from records.contacts import Contacts
from records.tables import Contact as ContactTable
from telephony import cel
from telephony.ami.connection import Address, Connection
from telephony.pbx.config import Device, Member, Queue, Site
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

pytestmark = [pytest.mark.pbx, pytest.mark.speech]

MENU = """\
name: Straight on
languages: [en]
zone: America/New_York
start: notice
person: people
steps:
  notice: {step: consent, say: {en: This call is recorded.}, refuse: 9, next: people}
  people: {step: queue, queue: member_services, say: {en: One moment.}}
"""
SAYINGS = (
    "my service credit is wrong",
    "please mail it i don't have a computer",
    "i want to change my federal tax withholding",
    "wonderful that is all i needed",
    "i got my annual statement in the mail and there is a mistake on it",
)
VOICE = "espeak:Alicia"
BEFORE_KILL, TAPPED_AGAIN_S = timedelta(seconds=2), 5.0
HEARD = 0.6  # of a sentence's words: the model is small, and two sounds in one room of the PBX are not alike
PAUSE_S = (1.5, 4.0)
LATER_S = 90.0  # for words that are decoded from recordings


@dataclass
class Said:
    text: str
    begun: datetime
    ended: datetime


@dataclass
class House:
    asterisk: PrivateAsterisk
    service: Service
    database_url: str
    trunk: Phone
    sounds: Path
    talking: dict[str, asyncio.Event] = field(default_factory=dict)  # by the caller's number
    said: dict[str, list[Said]] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    deaf: list[tuple[datetime, datetime]] = field(default_factory=list)  # from a kill until legs are tapped again

    async def taps(self) -> int:
        site = self.asterisk.site
        address = Address("127.0.0.1", self.asterisk.ports.ami, "memberline-listen", site.listen_secret)
        connection = Connection(address, wanted=frozenset(), receive=lambda _: None)
        await connection.open(5.0)
        try:
            rows = await connection.list_action({"Action": "CoreShowChannels"}, within=5.0)
        finally:
            connection.close()
        return sum(row.get("Channel", "").startswith("AudioSocket/") for row in rows)

    def now_talking(self) -> set[str]:
        return {number for number, event in self.talking.items() if event.is_set()} - self.over

    async def calls(self, number: str, draw: random.Random) -> None:
        """One caller, from dialling to hanging up."""
        self.talking[number], self.said[number] = asyncio.Event(), []
        call = await self.trunk.call(self.asterisk.site.number, number=number, name="Caller")
        try:
            await call.answered(20)
            await asyncio.wait_for(self.talking[number].wait(), 180)
            for _ in range(draw.randint(3, 6)):
                await asyncio.sleep(draw.uniform(*PAUSE_S))
                text = draw.choice(SAYINGS)
                sound = await voices.rendered(text, VOICE, self.sounds)
                begun = datetime.now(UTC)
                await call.play(sound)
                self.said[number].append(Said(text, begun, datetime.now(UTC)))
            await asyncio.sleep(1.5)
        except CallOver:
            pytest.fail(f"the call of {number} was cut")
        finally:
            self.over.add(number)
            await call.hang_up()

    async def answers(self, phone: Phone) -> None:
        async for call in phone.incoming():
            await asyncio.sleep(0.3)
            if not call.over:
                await call.answer()
                self.talking[call.number].set()
                await _ended(call)

    async def is_killed(self) -> None:
        tapped, talking, killed = await self.taps(), self.now_talking(), datetime.now(UTC)
        await self.service.kill()
        await asyncio.sleep(1.0)
        await self.service.start()
        serves = time.monotonic()

        async def tapped_again() -> bool:
            # Not those who came while nobody could ask them; two legs a call.
            return await self.taps() >= tapped - 2 * len(talking - self.now_talking())

        await until_found(tapped_again, within=20, every=0.2)
        took_s = time.monotonic() - serves
        assert took_s < TAPPED_AGAIN_S, f"{took_s:.1f} s"
        self.deaf.append((killed - BEFORE_KILL, datetime.now(UTC) + timedelta(seconds=0.5)))

    def heard(self, said: Said) -> bool:
        return not any(said.begun <= end and begin <= said.ended for begin, end in self.deaf)


async def _ended(call: Call) -> None:
    await call.ended(None)


@asynccontextmanager
async def house(folder: Path, at_once: int) -> AsyncIterator[House]:
    devices = tuple(Device(f"a{n}", f"Agent {n}", f"1{n:03}", f"secret-{n}") for n in range(at_once))
    queue = Queue("member_services", tuple(Member(each.interface, each.display) for each in devices))
    (folder / "menu.yaml").write_text(MENU)
    async with AsyncExitStack() as stack:
        site = Site(queues=(queue,), destinations=(), devices=devices)
        asterisk = await stack.enter_async_context(private_asterisk(folder / "pbx", find(ASTERISK), site, PROMPTS))
        url = f"sqlite:///{folder / 'm.db'}"
        environment = {
            "DATABASE_URL": url,
            "PEPPER": "a pepper for the test",
            "RECORDING_KEY": base64.b64encode(os.urandom(32)).decode(),
            "RECORDINGS": str(folder / "recordings"),
            "AMI_PORT": str(asterisk.ports.ami),
            "AMI_LISTEN_SECRET": site.listen_secret,
            "AMI_ACT_SECRET": site.act_secret,
            "CEL_URL": asterisk.cel_url,
            "HTTP_PORT": "0",
            "GATEWAY_PORT": "0",
            "WRAP_UP_S": "0",
            "AWAY_AFTER_S": "0",
            "NO_ANSWERS": "0",
            "SPEECH_CALLS": str(at_once),
            "MENU": str(folder / "menu.yaml"),
        }
        service = Service({f"MEMBERLINE_{name}": value for name, value in environment.items()}, folder / "serve.log")
        stack.push_async_callback(service.stop)
        await service.start()
        server = ("127.0.0.1", asterisk.ports.sip)
        trunk = Phone("trunk", None, server, trunk_secret=site.trunk_secret)
        agents = [Phone(each.name, each.password, server) for each in devices]
        made = House(asterisk, service, url, trunk, folder / "voices")
        for phone in (trunk, *agents):
            await phone.start()
            stack.push_async_callback(phone.stop)
        tasks = []
        for agent in agents:
            await agent.register()
            tasks.append(asyncio.create_task(made.answers(agent)))
        stack.callback(lambda: [task.cancel() for task in tasks])
        yield made


async def killed_again_and_again(
    folder: Path, *, calls: int, at_once: int, every_s: float, seed: int, words: bool
) -> None:
    """`words`: they are looked for, too. Where the telephones take the processors that decode, they come too late."""
    draw, begun = random.Random(seed), datetime.now(UTC)
    async with house(folder, at_once) as there:
        room = asyncio.Semaphore(at_once)

        async def one(n: int) -> None:
            async with room:
                await asyncio.sleep(draw.random())
                await there.calls(f"+1404556{n:04}", random.Random(f"{seed} {n}"))

        calling = asyncio.gather(*(one(n) for n in range(calls)))
        while not calling.done():
            await asyncio.wait([calling], timeout=every_s * draw.uniform(0.6, 1.4))
            if not calling.done():
                await there.is_killed()
        await calling
        await _agrees(there, begun, calls, words=words)


async def _agrees(there: House, begun: datetime, calls: int, *, words: bool) -> None:
    """One contact for each call of the PBX's own record; in it each sentence that somebody could hear."""
    database = Database(there.database_url)
    contacts = Contacts(database, SystemClock())
    try:

        async def all_closed() -> bool:
            return not await contacts.open_calls()

        await until_found(all_closed, within=30, every=0.2)
        recorded = await asyncio.to_thread(cel.read_cel, there.asterisk.cel_url, "cel", begun)
        visits = [call.linkedid for call in cel.calls(recorded, entered="memberline")]
        assert len(visits) == len(set(visits)) == calls
        assert not await contacts.missing("pbx", visits)
        kept = [await contacts.get(each) for each in await _contact_ids(database)]
        by_number = {contact.caller_number: contact for contact in kept if contact is not None}
        assert len(kept) == len(by_number) == calls
        if there.deaf:
            assert any(isinstance(step, Gap) for contact in by_number.values() for step in contact.course)
        if not words:
            return
        expected = sum(there.heard(said) for sayings in there.said.values() for said in sayings)
        assert expected > calls
        missing: list[str] = []

        async def no_word_is_lost() -> bool:
            """Those that nobody could listen to live come later, from the recording."""
            missing[:] = [
                f"{number}: {said.text} ({said.begun:%H:%M:%S})"
                for number, sayings in there.said.items()
                for said in await _unheard(there, contacts, by_number[number], sayings)
            ]
            return len(missing) <= 0.01 * expected

        with suppress(TimeoutError):
            await until_found(no_word_is_lost, within=LATER_S, every=2.0)
        assert len(missing) <= 0.01 * expected, f"{len(missing)} of {expected}: " + "\n".join(missing)
    finally:
        await database.close()


async def _unheard(there: House, contacts: Contacts, contact: Contact, sayings: list[Said]) -> list[Said]:
    """Sentences that should be in the transcript and are not; none of whoever agreed to nothing."""
    if contact.consent != "given" or contact.answered_at is None:
        return []
    lines = await contacts.transcript(contact.contact_id)
    lacking = []
    for said in filter(there.heard, sayings):
        at = (said.begun - contact.answered_at).total_seconds()
        near = {
            word
            for line in lines
            if line.speaker == "caller" and line.start_s < at + 8 and line.end_s > at - 3
            for word in line.text.split()
        }
        words = said.text.split()
        if sum(word in near for word in words) < HEARD * len(words):
            lacking.append(said)
    return lacking


async def _contact_ids(database: Database) -> list[str]:
    return await database.read(lambda session: list(session.scalars(select(ContactTable.id))))


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_no_call_is_lost_in_two_hundred_of_which_forty_at_once(tmp_path: Path) -> None:
    await killed_again_and_again(tmp_path, calls=200, at_once=40, every_s=20.0, seed=1, words=False)


@pytest.mark.timeout(240)
async def test_no_call_and_no_word_is_lost(tmp_path: Path) -> None:
    await killed_again_and_again(tmp_path, calls=8, at_once=4, every_s=14.0, seed=2, words=True)
