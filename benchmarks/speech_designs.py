"""The two ways of decoding live calls that are compared: the product's, and the open design as it is published.

The open design is that of vosk's own websocket server, written from its description: one recogniser a connection, each
chunk handed to a thread pool as large as the processor count, a partial result computed after every chunk, word times
always on, no silence detection, nobody refused. Its network and its JSON are left out here, in its favour.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vosk

from assist.speech import voice
from assist.speech.listener import Frame, Listener
from assist.speech.pool import DecoderPool
from assist.speech.recogniser import Recogniser
from assist.speech.stream import AT_LEAST_S, SILENT_S, SpeechStream
from assist.speech.words import Heard
from benchmarks.speech_audio import FRAME, RATE, Leg

CHUNK_S = 0.2  # the open design's; the longer of the two that are usual, which costs it less
FRAME_S = FRAME / RATE


@dataclass(frozen=True)
class Final:
    """Final words: when the last of them ended, and when they were there, in seconds of the leg's audio or time."""

    text: str
    end_s: float
    there_s: float


@dataclass
class Trial:
    """What came of one leg in real time."""

    leg: Leg
    begun_s: float  # on the loop's clock
    finals: list[Final] = field(default_factory=list)
    lost_s: float = 0.0


class Product:
    """This product's: gate, listener and pool."""

    def __init__(self, recogniser: Callable[[], Recogniser]) -> None:
        self._recogniser, self._voices = recogniser, voice.detectors(ready=40)

    def alone(self, leg: Leg) -> list[Final]:
        """With the machine to itself and no time lost: `there_s` is how much audio it takes."""
        listener = Listener(self._recogniser, 0.0, voice=self._voices.leg() if self._voices else None)
        finals: list[Final] = []
        waiting: list[Frame] = []
        at = 0.0
        for pcm in leg.frames:
            at += FRAME_S
            waiting.append(Frame(pcm, at))
            # In turns as large as on a live call where nobody waits.
            wanted_s = min(AT_LEAST_S, listener.nothing_before_s) if listener.in_speech else SILENT_S
            if len(waiting) * FRAME_S >= wanted_s - 1e-6:
                finals += [_final(heard, at) for heard in listener.hear(waiting) if heard.final and heard.words]
                waiting = []
        finals += [_final(heard, at) for heard in listener.hear(waiting) if heard.final and heard.words]
        return [*finals, *(_final(heard, at) for heard in listener.pause() if heard.words)]

    async def live(self, legs: Sequence[Leg], starts_s: Sequence[float], seconds: float) -> list[Trial]:
        """Frames come every 20 ms, each leg's from its start on."""
        loop = asyncio.get_running_loop()
        zero = loop.time()
        trials = [Trial(leg, zero + start_s) for leg, start_s in zip(legs, starts_s, strict=True)]
        async with DecoderPool(self._recogniser, most_streams=10_000, voices=self._voices) as pool:
            streams = [self._stream(pool, trial) for trial in trials]
            frames = [leg.frames for leg in legs]
            fed = [0] * len(legs)
            while (now := loop.time()) - zero < seconds:
                for n, trial in enumerate(trials):
                    due = min(len(frames[n]), int((now - trial.begun_s) / FRAME_S))
                    for number in range(fed[n], due):
                        streams[n].feed(frames[n][number], trial.begun_s + (number + 1) * FRAME_S)
                    fed[n] = max(fed[n], due)
                await asyncio.sleep(FRAME_S)
        return trials

    @staticmethod
    def _stream(pool: DecoderPool, trial: Trial) -> SpeechStream:
        loop = asyncio.get_running_loop()

        def on_result(heard: Heard) -> None:
            if heard.final and heard.words:
                trial.finals.append(_final(heard, loop.time() - trial.begun_s))

        def on_gap(start: float, end: float) -> None:
            trial.lost_s += end - start

        return pool.stream(on_result, trial.begun_s, on_gap)


class OpenDesign:
    """The published one."""

    def __init__(self, folder: Path) -> None:
        self._model: Any = vosk.Model(str(folder))

    def alone(self, leg: Leg) -> list[Final]:
        recogniser, finals = self._recogniser(), list[Final]()
        at = 0.0
        for pcm in _chunks(leg):
            at += len(pcm) / 2 / RATE
            is_final, answer = _process(recogniser, pcm)
            finals += _finals(answer, at) if is_final else []
        return [*finals, *_finals(recogniser.FinalResult(), at)]

    async def live(self, legs: Sequence[Leg], starts_s: Sequence[float], seconds: float) -> list[Trial]:
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            work = (self._one(threads, *each, seconds) for each in zip(legs, starts_s, strict=True))
            trials = list(await asyncio.gather(*work))
            threads.shutdown(cancel_futures=True)
        return trials

    async def _one(self, threads: ThreadPoolExecutor, leg: Leg, start_s: float, seconds: float) -> Trial:
        """Chunks come in time; a connection that is behind works off what has come, one chunk after the other."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(start_s)
        trial, recogniser = Trial(leg, loop.time()), self._recogniser()
        answers: list[tuple[str, float]] = []
        for number, pcm in enumerate(_chunks(leg), 1):
            if start_s + number * CHUNK_S > seconds or loop.time() - trial.begun_s + start_s > seconds:
                break
            await _until(loop, trial.begun_s + number * CHUNK_S)
            is_final, answer = await loop.run_in_executor(threads, _process, recogniser, pcm)
            if is_final:
                answers.append((answer, loop.time() - trial.begun_s))
        trial.finals = [final for answer, there_s in answers for final in _finals(answer, there_s)]
        return trial

    def _recogniser(self) -> Any:
        recogniser = vosk.KaldiRecognizer(self._model, RATE)
        recogniser.SetWords(True)
        return recogniser


def _process(recogniser: Any, pcm: bytes) -> tuple[bool, str]:
    if recogniser.AcceptWaveform(pcm):
        return True, recogniser.Result()
    return False, recogniser.PartialResult()


def _chunks(leg: Leg) -> list[bytes]:
    frames, several = leg.frames, round(CHUNK_S / FRAME_S)
    return [b"".join(frames[at : at + several]) for at in range(0, len(frames), several)]


def _finals(answer: str, there_s: float) -> list[Final]:
    words = json.loads(answer).get("result", [])
    return [Final(" ".join(word["word"] for word in words), words[-1]["end"], there_s)] if words else []


def _final(heard: Heard, there_s: float) -> Final:
    return Final(heard.text, heard.end_s, there_s)


async def _until(loop: asyncio.AbstractEventLoop, moment: float) -> None:
    if (wait := moment - loop.time()) > 0:
        await asyncio.sleep(wait)


def cost(design: Product | OpenDesign, leg: Leg) -> tuple[float, list[Final]]:
    """Seconds of this thread's time for a second of the leg's, and what it heard."""
    began = time.thread_time()
    finals = design.alone(leg)
    return (time.thread_time() - began) / leg.seconds, finals
