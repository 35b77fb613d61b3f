"""Closing on a real Asterisk, with the callers' side as it is wired.

Who waits hears it, is called back, and is called again; a supervisor closes with the keys of a telephone.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from centre import site
from closing_house import ICE
from waiting import until, until_found

import migrations
from assist.contact_keeper import ContactKeeper
from core.clock import SystemClock
from core.database import Database
from ivr.closing_codes import ClosingCodes
from ivr.closures import CloseAsked
from ivr.queue_settings import QueueSettingAsked
from ivr.waiting.callback_store import CallbackStore
from memberline import callers
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK
from memberline.settings import Settings
from realtime.bus import InProcessBus
from records.agents import Agents, Hired
from records.audit import Audit
from records.contact import Contact, Served
from records.contacts import Contacts
from records.passwords import Passwords
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.calls.call import Call as Tracked
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

pytestmark = pytest.mark.pbx

QUEUE, NUMBER = "member_services", "+14045550123"
MENU = """
name: Small
languages: [en, es]
zone: America/New_York
start: hello
person: people
steps:
  hello: {step: announce, say: {en: Welcome., es: Bienvenido.}, next: people}
  people: {step: queue, about: People, queue: member_services, closed: number}
  number:
    step: leave
    about: Leave a number
    queue: member_services
    confirm: {en: "To be called at {number}, press 1.", es: "Para llamarle al {number}, oprima 1."}
    number: {en: Enter a number., es: Marque un número.}
    accepted: {en: "We will call. {reference}.", es: "Le llamaremos. {reference}."}
    refused: {en: We cannot call there., es: No podemos llamar ahí.}
    next: bye
  bye: {step: goodbye, say: {en: Goodbye., es: Adiós.}}
"""


@dataclass
class Centre:
    """Dana's telephone rings and nobody takes it: whoever calls waits."""

    asterisk: PrivateAsterisk
    phones: PhoneSystem
    side: callers.CallersSide
    trunk: Phone
    contacts: Contacts
    callbacks: CallbackStore
    code: str

    async def close(self, **asked: object) -> str:
        now = SystemClock().now()
        facts = {"ends_at": now + timedelta(hours=2), "message": ICE, "why": "ice storm", **asked}
        return (await self.side.closing.service.close(CloseAsked(**facts), "sue")).closure_id  # type: ignore[arg-type]

    async def calls(self) -> Call:
        call = await self.trunk.call(self.asterisk.site.number, number=NUMBER, name="Caller")
        await call.answered(5)
        return call

    async def waits(self) -> tuple[Call, Tracked]:
        """A caller who waits for Dana."""
        call = await self.calls()
        await until(lambda: any(each.waiting for each in self.phones.calls.open_calls()), within=15)
        [visit] = self.phones.calls.open_calls()
        return call, visit

    async def contact(self, visit: Tracked) -> Contact:
        found = await self.contacts.of_call(visit.call_id)
        assert found is not None
        return found

    async def closed_to(self, visit: Tracked) -> list[tuple[str, str]]:
        """What the contact says of it, once it does."""

        async def told() -> bool:
            return any(isinstance(step, Served) for step in (await self.contact(visit)).course)

        await until_found(told, 15)
        course = (await self.contact(visit)).course
        return [(step.service, step.outcome) for step in course if isinstance(step, Served)]


