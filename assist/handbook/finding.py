"""Which passages answer, by words and by meaning: BM25F (see `ranking`) and sentence vectors, weighed together.

A passage's score is a sum of four figures, whose weights were fitted on one half of the questions of tests/handbook so
that the right section is as likely as can be (likelihood goes with exp(score)): how well the words fit, beside the best
fit of all; the likeness to its nearest two sentences; to the nearest question that it answers; and to the nearest three
of them. `benchmarks/handbook.py` measures on the other half.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from assist.advice.remembering import Remembering
from assist.handbook.likeness import Likeness
from assist.handbook.meaning import DIMENSIONS, Embed, Floats, Prepared, sentences
from assist.handbook.model import Passage
from assist.handbook.ranking import Found, Index, Reader, applies, matched
from assist.handbook.words import figured, plain, stem, stems

FUSED_FROM = 2  # words that say something: one alone, or its beginning, is looked up as it is written

_WEIGHTS = np.array([7.5, 3.0, 7.0, 6.5])  # words, sentences, the nearest question, the nearest three
_LITTLE = 4.0  # BM25F points: where the best fit has hardly more, its words say little
_CANDIDATES = 60  # by words, and as many by meaning, that are looked at closely
_NEAREST = 3
_HEARD_LAST = 45  # words that are read for their meaning: the sentence model takes no more
_TOPIC = 0.25  # how far the name of the call's topic pulls
_WHOLE = 3  # letters at least of a word that nothing follows, to be no beginning of another
_ALIKE = 88.0  # of 100, at least, for a word to be another one mistyped
_SHARED = 0.05  # likeness that a shared word adds when the telling sentences are chosen
_READERS = 64  # for whom what applies is remembered
_PHRASES = 500  # whose vectors are remembered: of what is being typed only whole words are read
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


class Finder:
    """Passages made ready. Building takes a second or two for 5,000; safe from several threads."""

    def __init__(
        self, prepared: Sequence[Prepared], synonyms: Mapping[str, Sequence[str]], embed: Embed, likeness: Likeness
    ) -> None:
        self.passages: tuple[Passage, ...] = tuple(each.passage for each in prepared)
        self.plans = frozenset(
            plan for passage in self.passages for plan in passage.plans
        )  # as the handbook calls them
        asked = [[figured(question) for question in each.asked] for each in prepared]
        self._index = Index(self.passages, synonyms, asked)
        self._embed, self._likeness = Remembering(embed, _PHRASES), likeness
        self._texts = [likeness(each.texts).astype(np.float16) for each in prepared]
        # What nobody has written questions for is judged by its sentences alone.
        self._questions = [
            likeness(each.questions).astype(np.float16) if len(each.questions) else texts
            for each, texts in zip(prepared, self._texts, strict=True)
        ]
        self._middles = (_middles(self._texts), _middles(self._questions))
        self._numbers = {passage.passage_id: number for number, passage in enumerate(self.passages)}
        self._applies: dict[Reader, NDArray[np.bool_]] = {}
        self._spelt = sorted({word for each in prepared for word in _words(each)})
        self._known = frozenset(self._spelt)
        self._stems = frozenset(stem(word) for word in self._spelt)

    def search(self, typed: str, reader: Reader, *, topics: Sequence[str] = (), limit: int = 8) -> list[Found]:
        """The best passages that apply to `reader`, one of each section. `topics` are names, as "Direct deposit".

        Words may be mistyped, the last one half typed, numbers typed as they are said; what says nothing finds nothing.
        """
        said = figured(typed)
        if len(plain(said)) < FUSED_FROM:
            return self._index.search(said, reader, topics=topics, limit=limit)
        query = self._index.query(said, topics)
        fitting = self._fitting(reader)
        if not query or not fitting.any():
            return []
        scores = self._scores(self._index.scores(query), self._vector(said, topics), fitting)
        found: list[Found] = []
        seen = set()
        for number in np.argsort(-scores, kind="stable"):
            if len(found) == limit or scores[number] == -np.inf:
                break
            passage = self.passages[number]
            place = (passage.version, passage.anchor)
            if place not in seen:
                seen.add(place)
                found.append(Found(passage, float(scores[number]), matched(passage, query)))
        return found

    def passage(self, passage_id: str) -> Passage | None:
        number = self._numbers.get(passage_id)
        return None if number is None else self.passages[number]

    def telling(self, passage: Passage, words: str) -> tuple[str, ...]:
        """The one or two sentences next to each other in `passage` that come nearest to `words`, to be marked."""
        texts = self._texts[self._numbers[passage.passage_id]]
        said = sentences(passage.text)
        if not len(texts):
            return ()
        near = texts.astype(np.float32) @ self._vector(figured(words), ())
        asked = set(stems(figured(words)))
        shared = [len(asked.intersection(stems(" ".join(pair)))) for pair in zip(said, [*said[1:], ""], strict=True)]
        best = int(np.argmax(near + _SHARED * np.array(shared, np.float32)))
        return tuple(said[best : best + 2])

    def _scores(self, words: NDArray[np.float64], vector: Floats, fitting: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Of every passage; minus infinity where it does not apply or is far behind both by words and by meaning."""
        scores = np.full(len(self.passages), -np.inf)
        near = np.maximum(self._middles[0] @ vector, self._middles[1] @ vector)
        some = np.union1d(_best(np.where(fitting, words, -np.inf)), _best(np.where(fitting, near, -np.inf)))
        some = some[fitting[some]]
        texts = _products([self._texts[number] for number in some], vector)
        questions = _products([self._questions[number] for number in some], vector)
        figures = np.array(
            [
                words[some] / (words[fitting].max() + _LITTLE),
                [max(each, default=-1.0) for each in texts],
                [max(each, default=-1.0) for each in questions],
                [_mean_of_nearest(each) for each in questions],
            ]
        )
        scores[some] = _WEIGHTS @ figures
        return scores

    def _vector(self, said: str, topics: Sequence[str]) -> Floats:
        phrases = [" ".join(self._corrected(self._whole(said)).split()[-_HEARD_LAST:]), *topics]
        vectors = self._likeness(self._embed(phrases))
        pulled: Floats = vectors[0] + _TOPIC * vectors[1:].sum(axis=0) / max(1, len(topics))
        return pulled

    def _whole(self, said: str) -> str:
        """Without a last word that is being typed: one that nothing follows, and that stands nowhere as it is."""
        before, _, last = said.rpartition(" ")
        whole = not last or (last in self._known and len(last) >= _WHOLE)
        return said if whole or not before else before

    def _corrected(self, said: str) -> str:
        """With words that stand nowhere in the handbook as one that does, where it is much alike."""

        def correct(found: re.Match[str]) -> str:
            word = found.group()
            if word in self._known or stem(word) in self._stems or len(word) < 4 or not word.isalpha():
                return word
            alike = process.extractOne(word, self._spelt, scorer=fuzz.ratio, score_cutoff=_ALIKE)
            return str(alike[0]) if alike else word

        return _WORD.sub(correct, said)

    def _fitting(self, reader: Reader) -> NDArray[np.bool_]:
        known = self._applies.get(reader)
        if known is None:
            known = np.array([applies(passage, reader) for passage in self.passages], bool)
            if len(self._applies) >= _READERS:
                self._applies = {}
            self._applies[reader] = known
        return known


