"""Callers who speak to a menu on a real Asterisk: tapped while they are asked and never otherwise, decoded for real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from centre import site
from menu_house import SOON, Hums, Surroundings, document, say
from msgspec.structs import replace
from waiting import until, until_found

from assist.speech import models
from assist.speech.pool import DecoderPool
from core.bus import Delivery
from core.clock import SystemClock
from core.events import Event
from ivr.document.model import PERSON, Announce, Choose, Consent, Menu, Option, Queue
from ivr.parts import Parts
from ivr.service import IvrService
from memberline import ear as menu_ears
from memberline.demo import voices
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK, PROMPTS
from realtime.bus import InProcessBus
from records.events import CallerKnown
from telephony.ami import fetch
from telephony.ami.connection import Address, Connection
from telephony.events import CallQueued
from telephony.pbx.find import find
from telephony.pbx.runner import private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs
from telephony.taps import PREFIX

pytestmark = [pytest.mark.pbx, pytest.mark.speech, pytest.mark.asyncio(loop_scope="module")]

VOICE = "espeak:Alicia"
THINKS_S = 0.6  # nobody answers in the moment in which a question begins; by then there is a tap
MENU = document(
    "welcome",
    welcome=Announce(say=say("welcome"), next="language"),
    language=Choose(say=say("language"), keys={"1": "en", "2": "es"}, wait_s=1.0, next="notice"),
    notice=Consent(say=say("notice", barge=False), refuse="9", refused=say("not recorded"), next="main"),
    main=Menu(
        about="Main menu",
        say=say("main"),
        speech=True,
        tries=replace(SOON, most=3, wait_s=6.0),
        options={
            "1": Option(
                about="Payments", next="payments", phrases={"en": ("my payment", "payments"), "es": ("mi pago",)}
            ),
            "2": Option(about="Survivors", next=PERSON, phrases={"en": ("someone died",), "es": ("falleció",)}),
        },
    ),
    payments=Queue(about="Payments", queue="hurried"),
)


@dataclass
class House:
    phones: PhoneSystem
    trunk: Phone
    listening: Connection
    hums: Hums
    sounds: Path
    published: list[Event] = field(default_factory=list)
    call: Call | None = None

    async def calls(self, *, refuses: bool = False, language: str = "1", menu_s: float = 0.4) -> Call:
        """A caller who begins to hear the main menu, which takes so long."""
        await until(lambda: not self.phones.calls.open_calls())
        self.published.clear()
        self.hums.said.clear()
        call = await self.trunk.call(site().number, number="+14045550199", name="Caller")
        self.call = call
        await call.answered(15.0)
        await self.said("welcome + language")
        call.press(language)
        await self.said("notice")
        self.hums.hum_s = menu_s
        if refuses:
            call.press("9")
        await self.said("not recorded + main" if refuses else "main")
        self.hums.hum_s = 0.4
        return call

    async def said(self, text: str, times: int = 1) -> None:
        await until(lambda: self.hums.said.count(text) >= times)

    async def speaks(self, call: Call, text: str) -> None:
        await call.play(await voices.rendered(text, VOICE, self.sounds))

    async def is_understood(self, call: Call, text: str) -> CallQueued:
        """Speaks, and again where it is asked again, as it may be on a busy machine that hears with gaps."""
        while not self._queued():
            known = len(self.hums.said)
            await asyncio.sleep(THINKS_S)
            await self.speaks(call, text)
            await until_found(partial(self._goes_on, known), within=30)
        return self._queued()[0]

    async def _goes_on(self, prompts: int) -> bool:
        return bool(self._queued()) or len(self.hums.said) > prompts

    def _queued(self) -> list[CallQueued]:
        return [each for each in self.published if isinstance(each, CallQueued)]

    async def taps(self) -> int:
        rows = await self.listening.list_action({"Action": "CoreShowChannels"}, within=5.0)
        return sum(row.get("Uniqueid", "").startswith(PREFIX) for row in rows)

    async def taps_are(self, wanted: int) -> None:
        async def there() -> bool:
            return await self.taps() == wanted

        await until_found(there)

    async def queued(self) -> CallQueued:
        await until(lambda: bool(self._queued()), within=60)
        return self._queued()[0]

    def known(self) -> CallerKnown:
        return [each for each in self.published if isinstance(each, CallerKnown)][-1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("speech")
    clock, bus, around, hums = SystemClock(), InProcessBus(), Surroundings(), Hums(folder)
    async with private_asterisk(folder / "pbx", find(ASTERISK), site(), PROMPTS) as asterisk, AsyncExitStack() as stack:
        ami = ("127.0.0.1", asterisk.ports.ami)
        listen = Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True)
        phones = PhoneSystem(
            system="pbx",
            bus=bus,
            clock=clock,
            listen=listen,
            act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
        )
        model = await asyncio.to_thread(models.load)
        decoders = await stack.enter_async_context(DecoderPool(model.recogniser))
        by_language = await menu_ears.by_language(model, {})
        ear = menu_ears.menu_ear(taps=phones.taps, decoders=decoders, models=by_language, clock=clock)
        ivr = IvrService(
            system="pbx",
            agi=phones.agi,
            outside=phones.control,
            redirect=phones.redirect,
            current=lambda: MENU,
            parts=Parts(
                sounds=hums,
                identity=around,
                services=around,
                queues=around,
                callbacks=around,
                world=around.world,
                bus=bus,
                clock=clock,
                ear=ear,
            ),
            context="memberline",
        )
        phones.on_acting_event(ivr.on_event)
        await phones.start()
        for part in (phones, ear, ivr):
            stack.push_async_callback(part.stop)
        server = ("127.0.0.1", asterisk.ports.sip)
        trunk = Phone("trunk", None, server, trunk_secret=asterisk.site.trunk_secret)
        dana = Phone("dana", "dana-secret", server)  # lets it ring: somebody must be there to wait for
        for phone in (trunk, dana):
            await phone.start()
            stack.push_async_callback(phone.stop)
        await dana.register()
        listening = Connection(listen, wanted=frozenset(), receive=lambda _: None)
        await listening.open(5.0)
        stack.callback(listening.close)
        made = House(phones, trunk, listening, hums, folder / "voices")

        def heard(delivery: Delivery) -> None:
            made.published.append(delivery.event)

        bus.listen(">", heard)
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _hung_up(house: House) -> AsyncIterator[None]:
    yield
    if house.call is not None:
        await house.call.hang_up()


async def test_who_says_it_is_led_on_and_no_longer_listened_to(house: House) -> None:
    call = await house.calls()
    await house.taps_are(1)
    assert (await house.is_understood(call, "my payment")).queue == "hurried"
    assert house.known().chosen == "Payments"
    await house.taps_are(0)


async def test_a_phrase_cuts_the_prompt_short(house: House) -> None:
    call = await house.calls(menu_s=60.0)
    await house.speaks(call, "um hello")  # means nothing, and the caller is not told so
    await house.is_understood(call, "someone died")
    assert house.known().chosen == "Survivors"


async def test_who_is_not_understood_twice_has_the_keys_and_is_not_listened_to(house: House) -> None:
    call = await house.calls()
    await house.taps_are(1)
    for times in (1, 2):
        await house.speaks(call, "what a wonderful garden you have over there")
        await house.said("wrong + main", times)
    await house.taps_are(0)
    call.press("1")
    assert (await house.queued()).queue == "hurried"


async def test_who_refused_to_be_recorded_is_not_listened_to_whatever_they_say(house: House) -> None:
    call = await house.calls(refuses=True)
    speaking = asyncio.create_task(house.speaks(call, "my payment"))
    counted = []
    while not speaking.done():
        counted.append(await house.taps())
        await asyncio.sleep(0.02)
    await speaking
    await asyncio.sleep(1.0)
    counted.append(await house.taps())
    assert len(counted) > 5
    assert not any(counted)
    assert not any(isinstance(each, CallQueued) for each in house.published)
    call.press("1")
    assert (await house.queued()).queue == "hurried"
    assert house.known().consent == "refused"


async def test_in_a_language_without_a_model_nobody_is_listened_to(house: House) -> None:
    call = await house.calls(language="2")
    for _ in range(10):
        assert await house.taps() == 0
        await asyncio.sleep(0.02)
    call.press("1")
    assert (await house.queued()).queue == "hurried"


async def test_who_hangs_up_while_they_are_listened_to_leaves_no_tap(house: House) -> None:
    call = await house.calls()
    await house.taps_are(1)
    await call.hang_up()
    await house.taps_are(0)
