"""Recordings of a human voice: any format that libsndfile reads. They win over synthesis."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from core.errors import Problem
from ivr.sounds.levels import Samples

EXPECTED = "Expected a sound file (wav, flac, ogg, mp3) of at most five minutes, 8 to 192 kHz"
LONGEST_S = 300
SOX_WITHIN_S = 60.0


def digest(path: Path) -> str:
    """Of the file's bytes. Blocks. Raises `Problem` where there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror or error}", place=str(path), remedy=EXPECTED) from error


def read(path: Path) -> tuple[Samples, int]:
    """Samples (channels mixed down to one) and their rate. Blocks. Raises `Problem`."""
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            if not 8_000 <= rate <= 192_000 or len(file) > LONGEST_S * rate:
                found = f"has {len(file) / rate:.0f} s at {rate} Hz"
                raise Problem(found, place=str(path), remedy=EXPECTED)
            samples = file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        reason = error.error_string if isinstance(error, soundfile.LibsndfileError) else str(error)
        raise Problem(f"cannot be read as sound: {reason.rstrip('.')}", place=str(path), remedy=EXPECTED) from error
    return samples.mean(axis=1, dtype=np.float32), rate


def stretched(samples: Samples, rate: int, pace: float) -> Samples:
    """The same voice at another pace (0.8: slower), by sox. Blocks. Raises `Problem` where sox is not here."""
    if pace == 1.0:
        return samples
    if shutil.which("sox") is None:
        raise Problem("sox is not here, so recordings cannot be slowed down", remedy="Install the package sox")
    raw = ["-t", "raw", "-e", "floating-point", "-b", "32", "-c", "1", "-r", str(rate)]
    command = ["sox", *raw, "-", *raw, "-", "tempo", "-s", f"{pace:g}"]
    try:
        done = subprocess.run(
            command, input=samples.astype("<f4").tobytes(), capture_output=True, timeout=SOX_WITHIN_S, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Problem(f"sox could not slow a recording down: {error}") from error
    return np.frombuffer(done.stdout, "<f4").astype(np.float32)
