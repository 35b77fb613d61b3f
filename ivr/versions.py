"""Which version of the menu new callers meet: the newest good one on disk, or one that somebody went back to.

The document's files are watched. A change is read and checked; with findings the version that is running stays, without
any its prompts are spoken first and then it is put to use. Every version that was in use is kept, whole, in the table
`menu_versions`, and the one used last is the current one, so that going back is a row that was used again
(`memberline ivr rollback`, from whatever process). What somebody went back to stays until the files on disk change
again; after a restart too, where the files are older than the going back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, Problem
from core.events import Message
from core.tables import AnyRow, insert
from core.tasks import TaskOwner
from ivr.document import reading
from ivr.document.model import Document
from ivr.document.reading import Read
from ivr.self_service.service import Spec
from ivr.tables import MenuVersion
from records.tables import Contact

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
KEPT = 20  # versions besides those that a contact names
PRUNE_WITHIN_S = 120.0  # it looks through the contacts, which may be many

_NEWEST = select(MenuVersion.__table__).order_by(MenuVersion.used_at.desc(), MenuVersion.version)


class Stored(Message, frozen=True, kw_only=True):
    """A version as it is kept, without its files."""

    version: str
    name: str
    used_at: datetime


class Prepare(Protocol):
    """Have every prompt of a document spoken before a caller waits for it."""

    async def __call__(self, document: Document) -> object: ...


class VersionStore:
    """The versions that were in use."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def newest(self, limit: int = 100) -> tuple[Stored, ...]:
        """Those used last, the current one first."""

        def found(session: Session) -> tuple[Stored, ...]:
            return tuple(_stored(row) for row in session.execute(_NEWEST.limit(limit)))

        return await self._database.read(found)

    async def files(self, version: str) -> tuple[str, dict[str, str]] | None:
        """The main file's name, and all files by name."""
        wanted = select(MenuVersion.main, MenuVersion.files).where(MenuVersion.version == version)

        def found(session: Session) -> tuple[str, dict[str, str]] | None:
            row = session.execute(wanted).one_or_none()
            return None if row is None else (row.main, dict(row.files))

        return await self._database.read(found)

    async def use(self, document: Document, main: str, files: dict[str, str]) -> None:
        """Make this version the current one."""
        row: dict[str, Any] = {"name": document.name[:120], "files": files, "main": main[:200]}

        def unit(session: Session) -> None:
            row["used_at"] = self._later(session)
            statement = insert(session, MenuVersion).values(version=document.version, **row)
            session.execute(statement.on_conflict_do_update(index_elements=["version"], set_=row))

        await self._database.write(unit)

    async def go_back(self, version: str = "") -> Stored:
        """Make an earlier version the current one: the one used before it, or the one whose name begins so."""

        def unit(session: Session) -> Stored:
            rows = session.execute(_NEWEST).all()
            chosen = _chosen(rows, version)
            used_at = self._later(session)
            session.execute(update(MenuVersion).where(MenuVersion.version == chosen.version).values(used_at=used_at))
            return msgspec.structs.replace(_stored(chosen), used_at=used_at)

        return await self._database.write(unit)

    async def prune(self) -> int:
        """Remove old versions that no contact names; how many."""
        named = exists().where(Contact.menu_version == MenuVersion.version)
        old = select(MenuVersion.version).order_by(MenuVersion.used_at.desc()).offset(KEPT)
        unnamed = select(MenuVersion.version).where(MenuVersion.version.in_(old), ~named)
        gone = await self._database.read(lambda session: tuple(session.scalars(unnamed)), within=PRUNE_WITHIN_S)
        if gone:
            await self._database.write(
                lambda session: session.execute(delete(MenuVersion).where(MenuVersion.version.in_(gone))).close()
            )
        return len(gone)

    def _later(self, session: Session) -> datetime:
        """Now, and in any case after whatever was used last: the order decides which version is current."""
        last = session.scalar(select(func.max(MenuVersion.used_at)))
        now = self._clock.now()
        return now if last is None or last < now else last + timedelta(milliseconds=1)


