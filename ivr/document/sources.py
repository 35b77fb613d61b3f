"""Where the files of a document come from: a folder, or texts that were kept. Both stay within bounds."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from core.errors import Problem
from core.yaml_places import read_text
from ivr.document.forms import Sound

MOST_BYTES = 1_000_000  # of one file of the document
MOST_SOUND_BYTES = 32_000_000  # of one recorded prompt: half an hour of the telephone's 8 kHz
MOST_FILES = 50
MOST_STEPS = 1000  # of a document: following its ways takes time by the square of it


class Source(Protocol):
    def shown(self, name: str) -> str:
        """The file's name as messages call it."""

    def text(self, name: str) -> str:
        """Raises `Problem`."""

    def sound(self, name: str) -> Sound | str | None:
        """A recorded file, or what is wrong with it; None where sounds are not at hand."""


class Folder:
    """Names are paths from the folder of the main file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def shown(self, name: str) -> str:
        return str(self._folder / name)

    def text(self, name: str) -> str:
        path = self._folder / name
        try:
            size = path.stat().st_size
        except OSError:
            size = 0  # the reading says why
        if size > MOST_BYTES:
            raise Problem(f"is larger than {MOST_BYTES:,} bytes", place=str(path))
        return read_text(path)

    def sound(self, name: str) -> Sound | str | None:
        import soundfile  # noqa: PLC0415 - numpy and all, for those who have recorded prompts

        path = self._folder / name
        try:
            if path.stat().st_size > MOST_SOUND_BYTES:
                return f"a recorded file of more than {MOST_SOUND_BYTES:,} bytes"
            content = path.read_bytes()
        except OSError as error:
            return f"a recorded file that cannot be read ({error.strerror})"
        try:
            seconds = float(soundfile.info(io.BytesIO(content)).duration)
        except soundfile.LibsndfileError:
            return "a recorded file that is no sound"
        return Sound(seconds=seconds, digest=hashlib.sha256(content).hexdigest())


class Kept:
    """Texts by name, as a version keeps them. Recorded files are not kept with it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def shown(self, name: str) -> str:
        return name

    def text(self, name: str) -> str:
        if name not in self._files:
            raise Problem("is not among the files that were kept", place=name)
        return self._files[name]

    def sound(self, name: str) -> Sound | str | None:
        return None
