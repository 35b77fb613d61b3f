"""The built-in menu on a real Asterisk, with a caller who listens and presses keys.

The prompts are short hums here, so that a visit takes two seconds.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import pytest_asyncio
import yaml
from centre import site
from msgspec.structs import replace
from numpy.typing import NDArray
from waiting import until

import migrations
from core.bus import Delivery
from core.clock import SystemClock
from core.database import Database
from core.events import Event
from ivr.menu import BUILT_IN
from ivr.service import IvrService
from memberline.demo.phone import Call, CallOver, Phone
from memberline.paths import ASTERISK
from realtime.bus import InProcessBus
from records import sample
from records.events import CallerKnown
from records.members import MemberDirectory
from records.passwords import Passwords
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.calls.call import Call as Tracked
from telephony.events import CallEnded, CallQueued
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

PEPPER = "the tests' own"
MENU = replace(BUILT_IN, wait_s=1.0)
DENISE = sample.demo().caller("service_credit")
CONTEXT = "memberline"

E = TypeVar("E", CallerKnown, CallQueued, CallEnded)


@dataclass
class Caller:
    """A telephone whose keys answer one prompt after another, each once it plays."""

    call: Call
    raw: list[dict[str, str]]
    prompts: int = 0

    async def prompt(self) -> None:
        """Wait until the next prompt plays."""
        await until(lambda: self._begun() > self.prompts or self.call.over, within=15)
        if self.call.over:
            raise CallOver
        self.prompts += 1

    async def press(self, *answers: str) -> None:
        for keys in answers:
            await self.prompt()
            if keys:
                self.call.press(keys)

    def _begun(self) -> int:
        begun = [message for message in self.raw if message["Event"] == "AGIExecStart"]
        return sum(message["Command"].startswith(("STREAM FILE", "GET DATA", "EXEC Read", "***")) for message in begun)


@dataclass
class House:
    asterisk: PrivateAsterisk
    phones: PhoneSystem
    ivr: IvrService
    trunk: Phone
    bus: InProcessBus
    visit: Tracked | None = None  # the one that goes on
    published: list[Event] = field(default_factory=list)
    raw: list[dict[str, str]] = field(default_factory=list)

    async def caller(self, number: str = "+14045550199") -> Caller:
        await until(lambda: not self.phones.calls.open_calls())
        self.raw.clear()
        call = await self.trunk.call(self.asterisk.site.number, number=number, name="Caller")
        await call.answered(5.0)
        await until(lambda: bool(self.phones.calls.open_calls()))
        [self.visit] = self.phones.calls.open_calls()
        return Caller(call, self.raw)

    def of(self, kind: type[E]) -> list[E]:
        """What was published of this visit."""
        assert self.visit is not None
        return [each for each in self.published if isinstance(each, kind) and each.call_id == self.visit.call_id]

    async def queued(self) -> CallQueued:
        await until(lambda: bool(self.of(CallQueued)), within=15)
        return self.of(CallQueued)[-1]

    def known(self) -> CallerKnown:
        return self.of(CallerKnown)[-1]


@pytest.fixture(scope="module")
def hums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every prompt of the menu as 0.4 seconds of tone and some silence."""
    folder = tmp_path_factory.mktemp("prompts")
    t = np.arange(3200) / 8000
    samples = np.concatenate([12000 * np.sin(2 * np.pi * 500 * t), np.zeros(1600)]).astype("<i2")
    names = yaml.safe_load((Path(__file__).parents[2] / "ivr" / "prompts.yaml").read_text())
    for name in names:
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(samples.tobytes())
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(hums: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("ivr")
    url = f"sqlite:///{folder / 'members.db'}"
    await asyncio.to_thread(migrations.upgrade, url)
    await asyncio.to_thread(lambda: sample.create(url, members=200, pepper=PEPPER))
    clock, bus = SystemClock(), InProcessBus()
    async with private_asterisk(folder / "pbx", find(ASTERISK), site(), hums) as asterisk, AsyncExitStack() as stack:
        raw: list[dict[str, str]] = []
        where = ("127.0.0.1", asterisk.ports.ami)
        phones = PhoneSystem(
            system="pbx",
            bus=bus,
            clock=clock,
            listen=Address(*where, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
            act=Address(*where, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
            record=raw.append,
        )
        database = Database(url)
        stack.push_async_callback(database.close)
        ivr = IvrService(
            system="pbx",
            agi=phones.agi,
            redirect=phones.redirect,
            menu=MENU,
            members=MemberDirectory(database, clock, Passwords(PEPPER)),
            bus=bus,
            clock=clock,
            context=CONTEXT,
        )
        phones.on_acting_event(ivr.on_event)
        phones.on_acting_event(lambda message: raw.append(dict(message)))
        await phones.start()
        stack.push_async_callback(phones.stop)
        stack.push_async_callback(ivr.stop)
        server = ("127.0.0.1", asterisk.ports.sip)
        trunk = Phone("trunk", None, server, trunk_secret=asterisk.site.trunk_secret)
        dana = Phone("dana", "dana-secret", server)  # lets it ring: somebody must be there to wait for
        for phone in (trunk, dana):
            await phone.start()
            stack.push_async_callback(phone.stop)
        await dana.register()
        made = House(asterisk, phones, ivr, trunk, bus, raw=raw)

        def heard(delivery: Delivery) -> None:
            made.published.append(delivery.event)

        bus.listen(">", heard)
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made


async def test_a_member_proves_who_they_are_and_chooses(house: House) -> None:
    caller = await house.caller()
    await caller.press("", f"{DENISE.member_number}#", f"{DENISE.pin}#", "3")
    assert (await house.queued()).queue == "member_services"
    known = house.known()
    assert (known.verification, known.consent) == ("pin", "given")
    assert known.chosen == "Benefit, service credit or retirement"
    assert known.menu_path == ("member number entered", "PIN right", known.chosen)
    await caller.call.hang_up()


async def test_the_prompts_are_heard(house: House) -> None:
    caller = await house.caller()
    heard: list[NDArray[np.int16]] = []
    caller.call.on_audio = heard.append
    await caller.press("", "#")
    assert sum(np.abs(frame.astype(int)).max() > 8000 for frame in heard) > 10
    await caller.call.hang_up()


async def test_the_pin_is_in_no_event_and_in_nothing_recorded(house: House) -> None:
    caller = await house.caller()
    await caller.press("", f"{DENISE.member_number}#", f"{DENISE.pin}#", "3")
    await house.queued()
    assert DENISE.pin is not None
    said = [value for message in house.raw for name, value in message.items() if name not in _NUMBERS]
    assert len(house.raw) > 20
    assert not [value for value in said if DENISE.pin in value]
    assert DENISE.pin not in repr([event for event in house.published if isinstance(event, CallerKnown)])
    await caller.call.hang_up()


# Headers that are numbers by nature: times, ids and ports hold any four digits now and then.
_NUMBERS = {"Timestamp", "Uniqueid", "Linkedid", "DestUniqueid", "DestLinkedid", "BridgeUniqueid", "Env", "CallID"}


async def test_who_refuses_recording_is_served_all_the_same(house: House) -> None:
    caller = await house.caller()
    await caller.press("9", "", "#", "0")
    await house.queued()
    assert house.known().consent == "refused"
    await caller.call.hang_up()


async def test_three_wrong_pins_lead_to_a_person_unverified(house: House) -> None:
    loretta = sample.demo().caller("new_address")
    caller = await house.caller()
    await caller.press("", f"{loretta.member_number}#", "0000#", "1111#", "2222#")
    await caller.press("1")
    await house.queued()
    assert house.known().verification == "none"
    assert house.known().chosen == "Change of address"
    await caller.call.hang_up()


async def test_a_member_number_that_does_not_exist_is_asked_for_again(house: House) -> None:
    caller = await house.caller()
    await caller.press("", "99999999#", "12#", "#", "2")
    await house.queued()
    assert house.known().member_id is None
    assert house.known().menu_path[:2] == ("number not found", "number not found")
    await caller.call.hang_up()


async def test_the_calling_number_is_a_hint_and_no_proof(house: House) -> None:
    caller = await house.caller(DENISE.phone)
    await caller.press("", "#", "0")
    await house.queued()
    assert house.known().verification == "number_match"
    await caller.call.hang_up()


async def test_silence_leads_to_a_person(house: House) -> None:
    caller = await house.caller()
    assert (await house.queued()).queue == "member_services"
    assert house.known().chosen == "Something else"
    await caller.call.hang_up()


@pytest.mark.parametrize(
    "answers", [(), ("",), ("", DENISE.member_number), ("", f"{DENISE.member_number}#", "4"), ("", "#", "3")]
)
async def test_a_caller_may_hang_up_at_every_stage(house: House, answers: tuple[str, ...]) -> None:
    caller = await house.caller()
    await caller.press(*answers)
    await caller.call.hang_up()
    await until(lambda: bool(house.of(CallEnded)))
    ended = house.of(CallEnded)[-1]
    assert ended.outcome in ("ivr_only", "abandoned")
    assert not house.phones.calls.open_calls()


async def test_a_caller_left_in_the_menu_by_a_restart_is_taken_to_a_person(house: House) -> None:
    caller = await house.caller()
    await caller.prompt()
    await house.ivr.stop()  # the process that spoke to the caller is gone
    waiting = [leg for call in house.phones.calls.open_calls() for leg in call.legs.values()]
    rows = [{"Channel": leg.channel, "ApplicationData": "agi:async"} for leg in waiting]
    assert await house.ivr.adopt(rows) == 1
    await house.queued()
    await caller.call.hang_up()
    assert await house.ivr.adopt(rows) == 1  # the caller is gone: said in the log, nothing else happens
