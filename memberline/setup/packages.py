"""Debian packages unpacked into a folder of ours: no root, no installation, no daemon started.

apt works in a private root with lists and cache of its own; it takes the machine's mirror and keys, so signatures are
checked as ever.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import Problem

Progress = Callable[[str], None]

SOURCES = Path("/etc/apt")
DPKG_STATUS = Path("/var/lib/dpkg/status")
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LIMIT_S = 600


def mirror(sources: Path = SOURCES) -> str:
    """The Debian mirror that the machine's own apt uses (one-line or deb822 files)."""
    files = [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*.list"))]
    for line in _lines(files):
        match = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+\S+\s+.*\bmain\b", line)
        if match and _is_debian(match[1]):
            return match[1]
    for line in _lines(sorted((sources / "sources.list.d").glob("*.sources"))):
        match = re.match(r"URIs:\s*(\S+)", line)
        if match and _is_debian(match[1]):
            return match[1]
    raise Problem("no Debian mirror is named", place=str(sources), remedy="Add one to /etc/apt/sources.list")


def unpack(packages: Sequence[str], into: Path, *, suite: str, everything: bool, say: Progress) -> None:
    """Unpack `packages` of `suite` and what they need under `into`, all of it or nothing.

    `everything`: also the libraries that the machine has (for a suite newer than the machine's); else only what is
    missing here.
    """
    work = into.with_name(f"{into.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    options = _private_root(work / "apt", suite, everything)
    say(f"reading the package lists of {suite}")
    _run(["apt-get", *options, "-q", "update"])
    say(f"fetching {', '.join(packages)}")
    _run(["apt-get", *options, "-q", "-y", "--download-only", "install", *packages])
    archives = sorted((work / "apt/archives").glob("*.deb"))
    for number, archive in enumerate(archives, 1):
        if number % 20 == 0 or number == len(archives):
            say(f"unpacked {number} of {len(archives)} packages")
        _run(["dpkg-deb", "-x", str(archive), str(work / "root")])
    shutil.rmtree(into, ignore_errors=True)
    (work / "root").rename(into)
    shutil.rmtree(work)


def _private_root(folder: Path, suite: str, everything: bool) -> list[str]:
    for name in ("lists/partial", "archives/partial", "etc"):
        (folder / name).mkdir(parents=True)
    status = folder / "status"
    if everything:
        status.touch()
    else:
        shutil.copy(DPKG_STATUS, status)
    signed = f"[signed-by={KEYS}] " if KEYS.exists() else ""
    (folder / "etc/sources.list").write_text(f"deb {signed}{mirror()} {suite} main\n")
    settings = {
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": status,
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Dir::Etc": folder / "etc",
        "Dir::Etc::SourceList": folder / "etc/sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Acquire::Check-Valid-Until": "false",  # a mirror frozen in time is still a signed one
        "Acquire::Retries": "3",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except FileNotFoundError:
        raise Problem(f"{command[0]} is not here", remedy="Memberline's set-up needs Debian") from None
    except subprocess.TimeoutExpired:
        raise Problem(f"{command[0]} took more than {LIMIT_S} s", remedy="Is the package mirror reachable?") from None
    if done.returncode:
        last = " | ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise Problem(f"{command[0]} failed: {last}", remedy="Is the package mirror reachable?")


def _lines(files: Sequence[Path]) -> list[str]:
    return [line for file in files if file.is_file() for line in file.read_text().splitlines()]


def _is_debian(address: str) -> bool:
    """A mirror of Debian itself, not its security archive and not another vendor's packages."""
    return address.rstrip("/").endswith("/debian")
