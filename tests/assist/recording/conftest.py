"""The recorder's house with an empty database, with and without a folder for what is young."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recording_house import House

import migrations
from core.clock import ManualClock
from core.database import Database


@pytest.fixture(params=["young", "straight"])
def young(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "young" if request.param == "young" else None


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "migrated.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
async def house(tmp_path: Path, young: Path | None, migrated: Path) -> AsyncIterator[House]:
    shutil.copy(migrated, tmp_path / "house.db")
    db = Database(f"sqlite:///{tmp_path / 'house.db'}")
    house = House(db, tmp_path, ManualClock(datetime(2026, 3, 10, 14, 0, tzinfo=UTC)), young)
    await house.recorder.start()
    yield house
    await house.recorder.stop()
    await house.archive.stop()
    await db.close()


@pytest.fixture
def everything(tmp_path: Path) -> Callable[[], bytes]:
    """All bytes of all files of recordings."""
    return lambda: b"".join(
        file.read_bytes()
        for folder in ("kept", "young")
        for file in sorted((tmp_path / folder).rglob("*"))
        if file.is_file()
    )
