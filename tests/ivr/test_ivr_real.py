"""Every step of a menu on a real Asterisk, with callers who listen, press keys, speak and hang up.

The prompts are short hums here, so that a visit takes a few seconds; what is wanted to be said is noted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import pytest
import pytest_asyncio
from centre import site
from menu_house import (
    BIRTH,
    EVERYTHING,
    LAST_FOUR,
    MEMBER,
    NUMBER,
    PIN,
    Hums,
    Surroundings,
    document,
    say,
    write_hum,
)
from numpy.typing import NDArray
from waiting import until

from core.bus import Delivery
from core.clock import SystemClock
from core.errors import Problem
from core.events import Event
from ivr.dialog.actions import Said, Words
from ivr.document.model import Document, Goodbye, Queue
from ivr.parts import Parts
from ivr.service import IvrService
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK
from realtime.bus import InProcessBus
from records.events import CallerKnown
from telephony.ami import fetch
from telephony.ami.connection import Address, Connection
from telephony.calls.call import Call as Tracked
from telephony.events import CallEnded, CallQueued
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

CONTEXT = "memberline"
FORM = "123"

E = TypeVar("E", CallerKnown, CallQueued, CallEnded)


@dataclass
class House:
    asterisk: PrivateAsterisk
    phones: PhoneSystem
    ivr: IvrService
    trunk: Phone
    priya: Phone
    hums: Hums
    around: Surroundings
    menu: list[Document]  # the current one is the last
    visit: Tracked | None = None  # the one that goes on
    published: list[Event] = field(default_factory=list)
    raw: list[dict[str, str]] = field(default_factory=list)
    call: Call | None = None  # the caller's own end of it

    async def caller(self, number: str = "+14045550199") -> Caller:
        await until(lambda: not self.phones.calls.open_calls())
        self.raw.clear()
        self.hums.said.clear()
        call = await self.trunk.call(self.asterisk.site.number, number=number, name="Caller")
        self.call = call
        await call.answered(15.0)
        await until(lambda: bool(self.phones.calls.open_calls()))
        [self.visit] = self.phones.calls.open_calls()
        return Caller(call, self.hums)

    def of(self, kind: type[E]) -> list[E]:
        """What was published of this visit."""
        assert self.visit is not None
        return [each for each in self.published if isinstance(each, kind) and each.call_id == self.visit.call_id]

    async def queued(self, within: float = 15.0) -> CallQueued:
        await until(lambda: bool(self.of(CallQueued)), within=within)
        return self.of(CallQueued)[-1]

    async def ended(self) -> CallEnded:
        await until(lambda: bool(self.of(CallEnded)))
        return self.of(CallEnded)[-1]

    def known(self) -> CallerKnown:
        return self.of(CallerKnown)[-1]

    async def variable(self, name: str) -> str:
        """A variable of the caller's channel, asked for on a connection of its own."""
        assert self.visit is not None
        assert self.visit.caller is not None
        address = Address("127.0.0.1", self.asterisk.ports.ami, "memberline-act", self.asterisk.site.act_secret)
        connection = Connection(address, wanted=frozenset(), receive=lambda _: None)
        await connection.open(5.0)
        try:
            asked = {"Action": "Getvar", "Channel": self.visit.caller.channel, "Variable": name}
            return (await connection.action(asked)).get("Value", "")
        finally:
            connection.close()