@asynccontextmanager
async def running(folder: Path, **chosen: object) -> AsyncIterator[Centre]:
    prompts, menu = folder / "prompts", folder / "menu.yaml"
    prompts.mkdir()
    menu.write_text(MENU)
    for name in ("callback", "sorry", "no-agents"):
        with wave.open(str(prompts / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes((3000 * np.sin(np.arange(4000) / 3)).astype("<i2").tobytes())
    url = f"sqlite:///{folder / 'test.db'}"
    migrations.upgrade(url)
    clock, bus, db, passwords = SystemClock(), InProcessBus(), Database(url), Passwords("the tests' own")
    async with private_asterisk(folder / "pbx", find(ASTERISK), site(), prompts) as asterisk, AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        ami, sip = ("127.0.0.1", asterisk.ports.ami), ("127.0.0.1", asterisk.ports.sip)
        phones = PhoneSystem(
            system="pbx",
            bus=bus,
            clock=clock,
            listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
            act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
        )
        trunk = Phone("trunk", None, sip, trunk_secret=asterisk.site.trunk_secret)
        dana = Phone("dana", "dana-secret", sip)
        for phone in (trunk, dana):
            await phone.start()
            stack.push_async_callback(phone.stop)
        await dana.register()
        contacts, audit = Contacts(db, clock), Audit(db, clock, "key")
        agents = Agents(db, passwords, clock)
        sam = await agents.hire(Hired(username="sam", name="Sam Superior", role="supervisor"))
        settings = Settings(
            pepper="the tests' own",
            database_url=url,
            menu=str(menu),
            sounds=str(prompts),
            cel_url=asterisk.cel_url,
            callback_dial=f"PJSIP/trunk/sip:{{number}}@127.0.0.1:{trunk._wire.port}",
            **chosen,  # type: ignore[arg-type]
        )
        files = callers.files(settings, db, clock, passwords=passwords, audit=audit, contacts=contacts, agents=agents)
        side = await stack.enter_async_context(
            callers.served(settings, files, phones, database=db, bus=bus, clock=clock)
        )
        keeper = ContactKeeper(
            bus=bus, contacts=contacts, system="pbx", speech_model="", agents=lambda device: ("", device)
        )
        stack.push_async_callback(keeper.stop)
        await keeper.start()
        stack.push_async_callback(phones.stop)
        stack.push_async_callback(side.ivr.stop)
        await phones.start()
        code = await ClosingCodes(db, clock, passwords).give(sam.agent_id)
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield Centre(asterisk, phones, side, trunk, contacts, CallbackStore(db), code)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with running(tmp_path) as made:
        yield made


async def test_who_waits_hears_why_and_leaves_a_number_in_the_menu(centre: Centre) -> None:
    call, visit = await centre.waits()
    loud: list[bool] = []
    call.on_audio = lambda frame: loud.append(bool(np.abs(frame.astype(int)).max() > 1500))
    await centre.close(waiting="leave")
    assert await centre.closed_to(visit) == [("closure", "told")]
    assert visit.waiting is None
    loud.clear()
    await asyncio.sleep(1.0)
    assert sum(loud) > 10  # words, and no music
    call.press("1")
    await call.ended(20)
    row = await centre.callbacks.waits(NUMBER)
    assert row is not None
    [closure] = centre.side.closing.service.current()
    assert row.due_at == closure.ends_at  # when it is open again
    # One visit, one contact, and its way through the menu goes on where it was.
    path = [step.option for step in (await centre.contact(visit)).course if hasattr(step, "option")]
    assert path[:2] == ["People", "People"]
    assert "Leave a number" in path


async def test_who_waits_is_called_back_with_their_place_once_it_is_open_again(centre: Centre) -> None:
    call, visit = await centre.waits()
    assert visit.waiting is not None
    since = visit.waiting.joined_at
    closure = await centre.close(waiting="callback")
    assert await centre.closed_to(visit) == [("closure", "called_back")]
    await call.ended(30)  # told, and let go
    row = await centre.callbacks.waits(NUMBER)
    assert row is not None
    assert (row.state, row.place_at.timestamp()) == ("waiting", pytest.approx(since, abs=0.001))
    await until(lambda: not centre.phones.calls.open_calls())
    await asyncio.sleep(2.0)
    assert (await centre.callbacks.get(row.id)) == row  # dana is free, and nobody is called while it is closed
    await centre.side.closing.service.end(closure, "sue")
    async with asyncio.timeout(20):
        again = await anext(centre.trunk.incoming())
    await again.reject()


async def test_who_calls_meanwhile_hears_it_and_nobody_new_waits(centre: Centre) -> None:
    waiting, visit = await centre.waits()
    await centre.close(waiting="stay")
    late = await centre.calls()
    await asyncio.sleep(3.0)
    assert [each.linkedid for each in centre.phones.calls.open_calls() if each.waiting] == [visit.linkedid]
    await late.hang_up()
    assert visit.waiting is not None
    await waiting.hang_up()


async def test_overflow_holds_at_once_and_never_leads_into_what_is_closed(centre: Centre) -> None:
    settings, phones = centre.side.closing.settings, centre.phones
    await until(lambda: "hurried" in centre.side.closing.queues())
    await phones.control.queue_pause("PJSIP/dana", QUEUE)
    await settings.set(QUEUE, QueueSettingAsked(overflow_to="hurried", overflow_after_s=1), "sue")
    call, visit = await centre.waits()
    await until(lambda: visit.visits[-1].queue == "hurried", within=10)
    await call.hang_up()
    await until(lambda: not phones.calls.open_calls())
    await centre.close(queue="hurried")
    call = await centre.calls()
    await until(lambda: bool(phones.calls.open_calls()))
    [visit] = phones.calls.open_calls()
    await until(lambda: bool(visit.visits), within=10)
    await asyncio.sleep(3.0)
    assert [each.queue for each in visit.visits] == [QUEUE]
    await call.hang_up()


async def test_a_supervisor_closes_and_opens_with_the_keys_of_a_telephone(tmp_path: Path) -> None:
    async with running(tmp_path, closing_extension=site().number, closing_numbers=(NUMBER,)) as centre:
        call, known = await centre.calls(), centre.side.closing.known
        await until(lambda: bool(centre.phones.calls.open_calls()))
        [visit] = centre.phones.calls.open_calls()
        call.press("1")  # English; what is pressed ahead is kept
        await asyncio.sleep(1.0)
        call.press(centre.code)
        await asyncio.sleep(4.0)
        call.press("1")
        await until(lambda: known.closed(QUEUE), within=20)
        [closure] = centre.side.closing.service.current()
        assert closure.why == "closed by telephone"
        await asyncio.sleep(4.0)
        call.press("1")
        await until(lambda: not known.closed(QUEUE), within=20)
        await call.ended(30)
        assert centre.code[3:] not in str((await centre.contact(visit)).course)
