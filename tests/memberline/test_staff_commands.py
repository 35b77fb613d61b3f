"""`memberline staff`: hired, moved, gone, on a real database, as an administrator types it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline.cli import cli
from records.agent_times import AgentTimes
from records.agents import Agent, Agents
from records.audit import Audit
from records.passwords import Passwords

SECRET = "a long enough secret"
PEPPER = "of the tests"
QUEUES = """
[general]
[analysis]
specialty = "pension_analyst"
level = 3
[spanish]
language = "es"
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command with a settings file of its own; the pepper comes from the environment."""
    (tmp_path / "queues.toml").write_text(QUEUES)
    settings = tmp_path / "memberline.toml"
    settings.write_text(f'database_url = "sqlite:///{tmp_path}/staff.db"\nqueues = "{tmp_path}/queues.toml"\n')
    monkeypatch.setenv("MEMBERLINE_PEPPER", PEPPER)

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, ["staff", "--settings", str(settings), *words], input=typed)

    return run


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/staff.db")
    yield database
    await database.close()


async def done(run: Run, *words: str, typed: str = "") -> str:
    """What it printed; the command has an event loop of its own."""
    result = await asyncio.to_thread(run, *words, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


async def listed(run: Run) -> dict[str, dict[str, Any]]:
    return {one["username"]: one for one in json.loads(await done(run, "list", "--json"))}


def agents(db: Database) -> Agents:
    return Agents(db, Passwords(PEPPER), SystemClock())


async def known(db: Database, username: str) -> Agent:
    found = await agents(db).by_username(username)
    assert found is not None
    return found


async def test_hired_moved_and_gone_with_each_step_on_record(run: Run, db: Database) -> None:
    facts = ("--name", "Maria Lopez", "--role", "supervisor", "--level", "3", "--queue", "general=2", "--password")
    said = await done(run, "hire", "maria", *facts, typed=f"{SECRET}\n{SECRET}\n")
    assert "maria works here now" in said
    assert SECRET not in said
    maria = await agents(db).sign_in("maria", SECRET)
    assert maria is not None
    assert (maria.name, maria.role, maria.level, maria.queues) == ("Maria Lopez", "supervisor", 3, {"general": 2})
    await done(run, "move", "maria", "--role", "senior", "--cleared")
    moved = await known(db, "maria")
    assert (moved.role, moved.cleared, moved.queues) == ("senior", True, {"general": 2})
    assert "Maria Lopez" in await done(run, "list")
    await done(run, "leave", "maria", typed="y\n")
    assert await listed(run) == {}
    assert await agents(db).sign_in("maria", SECRET) is None
    looks = (await Audit(db, SystemClock(), PEPPER).looks(limit=10)).items
    assert [look.action for look in looks] == ["leave", "move", "hire"]
    assert {look.about for look in looks} == {f"agent {maria.agent_id}"}
    assert all(look.agent_id.startswith("command line") for look in looks)


async def test_a_right_without_a_penalty_gets_the_one_that_the_skills_say(run: Run) -> None:
    rights = ("--queue", "general", "--queue", "analysis", "--queue", "spanish")
    await done(run, "hire", "ana", "--level", "3", "--specialty", "pension_analyst", "--language", "es", *rights)
    await done(run, "hire", "ben", *rights)
    await done(run, "hire", "cy", "--queue", "analysis=1")
    people = await listed(run)
    assert people["ana"]["queues"] == {"general": 0, "analysis": 0, "spanish": 0}
    assert people["ben"]["queues"] == {"general": 0, "analysis": 7, "spanish": 5}
    assert people["cy"]["queues"] == {"analysis": 1}
    await done(run, "move", "ben", "--level", "3", "--specialty", "pension_analyst", "--queue", "analysis")
    assert (await listed(run))["ben"]["queues"] == {"analysis": 0}


async def test_a_second_factor_is_printed_once_and_asked_for_from_then_on(run: Run) -> None:
    await done(run, "hire", "maria")
    assert (await done(run, "second-factor", "maria")).startswith("otpauth://totp/")
    assert (await listed(run))["maria"]["two_factor"]


async def test_the_time_in_each_state_can_be_read(run: Run, db: Database) -> None:
    await done(run, "hire", "maria")
    maria, times = await known(db, "maria"), AgentTimes(db)
    now = SystemClock().now()
    for presence, reason, minutes in (
        ("available", "", 50),
        ("wrap_up", "", 40),
        ("paused", "lunch", 35),
        ("signed_out", "", 5),
    ):
        await times.began(maria.agent_id, presence, reason, now - timedelta(minutes=minutes))
    rows = [line.rsplit(maxsplit=1) for line in (await done(run, "times", "maria")).splitlines()[1:]]
    assert [[word.strip() for word in row] for row in rows] == [
        ["paused lunch", "0:30:00"],
        ["available", "0:10:00"],
        ["wrap_up", "0:05:00"],
    ]
    spent = json.loads(await done(run, "times", "maria", "--json"))
    assert [one["presence"] for one in spent] == ["available", "wrap_up", "paused"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("move", "nobody", "--level", "2"), "nobody with the user name nobody"),
        (("leave", "nobody", "--yes"), "nobody with the user name nobody"),
        (("second-factor", "nobody"), "nobody with the user name nobody"),
        (("times", "nobody"), "nobody with the user name nobody"),
        (("hire", "Not A Name"), "username"),
        (("hire", "maria", "--queue", "general=11"), "queues"),
        (("hire", "maria", "--queue", "general=first"), "queues"),
    ],
)
def test_what_does_not_fit_is_said(run: Run, words: tuple[str, ...], told: str) -> None:
    refused = run(*words).exception
    assert isinstance(refused, Problem)
    assert told in str(refused)


async def test_who_is_not_let_go_after_all_stays(run: Run) -> None:
    await done(run, "hire", "maria")
    assert (await asyncio.to_thread(run, "leave", "maria", typed="n\n")).exit_code == 1
    assert "maria" in await listed(run)
    again = (await asyncio.to_thread(run, "hire", "maria")).exception
    assert isinstance(again, Problem)
    assert "maria is taken" in str(again)
