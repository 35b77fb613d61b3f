"""The sample plan's handbook, put into the demo's database once."""

from __future__ import annotations

import asyncio

from rich.console import Console

from assist.advice.embedding import Embedder
from assist.handbook import likeness, phrase_vectors
from assist.handbook.meaning import Embed, Prepared, prepare
from assist.handbook.store import Handbook
from core.clock import SystemClock
from core.database import Database
from memberline.commands.handbook.files import Document, read

FOLDER = likeness.LEARNT.parent


async def imported(database_url: str) -> None:
    """Some seconds the first time, then as long as it takes to read the files."""
    documents = await asyncio.to_thread(read, [FOLDER], Console(quiet=True))
    embed = await asyncio.to_thread(phrase_vectors.load, FOLDER, Embedder())
    database = Database(database_url)
    try:
        handbook = Handbook(database, SystemClock())
        for document in documents:
            version = document.imported.document
            if await handbook.asked(version.version) != document.asked:
                prepared = await asyncio.to_thread(_prepared, document, embed)
                await handbook.import_(version, prepared, by="the demo")
    finally:
        await database.close()


def _prepared(document: Document, embed: Embed) -> list[Prepared]:
    return list(prepare(document.imported.passages, document.asked, embed))
