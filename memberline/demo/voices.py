"""Voices for the demo: a line of a script becomes telephone sound, once, by the synthesisers of the machine.

A voice is written `espeak:<voice>` (espeak-ng, a variant of en-us such as `espeak:Alicia`) or `flite:<voice>`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import tempfile
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from core.errors import Problem

RATE = 8000
LEVEL = 0.5  # the loudest sample, of full scale
LINE_TIMEOUT_S = 30.0
WORDS_PER_MINUTE = "155"
MOST_CHARACTERS = 1000
REVISION = "1"  # part of every cached sound's name: raise it when lines are to be spoken anew

# How each program lists its voices.
ENGINES = {"espeak": ["espeak-ng", "--voices=variant"], "flite": ["flite", "-lv"]}

AGENTS = {
    "dana": "flite:slt",
    "luis": "espeak:Marco",
    "renee": "espeak:Andrea",
    "tomas": "espeak:david",
    "grace": "espeak:linda",
    "priya": "espeak:belinda",
    "owen": "flite:kal16",
    "morgan": "espeak:robert",
}
OTHER_AGENTS = ("espeak:john", "espeak:f2", "espeak:Michael", "espeak:anika")


def of_agent(agent_id: str) -> str:
    """The voice of an agent; one that the sample plan does not name gets the same one each time."""
    digest = hashlib.sha256(agent_id.encode()).digest()
    return AGENTS.get(agent_id, OTHER_AGENTS[digest[0] % len(OTHER_AGENTS)])


async def rendered(text: str, voice: str, cache: Path) -> NDArray[np.int16]:
    """`render`, off the event loop."""
    return await asyncio.to_thread(render, text, voice, cache)


def render(text: str, voice: str, cache: Path) -> NDArray[np.int16]:
    """`text` spoken by `voice`: int16 mono samples at 8 kHz, from the folder `cache` if they are there already.

    Blocks for a fraction of a second. Raises `Problem` where the synthesiser is missing or does not know the voice.
    """
    key = hashlib.sha256("\n".join((REVISION, voice, text)).encode()).hexdigest()[:32]
    path = cache / f"{key}.wav"
    if path.is_file():
        with wave.open(str(path)) as kept:
            return np.frombuffer(kept.readframes(kept.getnframes()), np.int16)
    samples = _spoken(text, voice)
    _keep(samples, path)
    return samples


def duration_s(samples: NDArray[np.int16]) -> float:
    return len(samples) / RATE


def for_synthesiser(text: str) -> str:
    """Letters that stand alone are spelled ("ten ninety nine r"); capitals make the synthesisers do so."""
    return re.sub(r"(?<![\w'])[b-hj-z](?![\w'])", lambda letter: letter[0].upper(), text)


def _spoken(text: str, voice: str) -> NDArray[np.int16]:
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise Problem(f"cannot be spoken: expected 1 to {MOST_CHARACTERS} characters", place=repr(text[:40]))
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "line.wav"
        _run(_command(for_synthesiser(text), voice, sound))
        samples, rate = soundfile.read(sound, dtype="float32")
    at_telephone_rate = soxr.resample(samples, rate, RATE)
    loudest = float(np.abs(at_telephone_rate).max(initial=0.0)) or 1.0
    spoken: NDArray[np.int16] = np.round(at_telephone_rate * (LEVEL * 32767 / loudest)).astype(np.int16)
    return spoken


def _command(text: str, voice: str, sound: Path) -> list[str]:
    engine, _, name = voice.partition(":")
    if engine not in ENGINES:
        raise Problem("no such voice", place=voice, remedy="Expected espeak:<voice> or flite:<voice>")
    # Asked to speak with a voice that they don't know, both take another one without a word.
    if name not in _known(engine):
        raise Problem(f"{engine} has no such voice", place=voice, remedy=f"It has: {', '.join(sorted(_known(engine)))}")
    if engine == "espeak":
        return ["espeak-ng", "-v", f"en-us+{name}", "-s", WORDS_PER_MINUTE, "-w", str(sound), "--", text]
    return ["flite", "-voice", name, "-t", text, "-o", str(sound)]


@lru_cache
def _known(engine: str) -> frozenset[str]:
    listing = _run(ENGINES[engine])
    if engine == "espeak":
        return frozenset(re.findall(r"!v/(\S+)", listing))
    return frozenset(listing.partition(":")[2].split())


def _run(command: list[str]) -> str:
    """What the program prints."""
    program = command[0]
    try:
        done = subprocess.run(command, check=True, capture_output=True, timeout=LINE_TIMEOUT_S)
    except FileNotFoundError as error:
        raise Problem("is not installed", place=program, remedy=f"apt-get install {program}") from error
    except subprocess.TimeoutExpired as error:
        raise Problem(f"did not finish a line within {LINE_TIMEOUT_S:.0f} s", place=program) from error
    except subprocess.CalledProcessError as error:
        raise Problem(f"failed: {error.stderr.decode(errors='replace').strip()}", place=program) from error
    return done.stdout.decode(errors="replace")


def _keep(samples: NDArray[np.int16], path: Path) -> None:
    """Whole or not at all: two who speak the same line at the same time do not disturb each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part,
        wave.open(part, "wb") as sound,
    ):
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    os.replace(part.name, path)
