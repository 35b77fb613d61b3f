"""Node and its packages: the machine's own Node where it is new enough, else the one in the Python environment."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from core.errors import Problem

OLDEST = 20
LIMIT_S = 600

_INSTALLED = "node_modules/.memberline"


def environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are new enough."""
    found = dict(os.environ)
    if not _new_enough(shutil.which("node")) or shutil.which("npm") is None:
        found["PATH"] = f"{Path(sys.executable).parent}:{found['PATH']}"
    return found


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in `folder`; raises `Problem` with its last lines where it fails."""
    done = subprocess.run(
        ["npm", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        last = " | ".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise Problem(f"npm {' '.join(arguments)} failed: {last}", place=str(folder))


def lacks_packages(folder: Path) -> bool:
    """Whether what is installed in `folder` is not what its package-lock.json says."""
    return changed(folder, _INSTALLED, stamp(folder, [folder / "package-lock.json"]))


def install(folder: Path) -> None:
    """Install what package-lock.json says, and nothing else."""
    wanted = stamp(folder, [folder / "package-lock.json"])
    npm(folder, "ci")
    keep(folder, _INSTALLED, wanted)


def stamp(folder: Path, files: Iterable[Path]) -> str:
    """A digest of the names and contents of those `files` in `folder` that are there."""
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def changed(folder: Path, name: str, stamp: str) -> bool:
    """Whether `stamp` is another than the one kept under `name`."""
    kept = folder / name
    return not kept.exists() or kept.read_text() != stamp


def keep(folder: Path, name: str, stamp: str) -> None:
    """Remember `stamp` for `changed`."""
    (folder / name).write_text(stamp)


def _new_enough(node: str | None) -> bool:
    if node is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    match = re.match(r"v(\d+)\.", answer)
    return match is not None and int(match[1]) >= OLDEST
