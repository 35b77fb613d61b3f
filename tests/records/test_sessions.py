"""Sessions are kept soon, the newest of each, whatever the database does meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from waiting import until, until_found

from core.database import Database
from core.errors import DatabaseGone
from records.sessions import KeptSession, SessionKeeper

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
ANN = KeptSession(
    key="a" * 32,
    token="1" * 64,
    agent_id="ann",
    opened=AT,
    ends=AT + timedelta(hours=12),
    idle_ends=AT + timedelta(minutes=30),
)
SUE = replace(ANN, key="b" * 32, token="2" * 64, agent_id="sue", opened=AT + timedelta(seconds=1))


async def test_what_is_kept_is_there_for_the_next_start_and_what_ended_is_not(db: Database) -> None:
    keeper = SessionKeeper(db)
    for session in (SUE, ANN):
        keeper.keep(session)
    renewed = replace(ANN, token="3" * 64, idle_ends=AT + timedelta(hours=1))
    await keeper.stop()
    assert await SessionKeeper(db).all() == (ANN, SUE)
    keeper = SessionKeeper(db)
    keeper.keep(renewed)
    keeper.forget(SUE.key)
    keeper.forget("never there")
    await keeper.stop()
    assert await SessionKeeper(db).all() == (renewed,)


async def test_while_the_database_is_away_the_newest_of_each_waits(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.sessions.RETRY_S", 0.01)
    write, tries = db.write, 0

    async def away(work: Any, **options: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise DatabaseGone("away for the test")
        return await write(work, **options)

    monkeypatch.setattr(db, "write", away)
    keeper = SessionKeeper(db)
    keeper.keep(ANN)
    keeper.keep(SUE)
    await until(lambda: tries > 0)
    keeper.forget(ANN.key)

    async def kept() -> bool:
        return await keeper.all() == (SUE,)

    await until_found(kept)
    await keeper.stop()


async def test_what_cannot_be_written_at_all_is_said_without_it_and_holds_nothing_up(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = SessionKeeper(db)
    keeper.keep(replace(ANN, opened=AT.replace(tzinfo=None)))
    await until(lambda: "1 sessions could not be written" in caplog.text)
    keeper.keep(SUE)
    await keeper.stop()
    assert ANN.token not in caplog.text
    assert await keeper.all() == (SUE,)
