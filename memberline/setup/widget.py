"""The desk's build: by the machine's Node where it is new enough, else by the one in the Python environment."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from core.errors import Problem
from memberline.setup.packages import Progress

FOLDER = Path(__file__).parents[2] / "agent_widget"
OLDEST = 20
LIMIT_S = 600


def provide(say: Progress) -> str:
    """See that agent_widget/dist is what its sources say; "up to date" or "built"."""
    environment = node_environment()
    packages = _stamp([FOLDER / "package-lock.json"])
    if _changed("node_modules/.memberline", packages):
        say("fetching the desk's packages")
        _npm(environment, "ci")
        _keep("node_modules/.memberline", packages)
    sources = _stamp(
        [
            FOLDER / "index.html",
            *sorted(FOLDER.glob("*.ts")),
            *sorted(FOLDER.glob("*.json")),
            *_tree("src"),
            *_tree("public"),
        ]
    )
    if not _changed("dist/.memberline", sources):
        return "up to date"
    say("building the desk")
    _npm(environment, "run", "build")
    _keep("dist/.memberline", sources)
    return "built"


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are new enough."""
    environment = dict(os.environ)
    if not _new_enough(shutil.which("node")) or shutil.which("npm") is None:
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return environment


def _new_enough(node: str | None) -> bool:
    if node is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    match = re.match(r"v(\d+)\.", answer)
    return match is not None and int(match[1]) >= OLDEST


def _npm(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        ["npm", *arguments], cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode:
        last = " | ".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise Problem(f"npm {' '.join(arguments)} failed: {last}", place=str(FOLDER))


def _tree(name: str) -> list[Path]:
    return sorted(path for path in (FOLDER / name).rglob("*") if path.is_file() and not path.name.endswith(".test.ts"))


def _stamp(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(FOLDER)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _changed(name: str, stamp: str) -> bool:
    kept = FOLDER / name
    return not kept.exists() or kept.read_text() != stamp


def _keep(name: str, stamp: str) -> None:
    (FOLDER / name).write_text(stamp)


def check() -> int:
    """The desk's own checks (types, lint, format) and unit tests; npm's exit code."""
    environment = node_environment()
    for script in ("check", "test"):
        code = subprocess.run(["npm", "run", "--silent", script], cwd=FOLDER, env=environment, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(check())
