"""SQLite's own: one writer that shares commits, a file that may vanish, be locked or run full."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core import sqlite
from core.database import Database, DatabaseGone
from core.group_commit import GroupCommit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "house.db"
    fresh(path)
    return path


@pytest.fixture
async def db(path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{path}")
    yield database
    await database.close()


def fresh(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY, pad BLOB)")
    connection.close()


def add(number: int, size: int = 0):
    def work(session: Session) -> int:
        session.execute(text("INSERT INTO calls VALUES (:id, zeroblob(:size))"), {"id": number, "size": size})
        return number

    return work


def ids(session: Session) -> list[int]:
    return list(session.scalars(text("SELECT id FROM calls ORDER BY id")))


def test_those_that_wait_together_share_one_commit(path: Path):
    engine = sqlite.engine(path, begin="BEGIN IMMEDIATE", pool_size=1)
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    writer = GroupCommit(engine.connect, lambda: False, bound=100)
    entered, gate = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        entered.set()
        assert gate.wait(10)

    first = writer.submit(hold)
    assert entered.wait(10)
    rest = [writer.submit(add(n)) for n in range(50)]
    gate.set()

    assert [future.result(10) for future in [first, *rest]] == [None, *range(50)]
    assert len(commits) == 1
    writer.close()
    engine.dispose()


def test_a_batch_ends_at_its_bound_so_that_nobody_waits_for_everybody(path: Path):
    engine = sqlite.engine(path, begin="BEGIN IMMEDIATE", pool_size=1)
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    writer = GroupCommit(engine.connect, lambda: False, bound=100, batch=10)
    gate = threading.Event()
    first = writer.submit(lambda session: gate.wait(10))
    rest = [writer.submit(add(n)) for n in range(39)]
    gate.set()

    for future in [first, *rest]:
        future.result(10)
    assert len(commits) == 4
    writer.close()
    engine.dispose()


async def test_a_lost_file_is_said_and_never_begun_anew(db: Database, path: Path):
    await db.write(add(1))
    kept = path.with_suffix(".kept")
    path.rename(kept)

    with pytest.raises(DatabaseGone, match="No such file"):
        await db.write(add(2))
    with pytest.raises(DatabaseGone, match="No such file"):
        await db.read(ids)
    assert not path.exists()

    kept.rename(path)
    await db.write(add(3))
    assert await db.read(ids) == [1, 3]


async def test_another_file_in_its_place_is_the_one_written_to(db: Database, path: Path):
    await db.write(add(1))
    assert await db.read(ids) == [1]
    restored = path.with_suffix(".restored")
    fresh(restored)
    for part in ("-wal", "-shm"):
        Path(f"{path}{part}").unlink()
    restored.replace(path)

    await db.write(add(7))

    assert await db.read(ids) == [7]


async def test_a_file_that_is_locked_too_long_is_said_and_works_again(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "LOCKED_S", 0.2)
    db = Database(f"sqlite:///{path}")
    await db.write(add(1))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseGone, match="locked by another process"):
        await db.write(add(2))
    assert await db.read(ids) == [1]

    other.execute("ROLLBACK")
    other.close()
    await db.write(add(3))
    assert await db.read(ids) == [1, 3]
    await db.close()


async def test_no_room_on_the_disk_is_said_and_nothing_half_stored(db: Database):
    def little_room(session: Session) -> None:
        session.execute(text("PRAGMA max_page_count = 20"))

    await db.write(little_room)
    results = await asyncio.gather(
        db.write(add(1)), db.write(add(2, 1_000_000)), db.write(add(3)), return_exceptions=True
    )

    assert isinstance(results[1], DatabaseGone)
    assert "no room" in str(results[1])
    stored = await db.read(ids)
    assert stored == [n for n in results if isinstance(n, int)]


WRITER = """
import asyncio, sys
from sqlalchemy import text
from core.database import Database

async def main():
    db = Database(sys.argv[1])
    async def one(n):
        await db.write(lambda session: session.execute(text("INSERT INTO calls VALUES (:n, NULL)"), {"n": n}) and None)
        print(n, flush=True)
    for first in range(0, 100000, 50):
        await asyncio.gather(*(one(n) for n in range(first, first + 50)))

asyncio.run(main())
"""


async def test_what_was_told_to_be_stored_is_there_after_a_kill(db: Database, path: Path):
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, f"sqlite:///{path}", stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    told = [int(await writer.stdout.readline()) for _ in range(500)]
    writer.kill()
    told += [int(line) for line in (await writer.stdout.read()).split()]
    await writer.wait()

    assert set(told) <= set(await db.read(ids))
    await db.write(add(-1))  # and the file takes writes again


async def test_a_damaged_file_is_said(tmp_path: Path):
    path = tmp_path / "damaged.db"
    path.write_bytes(b"this was never a database" * 100)
    db = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseGone, match="not a SQLite database"):
        await db.check()
    await db.close()


async def test_a_failing_batch_takes_nobody_down_with_it(db: Database):
    with pytest.raises(LookupError):
        await db.write(lambda session: (_ for _ in ()).throw(LookupError("mine")))
    await db.write(add(1))
    assert await db.read(ids) == [1]
