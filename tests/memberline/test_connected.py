"""What settings connect: a pension system, the plan's holidays, a model of the house; what is wrong is said by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assist.advice import directory as directories
from assist.advice import sources
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.speech import models
from assist.speech.words import Heard, Word
from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from memberline import documenting, listening, pension
from memberline.settings import Settings, pairs
from realtime.bus import InProcessBus
from records.pension.rest_changes import RestChanges
from records.pension.sql_changes import SqlChanges
from records.pension.sql_profiles import SqlProfileSource

SQL = """\
kind: sql
profiles:
  from: members
  fields: {member_id: ID, member_number: NO, name: [FIRST, LAST]}
changes:
  applied: applied
  fields:
    email: {table: members, member_id: ID, set: {email: EMAIL}}
"""
REST = """\
kind: rest
changes:
  fields:
    email: {method: PATCH, path: "/members/{member_id}", body: {email: contact.email}}
"""
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def mapped(tmp_path: Path, text: str, **more: str) -> Settings:
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    return Settings(pension_mapping=str(file), **more)


def test_without_a_mapping_our_own_tables_hold_the_members() -> None:
    assert pension.connected(Settings()) is None


async def test_a_sql_system_for_profiles_and_changes(tmp_path: Path) -> None:
    plan = pension.connected(mapped(tmp_path, SQL, pension_url=f"sqlite:///{tmp_path / 'plan.db'}"))
    assert plan is not None
    assert isinstance(plan.profiles, SqlProfileSource)
    assert isinstance(plan.changes, SqlChanges)
    await plan.close()


async def test_a_rest_service_for_changes_alone(tmp_path: Path) -> None:
    plan = pension.connected(mapped(tmp_path, REST, pension_url="http://127.0.0.1:1", pension_token="t"))
    assert plan is not None
    assert plan.profiles is None
    assert isinstance(plan.changes, RestChanges)
    await plan.close()


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        (SQL, {}, "pension_url"),
        ("kind: sql\nprofiles: {from: members}\n", {"pension_url": "sqlite://"}, "mapping.yaml:2:11"),
        ("kind: [sql", {"pension_url": "sqlite://"}, "mapping.yaml:1"),
        (SQL, {"pension_url": "sqlite://", "change_rules": "/nowhere.toml"}, "/nowhere.toml"),
    ],
)
def test_what_cannot_be_connected_is_said_by_its_place(
    tmp_path: Path, text: str, more: dict[str, str], says: str
) -> None:
    with pytest.raises(Problem) as told:
        pension.connected(mapped(tmp_path, text, **more))
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Settings(site_holidays="Atlantis"), "site_holidays"),
        (Settings(summary_address="http://127.0.0.1:1/v1"), "summary_model"),
        (Settings(summary_address="ftp://x", summary_model="m"), "address"),
    ],
)
async def test_what_the_pen_cannot_work_with_is_said_by_its_name(db: Database, settings: Settings, says: str) -> None:
    def nobody(_: str) -> CallFile | None:
        return None

    with pytest.raises(Problem, match=says):
        async with documenting.served(
            settings,
            sources.adviser(),
            bus=InProcessBus(),
            clock=ManualClock(NOW),
            file=nobody,
            agent=lambda _: AgentFacts(level=1),
            database=db,
            directory_file=directories.SAMPLE,
        ):
            pass


def test_pairs_name_the_one_that_is_none() -> None:
    assert pairs(("es=piper:/x.onnx",), "voices", "LANGUAGE=VOICE") == {"es": "piper:/x.onnx"}
    with pytest.raises(Problem, match="'es=' is incomplete"):
        pairs(("es=",), "voices", "LANGUAGE=VOICE")


def test_corrections_are_for_a_language_that_is_heard(tmp_path: Path) -> None:
    model = models.load()
    file = tmp_path / "corrections.yaml"
    file.write_text("a new at he: annuity\n")
    ear = listening._languages(Settings(corrections=(f"en={file}",)), {"en": model}).of("en")
    assert ear is not None
    heard = Heard.of(tuple(Word(text, 0.0, 0.1, 1.0) for text in ("a", "new", "at", "he")), final=True)
    assert ear.table.apply(heard).text == "annuity"
    with pytest.raises(Problem, match="no model hears 'es'"):
        listening._languages(Settings(corrections=(f"es={file}",)), {"en": model})
