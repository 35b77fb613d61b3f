"""A centre with its staff at work, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from staff_house import Centre


@pytest.fixture
async def centre(url: str) -> AsyncIterator[Centre]:
    made = Centre(url)
    await made.staff.load()
    await made.staff.start()
    yield made
    await made.staff.stop()
    await made.db.close()
