"""Which Asterisk to run: the machine's own where it is new enough, else one unpacked into a folder without root."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.errors import Problem

OLDEST = 20
_VERSION = re.compile(r"Asterisk (?:certified[/-])?(\d+)")


@dataclass(frozen=True)
class Asterisk:
    """How to start an Asterisk, and where its own files lie. `prefix` is empty for an installed one."""

    command: tuple[str, ...]
    prefix: Path
    version: str

    @property
    def modules(self) -> Path:
        return self.prefix / _LIBRARIES.relative_to("/") / "asterisk" / "modules"


_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")


def installed() -> Asterisk | None:
    """The machine's own Asterisk, if it is version 20 or newer."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin")
    if program is None:
        return None
    version = _version((program,))
    return Asterisk((program,), Path("/"), version) if _major(version) >= OLDEST else None


def unpacked(folder: Path) -> Asterisk | None:
    """The Asterisk unpacked under `folder`, started through its own loader so that it needs nothing of the machine."""
    libraries = folder / _LIBRARIES.relative_to("/")
    program, loader = folder / "usr/sbin/asterisk", libraries / "ld-linux-x86-64.so.2"
    if not program.exists() or not loader.exists():
        return None
    path = f"{libraries}:{libraries}/pulseaudio:{folder}/usr/lib"
    command = (str(loader), "--inhibit-cache", "--library-path", path, "--argv0", "asterisk", str(program))
    return Asterisk(command, folder, _version(command))


def find(folder: Path) -> Asterisk:
    """The one to use; raises `Problem` where there is none."""
    found = installed() or unpacked(folder)
    if found is None:
        raise Problem("no Asterisk 20 or newer is here", place=str(folder), remedy="Run `make setup`")
    return found


def _version(command: tuple[str, ...]) -> str:
    answer = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False)
    return answer.stdout.strip()


def _major(version: str) -> int:
    match = _VERSION.search(version)
    return int(match[1]) if match else 0
