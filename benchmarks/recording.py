"""CPU of recording a second of a call (both sides, mixed, sealed, settled) over writing the same bytes bare."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

import migrations
from assist.recording.companding import compressed, expanded
from assist.recording.live import Heard, Recorded
from assist.recording.mixing import RATE, Samples
from assist.recording.recorder import Recorder
from assist.recording.sealing import CHUNK_SAMPLES
from assist.recording.tape import Tape
from benchmarks.harness import Goal, Result, interleaved
from core.clock import SystemClock
from core.database import Database
from records.contacts import Contacts
from records.recording_keys import MasterKeys
from records.recordings import Recordings

FRAME = 160


def run(seconds: int = 120, repeats: int = 5, calls: int = 40, at_once_s: int = 10) -> Result:
    """Figures in milliseconds of CPU for one second of a call; `recorder`: event loop and database included, in real
    time with so many calls at once."""
    with tempfile.TemporaryDirectory() as disk, tempfile.TemporaryDirectory(dir=_memory()) as memory:
        heard = frames(seconds)
        ours, straight, bare = interleaved(
            repeats,
            lambda: recording(heard, seconds, Path(disk), Path(memory)),
            lambda: recording(heard, seconds, Path(disk), None),
            lambda: writing(heard, Path(disk)),
        )
        whole = asyncio.run(recorder(heard, calls, at_once_s, Path(disk), Path(memory)))
    sound = talk(seconds)
    return Result(
        {
            "recording_ms_per_s": ours / seconds * 1000,
            "without_young_ms_per_s": straight / seconds * 1000,
            "bare_write_ms_per_s": bare / seconds * 1000,
            "ratio": ours / bare,
            "recorder_ms_per_s": whole / calls / at_once_s * 1000,
            "recorder_share_of_a_core": whole / at_once_s,
            "kept_bytes_per_s": 2.0 * RATE,
            "flac_bytes_per_s": flac(sound, seconds),
        },
        (Goal("recorder_ms_per_s", "<=", 5),),
    )


def talk(seconds: int) -> Samples:
    """(samples, 2): each side talks 40 % of the time, in voiced noise, as the telephone has it; else faint noise."""
    random = np.random.default_rng(7)
    samples = random.normal(0, 4, (seconds * RATE, 2))
    swell = np.abs(np.sin(np.arange(seconds * RATE) * 2 * np.pi * 3 / RATE))
    tone = np.sin(np.arange(seconds * RATE) * 2 * np.pi * 180 / RATE)
    for side in (0, 1):
        for second in range(seconds):
            if random.random() < 0.4:
                part = slice(second * RATE, (second + 1) * RATE)
                samples[part, side] += swell[part] * (1500 * tone[part] + random.normal(0, 500, RATE))
    return np.clip(samples, -32768, 32767).astype(np.int16)


def frames(seconds: int) -> list[Heard]:
    """As they arrive: 20 ms of each side, a little late."""
    sound, random = talk(seconds), np.random.default_rng(8)
    arrived = []
    for number in range(seconds * RATE // FRAME):
        at = (number + 1) * FRAME / RATE + random.uniform(0, 0.01)
        part = sound[number * FRAME :][:FRAME]
        arrived += [
            Heard("caller", "1", at, np.ascontiguousarray(part[:, 0]).tobytes()),
            Heard("agent", "2", at, np.ascontiguousarray(part[:, 1]).tobytes()),
        ]
    return arrived


def recording(heard: list[Heard], seconds: int, disk: Path, memory: Path | None) -> float:
    """Seconds of CPU, the kernel's part included."""
    a_second = len(heard) // seconds
    path = disk / f"{time.monotonic_ns()}.rec"
    began = _cpu()
    with Tape(path, "benchmark", b"k" * 32, young=memory) as tape:
        recorded = Recorded(tape, 0.0, 0)
        for second in range(seconds):
            part = heard[second * a_second : (second + 1) * a_second]
            recorded.record(part, second * CHUNK_SAMPLES, (), second - 30)
        recorded.record((), seconds * CHUNK_SAMPLES, (), seconds)
        tape.settle(seconds)
    used = _cpu() - began
    path.unlink()
    return used


async def recorder(heard: list[Heard], calls: int, seconds: int, disk: Path, memory: Path) -> float:
    """Seconds of CPU of the process while so many calls are recorded at once."""
    url = f"sqlite:///{disk / 'recording.db'}"
    await asyncio.to_thread(migrations.upgrade, url)
    db, clock = Database(url), SystemClock()
    contacts, kept = Contacts(db, clock), Recordings(db, clock, MasterKeys(base64.b64encode(b"m" * 32).decode()))
    recording = Recorder(kept=kept, clock=clock, folder=disk / "kept", young=memory / "many")
    await recording.start()
    names = [f"call-{number}" for number in range(calls)]
    for name in names:
        await contacts.open(name, system="pbx", linkedid=name, caller_number="", dialled="", started_at=clock.now())
        await contacts.set_consent(name, "given")
        await recording.begin(name, clock.now())
    began, used, place = clock.monotonic(), time.process_time(), 0
    while place < len(heard) and heard[place].at <= seconds:
        if began + heard[place].at > clock.monotonic():
            await asyncio.sleep(0.005)
            continue
        frame = heard[place]
        for name in names:
            recording.feed(name, frame.side, frame.leg, began + frame.at, frame.pcm)
        place += 1
    used = time.process_time() - used
    for name in names:
        await recording.end(name)
    await recording.stop()
    await db.close()
    return used


def writing(heard: list[Heard], disk: Path) -> float:
    """The same frames, each side to a file of its own, as they come: no clock, no encryption, synced as often."""
    began = _cpu()
    sides = [os.open(disk / side, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for side in ("caller", "agent")]
    for number, frame in enumerate(heard):
        os.write(sides[frame.side == "agent"], frame.pcm)
        if number % 500 == 499:
            for fd in sides:
                os.fdatasync(fd)
    for fd in sides:
        os.close(fd)
    return _cpu() - began


def flac(sound: Samples, seconds: int) -> float:
    """What a second would take as FLAC of what the telephone sends, each second by itself."""
    size = 0
    for second in range(seconds):
        part = sound[second * RATE :][:RATE]
        file = io.BytesIO()
        soundfile.write(file, _as_sent(part), RATE, format="FLAC", subtype="PCM_16")
        size += len(file.getvalue())
    return size / seconds


def _as_sent(part: Samples) -> Samples:
    return expanded(compressed(part))


def _memory() -> str | None:
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime
