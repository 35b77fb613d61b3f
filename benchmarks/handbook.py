"""Whether the handbook's right section is among the first three for what people ask, and how fast searching is.

The questions (tests/handbook/questions.yaml) are as callers say them or as representatives type them, each with the
sections that answer it. They are in two halves, by the hash of their words: to one the search was tuned, the other
is what the goals are of. `mrr_at_3` is the mean of 1 / the place of the first right one among three, `recall_at_3`
the share of questions with a right one there. `tuning_*` is the same of the other half. All search sees the questions
that the sample handbook brings (asked.yaml), and what begins with `bare_` does not.

Rivals: `fts5_*` is SQLite's FTS5 with its own bm25 and Porter stems, any word of the question; `words_*` our BM25F
without vectors; `vectors_*` the nearest passage by the sentence model as it comes, without words.
`typing_*` is one search on 5,000 passages after each letter typed, typing errors among them, of the search that
representatives have; `typing_words_*` of BM25F alone.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import yaml

from assist.advice.embedding import Embedder
from assist.handbook import asked, importing, likeness, words
from assist.handbook.finding import Finder
from assist.handbook.meaning import Prepared, prepare
from assist.handbook.model import Passage
from assist.handbook.ranking import Found, Index, Reader, applies
from benchmarks.harness import Goal, Result, percentile

QUESTIONS = Path(__file__).parent.parent / "tests" / "handbook" / "questions.yaml"
TODAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Question:
    text: str
    tier: str | None
    answers: frozenset[str]  # FILE#ANCHOR

    @property
    def reader(self) -> Reader:
        return Reader(None, self.tier, TODAY)

    @property
    def tuning(self) -> bool:
        """Is it of the half that the search was tuned to?"""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 0


Search = Callable[[Question], list[str]]  # the sections found, the best first


def questions() -> list[Question]:
    return [
        Question(each["question"], str(each["tier"]) if "tier" in each else None, frozenset(each["answers"]))
        for each in yaml.safe_load(QUESTIONS.read_text())
    ]


def passages() -> list[Passage]:
    return [each for path in sorted(importing.SAMPLE.glob("*.md")) for each in importing.read_file(path).passages]


def run(passages_searched: int = 5000) -> Result:
    sample, embed = passages(), Embedder()
    own = asked.of(sample, asked.read(importing.SAMPLE / asked.NAME))
    begin = time.perf_counter()
    ready = list(prepare(sample, own, embed))
    prepared_s = time.perf_counter() - begin
    bare = [replace(each, asked=(), questions=each.questions[:0]) for each in ready]
    everything = questions()
    reported = [each for each in everything if not each.tuning]
    finder, bare_finder = (Finder(each, words.synonyms(), embed, likeness.load()) for each in (ready, bare))
    indexes = Index(sample, words.synonyms(), own), Index(sample, words.synonyms())
    figures = {
        **_scores("", reported, _of(finder)),
        **_scores("tuning_", [each for each in everything if each.tuning], _of(finder)),
        **_scores("words_", reported, _of(indexes[0])),
        **_scores("vectors_", reported, _vectors(ready, embed)),
        **_scores("fts5_", reported, _fts(sample, own)),
        **_scores("bare_", reported, _of(bare_finder)),
        **_scores("bare_words_", reported, _of(indexes[1])),
        **_scores("bare_fts5_", reported, _fts(sample, [()] * len(sample))),
        "questions": float(len(reported)),
        "passages": float(len(sample)),
        "prepared_s": prepared_s,
        **_speed(ready, everything, embed, passages_searched),
    }
    goals = Goal("mrr_at_3", ">=", 0.85), Goal("recall_at_3", ">=", 0.95), Goal("typing_p99_ms", "<=", 30.0)
    return Result(figures, goals)


def _of(searched: Finder | Index) -> Search:
    def search(question: Question) -> list[str]:
        return _places(searched.search(question.text + " ", question.reader, limit=3))

    return search


def _places(found: Sequence[Found]) -> list[str]:
    return [_place(each.passage) for each in found]


def _scores(prefix: str, asked_now: list[Question], search: Search) -> dict[str, float]:
    places = [
        next((at for at, each in enumerate(search(question), start=1) if each in question.answers), 0)
        for question in asked_now
    ]
    return {
        f"{prefix}mrr_at_3": sum(1 / place for place in places if place) / len(places),
        f"{prefix}recall_at_3": sum(place > 0 for place in places) / len(places),
    }


def _place(passage: Passage) -> str:
    return f"{passage.document}#{passage.anchor}"


def _vectors(ready: list[Prepared], embed: Embedder) -> Search:
    """By the nearest of a passage's vectors, of sentences and of questions alike."""
    everything = [np.concatenate([each.texts, each.questions]).astype(np.float32) for each in ready]

    def search(question: Question) -> list[str]:
        vector = embed([" ".join(question.text.split())])[0]
        near = [
            (float((vectors @ vector).max()), _place(each.passage))
            for each, vectors in zip(ready, everything, strict=True)
            if applies(each.passage, question.reader)
        ]
        return [place for _, place in sorted(near, reverse=True)[:3]]

    return search


