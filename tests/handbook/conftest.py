"""Three chapters of the sample handbook, with the real sentence model."""

from __future__ import annotations

import pytest

from assist.advice.embedding import Embedder
from assist.handbook import asked, importing, likeness, words
from assist.handbook.finding import Finder
from assist.handbook.meaning import Embed, Prepared, prepare

CHAPTERS = ("08-early-retirement.md", "16-legal-orders.md", "17-payments.md")


@pytest.fixture(scope="session")
def embed() -> Embed:
    return Embedder()


@pytest.fixture(scope="session")
def chapters(embed: Embed) -> tuple[Prepared, ...]:
    read = [importing.read_file(importing.SAMPLE / name) for name in CHAPTERS]
    passages = [passage for each in read for passage in each.passages]
    return tuple(prepare(passages, asked.of(passages, asked.read(importing.SAMPLE / asked.NAME)), embed))


@pytest.fixture(scope="session")
def finder(chapters: tuple[Prepared, ...], embed: Embed) -> Finder:
    return Finder(chapters, words.synonyms(), embed, likeness.load())
