"""Documents and the questions beside them, read from files: all that is wrong is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

import migrations
from assist.handbook import asked, importing
from assist.handbook.model import Imported
from assist.handbook.store import Handbook
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline import settings

Asked = tuple[tuple[str, ...], ...]  # the questions of each passage


@dataclass(frozen=True)
class Document:
    """One file as it was read, with the questions of each of its passages."""

    imported: Imported
    asked: Asked


def read(paths: Sequence[Path], console: Console) -> list[Document]:
    """The documents in `paths`: files, or folders with all documents in them. Raises `Problem` with all mistakes."""
    files, wrong = _files(paths)
    read: dict[Path, Imported] = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=len(files))
        for file in files:
            progress.update(task, description=f"reading {file.name}")
            pages = progress.add_task("pages", total=None, visible=file.suffix.casefold() == ".pdf")
            try:
                read[file] = importing.read_file(file, progress=_shown(progress, pages))
            except Problem as problem:
                wrong.append(str(problem))
            progress.remove_task(pages)
            progress.advance(task)
    questions = _asked(read, wrong)
    if wrong:
        raise Problem("\n".join(wrong))
    return [
        Document(imported, tuple(asked.of(imported.passages, questions.get(file.parent, {}))))
        for file, imported in read.items()
    ]


@asynccontextmanager
async def opened(chosen: settings.Settings) -> AsyncIterator[Handbook]:
    """The handbook in the database, which is brought up to date first."""
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    try:
        yield Handbook(database, SystemClock())
    finally:
        await database.close()


def _shown(progress: Progress, task: int) -> Callable[[int, int], None]:
    def shown(page: int, pages: int) -> None:
        progress.update(task, completed=page, total=pages)  # type: ignore[arg-type] # an int with a name

    return shown


def _files(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The documents meant by `paths`, and what is wrong with those."""
    files: list[Path] = []
    wrong: list[str] = []
    kinds = ", ".join(importing.KINDS)
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(each for each in path.iterdir() if each.suffix.casefold() in importing.KINDS)
        if not inside:
            wrong.append(str(Problem(f"holds no document ({kinds})", place=str(path))))
        files += inside
    by_name: dict[str, Path] = {}
    for file in dict.fromkeys(files):
        first = by_name.setdefault(file.name, file)
        if first != file:
            remedy = "A document is known by its file's name: give each its own"
            wrong.append(str(Problem(f"has the name of {first}", place=str(file), remedy=remedy)))
    return list(by_name.values()), wrong


def _asked(read: dict[Path, Imported], wrong: list[str]) -> dict[Path, asked.Asked]:
    """By folder the questions in it; what is wrong with them is added to `wrong`."""
    anchors: dict[Path, dict[str, set[str]]] = {}
    for file, imported in read.items():
        anchors.setdefault(file.parent, {})[file.name] = {passage.anchor for passage in imported.passages}
    questions: dict[Path, asked.Asked] = {}
    for folder, known in anchors.items():
        if (folder / asked.NAME).exists():
            try:
                questions[folder] = asked.read(folder / asked.NAME, known)
            except Problem as problem:
                wrong.append(str(problem))
    return questions
