"""The servers that the tests start: the machine's own, else Debian's, unpacked; and an identity provider that runs on
Node. Never started by us as a service."""

from __future__ import annotations

import platform
from pathlib import Path

from core.errors import Problem
from memberline.paths import IDENTITY_PROVIDER
from memberline.setup import node
from memberline.setup.packages import Progress, unpack

INSTALLED = Path("/")

# Debian's package of each, and its program in it.
PROGRAMS = {
    "postgresql": "usr/lib/postgresql/*/bin/postgres",
    "nats-server": "usr/sbin/nats-server",
    "nginx": "usr/sbin/nginx",
}


def program(package: str, folder: Path) -> Path | None:
    """The newest program of `package`, on the machine or unpacked in `folder`."""
    return _newest(package, INSTALLED) or _newest(package, folder)


def libraries(folder: Path) -> str:
    """Where the unpacked ones find what the machine lacks, as LD_LIBRARY_PATH."""
    return ":".join(sorted({str(path.parent) for path in folder.glob("usr/lib/*/*.so*")}))


def provide(folder: Path, say: Progress) -> str:
    """See that they are there; their names."""
    lacking = [package for package in PROGRAMS if _newest(package, INSTALLED) is None]
    if any(_newest(package, folder) is None for package in lacking):
        suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        if not suite:
            raise Problem(
                "does not say which Debian this is", place="/etc/os-release", remedy=f"Install {', '.join(lacking)}"
            )
        unpack(lacking, folder, suite=suite, everything=False, say=say)
        for package in lacking:
            assert _newest(package, folder) is not None, f"apt delivered {package} without its program in it"
    if node.lacks_packages(IDENTITY_PROVIDER):
        say("fetching oidc-provider")
        node.install(IDENTITY_PROVIDER)
    return ", ".join((*PROGRAMS, "oidc-provider"))


def _newest(package: str, root: Path) -> Path | None:
    found = sorted(root.glob(PROGRAMS[package]), key=_version)
    return found[-1] if found else None


def _version(program: Path) -> float:
    """PostgreSQL's folders are named after its versions; the others have one program only."""
    name = program.parent.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0
