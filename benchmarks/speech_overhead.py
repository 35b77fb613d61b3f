"""Processor time from a leg's frames to its utterances, over the bare recogniser's on the same audio.

The audio is what the gate lets through; the model is weighed down to a tenth of real time. The product's side is all of
the process: frames fed in real time, the gate, the line of turns, a new recogniser for every stretch, partial results
for a watched desk, words put on the clock. What comes before and behind (AudioSocket, storing) is not here.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import vosk

from assist.speech import models
from assist.speech.models import SpeechModel
from assist.speech.recogniser import Recogniser
from assist.speech.words import Heard
from benchmarks.harness import Goal, Result
from benchmarks.speech_audio import RATE, Leg, held_out, leg, spoken
from benchmarks.speech_capacity import SENTENCES, SHARE, weighed_down
from benchmarks.speech_designs import Product

CHUNK = 2 * RATE // 10  # bytes of 0.1 s: what a turn of the pool takes when nobody waits


class Kept:
    """A recogniser that keeps what it was given."""

    def __init__(self, inner: Recogniser, kept: bytearray) -> None:
        self._inner, self._kept = inner, kept

    def accept(self, pcm: bytes) -> Heard | None:
        self._kept += pcm
        return self._inner.accept(pcm)

    def partial(self) -> Heard:
        return self._inner.partial()

    def pause(self) -> Heard | None:
        return self._inner.pause()

    def finish(self) -> Heard | None:
        return self._inner.finish()


class Keeping:
    """A model whose recognisers' audio is kept, each recogniser's by itself."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model
        self.audio: list[bytearray] = []

    def recogniser(self) -> Recogniser:
        self.audio.append(bytearray())
        return Kept(self._model.recogniser(), self.audio[-1])


def run(legs: int = 6, seconds: float = 20.0, repeats: int = 3) -> Result:
    """`legs` at a time for so many `seconds`, `repeats` times in turns with the recogniser alone."""
    vosk.SetLogLevel(-2)
    sentences = spoken(held_out(legs * SENTENCES))
    sounds = [leg(sentences[n * SENTENCES : (n + 1) * SENTENCES], SHARE, n) for n in range(legs)]
    with tempfile.TemporaryDirectory(prefix="memberline-bench-") as folder:
        where, factor = weighed_down(Path(folder))
        model = models.load(str(where))
        bare_model = vosk.Model(str(where))
        whole, bare, decoded_s = 0.0, 0.0, 0.0
        for _ in range(repeats):
            keeping = Keeping(model)
            product = Product(keeping.recogniser)  # its detectors are made before the first call, as in the service
            whole += _cpu_s(partial(_live, product, sounds, seconds))
            audio = [bytes(each) for each in keeping.audio]
            bare += _cpu_s(partial(_alone, bare_model, audio))
            decoded_s += sum(map(len, audio)) / 2 / RATE
    return Result(
        {
            "ratio": whole / bare,
            "decoded_s": decoded_s,
            "share_decoded": decoded_s / (repeats * legs * seconds),
            "ms_per_decoded_s": 1000 * whole / decoded_s,
            "bare_ms_per_decoded_s": 1000 * bare / decoded_s,
            "real_time_factor": factor,
        },
        (Goal("ratio", "<=", 1.15),),
    )


def _cpu_s(work: Callable[[], None]) -> float:
    """Of the whole process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _live(product: Product, legs: list[Leg], seconds: float) -> None:
    asyncio.run(product.live(legs, [0.0] * len(legs), seconds))


def _alone(model: Any, audio: list[bytes]) -> None:
    """One recogniser, all of the stretches one after the other."""
    recogniser = vosk.KaldiRecognizer(model, RATE)
    for pcm in audio:
        for at in range(0, len(pcm), CHUNK):
            recogniser.AcceptWaveform(pcm[at : at + CHUNK])
