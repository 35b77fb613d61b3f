"""Memberline is killed between any two steps of sending: each change has one effect there, and its end here."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from postgres_plan import PostgresPlan

import migrations
from core.clock import ManualClock, SystemClock
from core.database import Database
from records.change_fields import Given
from records.change_requests import ChangeRequests, Source
from records.outbox import Outbox
from records.pension.mapping import load_sql
from records.pension.sql_profiles import SqlProfileSource

pytestmark = pytest.mark.postgres

CHILD = Path(__file__).with_name("outbox_child.py")
SENT = ("one@example.org", "two@example.org")


async def proposed(db: Database, plan: PostgresPlan) -> ChangeRequests:
    """Two changes of one member's e-mail address, to be made in this order."""
    profiles = SqlProfileSource(load_sql(plan.mapping), plan.reader_url, within_s=20)
    loretta = await profiles.profile("7")
    await profiles.close()
    assert loretta is not None
    changes = ChangeRequests(db, SystemClock(), pepper="salt", outbox=Outbox(db, SystemClock()))
    at = datetime.now(UTC)
    for number, email in enumerate(SENT):
        given, source = [Given(part="email", value=email)], Source(contact_id=f"c{number}")
        await db.write(
            lambda session, given=given, source=source: changes.propose(
                session, source, loretta, given, by="dana", at=at
            )
        )
    return changes


def run(url: str, plan: PostgresPlan, stop: str) -> str:
    """Run the sender until it says something, kill it where it stands, and give back what it said."""
    command = [sys.executable, str(CHILD), url, plan.url, str(plan.mapping), stop]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if said != "empty":
            process.send_signal(signal.SIGKILL)
    return said


@pytest.mark.parametrize("stop", ["claimed", "key written", "value written", "committed", "ended"])
async def test_killed_at_any_step_a_change_has_one_effect(plan: PostgresPlan, tmp_path: Path, stop: str):
    url = f"sqlite:///{tmp_path / 'outbox.db'}"
    migrations.upgrade(url)
    db = Database(url)
    changes = await proposed(db, plan)
    await db.close()
    assert run(url, plan, stop) == stop
    assert len(plan.journal()) == (1 if stop in ("committed", "ended") else 0)
    assert run(url, plan, "none") == "empty"
    assert plan.journal() == [(7, email) for email in SENT]
    db = Database(url)
    changes = ChangeRequests(db, ManualClock(datetime.now(UTC)), pepper="salt", outbox=Outbox(db, SystemClock()))
    assert [each.standing.state for each in await changes.of_member("7")] == ["done", "done"]
    await db.close()
