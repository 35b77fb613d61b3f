from __future__ import annotations

from pathlib import Path

import pytest
from postgres_plan import PostgresPlan
from postgres_server import PostgresServer


@pytest.fixture
def plan(postgres: PostgresServer, tmp_path: Path) -> PostgresPlan:
    return PostgresPlan(postgres, tmp_path)
