"""A small sample plan, made once for each kind of database and copied for each test that changes it: fixtures.

A folder's conftest.py imports those that its tests use.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST
from postgres_server import PostgresServer

import migrations
from core.database import Database
from records import sample
from records.passwords import Passwords

TODAY = date(2026, 3, 10)
PEPPER = "the tests' own"


@contextmanager
def cheap_digests() -> Iterator[None]:
    """Digests made meanwhile, and whatever is compared with them later, cost next to nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("records.passwords.RFC_9106_LOW_MEMORY", CHEAPEST)
        yield


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    migrations.upgrade(f"sqlite:///{path}")
    with cheap_digests():
        sample.create(f"sqlite:///{path}", members=500, pepper=PEPPER, today=TODAY)
    return path


@pytest.fixture(scope="session")
def sample_template(postgres: PostgresServer, migrated_template: str) -> str:
    name = postgres.new_database(migrated_template)
    with cheap_digests():
        sample.create(postgres.url(name), members=500, pepper=PEPPER, today=TODAY)
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def plan_db(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """The sample plan with 500 members, on both kinds of database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sample_file"), tmp_path / "plan.db")
        db = Database(f"sqlite:///{tmp_path / 'plan.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        db = Database(server.url(server.new_database(request.getfixturevalue("sample_template"))))
    yield db
    await db.close()


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    with cheap_digests():
        return Passwords(PEPPER)
