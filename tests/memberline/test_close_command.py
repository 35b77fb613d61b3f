"""`memberline close` and `memberline staff closing-pin`: what the command line keeps for a running service."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sample_plan import PEPPER

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from ivr.closing_codes import ClosingCodes, Whose
from ivr.closing_texts import texts
from ivr.closure_store import ClosureStore
from ivr.closures import Closure
from memberline.commands import close, staff
from records.agents import Agents, Hired
from records.audit import Audit, Look
from records.passwords import Passwords

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # ten in the morning there


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'site.db'}"
    monkeypatch.setenv("MEMBERLINE_DATABASE_URL", url)
    monkeypatch.setenv("MEMBERLINE_PEPPER", PEPPER)
    run("--list")
    return url


def run(*arguments: str) -> str:
    result = CliRunner().invoke(close.command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def kept(url: str) -> tuple[tuple[Closure, ...], tuple[Look, ...]]:
    """The closures that are not over, and the audit log, oldest first."""

    async def read() -> tuple[tuple[Closure, ...], tuple[Look, ...]]:
        db = Database(url)
        try:
            looks = await Audit(db, SystemClock(), PEPPER).looks(limit=50)
            return await ClosureStore(db).current(SystemClock().now()), looks.items[::-1]
        finally:
            await db.close()

    return asyncio.run(read())


def test_everything_is_closed_for_a_while_with_what_was_said(site: str):
    said = run("--all", "--until", "+2h", "--why", "ice storm", "--say-en", "Closed.", "--waiting", "callback")
    assert re.match(r"everything is closed from .* to .* \(", said)
    [closure], [look] = kept(site)
    assert (closure.queue, closure.why, closure.waiting) == ("", "ice storm", "callback")
    assert closure.message == {"en": "Closed.", "es": texts().standard["es"]}
    assert closure.ends_at - closure.closed_at <= timedelta(hours=2)
    assert closure.closed_by.startswith("command line: ")
    assert (look.action, look.about) == ("close", f"closure {closure.closure_id}")


def test_a_queue_is_closed_later_listed_and_taken_back(site: str):
    run("member_services", "--from", "+1h", "--until", "+30m", "--why", "team day", "--say", "es", "Cerrado.")
    [closure], _ = kept(site)
    assert closure.ends_at - closure.begins_at == timedelta(minutes=30)
    assert closure.message["es"] == "Cerrado."
    assert "member_services" in run("--list")
    [listed] = json.loads(run("--list", "--json"))
    assert listed["closure_id"] == closure.closure_id
    assert run("--end", closure.closure_id) == "member_services takes calls again, in its hours\n"
    assert run("--list") == "nothing is closed by announcement\n"
    assert [look.action for look in kept(site)[1]] == ["close", "open"]


def test_all_of_it_is_opened_at_once(site: str):
    run("--all", "--until", "+2h", "--why", "ice storm")
    run("member_services", "--until", "+4h", "--why", "training")
    assert len(run("--end", "all").splitlines()) == 2
    assert kept(site)[0] == ()
    assert run("--end", "all") == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--until", "+1h", "--why", "x"), "Name a queue, or give --all"),
        (("--all", "member_services", "--until", "+1h"), "Name a queue, or give --all"),
        (("--all", "--until", "soon", "--why", "x"), "--until: 'soon' is no time"),
        (("--all", "--until", "2020-01-01 10:00"), "(?s)yet to come.*Say in a few words why"),
        (("benefits", "--until", "+1h", "--why", "x"), "no queue 'benefits': use one of member_services"),
        (("--end", "0190"), "See `memberline close --list`"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_was_expected(site: str, arguments: tuple[str, ...], says: str):
    with pytest.raises(Problem, match=says):
        run(*arguments)
    assert kept(site) == ((), ())


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("15:00", datetime(2026, 3, 10, 15, 0, tzinfo=ZONE)),
        ("09:30", datetime(2026, 3, 11, 9, 30, tzinfo=ZONE)),
        ("10:00", datetime(2026, 3, 11, 10, 0, tzinfo=ZONE)),
        ("2026-03-12 08:00", datetime(2026, 3, 12, 8, 0, tzinfo=ZONE)),
        ("+2h", NOW + timedelta(hours=2)),
        ("+90m", NOW + timedelta(minutes=90)),
        ("+1h15m", NOW + timedelta(minutes=75)),
    ],
)
def test_times_are_the_sites(text: str, means: datetime):
    assert close.moment(text, NOW, ZONE, "--until") == means


@pytest.mark.parametrize("text", ["", "+", "+h", "25:00", "tomorrow", "2026-02-30 08:00", "-1h"])
def test_what_is_no_time_is_said(text: str):
    with pytest.raises(Problem, match="is no time"):
        close.moment(text, NOW, ZONE, "--until")


def test_a_supervisor_gets_a_code_and_somebody_else_does_not(site: str):
    async def hire() -> None:
        db, passwords = Database(site), Passwords(PEPPER)
        agents = Agents(db, passwords, SystemClock())
        await agents.hire(Hired(username="sam", name="Sam", role="supervisor"))
        await agents.hire(Hired(username="ann", name="Ann"))
        await db.close()

    async def whose(code: str) -> object:
        db = Database(site)
        try:
            return await ClosingCodes(db, SystemClock(), Passwords(PEPPER)).check(code)
        finally:
            await db.close()

    def given(*arguments: str) -> str:
        result = CliRunner().invoke(staff.command, ("closing-pin", *arguments), catch_exceptions=False)
        return result.output.strip()

    asyncio.run(hire())
    code = given("sam")
    assert isinstance(asyncio.run(whose(code)), Whose)
    with pytest.raises(Problem, match="ann may not close anything"):
        given("ann")
    with pytest.raises(Problem, match="nobody with the user name zoe"):
        given("zoe")
    assert given("sam", "--take-away") == "sam closes nothing by telephone any more"
    assert asyncio.run(whose(code)) == "wrong"
    looks = [look for look in kept(site)[1] if look.action == "closing_pin"]
    assert [look.why for look in looks] == ["given", "taken away"]
    assert code not in str(looks)
