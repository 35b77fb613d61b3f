"""What a passage means, as vectors: one for every two sentences of it, and one for every question that it answers.

They are made once, when a handbook is imported: some 10 ms each on one processor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assist.handbook.model import Passage
from assist.handbook.words import figured

DIMENSIONS = 384  # of a vector of the sentence model

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Embed = Callable[[Sequence[str]], Floats]  # phrases to vectors of length one [phrase, `DIMENSIONS`]

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_MARK = "• "
_AT_ONCE = 64  # passages between two reports of progress


@dataclass(frozen=True)
class Prepared:
    """A passage made ready for searching. `texts` [sentence, `DIMENSIONS`]: each sentence with the one after it, under
    the heading. `questions` [question, `DIMENSIONS`]: those in `asked`."""

    passage: Passage
    asked: tuple[str, ...]
    texts: Halves
    questions: Halves


def prepare(
    passages: Sequence[Passage],
    asked: Sequence[Sequence[str]],
    embed: Embed,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Prepared]:
    """Passages with their vectors. `progress` is told how many are done, now and then."""
    for begin in range(0, len(passages), _AT_ONCE):
        some = passages[begin : begin + _AT_ONCE]
        windows = [_windows(passage) for passage in some]
        questions = [tuple(each) for each in asked[begin : begin + _AT_ONCE]]
        phrases = [phrase for each in windows for phrase in each]
        phrases += [figured(question) for each in questions for question in each]
        vectors = embed(phrases).astype(np.float16)
        at, later = 0, sum(len(each) for each in windows)
        for passage, texts, own in zip(some, windows, questions, strict=True):
            yield Prepared(passage, own, vectors[at : at + len(texts)], vectors[later : later + len(own)])
            at, later = at + len(texts), later + len(own)
        if progress is not None:
            progress(begin + len(some))


def sentences(text: str) -> list[str]:
    """The sentences of a passage as they stand in it, of a list or a table its lines."""
    lines = (line.removeprefix(_MARK) for line in text.split("\n"))
    return [sentence for line in lines for sentence in _SENTENCE.split(line) if sentence]


def _windows(passage: Passage) -> list[str]:
    heading = passage.headings[-1] if passage.headings else passage.title
    said = sentences(passage.text)
    return [f"{heading}: {' '.join(said[at : at + 2])}" for at in range(len(said))]