@dataclass
class Caller:
    """Presses keys once a sentence begins."""

    call: Call
    hums: Hums
    heard: int = 0

    async def hears(self, text: str, within: float = 20.0) -> None:
        """Wait until this is said, after what was heard before."""
        await until(lambda: text in self.hums.said[self.heard :], within=within)
        self.heard += self.hums.said[self.heard :].index(text) + 1

    async def press(self, **keys: str) -> None:
        """Sentence → keys; underscores stand for spaces."""
        for text, pressed in keys.items():
            await self.hears(text.replace("_", " "))
            self.call.press(pressed)

    async def to_the_menu(self) -> None:
        """English, recorded, on to the main menu."""
        await self.hears("welcome + language")
        self.call.press("1")
        await self.hears("main")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("ivr")
    prompts = folder / "prompts"
    prompts.mkdir()
    for name in ("sorry", "no-agents"):
        write_hum(prompts / f"{name}.wav", 0.4)
    clock, bus, around = SystemClock(), InProcessBus(), Surroundings()
    hums, menu, raw = Hums(folder), [EVERYTHING], list[dict[str, str]]()
    where = replace(site(), outside="Local/{number}@agents", outside_ring_s=2)
    async with private_asterisk(folder / "pbx", find(ASTERISK), where, prompts) as asterisk, AsyncExitStack() as stack:
        ami = ("127.0.0.1", asterisk.ports.ami)
        phones = PhoneSystem(
            system="pbx",
            bus=bus,
            clock=clock,
            listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
            act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
            record=raw.append,
        )
        ivr = IvrService(
            system="pbx",
            agi=phones.agi,
            outside=phones.control,
            redirect=phones.redirect,
            current=lambda: menu[-1],
            parts=Parts(
                sounds=hums,
                identity=around,
                services=around,
                queues=around,
                callbacks=around,
                world=around.world,
                bus=bus,
                clock=clock,
                ear=around,
            ),
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
        priya = Phone("priya", "priya-secret", server)  # the agency outside
        for phone in (trunk, dana, priya):
            await phone.start()
            stack.push_async_callback(phone.stop)
        await dana.register()
        await priya.register()
        made = House(asterisk, phones, ivr, trunk, priya, hums, around, menu, raw=raw)

        def heard(delivery: Delivery) -> None:
            made.published.append(delivery.event)

        bus.listen(">", heard)
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def house(standing: House) -> AsyncIterator[House]:
    """The house as it is when nobody has broken anything; who is still on the telephone at the end hangs up."""
    fresh, around = Surroundings(), standing.around
    for name in vars(fresh):
        setattr(around, name, getattr(fresh, name))
    standing.hums.make_s, standing.hums.failure, standing.hums.hum_s = 0.0, None, 0.4
    del standing.menu[1:]
    yield standing
    if standing.call is not None:
        await standing.call.hang_up()


# --- each kind of step ---------------------------------------------------------------------------


async def test_a_choice_leads_to_its_queue_with_all_that_the_menu_knows(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("7")
    assert (await house.queued()).queue == "hurried"
    assert await house.variable("ML_PRIORITY") == "7"
    assert await house.variable("QUEUE_PRIO") == "7"
    assert await house.variable("ML_SKILLS") == "spanish,finance"
    assert await house.variable("ML_FACTS") == "topic=a+death"
    assert await house.variable("TIMEOUT(absolute)") in ("", "0", "0.000")
    known = house.known()
    assert (known.menu_version, known.chosen, known.consent) == (EVERYTHING.version, "Urgent", "given")
    assert known.menu_path == ("language: en", "Urgent", "Urgent")
    await caller.call.hang_up()


async def test_the_prompts_are_heard(house: House) -> None:
    caller = await house.caller()
    frames: list[NDArray[np.int16]] = []
    caller.call.on_audio = frames.append
    await caller.to_the_menu()
    assert sum(np.abs(frame.astype(int)).max() > 8000 for frame in frames) > 10
    await caller.call.hang_up()


async def test_the_language_that_was_chosen_stays_with_the_call(house: House) -> None:
    house.around.calling = MEMBER
    caller = await house.caller()
    await caller.hears("welcome + language")
    caller.call.press("2")
    await caller.hears("main")
    caller.call.press("0")
    await house.queued()
    assert await house.variable("CHANNEL(language)") == "es"
    assert house.known().language == "es"
    assert house.around.remembered == []  # a calling number proves nothing
    await caller.call.hang_up()


async def test_who_refuses_is_not_recorded_nor_listened_to(house: House) -> None:
    caller = await house.caller()
    await caller.hears("welcome + language")
    caller.call.press("1")
    await caller.hears("notice")
    caller.call.press("9")
    await caller.hears("not recorded + main")
    caller.call.press("0")
    await house.queued()
    assert house.known().consent == "refused"
    assert house.around.listened == []
    await caller.call.hang_up()


async def test_a_pin_proves_who_calls_and_is_in_no_event_and_in_nothing_recorded(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("3")
    await caller.press(number=f"{NUMBER}#", pin=f"{PIN}#")
    await house.queued()
    assert (house.known().member_id, house.known().verification) == (MEMBER.member_id, "pin")
    assert house.around.proofs == [(PIN,)]
    said = [value for message in house.raw for name, value in message.items() if name not in _NUMBERS]
    assert len(house.raw) > 20
    assert not [value for value in said if PIN in value]
    assert PIN not in repr([event for event in house.published if isinstance(event, CallerKnown)])
    await caller.call.hang_up()


async def test_the_last_four_and_the_birth_date_prove_less(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("3")
    await caller.press(number=f"{NUMBER}#", pin="#", ssn=LAST_FOUR, birth=BIRTH)
    await house.queued()
    assert house.known().verification == "knowledge"
    assert house.around.proofs == [(LAST_FOUR, BIRTH)]
    await caller.call.hang_up()


async def test_instead_of_a_secret_0_reaches_a_person(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("3")
    await caller.press(number=f"{NUMBER}#", pin="0#")
    await house.queued()
    assert house.known().verification == "none"
    assert house.around.proofs == []
    await caller.call.hang_up()


async def test_a_number_is_taken_when_it_is_long_enough(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("2")
    await caller.press(form=FORM)
    await house.queued()
    assert "Form: given" in house.known().menu_path
    await caller.call.hang_up()


async def test_a_service_is_asked_for_the_caller_and_its_answer_is_said(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("1")
    await caller.hears("payment {amount} + main")
    [customer] = house.around.customers
    assert house.visit is not None
    assert (customer.call_id, customer.member_id, customer.number) == (house.visit.call_id, "", "+14045550199")
    await caller.call.hang_up()


async def test_a_call_back_is_kept_and_its_caller_says_goodbye(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("6")
    await caller.press(confirm_number="1")
    await caller.hears("accepted + bye")
    await caller.call.ended(5.0)
    [wish] = house.around.wishes
    assert (wish.queue, wish.number, wish.place) == ("member_services", "+14045550199", False)
    assert (await house.ended()).outcome == "ivr_only"


async def test_an_agency_that_does_not_answer_gives_the_caller_back_to_the_menu(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("4")
    await caller.hears("agency")
    await caller.hears("main")
    caller.call.press("0")
    await house.queued()
    assert "Agency: no answer" in house.known().menu_path
    await caller.call.hang_up()


async def test_an_agency_that_answers_has_the_caller(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("4")
    async with asyncio.timeout(10):
        ringing = await anext(house.priya.incoming())
        while ringing.over:  # of an earlier caller
            ringing = await anext(house.priya.incoming())
    await ringing.answer()
    heard = asyncio.Event()
    caller.call.on_audio = lambda _: heard.set()
    async with asyncio.timeout(5):
        await heard.wait()
    await asyncio.sleep(7)  # longer than a caller is ours: nothing may end this call
    assert not caller.call.over
    await ringing.hang_up()
    await caller.call.ended(5.0)
    assert not house.of(CallQueued)


# --- keys ----------------------------------------------------------------------------------------


async def test_a_key_cuts_a_prompt_short(house: House) -> None:
    house.hums.hum_s = 20.0
    caller = await house.caller()
    await caller.hears("welcome + language")
    caller.call.press("1")
    await caller.hears("notice", within=5)
    caller.call.press("9")
    await caller.hears("not recorded + main", within=5)
    caller.call.press("0")
    await caller.hears("connecting", within=5)
    await caller.call.hang_up()


async def test_keys_pressed_early_are_not_lost(house: House) -> None:
    house.around.takes_s = 0.6
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("1")
    await until(lambda: len(house.around.customers) == 1)
    caller.call.press("2123")  # while the service works: on to the number, and all of its digits
    await house.queued()
    assert house.known().menu_path[-3:] == ("Number", "Form: given", "person")
    await caller.call.hang_up()


async def test_keys_wait_for_the_end_of_what_nothing_cuts_short(house: House) -> None:
    house.hums.hum_s = 1.0
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("8")
    await caller.press(uncut="1")
    await caller.hears("bye")
    assert "silent + uncut" not in house.hums.said
    await caller.call.ended(5.0)


async def test_a_pound_after_a_full_entry_answers_nothing_else(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("3")
    await caller.press(number=f"{NUMBER}#", pin="#", ssn=f"{LAST_FOUR}#", birth=f"{BIRTH}#")
    await house.queued()
    assert house.around.proofs == [(LAST_FOUR, BIRTH)]
    await caller.call.hang_up()


async def test_silence_leads_to_a_person(house: House) -> None:
    caller = await house.caller()
    await house.queued()
    assert "silent + main" in house.hums.said
    assert "over + connecting" in house.hums.said
    await caller.call.hang_up()


async def test_star_repeats_slowly(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("*")
    await caller.hears("main")
    assert house.hums.slow[-1] == "main"
    await caller.call.hang_up()


# --- speech --------------------------------------------------------------------------------------


async def test_what_is_said_ends_the_prompt_as_a_key_would(house: House) -> None:
    async def payments(words: Words) -> Said:
        await asyncio.sleep(0.3)
        return Said(keys=words.phrases["payments"], text="payments", sure=True)

    house.hums.hum_s, house.around.spoken = 3.0, payments
    caller = await house.caller()
    await caller.to_the_menu()
    await caller.hears("payment {amount} + main", within=2.5)
    assert house.visit is not None
    assert house.around.listened[0] == house.visit.linkedid
    await caller.call.hang_up()


async def test_a_key_wins_over_speech(house: House) -> None:
    async def payments(words: Words) -> Said:
        await asyncio.sleep(1.5)
        return Said(keys=words.phrases["payments"], text="payments", sure=True)

    house.around.spoken = payments
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("7")
    assert (await house.queued()).queue == "hurried"
    assert house.around.customers == []
    await caller.call.hang_up()


async def test_without_an_ear_keys_are_understood(house: House) -> None:
    async def deaf(words: Words) -> Said:
        raise Problem("no decoder is free")

    house.around.spoken = deaf
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("7")
    assert (await house.queued()).queue == "hurried"
    await caller.call.hang_up()


# --- what goes wrong -----------------------------------------------------------------------------


async def test_a_slow_service_is_announced_and_waited_for(house: House) -> None:
    house.around.takes_s = 3.5
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("1")
    await caller.hears("moment")
    await caller.hears("moment")
    await caller.hears("payment {amount} + main")
    await caller.call.hang_up()


async def test_a_sentence_that_takes_long_to_make_is_announced(house: House) -> None:
    house.hums.make_s = 1.6
    caller = await house.caller()
    await caller.hears("moment")
    await caller.hears("welcome + language")
    await caller.call.hang_up()


@pytest.mark.parametrize("failure", [Problem("the plan's system is away"), RuntimeError(f"secret {PIN}")])
async def test_a_failure_of_ours_ends_at_a_person(
    house: House, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    house.around.failure = failure
    caller.call.press("1")
    await house.queued()
    assert any(text.startswith("sorry") for text in house.hums.said)
    assert PIN not in caplog.text
    await caller.call.hang_up()


async def test_who_may_be_calling_need_not_be_known(house: House) -> None:
    house.around.failure = Problem("the database is away")
    caller = await house.caller()
    await caller.to_the_menu()
    await caller.call.hang_up()


async def test_where_nothing_can_be_said_the_caller_goes_on_all_the_same(house: House) -> None:
    caller = await house.caller()
    await caller.to_the_menu()
    house.hums.failure = OSError("the disk is full")
    caller.call.press("5")
    assert (await house.queued()).queue == "member_services"
    assert house.known().menu_path[-1] == "the menu failed"
    await caller.call.hang_up()


@pytest.mark.parametrize("keys", [(), ("1",), ("1", "3"), ("1", "4"), ("1", "1"), ("1", "2", "1")])
async def test_a_caller_may_hang_up_at_every_stage(house: House, keys: tuple[str, ...]) -> None:
    house.around.takes_s = 1.0
    caller = await house.caller()
    for text, key in zip(("welcome + language", "main", "form"), keys, strict=False):
        await caller.hears(text)
        caller.call.press(key)
    await caller.call.quiet()
    await asyncio.sleep(0.1)
    await caller.call.hang_up()
    assert (await house.ended()).outcome in ("ivr_only", "abandoned")
    assert not house.phones.calls.open_calls()
    assert house.visit is not None
    await until(lambda: house.visit is not None and house.visit.call_id in house.hums.forgotten)
    if keys:
        assert house.known().menu_path[0] == "language: en"


# --- versions, restarts --------------------------------------------------------------------------


async def test_a_call_finishes_on_the_version_it_began_with(house: House) -> None:
    caller = await house.caller()
    await caller.hears("welcome + language")
    house.menu.append(document("bye", version="fedcba9876543210", bye=Goodbye(say=say("the new menu"))))
    caller.call.press("1")
    await caller.hears("main")
    assert house.known().menu_version == EVERYTHING.version
    await caller.call.hang_up()
    caller = await house.caller()
    await caller.hears("the new menu")
    await caller.call.ended(5.0)
    assert house.known().menu_version == "fedcba9876543210"


async def test_a_caller_left_in_the_menu_by_a_restart_is_taken_to_a_person(house: House) -> None:
    """They are in a menu that nobody drives any longer, and Memberline is back before the limit comes."""
    caller = await house.caller()
    await caller.to_the_menu()
    await house.ivr.stop()
    await house.queued()
    leg = house.visit.caller if house.visit else None
    assert leg is not None
    rows = [{"Channel": leg.channel, "ApplicationData": "agi:async,"}]
    assert await house.ivr.adopt(rows) == 1
    await caller.call.hang_up()
    await house.ended()
    assert await house.ivr.adopt(rows) == 1  # the caller is gone: said in the log, nothing else happens


async def test_a_queue_that_the_pbx_does_not_have_is_a_person_all_the_same(house: House) -> None:
    house.menu.append(document("odd", odd=Queue(queue="nowhere", say=say("odd"))))
    caller = await house.caller()
    assert (await house.queued()).queue == "member_services"
    await caller.call.hang_up()


async def test_a_limit_that_meets_a_caller_in_the_queue_does_not_end_their_call(house: House) -> None:
    """A renewal that was on its way for too long."""
    caller = await house.caller()
    await caller.to_the_menu()
    caller.call.press("0")
    await house.queued()
    assert house.visit is not None
    assert house.visit.caller is not None
    await house.phones.control.set_variable(house.visit.caller.channel, "TIMEOUT(absolute)", "1")
    await until(lambda: len(house.of(CallQueued)) == 2, within=10)
    assert not caller.call.over
    await caller.call.hang_up()


async def test_a_menu_that_nobody_drives_goes_on_in_the_callers_language(house: House) -> None:
    caller = await house.caller()
    await caller.hears("welcome + language")
    caller.call.press("2")
    await caller.hears("main")
    await house.ivr.stop()
    await house.queued(within=10)
    assert await house.variable("CHANNEL(language)") == "es"
    await caller.call.hang_up()


_NUMBERS = {"Timestamp", "Uniqueid", "Linkedid", "DestUniqueid", "DestLinkedid", "BridgeUniqueid", "Env", "CallID"}
