"""Voices: espeak-ng as it is on every machine, piper as a package and as a program, and what is no voice."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import Problem
from ivr.sounds.piper import Piper
from ivr.sounds.voices import Espeak, named, voices

HELLO = "Thank you for calling."

# What `piper` and `python -m piper` do: a WAV file on standard output for text on standard input. Here a tone that
# lasts a tenth of a second a word, times the length scale; its frequency is the speaker's.
PROGRAM = """\
#!{python}
import argparse, io, math, struct, sys, wave
options = argparse.ArgumentParser()
for name in ("--model", "--output_file", "--length_scale", "--speaker"):
    options.add_argument(name, required=True)
given = options.parse_args()
assert given.output_file == "-" and given.model.endswith(".onnx")
words = sys.stdin.read().split()
if "boom" in words:
    sys.exit("out of memory while speaking")
count = int(2205 * len(words) * float(given.length_scale))
hertz = 300 + 100 * int(given.speaker)
out = io.BytesIO()
with wave.open(out, "wb") as file:
    file.setnchannels(1), file.setsampwidth(2), file.setframerate(22050)
    tone = (int(9000 * math.sin(i * hertz * 6.2832 / 22050)) for i in range(count))
    file.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
sys.stdout.buffer.write(out.getvalue())
"""

# The part of the package that is used.
PACKAGE = """\
from dataclasses import dataclass
import numpy as np

LOADED = []

@dataclass
class SynthesisConfig:
    speaker_id: int | None = None
    length_scale: float | None = None

@dataclass
class AudioChunk:
    audio_float_array: np.ndarray

class PiperVoice:
    @staticmethod
    def load(model_path):
        LOADED.append(str(model_path))
        return PiperVoice()

    def synthesize(self, text, syn_config=None):
        for sentence in filter(str.strip, text.split(".")):
            t = np.arange(int(2205 * len(sentence.split()) * syn_config.length_scale)) / 22050
            yield AudioChunk(0.3 * np.sin(2 * np.pi * 300 * t).astype(np.float32))
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "en_US-nobody-medium.onnx"
    path.write_bytes(b"a model")
    told = {"audio": {"sample_rate": 22050}, "inference": {"length_scale": 1.1}, "num_speakers": 3, "more": []}
    path.with_name(f"{path.name}.json").write_text(json.dumps(told))
    return path


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "piper").write_text(PROGRAM.format(python=sys.executable))
    (folder / "piper").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr("ivr.sounds.piper.PACKAGE", "no_such_package_of_piper")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "a_piper.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("ivr.sounds.piper.PACKAGE", "a_piper")
    yield "a_piper"
    sys.modules.pop("a_piper", None)


def seconds(voice: Espeak | Piper, text: str, language: str = "en", pace: float = 1.0) -> float:
    samples, rate = voice.speak(text, language, pace)
    assert samples.dtype == np.float32
    assert np.abs(samples).max() > 0.05
    return len(samples) / rate


def test_espeak_speaks_both_languages_each_in_its_own_voice() -> None:
    english, spanish = (Espeak().speak(HELLO, language, 1.0).samples for language in ("en", "es"))
    assert not np.array_equal(english[: len(spanish)], spanish[: len(english)])


def test_slow_is_longer_by_about_the_pace() -> None:
    text = "Your last payment was sent to your bank on the first business day of the month."
    assert seconds(Espeak(), text, pace=0.8) / seconds(Espeak(), text) == pytest.approx(1 / 0.8, rel=0.1)


def test_a_voice_that_espeak_has_not_got_is_a_problem_that_says_so() -> None:
    with pytest.raises(Problem, match=r"espeak-ng failed.*voice does not exist"):
        Espeak("xx-nowhere").speak(HELLO, "en", 1.0)


def test_a_machine_without_espeak_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"espeak-ng is not here. Install the package espeak-ng"):
        Espeak()


@pytest.mark.usefixtures("program")
def test_piper_speaks_as_a_program_at_every_pace(model: Path) -> None:
    voice = Piper(model)
    assert seconds(voice, "one two three four") == pytest.approx(0.4 * 1.1, rel=0.01)
    assert seconds(voice, "one two three four", pace=0.8) == pytest.approx(0.4 * 1.1 / 0.8, rel=0.01)


@pytest.mark.usefixtures("program")
def test_a_program_that_fails_is_told_of_without_what_it_was_to_say(model: Path) -> None:
    with pytest.raises(Problem, match="piper failed with code 1: out of memory while speaking") as problem:
        Piper(model).speak("boom goes account 4711", "en", 1.0)
    assert "4711" not in str(problem.value)


def test_piper_speaks_as_a_package_and_loads_its_model_once(model: Path, package: str) -> None:
    voice = Piper(model)
    assert seconds(voice, "one two. three four.") == pytest.approx(0.4 * 1.1, rel=0.01)
    assert seconds(voice, "one two. three four.", pace=0.8) == pytest.approx(0.4 * 1.1 / 0.8, rel=0.01)
    assert [str(model)] == sys.modules[package].LOADED


def test_another_model_another_speaker_and_other_settings_are_other_voices(model: Path, tmp_path: Path) -> None:
    told = model.with_name(f"{model.name}.json")
    identities = {(voice.name, voice.revision) for voice in (Piper(model), Piper(model, 1))}
    model.write_bytes(b"a better model")
    identities.add((Piper(model).name, Piper(model).revision))
    told.write_text(told.read_text().replace("1.1", "1.2"))
    identities.add((Piper(model).name, Piper(model).revision))
    assert len(identities) == 4


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ("alexa", "no such voice"),
        ("piper:", "no such voice"),
        ("piper:{folder}/nowhere.onnx", "cannot be read: No such file"),
        ("piper:{model}#9", "the voice has no speaker 9.*Expected 0 to 2"),
        ("piper:{model}#x", "no such speaker.*Expected a number after #"),
    ],
)
def test_a_setting_that_names_no_voice_is_one_clear_problem(
    setting: str, what: str, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match=what):
        named(setting.format(folder=tmp_path, model=model))


def test_a_description_that_is_none_is_refused(model: Path) -> None:
    model.with_name(f"{model.name}.json").write_text('{"audio": {}}')
    with pytest.raises(Problem, match=r"is no description of a voice.*sample_rate"):
        Piper(model)


@pytest.mark.usefixtures("program")
def test_each_language_has_the_voice_of_the_settings_or_the_usual_one(model: Path) -> None:
    chosen = voices(["en", "es", "fr"], {"en": f"piper:{model}#2"})
    assert {language: voice.name for language, voice in chosen.items()} == {
        "en": "piper:en_US-nobody-medium#2",
        "es": "espeak-ng",
        "fr": "espeak-ng",
    }
    assert chosen["es"] is chosen["fr"]
    assert chosen["fr"].speak("Merci de votre appel.", "fr", 1.0).rate > 8_000
