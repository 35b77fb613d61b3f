"""How many calls this machine carries with this model: measured once, in seconds, and then kept to.

All decoder threads decode the same few seconds of telephone speech at the same time, as they will with real calls:
what one thread alone can do says little about two on shared cores. From the worst of them comes how many legs a thread
follows in real time.
"""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from assist.speech import recordings
from assist.speech.recogniser import TELEPHONE_RATE, Recogniser
from core.errors import Problem
from core.events import Message

SAMPLE = Path(__file__).parent / "sample.wav"  # a synthetic caller, without pauses
LEGS = 2
SHARE_OF_SPEECH = 0.4  # of each leg: people speak in turns, and think
AROUND_SPEECH = 1.35  # what surrounds speech is decoded, too (measured: 1.21 and 1.25; more where turns are short)
HEADROOM = 0.35  # of the threads' time stays free: finals in time where many speak at once, and everything else here
CHUNK_S = 0.2
AT_LEAST_S = 1.5  # each thread decodes for so long, so that the figure means something
AT_MOST_S = 6.0
SLOWEST = 1.0  # a model that needs more than a second for a second cannot follow even one leg


class Calibration(Message, frozen=True, kw_only=True):
    """What was measured, to be kept and shown. `real_time_factor`: seconds of one thread's time a second of speech."""

    model: str
    machine: str
    measured_at: datetime
    threads: int
    real_time_factor: float
    calls: int


def calls_carried(
    real_time_factor: float,
    *,
    threads: int,
    share_of_speech: float = SHARE_OF_SPEECH,
    around_speech: float = AROUND_SPEECH,
    headroom: float = HEADROOM,
) -> int:
    """Two-leg calls that `threads` threads follow, each working `1 - headroom` of the time; 0 where not even one.

    A leg needs `share_of_speech * around_speech` of a second decoded for each of its seconds, all of it at most.
    """
    if real_time_factor <= 0 or threads < 1 or not 0 <= headroom < 1 or not 0 < share_of_speech <= 1:
        raise ValueError("expected a positive real-time factor, threads, a share and a headroom below 1")
    decoded = LEGS * min(1.0, share_of_speech * around_speech)
    if real_time_factor >= SLOWEST:
        return 0
    return math.floor(threads * (1 - headroom) / (decoded * real_time_factor))


def machine() -> str:
    """As a calibration names it: on another machine it means nothing."""
    return f"{platform.node()}, {platform.machine()}, {os.cpu_count() or 1} cores"


def still_good(calibration: Calibration, *, model: str, threads: int) -> bool:
    """Whether a kept calibration is one of this model on this machine with as many threads."""
    return (calibration.model, calibration.machine, calibration.threads) == (model, machine(), threads)


def calibrate(
    recogniser: Callable[[], Recogniser], *, model: str, at: datetime, threads: int | None = None
) -> Calibration:
    """Measure. Blocks for some seconds on all threads: call it off the event loop, before the first call.

    `model` is its label, `at` the time to note. Raises `Problem` where the sample is missing or gives no words.
    """
    count = threads or os.cpu_count() or 1
    sound = recordings.read(SAMPLE)
    if sound.rate != TELEPHONE_RATE:
        raise Problem(f"has a sample rate of {sound.rate} Hz", place=str(SAMPLE), remedy=f"Expected {TELEPHONE_RATE}")
    pcm = sound.samples.astype("<i2").tobytes()
    with ThreadPoolExecutor(count, thread_name_prefix="calibration") as pool:
        factors = list(pool.map(lambda _: _factor(recogniser, pcm), range(count)))
    factor = max(factors)
    return Calibration(
        model=model,
        machine=machine(),
        measured_at=at,
        threads=count,
        real_time_factor=round(factor, 5),
        calls=calls_carried(factor, threads=count),
    )


def _factor(recogniser: Callable[[], Recogniser], pcm: bytes) -> float:
    """Seconds that a second of speech takes in this thread: the median of as many passes as there is time for.

    The first pass is not counted: it pays for what the model does once.
    """
    step = 2 * round(CHUNK_S * TELEPHONE_RATE)
    length_s = len(pcm) / (2 * TELEPHONE_RATE)
    passes: list[float] = []
    began = time.perf_counter()
    while True:
        listener, started = recogniser(), time.perf_counter()
        for at in range(0, len(pcm), step):
            listener.accept(pcm[at : at + step])
            if time.perf_counter() - began > AT_MOST_S:  # a heavy model: what was decoded so far tells enough
                return (time.perf_counter() - started) / ((at + step) / (2 * TELEPHONE_RATE))
        listener.finish()
        passes.append((time.perf_counter() - started) / length_s)
        if len(passes) > 1 and time.perf_counter() - began > AT_LEAST_S:
            counted = sorted(passes[1:])
            return counted[len(counted) // 2]
