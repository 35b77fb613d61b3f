"""Call backs over a real Asterisk: somebody hangs up, is called, presses 1, and talks to an agent.

The trace `callback_served` was recorded from the first visit.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from centre import site
from sqlalchemy import insert
from waiting import until, until_found

import migrations
from assist.contact_keeper import ContactKeeper
from core.clock import SystemClock
from core.database import Database
from core.ids import call_id
from ivr.document.model import Document, Goodbye
from ivr.parts import Wish
from ivr.tables import QueueSetting
from ivr.waiting.callback_service import CallbackService, Trunk
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import CallBack, Rules
from ivr.waiting.openings import DocumentOpenings
from ivr.waiting.overflow import Overflow
from ivr.waiting.queues import Queues
from ivr.waiting.tracing import in_record
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK
from realtime.bus import InProcessBus
from records.contact import Chose, Queued
from records.contacts import Contacts
from telephony import cel
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.ami.recorder import Recorder
from telephony.calls.story import story
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs
from telephony.replay import replay

pytestmark = pytest.mark.pbx

QUEUE, NUMBER = "member_services", "4045550123"
QUICK = Rules(attempts=2, spacing_s=(0.5,), ring_s=2.0, settled_s=1.0)


@dataclass
class Centre:
    """A phone system with call backs and contacts; the telephones of dana, luis, and the world outside."""

    asterisk: PrivateAsterisk
    db: Database
    bus: InProcessBus
    phones: PhoneSystem
    contacts: Contacts
    trunk: Phone
    agents: dict[str, Phone]
    recorder: Recorder
    waiting: asyncio.Queue[dict[str, str]] = field(default_factory=asyncio.Queue)  # who is in the menu

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.store = CallbackStore(self.db)
        self.queues = Queues(bus=self.bus, clock=self.clock)
        self.callbacks = self.service()
        self.phones.on_acting_event(lambda message: self.callbacks.on_event(message))  # noqa: PLW0108 - replaced later

    def service(self) -> CallbackService:
        return CallbackService(
            store=self.store,
            queues=self.queues,
            openings=DocumentOpenings(_always_open),
            dialler=self.phones.control,
            trace=in_record(self.asterisk.cel_url, "cel"),
            bus=self.bus,
            clock=self.clock,
            trunk=Trunk(
                dial=f"PJSIP/trunk/sip:{{number}}@127.0.0.1:{self.trunk._wire.port}", shown="Services <5550100>"
            ),
            rules=QUICK,
        )

    async def restart(self) -> None:
        """Another process, as far as call backs go."""
        await self.callbacks.stop()
        self.callbacks = self.service()
        await self.callbacks.start()

    async def quiet(self) -> None:
        await self.callbacks.stop()

    async def comes(self, number: str = "5551234") -> tuple[Call, dict[str, str]]:
        """A caller who is in the menu now."""
        call = await self.trunk.call(self.asterisk.site.number, number=number, name="Caller")
        return call, await asyncio.wait_for(self.waiting.get(), 10)

    async def goes_to(self, channel: str, queue: str) -> None:
        await self.phones.agi(channel, f"SET VARIABLE ML_QUEUE {queue}")
        await self.phones.agi(channel, "ASYNCAGI BREAK")

    async def takes_the_call_back(self) -> str:
        """A caller who accepts it and hangs up; the reference."""
        call, menu = await self.comes(NUMBER)
        wish = Wish(
            call_id=call_id("pbx", menu["Uniqueid"]),
            queue=QUEUE,
            number=NUMBER,
            place=True,
            member_id="m1",
            language="en",
            facts={"consent": "given", "chosen": "payments"},
        )
        reference = (await self.callbacks.keep(wish)).reference
        await call.hang_up()
        return reference

    async def talks(self, agent: str) -> tuple[Call, Call]:
        """A caller, and the agent who talks with them."""
        call, menu = await self.comes()
        await self.goes_to(menu["Channel"], QUEUE)
        taken = await self.rings(agent)
        await taken.answer()
        await until(lambda: self.phones.queues.members[QUEUE, f"PJSIP/{agent}"].state == "in_use")
        return call, taken

    async def rings(self, who: str) -> Call:
        phone = self.trunk if who == "trunk" else self.agents[who]
        async with asyncio.timeout(15):
            return await anext(phone.incoming())

    async def row(self) -> CallBack:
        [row] = await self.store._select(True)
        return row

    async def becomes(self, state: str) -> CallBack:
        async def is_so() -> bool:
            return (await self.row()).state == state

        await until_found(is_so, 15)
        return await self.row()


def _always_open() -> Document:
    return Document(
        name="t",
        version="0",
        languages=("en",),
        zone="UTC",
        start="end",
        person="end",
        steps={"end": Goodbye()},
        standard={},
    )


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    with wave.open(str(prompts / "callback.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((3000 * np.sin(np.arange(4000) / 3)).astype("<i2").tobytes())
    url = f"sqlite:///{tmp_path / 'test.db'}"
    migrations.upgrade(url)
    bus, db, recorder = InProcessBus(), Database(url), Recorder(tmp_path / "recorded.ami")
    async with (
        private_asterisk(tmp_path / "pbx", find(ASTERISK), site(), prompts) as asterisk,
        AsyncExitStack() as stack,
    ):
        stack.push_async_callback(db.close)
        ami, sip = ("127.0.0.1", asterisk.ports.ami), ("127.0.0.1", asterisk.ports.sip)
        phones = PhoneSystem(
            system="pbx",
            bus=bus,
            clock=SystemClock(),
            listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
            act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
            record=recorder.record,
        )
        trunk = Phone("trunk", None, sip, trunk_secret=asterisk.site.trunk_secret)
        agents = {name: Phone(name, f"{name}-secret", sip) for name in ("dana", "luis")}
        for phone in (trunk, *agents.values()):
            await phone.start()
            stack.push_async_callback(phone.stop)
        await agents["dana"].register()
        contacts = Contacts(db, SystemClock())
        keeper = ContactKeeper(
            bus=bus, contacts=contacts, system="pbx", speech_model="", agents=lambda device: ("", device)
        )
        made = Centre(asterisk, db, bus, phones, contacts, trunk, agents, recorder)
        phones.on_acting_event(
            lambda message: made.waiting.put_nowait(dict(message)) if message["Event"] == "AsyncAGIStart" else None
        )
        for start, stop in (
            (keeper.start, keeper.stop),
            (made.queues.start, made.queues.stop),
            (made.callbacks.start, made.quiet),
            (phones.start, phones.stop),
        ):
            stack.push_async_callback(stop)
            await start()
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made


async def test_a_caller_hangs_up_is_called_when_the_agent_is_free_and_talks_to_her(centre: Centre) -> None:
    before, taken = await centre.talks("dana")

    async def an_honest_wait() -> bool:
        now = await centre.queues.now(QUEUE)
        return bool(now.wait_s) and now.position == 1

    await until_found(an_honest_wait)
    reference = await centre.takes_the_call_back()
    assert reference
    await asyncio.sleep(1.5)
    assert (await centre.row()).state == "waiting"  # dana is still talking

    await before.hang_up()
    await taken.ended(5)
    called = await centre.rings("trunk")
    assert (called.number, called.name) == ("5550100", "Services")
    await called.answer()
    await asyncio.sleep(0.3)
    called.press("1")
    offered = await centre.rings("dana")
    assert offered.number == "+14045550123"
    await offered.answer()
    heard: list[int] = []
    offered.on_audio = lambda frame: heard.append(int(np.abs(frame.astype(int)).max()))
    await asyncio.sleep(0.3)
    await called.play((8000 * np.sin(2 * np.pi * 500 * np.arange(4000) / 8000)).astype(np.int16))
    assert sum(loud > 6000 for loud in heard) > 15
    await called.hang_up()
    row = await centre.becomes("done")
    assert (row.attempt, row.why) == (1, "talked with an agent")

    await until(lambda: not centre.phones.calls.calls)
    contact = None

    async def documented() -> bool:
        nonlocal contact
        contact = await centre.contacts.of_call(call_id("pbx", row.channel))
        return contact is not None and contact.ended_at is not None

    await until_found(documented)
    assert contact is not None
    assert (contact.outcome, contact.caller_number, contact.member_id) == ("answered", "+14045550123", "m1")
    assert contact.linkedid == row.channel
    assert [step.option for step in contact.course if isinstance(step, Chose)] == [
        f"called back, reference {reference}",
        "payments",
    ]
    assert [step.queue for step in contact.course if isinstance(step, Queued)] == [QUEUE]
    assert contact.consent == "given"

    told = {each.linkedid: story(each, centre.phones.calls.now) for each in centre.phones.calls.closed}
    assert (told[row.channel].caller, told[row.channel].queues, told[row.channel].agents) == (
        "+14045550123",
        (QUEUE,),
        ("PJSIP/dana",),
    )
    await centre.phones.stop()
    await asyncio.to_thread(centre.recorder.close)
    assert {each.linkedid: each for each in replay(centre.recorder.path.read_bytes()).calls} == told


async def test_nobody_answers_and_it_is_tried_again(centre: Centre) -> None:
    await centre.takes_the_call_back()
    ringing = await centre.rings("trunk")
    await ringing.ended(10)
    again = await centre.rings("trunk")
    row = await centre.row()
    assert (row.state, row.attempt, row.why) == ("dialling", 2, "nobody answered")
    await again.answer()
    await asyncio.sleep(0.3)
    again.press("1")
    offered = await centre.rings("dana")
    await offered.answer()
    await centre.becomes("talking")
    await offered.hang_up()
    await centre.becomes("done")


async def test_an_answering_machine_hangs_up_and_is_a_contact_all_the_same(centre: Centre) -> None:
    await centre.takes_the_call_back()
    machine = await centre.rings("trunk")
    await machine.answer()
    await asyncio.sleep(0.5)
    await machine.hang_up()
    await centre.rings("trunk")
    first = (await centre.row()).channel.removesuffix("2") + "1"
    contact = await centre.contacts.of_call(call_id("pbx", first))
    assert contact is not None
    assert (contact.outcome, contact.caller_number) == ("ivr_only", "+14045550123")


async def test_who_needs_nothing_any_more_is_not_called_again(centre: Centre) -> None:
    await centre.takes_the_call_back()
    called = await centre.rings("trunk")
    await called.answer()
    await asyncio.sleep(0.3)
    called.press("2")
    await called.ended(5)
    assert (await centre.becomes("cancelled")).why == "no longer needed"


async def test_a_restart_while_it_rings_neither_forgets_nor_rings_twice(centre: Centre) -> None:
    await centre.takes_the_call_back()
    ringing = await centre.rings("trunk")
    await centre.restart()
    await asyncio.sleep(1.5)  # beyond the time after which it is looked up
    await ringing.answer()
    await asyncio.sleep(0.3)
    ringing.press("1")
    offered = await centre.rings("dana")
    await offered.answer()
    row = await centre.becomes("talking")
    assert row.attempt == 1
    await ringing.hang_up()
    await centre.becomes("done")


async def test_a_restart_that_misses_the_end_asks_the_record(centre: Centre) -> None:
    await centre.takes_the_call_back()
    ringing = await centre.rings("trunk")
    await centre.callbacks.stop()
    await ringing.reject()
    await asyncio.sleep(1.2)
    assert (await centre.row()).state == "dialling"
    await centre.restart()
    again = await centre.rings("trunk")
    row = await centre.row()
    assert (row.attempt, row.why) == (2, "nobody answered")
    await again.hang_up()


async def test_the_record_has_each_answered_call_back_once(centre: Centre) -> None:
    """Nobody watches: its contact is made from the PBX's own record, with the number that was called."""
    await centre.takes_the_call_back()
    called = await centre.rings("trunk")
    row = await centre.row()
    await centre.callbacks.stop()
    await centre.phones.stop()
    await called.answer()
    await asyncio.sleep(0.5)
    await called.hang_up()
    await asyncio.sleep(0.5)
    linkedids = [call for call in _recorded(centre) if call[0].startswith("callback-")]
    assert linkedids == [(row.channel, "+14045550123", "ivr_only")]


