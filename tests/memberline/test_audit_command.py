"""The audit log from the command line and once a day: whole, the newest entry named, and who sat at the machine."""

from __future__ import annotations

import asyncio
import getpass
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

import migrations
from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from ivr.calling_numbers import CallingNumbers
from memberline.commands import audit as audit_command
from memberline.commands import staff as staff_command
from memberline.housekeeping import Housekeeping
from records.audit import Audit

T = TypeVar("T")
PEPPER = "a pepper"
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'audit.db'}"
    migrations.upgrade(address)
    monkeypatch.setenv("MEMBERLINE_DATABASE_URL", address)
    monkeypatch.setenv("MEMBERLINE_PEPPER", PEPPER)
    return address


def with_log(url: str, work: Callable[[Audit, ManualClock], Awaitable[T]]) -> T:
    async def run() -> T:
        database, clock = Database(url), ManualClock(NOW)
        try:
            return await work(Audit(database, clock, PEPPER), clock)
        finally:
            await database.close()

    return asyncio.run(run())


async def two_looks(audit: Audit, clock: ManualClock) -> None:
    for days, member in ((100, "m1"), (100, "m2")):
        await audit.looked("dana", "history", why="search", member_id=member)
        clock.advance(days * 86_400)


def run(command: Any, *words: str) -> Result:
    return CliRunner().invoke(command, words)


def test_a_whole_log_names_its_newest_entry_which_a_later_check_expects(url: str) -> None:
    with_log(url, two_looks)
    first = run(audit_command.command)
    assert first.exit_code == 0
    told = re.search(r"2 entries, all as they were written; the newest is (2:[0-9a-f]{64})", first.output)
    assert told is not None
    assert run(audit_command.command, "--expect", told[1]).exit_code == 0
    other = run(audit_command.command, "--expect", f"2:{'0' * 64}")
    assert other.exit_code == 1
    assert "entry 2 is gone or another" in other.output
    later = run(audit_command.command, "--expect", f"3:{'0' * 64}", "--json")
    assert later.exit_code == 1
    assert '"whole":false' in later.output


@pytest.mark.parametrize("nonsense", ["", "2", "two:abc", f"2:{'g' * 64}", f"2:{'0' * 63}"])
def test_what_names_no_entry_is_said(url: str, nonsense: str) -> None:
    found = run(audit_command.command, "--expect", nonsense)
    assert isinstance(found.exception, Problem)
    assert "names no entry" in str(found.exception)


def test_a_log_that_somebody_was_at_is_exit_code_1_and_says_where(url: str) -> None:
    with_log(url, two_looks)

    async def forge() -> None:
        database = Database(url)
        await database.write(lambda session: session.execute(text("UPDATE audit_log SET why = 'call 1' WHERE id = 2")))
        await database.close()

    asyncio.run(forge())
    found = run(audit_command.command)
    assert found.exit_code == 1
    assert "the log is not whole at entry 2" in found.output


def test_the_staff_command_puts_the_machines_user_on_record_with_the_change(url: str) -> None:
    assert run(staff_command.command, "hire", "noor", "--name", "Noor Haddad").exit_code == 0
    assert run(staff_command.command, "move", "noor", "--role", "senior", "--queue", "general=1").exit_code == 0
    assert run(staff_command.command, "second-factor", "noor").output.startswith("otpauth://")
    assert run(staff_command.command, "leave", "noor", "--yes").exit_code == 0

    async def read(audit: Audit, _: ManualClock) -> list[tuple[str, str, str]]:
        return [(look.agent_id, look.action, look.why) for look in (await audit.looks(limit=9)).items]

    left, factor, moved, hired = with_log(url, read)
    assert {who for who, _, _ in (left, factor, moved, hired)} == {f"command line: {getpass.getuser()}"}
    assert moved[1:] == ("move", "queues none → general=1, role agent → senior")
    assert factor[1:] == ("second_factor", "second factor")
    assert left[2].startswith("active yes → no, queues general=1 → none")


async def test_once_a_day_old_entries_go_and_the_newest_is_named_in_the_log(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    database, clock = Database(url), ManualClock(NOW)
    audit = Audit(database, clock, PEPPER)
    await two_looks(audit, clock)  # 200 and 100 days ago by now
    calling = CallingNumbers(database, clock)
    await Housekeeping(audit=audit, calling=calling, clock=clock, audit_keep_days=150).once()
    found = await audit.verify()
    assert [look.member_id for look in (await audit.looks(limit=9)).items] == ["m2"]
    assert "1 entries, all as they were written; 1 were old enough to go" in caplog.text
    assert f"the newest is 2:{found.head}" in caplog.text
    await Housekeeping(audit=audit, calling=calling, clock=clock, audit_keep_days=150).once()
    assert (await audit.verify()) == found  # what is younger stays
    await database.write(lambda session: session.execute(text("DELETE FROM audit_log")) and None)
    await Housekeeping(audit=audit, calling=calling, clock=clock, audit_keep_days=150).once()
    assert "audit log: not as it was written" in caplog.text
    await database.close()


async def test_what_was_sent_long_ago_is_forgotten_once_a_day(url: str) -> None:
    database, clock = Database(url), ManualClock(NOW)
    asked: list[datetime] = []

    async def prune(before: datetime) -> int:
        asked.append(before)
        return 0

    calling = CallingNumbers(database, clock)
    audit = Audit(database, clock, PEPPER)
    await Housekeeping(audit=audit, calling=calling, clock=clock, audit_keep_days=150, outbox=prune).once()
    assert asked == [clock.now() - timedelta(days=90)]
    await database.close()


async def test_a_database_that_is_away_is_said_and_tried_again(url: str, caplog: pytest.LogCaptureFixture) -> None:
    database, clock = Database(url), ManualClock(NOW)
    await database.close()
    keeping = Housekeeping(
        audit=Audit(database, clock, PEPPER), calling=CallingNumbers(database, clock), clock=clock, audit_keep_days=150
    )
    await keeping.start()
    async with asyncio.timeout(5):
        while "what is done once a day was not done" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await keeping.stop()
