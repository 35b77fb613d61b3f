"""A real Asterisk plays what the store makes: prompts by path, the dialplan's own sounds and numbers by language."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from centre import site
from numpy.typing import NDArray
from waiting import until

from core.clock import SystemClock
from ivr.dialog.actions import Line
from ivr.document.model import Prompt
from ivr.sounds.store import SoundStore
from ivr.sounds.voices import voices
from ivr.speaking.values import Money
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK
from memberline.setup import prompts
from realtime.bus import InProcessBus
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

PAYMENT = Prompt(texts={"en": "You got {amount}.", "es": "Recibió {amount}."})
THANKS = Prompt(texts={"en": "Thank you.", "es": "Gracias."})


@dataclass
class OnTheLine:
    """A caller whose channel is ours to command."""

    asterisk: PrivateAsterisk
    phones: PhoneSystem
    store: SoundStore
    call: Call
    channel: str
    frames: list[NDArray[np.int16]] = field(default_factory=list)

    async def run(self, command: str) -> tuple[str, str]:
        result = await self.phones.agi(self.channel, command)
        return result.result, result.data

    async def play(self, path: str) -> NDArray[np.int16]:
        """What the caller hears of it, at 8 kHz, without the silence around."""
        self.frames.clear()
        assert (await self.run(f'STREAM FILE "{path}" ""'))[0] == "0"
        await asyncio.sleep(0.2)  # the last frames are on their way
        heard = np.concatenate(self.frames)
        loud = np.flatnonzero(np.abs(heard.astype(int)) > 200)
        return heard[loud[0] : loud[-1] + 1]

    def complaints(self) -> list[str]:
        lines = self.asterisk.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "does not exist in any format" in line or "Unable to open" in line]


def alike(heard: NDArray[np.int16], file: Path) -> float:
    """1 where a file is heard as it is, wherever it begins."""
    one, other = heard / 32768, soundfile.read(file)[0]
    products = np.fft.irfft(np.fft.rfft(one, 2**18) * np.conj(np.fft.rfft(other, 2**18)))
    return float(products.max() / np.linalg.norm(one) / np.linalg.norm(other))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OnTheLine]:
    folder = tmp_path_factory.mktemp("sounds")
    await asyncio.to_thread(prompts.provide, folder / "prompts", str)
    begun: list[str] = []

    def on_event(message: Mapping[str, str]) -> None:
        if message.get("Event") == "AsyncAGIStart":
            begun.append(message["Channel"])

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SoundStore(folder / "prompts", voices(["en", "es"])))
        started = private_asterisk(folder / "pbx", find(ASTERISK), site(), folder / "prompts")
        asterisk = await stack.enter_async_context(started)
        ami = ("127.0.0.1", asterisk.ports.ami)
        phones = PhoneSystem(
            system="pbx",
            bus=InProcessBus(),
            clock=SystemClock(),
            listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
            act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
        )
        phones.on_acting_event(on_event)
        await phones.start()
        stack.push_async_callback(phones.stop)
        trunk = Phone("trunk", None, ("127.0.0.1", asterisk.ports.sip), trunk_secret=asterisk.site.trunk_secret)
        await trunk.start()
        stack.push_async_callback(trunk.stop)
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        call = await trunk.call(asterisk.site.number, number="+14045550199", name="Caller")
        await call.answered(5.0)
        await until(lambda: bool(begun))
        made = OnTheLine(asterisk, phones, store, call, begun[0])
        call.on_audio = made.frames.append
        await made.run("SET VARIABLE TIMEOUT(absolute) 0")
        yield made
        await call.hang_up()


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_step_with_values_is_heard_as_it_was_made(line: OnTheLine, language: str) -> None:
    said = (Line(prompt=PAYMENT, values={"amount": Money(cents=4280)}), Line(prompt=THANKS))
    sound = await line.store.sound(said, language, False, "call")
    heard = await line.play(sound.path)
    assert len(heard) / 8_000 == pytest.approx(sound.seconds, abs=0.25)
    assert alike(heard, Path(f"{sound.path}.wav")) > 0.8
    await line.store.forget("call")


async def test_keys_are_read_while_a_sound_of_the_store_plays(line: OnTheLine) -> None:
    sound = await line.store.sound((Line(prompt=THANKS),), "en", True, "call")
    asked = asyncio.create_task(line.run(f'GET DATA "{sound.path}" 3000 2'))
    await asyncio.sleep(0.3)
    line.call.press("42")
    assert await asked == ("42", "")


@pytest.mark.parametrize("language", ["en", "es"])
async def test_asterisk_finds_its_own_sounds_and_numbers_in_the_callers_language(
    line: OnTheLine, language: str
) -> None:
    before = len(line.complaints())
    await line.run(f"SET VARIABLE CHANNEL(language) {language}")
    assert (await line.run("EXEC Playback memberline/queue-callswaiting"))[0] == "0"
    assert (await line.run("GET VARIABLE PLAYBACKSTATUS"))[1] == "SUCCESS"
    for number in (1, 21, 31, 90):
        assert (await line.run(f'SAY NUMBER {number} ""'))[0] == "0"
    assert line.complaints()[before:] == []


async def test_spanish_callers_hear_spanish_from_asterisk_itself(line: OnTheLine) -> None:
    files = {"en": line.store.folder / "queue-thankyou.wav", "es": line.store.folder / "es/queue-thankyou.wav"}
    for language, other in (("en", "es"), ("es", "en")):
        await line.run(f"SET VARIABLE CHANNEL(language) {language}")
        heard = await line.play("memberline/queue-thankyou")
        assert alike(heard, files[language]) > 0.8
        assert alike(heard, files[other]) < 0.5
