"""Sound files as Asterisk plays them: one name, `.wav` with 8 kHz and `.wav16` with 16 kHz, 16 bit, mono.

Asterisk takes the one that suits the channel. A file is there whole or not at all.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import soundfile

from core.errors import Problem
from ivr.sounds.levels import Levelled

ENDINGS = {16_000: ".wav16", 8_000: ".wav"}  # written in this order: where the last is, the first is too
PLAYABLE = re.compile(r"[\w/.+-]+", re.ASCII)  # what a name may hold: no space, no &, no comma ends it in the dialplan


@dataclass(frozen=True)
class Sound:
    """`path` is absolute and without an ending, as STREAM FILE, GET DATA and Playback want it."""

    path: str
    seconds: float


def playable(folder: Path) -> Path:
    """`folder` as an absolute path that Asterisk's commands take; `Problem` where they would not."""
    whole = folder.absolute()
    if not PLAYABLE.fullmatch(str(whole)):
        raise Problem(
            "this folder's name cannot stand in a command of Asterisk",
            place=str(whole),
            remedy="Expected letters, digits and / . _ + - only",
        )
    return whole


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Whatever keeps us from writing there (a full disk, a folder of somebody else) becomes a `Problem`."""
    try:
        yield
    except (OSError, soundfile.LibsndfileError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.error_string
        raise Problem(f"sounds cannot be written: {reason}", place=str(folder)) from error


def write(base: Path, sound: Levelled) -> Sound:
    """Write `base` in both rates. Blocks. Raises `Problem`."""
    for rate, ending in ENDINGS.items():
        part = base.with_name(f".{base.name}.{secrets.token_hex(4)}")
        with writing(base.parent):
            try:
                soundfile.write(part, sound[rate], rate, subtype="PCM_16", format="WAV")
                part.replace(_named(base, ending))
            finally:
                part.unlink(missing_ok=True)
    return Sound(str(base), len(sound[8_000]) / 8_000)


def existing(base: Path) -> Sound | None:
    """What was written before; None where it was not, or is broken. Blocks."""
    try:
        for ending in ENDINGS.values():
            info = soundfile.info(_named(base, ending))
    except (soundfile.LibsndfileError, OSError):
        return None
    return Sound(str(base), info.frames / info.samplerate) if info.frames else None


def read(base: Path) -> Levelled:
    """Blocks. Raises `Problem` where it is gone."""
    try:
        return {rate: soundfile.read(_named(base, ending), dtype="int16")[0] for rate, ending in ENDINGS.items()}
    except soundfile.LibsndfileError as error:
        raise Problem("a sound is gone or broken", place=str(base)) from error


def link(base: Path, name: Path) -> None:
    """Give the sound another name on the same disk; what had that name before is no longer there. Blocks."""
    with writing(name.parent):
        name.parent.mkdir(parents=True, exist_ok=True)
        for ending in ENDINGS.values():
            target, source = _named(name, ending), _named(base, ending)
            if target.exists() and os.path.samefile(target, source):
                continue
            part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            os.link(source, part)
            part.replace(target)


def _named(base: Path, ending: str) -> Path:
    return base.with_name(base.name + ending)