def _fts(sample: list[Passage], own: Sequence[Sequence[str]]) -> Search:
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE VIRTUAL TABLE p USING fts5(place UNINDEXED, tiers UNINDEXED, title, headings, text, tokenize=porter)"
    )
    database.executemany(
        "INSERT INTO p VALUES (?, ?, ?, ?, ?)",
        [
            (_place(p), " ".join(p.tiers), p.title, " ".join(p.headings), "\n".join((p.text, *more)))
            for p, more in zip(sample, own, strict=True)
        ],
    )

    def search(question: Question) -> list[str]:
        said = " OR ".join(f'"{word}"' for word in re.findall(r"[a-z0-9]+", question.text.casefold()))
        rows = database.execute("SELECT place, tiers FROM p WHERE p MATCH ? ORDER BY bm25(p)", (said,))
        fitting = [
            place for place, tiers in rows if question.tier is None or not tiers or question.tier in tiers.split()
        ]
        return fitting[:3]

    return search


def _speed(ready: list[Prepared], everything: list[Question], embed: Embedder, count: int) -> dict[str, float]:
    """Copies of the sample stand for a larger handbook, each with words that no other has."""
    many = []
    for number in range(count):
        like = ready[number % len(ready)]
        text = f"{like.passage.text} {_unlike(number)} {_unlike(number * 7)}"
        passage = msgspec.structs.replace(like.passage, passage_id=str(number), version=str(number), text=text)
        many.append(replace(like, passage=passage))
    begin = time.perf_counter()
    finder = Finder(many, words.synonyms(), embed, likeness.load())
    built = time.perf_counter() - begin
    index = Index([each.passage for each in many], words.synonyms(), [each.asked for each in many])
    return {
        **_typed("typing_", finder, everything),
        **_typed("typing_words_", index, everything),
        "searched": float(count),
        "built_s": built,
    }


def _typed(prefix: str, searched: Finder | Index, everything: list[Question]) -> dict[str, float]:
    reader, taken = Reader("db", "2", TODAY), []
    for question in everything[::6]:
        for end in range(1, min(len(question.text), 60) + 1):
            begin = time.perf_counter()
            searched.search(question.text[:end], reader)
            taken.append((time.perf_counter() - begin) * 1000)
    return {
        f"{prefix}p50_ms": percentile(taken, 0.5),
        f"{prefix}p99_ms": percentile(taken, 0.99),
        f"{prefix}searches": float(len(taken)),
    }


def _unlike(number: int) -> str:
    return "".join("bdfgklmnprstvz"[int(digit) + 2] + "aeiou"[int(digit) % 5] for digit in f"{number:06d}")
