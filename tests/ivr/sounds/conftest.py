"""A voice that counts what it speaks, and a store that speaks with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from counting_voice import Counting

from ivr.sounds.store import SoundStore


@pytest.fixture
def voice() -> Counting:
    return Counting()


@pytest.fixture
async def store(tmp_path: Path, voice: Counting) -> AsyncIterator[SoundStore]:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    async with SoundStore(tmp_path / "prompts", {"en": voice, "es": voice}, recordings=recordings) as store:
        yield store
