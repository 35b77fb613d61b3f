"""Real decoding of speech that the synthesisers make on the spot, as it sounds on a telephone."""

from __future__ import annotations

import asyncio
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from assist.speech import models, recordings
from assist.speech.models import SpeechModel
from assist.speech.pool import DecoderPool
from assist.speech.recordings import Recording
from assist.speech.words import Heard
from memberline.commands import transcribe
from memberline.demo import scripts, voices

pytestmark = pytest.mark.speech

FRAME = 160
CALLER = "espeak:Alicia"
NEW_VOICES = ("flite:rms", "espeak:m4", "espeak:f4", "espeak:Hugo", "espeak:steph3", "espeak:victor")


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return models.load()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices")


def on_the_telephone(samples: NDArray[np.int16], folder: Path) -> NDArray[np.int16]:
    """There and back through µ-law, with half a second of silence around."""
    quiet = np.zeros(4000, np.int16)
    soundfile.write(folder / "line.wav", np.concatenate([quiet, samples, quiet]), voices.RATE, subtype="ULAW")
    return recordings.read(folder / "line.wav").samples


def wrong_words(said: list[str], got: list[str]) -> int:
    """Words to insert, delete or replace."""
    row = list(range(len(got) + 1))
    for index, word in enumerate(said, 1):
        previous, row[0] = row[0], index
        for at, other in enumerate(got, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (word != other))
    return row[-1]


def word_error_rate(lines: list[tuple[str, str]], model: SpeechModel, cache: Path, folder: Path) -> float:
    """Of (text, voice), each spoken on the spot and heard over a telephone."""
    errors = words = 0
    for text, voice in lines:
        sound = on_the_telephone(voices.render(text, voice, cache), folder)
        heard = transcribe.listen(Recording(sound, voices.RATE), model.recogniser())
        said = text.replace(",", " ").split()
        errors += wrong_words(said, " ".join(each.text for each in heard).split())
        words += len(said)
    assert words > 500
    return errors / words


def test_the_demo_scripts_are_heard_right(model: SpeechModel, cache: Path, tmp_path: Path) -> None:
    """At most 3 in 100 words wrong. The scripts' own sentences are in the model: this is no figure for other speech."""
    agents = cycle(sorted(set(voices.AGENTS.values())))
    lines = [
        (turn.text, script.voice if turn.speaker == "caller" else next(agents))
        for script in scripts.load()
        for turn in (*script.turns, *script.after_transfer)
    ]
    assert word_error_rate(lines, model, cache, tmp_path) <= 0.03


def test_the_demo_scripts_are_heard_right_from_voices_that_were_not_trained_on(
    model: SpeechModel, cache: Path, tmp_path: Path
) -> None:
    strangers = cycle(NEW_VOICES)
    lines = [(turn.text, next(strangers)) for script in scripts.load() for turn in script.turns]
    assert word_error_rate(lines, model, cache, tmp_path) <= 0.03


def test_a_line_close_to_the_script_is_heard_as_it_was_said(model: SpeechModel, cache: Path, tmp_path: Path) -> None:
    """The model knows the script by heart, and yet hears another number and another word."""
    said = "no sir, i always worked part time, i have the tax return and the contributions were never paid for any year"
    sound = on_the_telephone(voices.render(said, CALLER, cache), tmp_path)
    heard = transcribe.listen(Recording(sound, voices.RATE), model.recogniser())
    assert wrong_words(said.replace(",", "").split(), " ".join(each.text for each in heard).split()) <= 2


@pytest.mark.parametrize("kind", ["silence", "noise", "tone"])
def test_what_is_no_speech_gives_no_words(model: SpeechModel, kind: str) -> None:
    length = 10 * voices.RATE
    samples = {
        "silence": np.zeros(length),
        "noise": np.random.default_rng(0).normal(0, 300, length),
        "tone": 8000 * np.sin(2 * np.pi * 440 * np.arange(length) / voices.RATE),
    }[kind]
    assert transcribe.listen(Recording(samples.astype(np.int16), voices.RATE), model.recogniser()) == []


async def test_live_words_are_those_of_the_whole_recording_and_on_the_clock(
    model: SpeechModel, cache: Path, tmp_path: Path
) -> None:
    lead_s, started_at = 8.0, 1000.0
    said = "my service credit is wrong"
    sound = on_the_telephone(voices.render(said, CALLER, cache), tmp_path)
    pcm = np.concatenate([np.zeros(int(lead_s * voices.RATE), np.int16), sound]).tobytes()
    results: list[Heard] = []
    async with DecoderPool(model.recogniser, threads=1) as pool:
        stream = pool.stream(results.append, started_at)
        for number, at in enumerate(range(0, len(pcm), 2 * FRAME), 1):
            stream.feed(pcm[at : at + 2 * FRAME], started_at + number * 0.02)
            if number % 50 == 0:
                await asyncio.sleep(0.02)
        assert await stream.finish()
    (final,) = [heard for heard in results if heard.final]
    assert final.text == said
    assert lead_s + 0.4 < final.start_s < lead_s + 0.9
    assert final.end_s <= lead_s + len(sound) / voices.RATE
    assert all(word.start_s < word.end_s and 0 <= word.confidence <= 1 for word in final.words)
    assert any(not heard.final and heard.text for heard in results)
