"""A menu document that changes while calls go on: checked, spoken, used for new calls, kept, gone back to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session
from waiting import until, until_found

import migrations
from core.clock import SystemClock
from core.database import Database
from core.errors import DatabaseGone, Problem
from core.tables import insert
from ivr import versions
from ivr.document.model import Document
from ivr.tables import MenuVersion
from ivr.versions import Versions, VersionStore
from memberline.cli import cli
from records.contacts import Contacts

MENU = """
name: Test menu
languages: [en]
zone: America/New_York
start: main
person: people
include: [people.yaml]
steps:
  main:
    step: menu
    say: {{en: "{words}"}}
    options:
      1: {{about: Pensions, next: people}}
"""
PEOPLE = """
steps:
  people:
    step: queue
    queue: member_services
    say: {en: Please hold.}
"""


@dataclass
class Desk:
    """Somebody who writes menus, and what became of them."""

    folder: Path
    database: Database
    prepared: list[str] = field(default_factory=list)
    failure: Exception | None = None

    @property
    def store(self) -> VersionStore:
        return VersionStore(self.database, SystemClock())

    def write(self, words: str, name: str = "menu.yaml") -> None:
        (self.folder / "people.yaml").write_text(PEOPLE)
        (self.folder / name).write_text(MENU.format(words=words))

    async def prepare(self, document: Document) -> None:
        if self.failure is not None:
            raise self.failure
        self.prepared.append(words_of(document))

    def new(self) -> Versions:
        return Versions(
            path=self.folder / "menu.yaml", services={}, store=self.store, prepare=self.prepare, every_s=0.02
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Versions]:
        made = self.new()
        await made.start()
        try:
            yield made
        finally:
            await made.stop()


@pytest.fixture
def desk(tmp_path: Path, db: Database) -> Desk:
    folder = tmp_path / "menu"
    folder.mkdir()
    made = Desk(folder, db)
    made.write("one")
    return made


def words_of(document: Document) -> str:
    main = document.steps["main"]
    return main.say[0].texts["en"]  # type: ignore[union-attr]


def says(running: Versions, words: str) -> Callable[[], bool]:
    return lambda: words_of(running.current()) == words


async def test_new_calls_meet_what_was_written_once_it_can_be_said(desk: Desk) -> None:
    async with desk.running() as running:
        assert words_of(running.current()) == "one"
        before = running.current()
        desk.write("two")
        await until(says(running, "two"))
        assert desk.prepared == ["one", "two"]
        assert words_of(before) == "one"  # whoever is in it stays in it
        assert running.current().version != before.version
        assert [each.version for each in await desk.store.newest()] == [running.current().version, before.version]


async def test_a_change_of_an_included_file_counts(desk: Desk) -> None:
    async with desk.running() as running:
        before = running.current()
        (desk.folder / "people.yaml").write_text(PEOPLE.replace("Please hold", "One moment"))
        await until(lambda: running.current() != before)


async def test_a_bad_document_never_replaces_a_good_one_and_all_that_is_wrong_is_told_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.running() as running:
        before = running.current()
        (desk.folder / "menu.yaml").write_text(MENU.format(words="two").replace("next: people", "next: peopel, key: 1"))
        await until(lambda: "this menu is not used" in caplog.text)
        await asyncio.sleep(0.2)
        assert running.current() == before
        assert "menu.yaml:13:34: found the target 'peopel'" in caplog.text
        assert "menu.yaml:13:42: found the unknown field 'key'" in caplog.text
        assert caplog.text.count("this menu is not used") == 1
        desk.write("three")
        await until(says(running, "three"))


async def test_a_document_that_cannot_be_said_is_not_used(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async with desk.running() as running:
        desk.failure = Problem("no voice speaks this language")
        desk.write("two")
        await until(lambda: "no voice speaks this language" in caplog.text)
        assert words_of(running.current()) == "one"


async def test_without_any_good_document_nothing_starts(desk: Desk) -> None:
    (desk.folder / "menu.yaml").write_text("name: Broken\n")
    with pytest.raises(Problem, match="languages") as refused:
        await desk.new().start()
    assert "start" in refused.value.what


async def test_a_broken_file_at_the_start_leaves_callers_with_what_was_used_last(desk: Desk) -> None:
    async with desk.running():
        pass
    (desk.folder / "menu.yaml").write_text("name: Broken\n")
    async with desk.running() as running:
        assert words_of(running.current()) == "one"


async def test_going_back_lasts_until_the_document_changes_again(desk: Desk) -> None:
    async with desk.running() as running:
        first = running.current()
        desk.write("two")
        await until(says(running, "two"))
        assert (await desk.store.go_back()).version == first.version
        await until(lambda: running.current() == first)
        os.utime(desk.folder / "menu.yaml")  # touched, and the same
        await asyncio.sleep(0.2)
        assert running.current() == first
        desk.write("three")
        await until(says(running, "three"))


async def test_going_back_outlasts_a_restart_and_a_change_made_meanwhile_does_not(desk: Desk) -> None:
    async with desk.running() as running:
        desk.write("two")
        await until(says(running, "two"))
        await desk.store.go_back()
        await until(says(running, "one"))
    async with desk.running() as running:
        assert words_of(running.current()) == "one"
    later = datetime.now(UTC).timestamp() + 1
    os.utime(desk.folder / "menu.yaml", (later, later))
    async with desk.running() as running:
        assert words_of(running.current()) == "two"


async def test_a_version_is_named_by_its_first_digits(desk: Desk) -> None:
    async with desk.running() as running:
        first = running.current()
        desk.write("two")
        await until(says(running, "two"))
        await desk.store.go_back(first.version[:8])
        await until(lambda: running.current() == first)
        with pytest.raises(Problem, match="no such version") as refused:
            await desk.store.go_back("nope")
        assert first.version in refused.value.remedy


async def test_there_is_nothing_before_the_first(desk: Desk) -> None:
    async with desk.running():
        with pytest.raises(Problem, match="no earlier version"):
            await desk.store.go_back()


async def test_the_running_menu_survives_a_database_that_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.running() as running:
        real = desk.database.write

        async def away(*_: object, **__: object) -> None:
            raise DatabaseGone("the database does not answer")

        monkeypatch.setattr(desk.database, "write", away)
        desk.write("two")
        await until(lambda: "cannot be kept now" in caplog.text)
        assert words_of(running.current()) == "one"
        monkeypatch.setattr(desk.database, "write", real)
        await until(says(running, "two"))
        assert caplog.text.count("cannot be kept now") == 1


async def test_old_versions_go_except_those_that_a_contact_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "KEPT", 2)
    async with desk.running() as running:
        contacts = Contacts(desk.database, SystemClock())
        named = running.current().version
        await contacts.identify("call-1", None, "none", menu_version=named)
        for words in ("two", "three", "four", "five"):
            desk.write(words)
            await until(says(running, words))

        async def pruned() -> bool:
            return len(await desk.store.newest()) == 3

        await until_found(pruned)
        assert named in [each.version for each in await desk.store.newest()]
        contact = await contacts.of_call("call-1")
        assert contact is not None
        assert contact.menu_version == named


async def test_a_kept_version_that_cannot_be_read_any_longer_is_told_and_left(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.running() as running:

        def add(session: Session) -> None:
            row = {"version": "f" * 16, "name": "old", "files": {"menu.yaml": "{"}, "main": "menu.yaml"}
            session.execute(insert(session, MenuVersion).values(**row, used_at=datetime(2026, 1, 1, tzinfo=UTC)))

        await desk.database.write(add)
        await desk.store.go_back("ffff")
        await until(lambda: "cannot be read any longer" in caplog.text)
        assert words_of(running.current()) == "one"


def test_the_command_goes_back_for_a_running_service(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    migrations.upgrade(url)
    file = tmp_path / "settings.toml"
    file.write_text(f'database_url = "{url}"\n')
    (tmp_path / "menu").mkdir()

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, ["ivr", "rollback", "--settings", str(file), *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    async def story() -> None:
        desk = Desk(tmp_path / "menu", Database(url))
        desk.write("one")
        async with desk.running() as running:
            first = running.current().version
            desk.write("two")
            await until(says(running, "two"))
            listed = (await asyncio.to_thread(run, "--list")).splitlines()
            assert [line.split()[0] for line in listed] == [running.current().version, first]
            assert first in await asyncio.to_thread(run)
            await until(says(running, "one"))
            await asyncio.to_thread(run, running.current().version[:6] if words_of(running.current()) == "two" else "")
            await until(says(running, "two"))
        await desk.database.close()

    asyncio.run(story())
