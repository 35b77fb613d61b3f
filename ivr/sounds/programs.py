"""Programs that speak: text on their standard input, a WAV file on their standard output."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import soundfile

from core.errors import Problem
from ivr.sounds.levels import Samples

SPEAK_WITHIN_S = 30.0


class Speech(NamedTuple):
    samples: Samples
    rate: int  # Hz


def run(command: Sequence[str], text: str) -> bytes:
    """What a program says to `text` on its standard input: never an argument, which everybody on the machine sees."""
    program = Path(command[0]).name
    if shutil.which(command[0]) is None:
        raise Problem(f"{program} is not here", remedy=f"Install the package {program}, or run `make setup`")
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=SPEAK_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise Problem(f"{program} did not answer within {SPEAK_WITHIN_S:g} s") from None
    if done.returncode:
        # Only its last line, and never the text: some programs repeat what they were given.
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        said = "" if not last or (text and text in last[0]) else f": {last[0]}"
        raise Problem(f"{program} failed with code {done.returncode}{said}", place=" ".join(command))
    return done.stdout


def heard(wav: bytes) -> Speech:
    """A WAV file's bytes as speech."""
    try:
        samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise Problem(f"a voice gave no sound: {error.error_string}") from error
    return Speech(samples[:, 0], int(rate))