def _words(prepared: Prepared) -> list[str]:
    passage = prepared.passage
    return _WORD.findall(" ".join((*passage.headings, passage.text, *prepared.asked)).casefold())


def _middles(vectors: Sequence[NDArray[np.float16]]) -> Floats:
    """The mean of each passage's vectors [passage, `DIMENSIONS`]."""
    means = [each.astype(np.float32).mean(axis=0) if len(each) else np.zeros(DIMENSIONS) for each in vectors]
    return np.array(means, np.float32).reshape(-1, DIMENSIONS)


def _best(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    if len(scores) <= _CANDIDATES:
        return np.arange(len(scores))
    return np.argpartition(-scores, _CANDIDATES)[:_CANDIDATES]


def _products(vectors: Sequence[NDArray[np.float16]], vector: Floats) -> list[list[float]]:
    """The likeness of `vector` to each of each passage's vectors, all in one product."""
    products = (np.concatenate(vectors).astype(np.float32) @ vector).tolist()
    ends = list(accumulate(len(each) for each in vectors))
    return [products[begin:end] for begin, end in pairwise((0, *ends))]


def _mean_of_nearest(products: Sequence[float]) -> float:
    nearest = sorted(products)[-_NEAREST:]
    return sum(nearest) / len(nearest) if nearest else -1.0
