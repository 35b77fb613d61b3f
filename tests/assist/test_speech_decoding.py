"""Real decoding of speech that the synthesisers make on the spot, as it sounds on a telephone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
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
CALLER, AGENT = "espeak:Alicia", "flite:slt"


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


def test_the_demo_scripts_are_heard_right(model: SpeechModel, cache: Path, tmp_path: Path) -> None:
    """At most 3 in 100 words wrong. The scripts' own sentences are in the model: this is no figure for other speech."""
    errors = words = 0
    for script in scripts.load():
        for turn in (*script.turns, *script.after_transfer):
            voice = script.voice if turn.speaker == "caller" else AGENT
            sound = on_the_telephone(voices.render(turn.text, voice, cache), tmp_path)
            heard = transcribe.listen(Recording(sound, voices.RATE), model.recogniser())
            errors += wrong_words(turn.words.split(), " ".join(each.text for each in heard).split())
            words += len(turn.words.split())
    assert words > 1000
    assert errors / words <= 0.03


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


def two_sides(cache: Path, folder: Path, rate: int, subtype: str) -> list[str]:
    """A caller who speaks first and an agent who answers, each in a wav of their own that begins with the call."""
    question = voices.render("my service credit is wrong", CALLER, cache)
    answer = voices.render("let me pull up your account", AGENT, cache)
    quiet = np.zeros(8000, np.int16)
    sides = {
        "caller": np.concatenate([quiet, question, quiet, np.zeros_like(answer), quiet]),
        "agent": np.concatenate([quiet, np.zeros_like(question), quiet, answer, quiet]),
    }
    for name, samples in sides.items():
        as_played = np.repeat(samples, rate // voices.RATE)
        soundfile.write(folder / f"{name}.wav", np.stack([as_played] * 2, axis=1), rate, subtype=subtype)
    return [str(folder / f"{name}.wav") for name in sides]


@pytest.mark.parametrize(("rate", "subtype"), [(8000, "PCM_16"), (8000, "ULAW"), (16000, "PCM_16"), (8000, "PCM_U8")])
def test_both_sides_of_a_recorded_call_in_time_order(cache: Path, tmp_path: Path, rate: int, subtype: str) -> None:
    files = two_sides(cache, tmp_path, rate, subtype)
    done = CliRunner().invoke(transcribe.command, [*files, "--json"], catch_exceptions=False)
    utterances = json.loads(done.stdout)["utterances"]
    assert [set(each) for each in utterances] == [{"speaker", "start", "end", "text", "confidence"}] * 2
    assert [(each["speaker"], each["text"]) for each in utterances] == [
        ("caller", "my service credit is wrong"),
        ("agent", "let me pull up your account"),
    ]
    assert utterances[0]["start"] < utterances[0]["end"] < utterances[1]["start"] < utterances[1]["end"]


def test_without_json_it_is_a_dialogue_to_read(cache: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(transcribe.command, two_sides(cache, tmp_path, 8000, "PCM_16"), catch_exceptions=False)
    caller, agent = done.stdout.splitlines()
    assert "caller  my service credit is wrong" in caller
    assert "agent  let me pull up your account" in agent
