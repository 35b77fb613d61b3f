"""Sentences out of phrases.yaml, and the words that the model knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random

import yaml

from assist.speech.recipe import numbers

FOLDER = Path(__file__).parent
OPENED, CLOSED = 0.15, 0.06  # how many sentences get an opener, a closer
RUN_ON = 0.25  # how many go on without a pause into the next
HELD_OUT_EVERY = 8
TOKEN = re.compile(r"[()\[\]|]|<\w+>|[a-z'-]+")
Draw = Callable[[Random], str]


class Phrases:
    """The phrases and lists of a file. `held_out`: those that training never sees, to measure with."""

    def __init__(self, path: Path = FOLDER / "phrases.yaml") -> None:
        document = yaml.safe_load(path.read_text())
        self.lists: dict[str, list[str]] = document["lists"]
        self.texts: list[str] = document["phrases"]
        self._slots: dict[str, Draw] = {name: self._any_of(items) for name, items in self.lists.items()}
        self._slots |= numbers.SPOKEN
        self._draws = [_Parser(text, self._slots).parsed() for text in self.texts]

    @staticmethod
    def _any_of(items: list[str]) -> Draw:
        return lambda draw: draw.choice(items)

    def split(self) -> tuple[list[Draw], list[Draw]]:
        """(for training, held out)."""
        numbered = list(enumerate(self._draws))
        return (
            [draw for index, draw in numbered if index % HELD_OUT_EVERY],
            [draw for index, draw in numbered if index % HELD_OUT_EVERY == 0],
        )

    @property
    def all(self) -> list[Draw]:
        return self._draws

    def sentences(self, phrases: list[Draw], count: int, seed: int) -> Iterator[str]:
        """Every phrase in turn, in another order each round."""
        draw = Random(seed)
        order: list[Draw] = []
        for _ in range(count):
            order = order or draw.sample(phrases, len(phrases))
            parts = [order.pop()(draw)]
            if draw.random() < OPENED:
                parts.insert(0, draw.choice(self.lists["opener"]))
            if draw.random() < CLOSED:
                parts.append(draw.choice(self.lists["closer"]))
            yield " ".join(" ".join(parts).split())

    def words(self) -> set[str]:
        """All that any phrase can say."""
        written = " ".join([*self.texts, *(item for items in self.lists.values() for item in items)])
        said = {word for word in TOKEN.findall(written) if word[0] not in "<()[]|"}
        counted = {word for number in range(101) for word in numbers.cardinal(number).split()}
        counted |= {word for number in range(1, 32) for word in numbers.ordinal(number).split()}
        return said | counted | set("abcdefghijklmnopqrstuvwxyz") | set(EXTRA_NUMBER_WORDS.split())


EXTRA_NUMBER_WORDS = "oh double hundred thousand million dollar dollars cent cents percent o'clock point half and"


def vocabulary(path: Path = FOLDER / "vocabulary.txt") -> set[str]:
    """Words that shall be known although no phrase has them."""
    return set(path.read_text().split())


def run_together(sentences: Iterable[str], seed: int) -> list[str]:
    """People do not pause after every sentence."""
    draw = Random(seed)
    joined: list[str] = []
    for sentence in sentences:
        if joined and draw.random() < RUN_ON:
            joined[-1] += f" {sentence}"
        else:
            joined.append(sentence)
    return joined


class _Parser:
    """(this | that), [perhaps], <slot> and words, by recursive descent."""

    def __init__(self, text: str, slots: dict[str, Draw]) -> None:
        self._text, self._slots = text, slots
        self._tokens = TOKEN.findall(text)

    def parsed(self) -> Draw:
        whole = self._choice(end="")
        if self._tokens:
            raise ValueError(f"{self._text!r}: unexpected {self._tokens[0]!r}")
        return whole

    def _choice(self, end: str) -> Draw:
        options = [self._sequence()]
        while self._tokens and self._tokens[0] == "|":
            self._tokens.pop(0)
            options.append(self._sequence())
        if end and (not self._tokens or self._tokens.pop(0) != end):
            raise ValueError(f"{self._text!r}: a {end!r} is missing")
        return lambda draw: draw.choice(options)(draw)

    def _sequence(self) -> Draw:
        parts: list[Draw] = []
        while self._tokens and self._tokens[0] not in "|)]":
            parts.append(self._part(self._tokens.pop(0)))
        return lambda draw: " ".join(part(draw) for part in parts)

    def _part(self, token: str) -> Draw:
        if token == "(":
            return self._choice(end=")")
        if token == "[":
            perhaps = self._choice(end="]")
            return lambda draw: perhaps(draw) if draw.random() < 0.5 else ""
        if token.startswith("<"):
            if token[1:-1] not in self._slots:
                raise ValueError(f"{self._text!r}: there is no list {token}")
            return self._slots[token[1:-1]]
        return lambda _: token
