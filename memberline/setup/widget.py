"""The desk's build: by the machine's Node where it is new enough, else by the one in the Python environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from memberline.setup import node
from memberline.setup.packages import Progress

FOLDER = Path(__file__).parents[2] / "agent_widget"


def provide(say: Progress) -> str:
    """See that agent_widget/dist is what its sources say; "up to date" or "built"."""
    if node.lacks_packages(FOLDER):
        say("fetching the desk's packages")
        node.install(FOLDER)
    sources = node.stamp(
        FOLDER,
        [
            FOLDER / "index.html",
            *sorted(FOLDER.glob("*.ts")),
            *sorted(FOLDER.glob("*.json")),
            *_tree("src"),
            *_tree("public"),
        ],
    )
    if not node.changed(FOLDER, "dist/.memberline", sources):
        return "up to date"
    say("building the desk")
    node.npm(FOLDER, "run", "build")
    node.keep(FOLDER, "dist/.memberline", sources)
    return "built"


def _tree(name: str) -> list[Path]:
    return sorted(path for path in (FOLDER / name).rglob("*") if path.is_file() and not path.name.endswith(".test.ts"))


def check() -> int:
    """The desk's own checks (types, lint, format) and unit tests; npm's exit code."""
    environment = node.environment()
    for script in ("check", "test"):
        code = subprocess.run(["npm", "run", "--silent", script], cwd=FOLDER, env=environment, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(check())
