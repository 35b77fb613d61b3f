"""Real decoding with a menu's grammar, of speech that a synthesiser makes on the spot, by a voice not trained on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from said import asking, menu, shipped, shipped_menus

from assist.speech import models
from assist.speech.models import SpeechModel
from assist.speech.pool import DecoderPool
from core.clock import SystemClock
from ivr.dialog.actions import Said, Words
from ivr.speech.ear import SpeechEar
from ivr.speech.phrases import spoken
from memberline import ear as menu_ears
from memberline.demo import voices
from telephony.audio import Frame, TapStream
from telephony.taps import Tap

pytestmark = pytest.mark.speech

VOICE = "flite:rms"
FRAME = 160
MAIN = dict(shipped_menus("en"))["main"]


class Line:
    """One tapped leg, on which somebody speaks."""

    def __init__(self) -> None:
        self.tap: Tap | None = None
        self.tapped = asyncio.Event()

    async def start(self, leg: str) -> Tap:
        self.tap = Tap("tap", leg, TapStream("tap"))
        self.tapped.set()
        return self.tap

    async def stop(self, tap: Tap) -> None:
        self.tap = None

    async def say(self, text: str, cache: Path) -> None:
        """A little faster than one can speak, with a second of quiet after it."""
        samples = np.concatenate([voices.render(text, VOICE, cache), np.zeros(8000, np.int16)])
        await self.tapped.wait()
        assert self.tap is not None
        stream, clock = self.tap.stream, SystemClock()
        for at in range(0, len(samples) - FRAME, FRAME):
            stream.put(Frame(clock.monotonic(), samples[at : at + FRAME].tobytes()))
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return models.load()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def ear(model: SpeechModel, line: Line) -> AsyncIterator[SpeechEar]:
    async with DecoderPool(model.recogniser, threads=1) as decoders:
        by_language = await menu_ears.by_language(model, {})
        made = menu_ears.menu_ear(taps=line, decoders=decoders, models=by_language, clock=SystemClock())
        yield made
        await made.stop()


async def heard(ear: SpeechEar, line: Line, text: str, words: Words, cache: Path) -> Said:
    async with asyncio.timeout(30), ear.listening("1.1", "en", words) as said:
        speaking = asyncio.create_task(line.say(text, cache))
        try:
            return await said
        finally:
            speaking.cancel()


@pytest.mark.parametrize(
    ("text", "keys"),
    [("my payment", "1"), ("um i want to ask about direct deposit please", "1"), ("someone died", "7"), ("agent", "0")],
)
async def test_what_callers_say_in_the_main_menu_is_understood(
    ear: SpeechEar, line: Line, cache: Path, text: str, keys: str
) -> None:
    said = await heard(ear, line, text, MAIN, cache)
    assert (said.keys, said.sure) == (keys, True)


async def test_what_means_nothing_there_is_not_taken_for_anything(ear: SpeechEar, line: Line, cache: Path) -> None:
    said = await heard(ear, line, "what a wonderful garden you have over there", MAIN, cache)
    assert not said.sure


@pytest.mark.parametrize("text", ["yes", "no that's wrong"])
async def test_yes_and_no_are_understood(ear: SpeechEar, line: Line, cache: Path, text: str) -> None:
    said = await heard(ear, line, text, Words(kind="yes_no"), cache)
    assert said.keys == ("1" if text == "yes" else "2")


async def test_a_date_is_understood_and_said_back(ear: SpeechEar, line: Line, cache: Path) -> None:
    said = await heard(ear, line, "march twenty second nineteen forty seven", asking("date"), cache)
    assert said == Said(keys="03221947", text="03221947", sure=False)


def test_every_word_of_the_shipped_menus_is_in_the_demo_models_vocabulary(model: SpeechModel) -> None:
    phrases = {phrase for _, asked in shipped_menus("en") for phrase in asked.phrases}
    words = {word for phrase in phrases for word in spoken(phrase, "en").split()}
    assert len(words) > 100
    assert sorted(word for word in words if not model.knows(word)) == []
    assert model.knows("[unk]")
    assert not model.knows("kangaroo")


async def test_nothing_is_wrong_with_the_shipped_menu_but_that_spanish_has_no_model(
    ear: SpeechEar, caplog: pytest.LogCaptureFixture
) -> None:
    await ear.prepare(shipped())
    assert [message for message in caplog.messages if "no speech model for es" not in message] == []


def test_a_grammar_hears_only_its_sentences(model: SpeechModel, cache: Path) -> None:
    pcm = np.pad(voices.render("my payment", VOICE, cache), 4000).tobytes()
    for sentences, text in ((["my payment", "[unk]"], "my payment"), (["retirement", "[unk]"], "[unk]")):
        recogniser = model.hearing_only(sentences)
        final = recogniser.accept(pcm) or recogniser.finish()
        assert final is not None
        assert set(final.text.split()) == set(text.split())


def test_a_models_language_is_in_its_name() -> None:
    for label, language in (
        ("vosk-model-small-es-0.42", "es"),
        ("vosk-model-en-us-0.22-lgraph", "en"),
        ("vosk-model-fr-0.22", "fr"),
        (models.DEMO_LABEL, "en"),
        ("our own model", "en"),
    ):
        assert menu_ears.language_of(SpeechModel(None, label)) == language


def test_menus_are_asked_for_in_words_that_a_caller_may_say() -> None:
    assert menu(_1="my payment").phrases["agent"] == "0"
