"""Speech out of text, by the synthesisers of the machine: espeak-ng and flite, in many voices.

flite also tells when each of its sounds begins and ends; with that the first network learns what a sound is.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import resample_poly

from assist.speech.recipe import phones

RATE = 8000
FLITE_SHARE = 0.4
# Whole speakers are kept for measuring, so that the rate on voices never heard is known.
ESPEAK = (
    "m1 m2 m3 m5 m6 m7 m8 f1 f2 f3 f5 Alex Alicia Andrea Andy Annie Gene Gene2 Jacky Lee Marco Mario Michael Mike "
    "Denis Diogo Henrique adam anika belinda benjamin boris caleb david ed edward linda john paul pedro quincy rob "
    "robert sandro shelby steph steph2 travis zac klatt klatt2"
)
FLITE = "slt awb kal16 kal"
NEW_ESPEAK, NEW_FLITE = "m4 f4 Hugo steph3 victor", "rms"
ACCENTS = ("en-us", "en-us", "en-us", "en-us", "en-us-nyc", "en-gb-x-rp")

# flite's names of sounds that the CMU dictionary writes otherwise.
_FLITE_SOUNDS = {
    "AX": "AH",
    "DX": "T",
    "EL": "L",
    "EM": "M",
    "EN": "N",
    "NX": "N",
    "HV": "HH",
    "AXR": "ER",
    "PAU": "SIL",
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """`samples`: int16, 8 kHz. `times`: (sound, start, end) in seconds where the synthesiser told them."""

    text: str
    voice: str
    samples: NDArray[np.int16]
    times: list[tuple[str, float, float]] = field(default_factory=list)


def speak(text: str, seed: int, *, new_voices: bool = False) -> Utterance:
    """A voice, its pitch and its pace, drawn by `seed`."""
    draw = random.Random(seed)
    written = " ".join(word.upper() if len(word) == 1 and word not in "ai" else word for word in text.split())
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "said.wav"
        if draw.random() < FLITE_SHARE:
            voice = draw.choice((NEW_FLITE if new_voices else FLITE).split())
            listing = _flite(written, voice, sound, draw)
        else:
            voice = draw.choice((NEW_ESPEAK if new_voices else ESPEAK).split())
            listing = _espeak(written, voice, sound, draw)
        rate, samples = wavfile.read(sound)
    pace = draw.uniform(0.9, 1.12)  # faster and higher together: another throat
    ratio = Fraction(RATE / (rate * pace)).limit_denominator(400)
    resampled = resample_poly(samples.astype(np.float32), ratio.numerator, ratio.denominator)
    clipped = np.clip(np.round(resampled), -32768, 32767).astype(np.int16)
    return Utterance(text, voice, clipped, _times(listing, pace))


def _flite(text: str, voice: str, sound: Path, draw: random.Random) -> str:
    pitch = draw.randrange(150, 220) if voice == "slt" else draw.randrange(80, 145)
    settings = ("--setf", f"duration_stretch={draw.uniform(0.8, 1.2):.2f}", "--setf", f"int_f0_target_mean={pitch}")
    return _run("flite", "-voice", voice, *settings, "-t", text, "-o", str(sound), "-psdur")


def _espeak(text: str, voice: str, sound: Path, draw: random.Random) -> str:
    pace, pitch = str(draw.randrange(125, 205)), str(draw.randrange(25, 75))
    _run("espeak-ng", "-v", f"{draw.choice(ACCENTS)}+{voice}", "-s", pace, "-p", pitch, "-w", str(sound), "--", text)
    return ""


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode(errors="replace")


def _times(listing: str, pace: float) -> list[tuple[str, float, float]]:
    """flite prints `sound:end` in seconds for each sound."""
    times: list[tuple[str, float, float]] = []
    start = 0.0
    for item in listing.split():
        name, _, ending = item.rpartition(":")
        end = float(ending) / pace
        sound = _FLITE_SOUNDS.get(name.upper(), name.upper())
        times.append((sound if sound in phones.ONSET else phones.GARBAGE, start, end))
        start = end
    return times
