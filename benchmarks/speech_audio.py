"""What the measurements of speech listen to: sentences on a telephone line, by voices that the model never heard.

All of it is synthetic (espeak-ng, flite): the figures compare ways of decoding and say nothing about real callers.
"""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from assist.speech.recipe.phrases import Phrases
from memberline.demo import voices
from memberline.paths import RUN

RATE = voices.RATE
FRAME = RATE // 50  # samples of 20 ms
SOUNDS = RUN / "sounds"
NEW_VOICES = ("flite:rms", "espeak:m4", "espeak:f4", "espeak:Hugo", "espeak:steph3", "espeak:victor")
PACES = (1.0, 0.93, 1.08)
TAIL_S = 2.0  # of silence at a leg's end
NOISE_DB = 25.0  # below the speech
Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Spoken:
    """A sentence and its sound, 8 kHz, with no silence around it."""

    text: str
    samples: Samples

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


@dataclass(frozen=True)
class Placed:
    """A sentence in a leg's sound, in seconds from the leg's begin."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Leg:
    """One side of a conversation: 8 kHz samples that went through µ-law, and what is said where."""

    samples: Samples
    said: tuple[Placed, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    @property
    def frames(self) -> list[bytes]:
        whole = len(self.samples) // FRAME * FRAME
        data = self.samples[:whole].astype("<i2").tobytes()
        return [data[at : at + 2 * FRAME] for at in range(0, len(data), 2 * FRAME)]


def held_out(count: int, seed: int = 21) -> list[str]:
    """Sentences of the phrases that the acoustic training never saw."""
    phrases = Phrases()
    return [text for text in phrases.sentences(phrases.split()[1], count, seed) if text]


def spoken(texts: Sequence[str], cache: Path = SOUNDS, *, first: Sequence[int] = ()) -> list[Spoken]:
    """Each said by the next voice, at the next pace; or by the voice whose number `first` names for it.

    Synthesisers are programs of their own: two at a time.
    """
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(partial(_say, cache), first or range(len(texts)), texts))


def _say(cache: Path, number: int, text: str) -> Spoken:
    sound = voices.render(voices.for_synthesiser(text), NEW_VOICES[number % len(NEW_VOICES)], cache)
    pace = PACES[number // len(NEW_VOICES) % len(PACES)]  # faster is higher, too: another throat
    if pace != 1.0:
        resampled = soxr.resample(sound.astype(np.float32), RATE * pace, RATE)
        sound = np.clip(np.round(resampled), -32768, 32767).astype(np.int16)
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > 200)
    return Spoken(text, sound[loud[0] : loud[-1] + 1] if len(loud) else sound)


def leg(sentences: Sequence[Spoken], share: float, seed: int, *, noise_db: float | None = NOISE_DB) -> Leg:
    """The sentences with pauses between, so that speech is `share` of the whole; first comes a pause.

    People say two or three sentences at a turn with short pauses, then listen: the pauses are drawn so.
    """
    draw = random.Random(seed)
    short = [n > 0 and draw.random() < 0.6 for n in range(len(sentences))]
    pauses = np.array([draw.uniform(0.25, 0.9) if each else draw.uniform(2.0, 8.0) for each in short])
    wanted = sum(each.seconds for each in sentences) * (1 / share - 1)
    long = ~np.array(short)  # these give or take what is left for the share
    pauses[long] *= max(0.2, (wanted - TAIL_S - pauses[~long].sum()) / pauses[long].sum())
    parts: list[Samples] = []
    said: list[Placed] = []
    at = 0
    for each, pause in zip(sentences, pauses, strict=True):
        quiet = np.zeros(round(pause * RATE), np.int16)
        parts += [quiet, each.samples]
        start = at + len(quiet)
        at = start + len(each.samples)
        said.append(Placed(each.text, start / RATE, at / RATE))
    parts.append(np.zeros(round(TAIL_S * RATE), np.int16))
    return Leg(on_the_line(np.concatenate(parts), seed, noise_db), tuple(said))


def call(turns: Sequence[tuple[str, Spoken]], seed: int, *, noise_db: float | None = NOISE_DB) -> dict[str, Leg]:
    """The legs of a call, by speaker: they take turns, so each is silent while the other speaks."""
    draw = random.Random(seed)
    said: dict[str, list[Placed]] = {speaker: [] for speaker, _ in turns}
    at = 0.5
    for speaker, each in turns:
        start = at + draw.uniform(0.3, 1.2)
        at = start + each.seconds
        said[speaker].append(Placed(each.text, start, at))
    sounds = {speaker: np.zeros(round((at + 2) * RATE), np.int16) for speaker in said}
    for speaker, placed in said.items():
        spoken_here = [each for who, each in turns if who == speaker]
        for place, each in zip(placed, spoken_here, strict=True):
            begin = round(place.start_s * RATE)
            sounds[speaker][begin : begin + len(each.samples)] = each.samples
    return {
        speaker: Leg(on_the_line(sounds[speaker], seed + n, noise_db), tuple(said[speaker]))
        for n, speaker in enumerate(sounds)
    }


def on_the_line(samples: Samples, seed: int, noise_db: float | None = NOISE_DB) -> Samples:
    """There and back through µ-law, with the line's own noise unless `noise_db` is None."""
    sound = samples.astype(np.float32) / 32768
    if noise_db is not None:
        loud = sound[np.abs(sound) > 0.02]
        level = float(np.sqrt(np.mean(loud**2))) if len(loud) else 0.1
        draw = np.random.default_rng(seed)
        sound = sound + draw.normal(0, level / 10 ** (noise_db / 20), len(sound)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, np.clip(sound, -1, 1), RATE, format="WAV", subtype="ULAW")
    file.seek(0)
    decoded: Samples = soundfile.read(file, dtype="int16")[0]
    return decoded


def wrong_words(said: Sequence[str], got: Sequence[str]) -> int:
    """Words to insert, delete or replace (Levenshtein)."""
    row = list(range(len(got) + 1))
    for index, word in enumerate(said, 1):
        previous, row[0] = row[0], index
        for at, other in enumerate(got, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (word != other))
    return row[-1]
