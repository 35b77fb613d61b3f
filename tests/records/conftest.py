"""A small sample plan, made once for each kind of database and copied for each test that changes it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from postgres_server import PostgresServer

import migrations
from core.clock import ManualClock
from core.database import Database
from records import sample
from records.contacts import Contacts
from records.members import MemberDirectory
from records.passwords import Passwords

TODAY = date(2026, 3, 10)
PEPPER = "the tests' own"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 10, 14, 0, tzinfo=UTC))


@pytest.fixture
def contacts(db: Database, clock: ManualClock) -> Contacts:
    return Contacts(db, clock)


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    migrations.upgrade(f"sqlite:///{path}")
    sample.create(f"sqlite:///{path}", members=500, pepper=PEPPER, today=TODAY)
    return path


@pytest.fixture(scope="session")
def sample_template(postgres: PostgresServer, migrated_template: str) -> str:
    name = postgres.new_database(migrated_template)
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
    return Passwords(PEPPER)


@pytest.fixture
def directory(plan_db: Database, clock: ManualClock, passwords: Passwords) -> MemberDirectory:
    return MemberDirectory(plan_db, clock, passwords)