class Versions:
    """`current` is the document for new callers. `path` is the main file; `prepare` has prompts spoken.

    `services`: the self-services that a document may name.
    """

    def __init__(
        self,
        *,
        path: Path,
        services: Mapping[str, Spec],
        store: VersionStore,
        prepare: Prepare,
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._path, self._services, self._store, self._prepare = path, services, store, prepare
        self._every_s = every_s
        self._document: Document | None = None
        self._files: tuple[str, ...] = (path.name,)  # those that were read last
        self._stamps: tuple[_Stamp, ...] = ()  # and how they stood then
        self._on_disk = ""  # the last good version that they were
        self._unusable = ""  # a kept version that cannot be read any longer
        self._away = False
        self._tasks = TaskOwner("menu-versions")

    def current(self) -> Document:
        """The version for whoever calls now. Raises `Problem` before there is one."""
        if self._document is None:
            raise Problem("no menu is in use", place=str(self._path))
        return self._document

    async def start(self) -> None:
        """Put a version to use, and keep looking. Raises one `Problem` with all findings where none is good."""
        read = await self._read()
        newest = await self._store.newest(1)
        if newest and (read.document is None or self._went_back(newest[0], read.document)):
            await self._take_up(newest[0].version)
        if self._document is None:
            if read.document is None:
                raise Problem(_errors(read), place=str(self._path))
            await self._use(read, read.document)
        self._tasks.start(self._watch(), name="watch")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._look()
            except (DatabaseGone, DatabaseBusy, DatabaseLate) as away:
                if not self._away:
                    log.error("versions of the menu cannot be kept now, the running one stays: %s", away)
                self._away = True
            except Exception:
                log.exception("the running version of the menu stays")
            else:
                self._away = False

    async def _look(self) -> None:
        """One look at the files, then at what somebody else has put to use."""
        if await asyncio.to_thread(_stamps, self._path, self._files) != self._stamps:
            before = self._on_disk
            read = await self._read()
            if read.document is not None and self._on_disk != before:
                try:
                    await self._use(read, read.document)
                except (DatabaseGone, DatabaseBusy, DatabaseLate):
                    self._stamps, self._on_disk = (), before  # it is read again, and kept then
                    raise
                return
        newest = await self._store.newest(1)
        if newest and newest[0].version not in (self.current().version, self._unusable):
            await self._take_up(newest[0].version)

    async def _read(self) -> Read:
        """Read and check what is on disk; errors are told once for each time that the files change."""
        files: tuple[str, ...] = ()
        while files != self._files:  # how they stood before they were read: what is written meanwhile is seen later
            self._files = files or self._files
            self._stamps = await asyncio.to_thread(_stamps, self._path, self._files)
            read = await asyncio.to_thread(reading.read, self._path, self._services)
            files = tuple(sorted({self._path.name, *read.files, *_recorded(read.document)}))
        if read.document is None:
            log.error("%s: this menu is not used: %s", self._path, _errors(read))
        else:
            self._on_disk = read.document.version
        return read

    async def _use(self, read: Read, document: Document) -> None:
        """The version on disk, from now on."""
        if document != self._document:
            await self._prepare(document)
        await self._store.use(document, read.main, dict(read.files))
        self._set(document)
        self._tasks.start(self._prune(), name="prune")

    async def _prune(self) -> None:
        if pruned := await self._store.prune():
            log.info("%d old versions of the menu that no contact names were removed", pruned)

    async def _take_up(self, version: str) -> None:
        """A version that was in use before, from now on."""
        kept = await self._store.files(version)
        read = None
        if kept is not None:
            read = await asyncio.to_thread(reading.read_files, *kept, self._services, version=version)
        if read is None or read.document is None:
            self._unusable = version
            log.error("menu version %s cannot be read any longer: %s", version, _errors(read) if read else "it is gone")
            return
        await self._prepare(read.document)
        self._set(read.document)

    def _set(self, document: Document) -> None:
        self._document = document
        log.info("callers meet version %s of %s from now on", document.version, document.name)

    def _went_back(self, newest: Stored, document: Document) -> bool:
        """Whether another version than the one on disk was put to use after the files were last changed."""
        changed_ns = max((stamp.changed_ns for stamp in self._stamps), default=0)
        return newest.version != document.version and newest.used_at > datetime.fromtimestamp(changed_ns / 1e9, UTC)


class _Stamp(NamedTuple):
    """How a file stands on disk; -1 where there is none."""

    changed_ns: int
    size: int


def _stamps(main: Path, names: Sequence[str]) -> tuple[_Stamp, ...]:
    stamps = []
    for name in names:
        try:
            found = (main.parent / name).stat()
        except OSError:
            stamps.append(_Stamp(-1, -1))
        else:
            stamps.append(_Stamp(found.st_mtime_ns, found.st_size))
    return tuple(stamps)


def _recorded(document: Document | None) -> set[str]:
    """The recorded files that a document plays."""
    found: set[str] = set()
    values: list[Any] = [msgspec.to_builtins(document)]
    while values:
        match values.pop():
            case dict() as fields:
                found |= set((fields.get("recorded") or {}).values())
                values += fields.values()
            case list() | tuple() as several:
                values += several
    return found


def _errors(read: Read) -> str:
    return "\n".join(map(str, read.errors))


def _stored(row: AnyRow) -> Stored:
    return Stored(version=row.version, name=row.name, used_at=row.used_at)


def _chosen(rows: Sequence[AnyRow], version: str) -> AnyRow:
    """The row that `version` means; raises `Problem` naming those that there are."""
    if not version:
        if len(rows) < 2:
            raise Problem("there is no earlier version", place="menu_versions")
        return rows[1]
    found = [row for row in rows if row.version.startswith(version)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(row.version for row in (found or rows)[:10]) or "none"
    what = "several versions begin so" if found else "there is no such version"
    raise Problem(what, place=version, remedy=f"Use one of: {known}")
