"""PostgreSQL for the tests: the machine's own, else Debian's, unpacked; never started by us as a service."""

from __future__ import annotations

import platform
from pathlib import Path

from core.errors import Problem
from memberline.setup.packages import Progress, unpack

INSTALLED = Path("/")


def programs(folder: Path) -> Path | None:
    """The folder of the newest server's programs, on the machine or unpacked in `folder`."""
    for root in (INSTALLED, folder):
        found = sorted(root.glob("usr/lib/postgresql/*/bin/postgres"), key=_version)
        if found:
            return found[-1].parent
    return None


def libraries(folder: Path) -> str:
    """Where the unpacked one finds what the machine lacks, as LD_LIBRARY_PATH."""
    return ":".join(sorted({str(path.parent) for path in folder.glob("usr/lib/*/libpq.so.5")}))


def provide(folder: Path, say: Progress) -> str:
    """See that there is one; its version."""
    found = programs(folder)
    if found is None:
        suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        if not suite:
            raise Problem("does not say which Debian this is", place="/etc/os-release", remedy="Install postgresql")
        unpack(["postgresql"], folder, suite=suite, everything=False, say=say)
        found = programs(folder)
        assert found is not None, "apt delivered a PostgreSQL package without PostgreSQL in it"
    return f"PostgreSQL {found.parent.name}"


def _version(program: Path) -> float:
    return float(program.parents[1].name)
