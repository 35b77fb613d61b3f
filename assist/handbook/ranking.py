"""Which passages answer: BM25F over the words of headings and text, tolerant of typing errors. Pure, in memory.

The scores are those of Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (CIKM 2004):
how often a word occurs in a passage is the sum over its fields, each by its weight and its length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from assist.handbook.model import Passage, plan_id, tier_id
from assist.handbook.words import expanded, plain, stem, stems

QUERY_AT_MOST = 120  # words: what a caller said lately is not longer

_SATURATION = 1.2  # k1: how fast the tenth occurrence adds less than the first
_FIELDS = (("heading", 3.0, 0.4), ("title", 1.2, 0.3), ("text", 1.0, 0.6))  # weight, and b: what length takes away
_MEANT = 0.35  # what a word weighs that was not said but means the same
_TOPIC = 0.4  # what a word of the name of the call's topic weighs
_MISTYPED = 0.8
_ALIKE = 75.0  # of 100, at least, for a word to be another one mistyped
_BEGUN = 0.6  # what a word weighs of which only the beginning is typed
_BEGINNINGS = 12  # words at most that a beginning stands for


@dataclass(frozen=True)
class Reader:
    """For whom a passage has to apply. None: not known, and everything does."""

    plan: str | None
    tier: str | None
    today: date


@dataclass(frozen=True)
class Found:
    """A passage with its score (no unit; higher is better) and the words of the query that stand in it, for marking."""

    passage: Passage
    score: float
    matched: tuple[str, ...]


def applies(passage: Passage, reader: Reader) -> bool:
    """Is it in force on the day, and for this plan and tier?"""
    if passage.effective > reader.today or (passage.until is not None and passage.until <= reader.today):
        return False
    if reader.plan is not None and passage.plans and plan_id(reader.plan) not in passage.plans:
        return False
    return reader.tier is None or not passage.tiers or tier_id(reader.tier) in passage.tiers


class Index:
    """Passages made ready for searching. Building takes about a second for 5,000; a search some milliseconds."""

    def __init__(
        self,
        passages: Sequence[Passage],
        synonyms: Mapping[str, Sequence[str]],
        asked: Sequence[Sequence[str]] | None = None,
    ) -> None:
        """`asked` are questions that a passage answers, for each passage: found by, never shown."""
        self.passages, self._synonyms = tuple(passages), synonyms
        questions = asked if asked is not None else [()] * len(self.passages)
        counts = [_counted(passage, more) for passage, more in zip(self.passages, questions, strict=True)]
        means = [max(1.0, float(np.mean([fields[at].total() for fields in counts] or [1]))) for at in range(3)]
        gathered: dict[str, list[tuple[int, float]]] = {}
        for number, fields in enumerate(counts):
            weights: Counter[str] = Counter()
            for (_, weight, shortening), counted, mean in zip(_FIELDS, fields, means, strict=True):
                length = 1 - shortening + shortening * counted.total() / mean
                for word, times in counted.items():
                    weights[word] += weight * times / length  # type: ignore[assignment] # a Counter of floats
            for word, often in weights.items():
                gathered.setdefault(word, []).append((number, often))
        self._postings = {word: self._posting(found) for word, found in gathered.items()}
        self._vocabulary = sorted(self._postings)

    def search(self, typed: str, reader: Reader, *, topics: Sequence[str] = (), limit: int = 8) -> list[Found]:
        """The best passages that apply to `reader`, one of each section. `topics` are names, as "Direct deposit".

        The last word may be half typed, any word mistyped; what says nothing finds nothing.
        """
        query = self.query(typed, topics)
        scores = self.scores(query)
        found: list[Found] = []
        seen = set()
        for number in np.argsort(-scores, kind="stable"):
            if len(found) == limit or scores[number] <= 0:
                break
            passage = self.passages[number]
            place = (passage.version, passage.anchor)
            if place not in seen and applies(passage, reader):
                seen.add(place)
                found.append(Found(passage, float(scores[number]), matched(passage, query)))
        return found

    def scores(self, query: Mapping[str, float]) -> npt.NDArray[np.float64]:
        """Of every passage, 0 where no word of `query` (see there) stands in it."""
        scores = np.zeros(len(self.passages))
        for word, weight in query.items():
            numbers, points = self._postings[word]
            scores[numbers] += weight * points
        return scores

    def query(self, typed: str, topics: Sequence[str]) -> dict[str, float]:
        """The words to look for, each with its weight; all of them stand in some passage."""
        words = plain(typed)[-QUERY_AT_MOST:]
        said = [stem(word) for word in words]
        weights: dict[str, float] = {}
        for at, (word, root) in enumerate(zip(words, said, strict=True)):
            for near, weight in self._near(word, root, last=at == len(words) - 1 and not typed.endswith(" ")):
                weights[near] = max(weights.get(near, 0.0), weight)
        for words_meant, weight in (
            (expanded(said, self._synonyms), _MEANT),
            ([each for topic in topics for each in stems(topic)], _TOPIC),
        ):
            for each in words_meant:
                if each in self._postings:
                    weights[each] = weights.get(each, 0.0) + weight
        return weights

    def _near(self, word: str, root: str, *, last: bool) -> list[tuple[str, float]]:
        if root in self._postings:
            return [(root, 1.0)]
        if last and len(word) > 1:
            begun = [each for each in self._vocabulary if each.startswith(word)][:_BEGINNINGS]
            if begun:
                return [(each, _BEGUN) for each in begun]
        if len(root) < 4 or root in self._synonyms or any(character.isdigit() for character in root):
            return []
        alike = process.extract(root, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=3)
        best = max((score for _, score, _ in alike), default=0.0)
        return [(each, _MISTYPED * score / 100) for each, score, _ in alike if score >= best - 5]

    def _posting(self, found: list[tuple[int, float]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        often = np.array([weight for _, weight in found])
        rarity = np.log(1 + (len(self.passages) - len(found) + 0.5) / (len(found) + 0.5))
        return np.array([number for number, _ in found]), rarity * often * (_SATURATION + 1) / (often + _SATURATION)


def passages_for(topics: Sequence[str], words: str, index: Index, reader: Reader, *, limit: int = 3) -> list[Found]:
    """What to show unasked while people talk: `words` are the caller's last utterances, `topics` the names of what the
    call is about. A passage that is far behind the best is not shown."""
    found = index.search(words + " ", reader, topics=topics, limit=limit)
    return [each for each in found if each.score >= found[0].score / 2]


def matched(passage: Passage, query: Iterable[str]) -> tuple[str, ...]:
    """The words of `query` that stand in the passage, as they are written there."""
    there = {stem(word): word for word in plain(f"{' '.join(passage.headings)} {passage.text}")}
    return tuple(there[word] for word in query if word in there)


def _counted(passage: Passage, asked: Sequence[str]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    own = passage.headings[-1] if passage.headings else ""
    above = " ".join((passage.title, *passage.headings[:-1]))
    return Counter(stems(own)), Counter(stems(above)), Counter(stems(" ".join((passage.text, *asked))))