def _recorded(centre: Centre) -> list[tuple[str, str, str]]:
    rows = cel.read_cel(centre.asterisk.cel_url, "cel", datetime.fromtimestamp(0, UTC))
    return [(call.linkedid, call.caller_number, call.outcome) for call in cel.calls(rows, entered="memberline")]


# --- overflow ---------------------------------------------------------------------------------------


async def set_overflow(centre: Centre, queue: str, to: str, after_s: int | None) -> None:
    values = {"queue": queue, "overflow_to": to, "overflow_after_s": after_s, "changed_by": "x"}
    statement = insert(QueueSetting).values(**values, changed_at=centre.clock.now())
    await centre.db.write(lambda session: session.execute(statement) and None)
    names = tuple(each.name for each in centre.asterisk.site.queues)
    await Overflow(centre.db, centre.phones.control.remember, names).apply()


async def test_after_the_set_time_a_caller_goes_on_to_the_other_queue(centre: Centre) -> None:
    await centre.agents["luis"].register()
    await centre.phones.control.queue_pause("PJSIP/dana", "hurried")
    await centre.phones.control.queue_pause("PJSIP/dana", QUEUE)
    await set_overflow(centre, "hurried", QUEUE, 1)
    call, menu = await centre.comes()
    await centre.goes_to(menu["Channel"], "hurried")
    offered = await centre.rings("luis")
    await offered.answer()
    [known] = centre.phones.calls.open_calls()
    assert [visit.queue for visit in known.visits] == ["hurried", QUEUE]
    await call.hang_up()


