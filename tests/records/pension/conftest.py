from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from postgres_plan import PostgresPlan
from postgres_server import PostgresServer
from rest_plan import MAPPING, RestPlan

from records.pension.mapping import RestMapping, load_rest


@pytest.fixture
def plan(postgres: PostgresServer, tmp_path: Path) -> PostgresPlan:
    return PostgresPlan(postgres, tmp_path)


@pytest.fixture
async def service() -> AsyncIterator[RestPlan]:
    plan = RestPlan()
    await plan.start()
    yield plan
    await plan.stop()


@pytest.fixture
def rest_mapping(tmp_path: Path) -> RestMapping:
    (tmp_path / "rest.yaml").write_text(MAPPING)
    return load_rest(tmp_path / "rest.yaml")
