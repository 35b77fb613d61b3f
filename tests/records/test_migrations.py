"""The schema's history: builds what the tables say, twice and by two at once without harm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, inspect

import migrations
from core.database import bulk_engine
from core.errors import DatabaseGone, Problem
from core.tables import Base
from migrations import check
from records.tables import Employer


def tables(url: str) -> set[str]:
    engine = bulk_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_migrations_match_the_models(empty_url: str):
    assert check.differences(empty_url) == ""


def test_a_model_without_its_migration_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    table = Employer.__table__
    table.append_column(Column("motto", Integer))
    try:
        assert check.main() == 1
    finally:
        table._columns.remove(table.c.motto)
    assert "motto" in capsys.readouterr().err
    assert check.main() == 0


def test_upgrading_twice_is_as_good_as_once(empty_url: str):
    migrations.upgrade(empty_url)
    migrations.upgrade(empty_url)
    assert tables(empty_url) == {*Base.metadata.tables, "alembic_version"}


def test_two_that_upgrade_at_once_both_find_it_done(empty_url: str):
    with ThreadPoolExecutor(2) as at_once:
        list(at_once.map(migrations.upgrade, [empty_url, empty_url]))
    assert tables(empty_url) >= set(Base.metadata.tables)


def test_a_missing_file_is_made_and_a_missing_folder_is_a_problem(tmp_path: Path):
    migrations.upgrade(f"sqlite:///{tmp_path / 'new.db'}")
    assert "contacts" in tables(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(Problem, match="does not exist"):
        migrations.upgrade(f"sqlite:///{tmp_path / 'nowhere/new.db'}")


def test_no_server_is_said_without_a_password():
    with pytest.raises(DatabaseGone) as caught:
        migrations.upgrade("postgresql+psycopg://memberline:geheim@127.0.0.1:1/memberline")
    assert "geheim" not in str(caught.value)
