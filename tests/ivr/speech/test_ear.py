"""The ear: a tap while a question is open and no longer, keys only where it cannot listen, nothing kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from said import final, menu, partly, shipped
from waiting import until

from core.errors import Problem
from core.threads import Overloaded
from ivr.dialog.actions import Said, Words
from ivr.document.model import Document, Menu
from ivr.speech.ear import SpeechEar
from ivr.speech.recognisers import Heard
from telephony.audio import Frame, TapStream
from telephony.taps import Tap

LEG = "1700000000.5"
MAIN = menu(_1="my payment", _2="tax statement")
PCM = b"\x01\x00" * 160


@dataclass
class Taps:
    failure: Problem | None = None
    running: list[Tap] = field(default_factory=list)
    ended: list[Tap] = field(default_factory=list)

    async def start(self, leg: str) -> Tap:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        tap = Tap(f"tap{len(self.running) + len(self.ended)}", leg, TapStream("tap"))
        self.running.append(tap)
        return tap

    async def stop(self, tap: Tap) -> None:
        self.running.remove(tap)
        self.ended.append(tap)


@dataclass
class Stream:
    fed: list[bytes] = field(default_factory=list)
    over: bool = False

    def feed(self, pcm: bytes, at: float) -> None:
        self.fed.append(pcm)

    def end(self) -> None:
        self.over = True


@dataclass
class Recognisers:
    languages: frozenset[str] = frozenset({"en"})
    unknown: frozenset[str] = frozenset()
    full: bool = False
    grammars: list[tuple[str, ...]] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    hear: Callable[[Heard], None] = print

    def knows(self, language: str, word: str) -> bool:
        return word not in self.unknown

    def listen(self, language: str, grammar: Sequence[str], on_heard: Callable[[Heard], None]) -> Stream:
        if self.full:
            raise Overloaded("200 legs are being transcribed already")
        self.grammars.append(tuple(grammar))
        self.hear = on_heard
        self.streams.append(Stream())
        return self.streams[-1]


@dataclass
class House:
    taps: Taps
    recognisers: Recognisers
    ear: SpeechEar

    async def hears(self, *heard: Heard, words: Words = MAIN, language: str = "en", within: float = 5.0) -> Said:
        """What comes of it, as `ivr.session` asks for it."""
        before = len(self.recognisers.streams)
        async with asyncio.timeout(within), self.ear.listening(LEG, language, words) as said:
            await until(lambda: len(self.recognisers.streams) > before)
            for each in heard:
                self.recognisers.hear(each)
            return await said

    async def hears_nothing(self, words: Words = MAIN, language: str = "en") -> None:
        """A caller who could say anything is left with the keys."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05), self.ear.listening(LEG, language, words) as said:
                await said
                pytest.fail("heard something")


@pytest.fixture
def house() -> House:
    taps, recognisers = Taps(), Recognisers()
    return House(taps, recognisers, SpeechEar(taps=taps, recognisers=recognisers))


async def test_what_is_said_is_told_and_the_tap_ends_with_the_question(house: House) -> None:
    said = await house.hears(final("my payment"))
    assert said == Said(keys="1", text="my payment", sure=True)
    await until(lambda: len(house.taps.ended) == 1)
    assert house.taps.running == []
    assert house.taps.ended[0].leg == LEG
    assert house.recognisers.streams[0].over


async def test_a_clear_phrase_need_not_be_followed_by_a_pause(house: House) -> None:
    assert (await house.hears(partly("my"), partly("my payment"))).keys == "1"


async def test_what_the_leg_says_is_what_is_decoded(house: House) -> None:
    async with house.ear.listening(LEG, "en", MAIN):
        await until(lambda: bool(house.recognisers.streams))
        [tap] = house.taps.running
        tap.stream.put(Frame(1.0, PCM))
        await until(lambda: house.recognisers.streams[0].fed == [PCM])
    assert "my payment" in house.recognisers.grammars[0]


async def test_a_key_ends_listening_in_whatever_stage_it_is(house: House) -> None:
    async with house.ear.listening(LEG, "en", MAIN):
        pass  # before the tap is there
    async with house.ear.listening(LEG, "en", MAIN):
        await until(lambda: len(house.taps.running) == 1)
    await until(lambda: not house.taps.running)
    assert len(house.taps.ended) == 1


async def test_a_caller_who_hangs_up_leaves_no_tap(house: House) -> None:
    async with house.ear.listening(LEG, "en", MAIN) as said:
        await until(lambda: bool(house.recognisers.streams))
        house.taps.running[0].stream.end()
        await until(lambda: not house.taps.running)
        assert not asyncio.ensure_future(said).done()
    assert house.recognisers.streams[0].over


async def test_who_is_late_is_not_heard(house: House) -> None:
    async with house.ear.listening(LEG, "en", MAIN) as said:
        await until(lambda: bool(house.recognisers.streams))
    house.recognisers.hear(final("my payment"))
    house.recognisers.hear(partly("my payment"))
    with pytest.raises(asyncio.CancelledError):
        await said


async def test_nobody_is_tapped_where_nothing_could_be_understood(house: House) -> None:
    await house.hears_nothing(words=Words())
    await house.hears_nothing(language="es")
    house.recognisers.unknown = frozenset(" ".join((*MAIN.phrases, "zero one two press")).split())
    await house.hears_nothing()
    assert house.taps.running == house.taps.ended == []


async def test_where_no_tap_can_be_had_callers_have_the_keys_and_it_is_logged_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house.taps.failure = Problem("the PBX could not reach the audio server")
    for _ in range(3):
        await house.hears_nothing()
    assert len(caplog.messages) == 1
    assert "they have the keys" in caplog.text
    house.taps.failure = None
    assert (await house.hears(final("my payment"))).keys == "1"
    assert (await house.hears(final("my payment"))).keys == "1"
    assert caplog.messages[1:] == ["callers may say what they want again"]


async def test_where_no_decoder_is_free_callers_have_the_keys(house: House) -> None:
    house.recognisers.full = True
    await house.hears_nothing()
    assert house.taps.running == []
    assert len(house.taps.ended) == 1


async def test_nothing_that_is_said_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await house.hears(partly("my"), final("my payment"))
    await until(lambda: not house.taps.running)
    assert "payment" not in caplog.text


async def test_stopping_ends_every_tap(house: House) -> None:
    async with house.ear.listening(LEG, "en", MAIN), house.ear.listening("2.2", "en", MAIN):
        await until(lambda: len(house.taps.running) == 2)
        await house.ear.stop()
        assert house.taps.running == []


# --- a new menu -------------------------------------------------------------------------------------


async def test_what_can_be_pressed_but_not_said_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.recognisers.unknown = frozenset({"survivor", "insurance"})
    await house.ear.prepare(shipped())
    name = shipped().name
    assert caplog.messages == [
        f"menu {name}: the speech model for en does not know, and never hears: insurance, survivor",
        f"menu {name}: there is no speech model for es: keys only",
    ]


async def test_of_a_menu_without_speech_nothing_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await house.ear.prepare(_without_speech(shipped()))
    assert caplog.messages == []


def _without_speech(document: Document) -> Document:
    steps = {
        name: replace(step, speech=False) if isinstance(step, Menu) else step for name, step in document.steps.items()
    }
    return replace(document, steps=steps)