async def test_where_nobody_works_a_caller_goes_on_at_once(centre: Centre) -> None:
    await set_overflow(centre, "nobody", QUEUE, None)
    call, menu = await centre.comes()
    await centre.goes_to(menu["Channel"], "nobody")
    offered = await centre.rings("dana")
    await offered.answer()
    await call.hang_up()


async def test_overflow_to_a_queue_that_is_not_there_is_none(centre: Centre) -> None:
    await set_overflow(centre, "nobody", "gone", 5)
    call, menu = await centre.comes()
    await centre.goes_to(menu["Channel"], "nobody")
    await call.ended(10)
    await until(lambda: bool(centre.phones.calls.closed))
    assert centre.phones.calls.closed[-1].outcome == "no_agents"


async def test_waiting_callers_are_not_harmed_by_sounds_that_are_not_there(centre: Centre) -> None:
    await centre.phones.control.queue_pause("PJSIP/dana", QUEUE)
    calls = []
    for number in ("5551001", "5551002", "5551003"):
        call, menu = await centre.comes(number)
        await centre.goes_to(menu["Channel"], QUEUE)
        calls.append(call)
    await until(lambda: len(centre.phones.queues.waiting.get(QUEUE, ())) == 3)
    await asyncio.sleep(1)
    assert [call.over for call in calls] == [False, False, False]
    assert "digits/3" in centre.asterisk.log.read_text()  # their places were to be said
    for call in calls:
        await call.hang_up()
