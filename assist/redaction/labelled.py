"""Labelled calls, to measure a redactor by: a deployment may write its own.

    - id: s-001
      turns:
        - [agent, "what's your social"]
        - [caller, "it's <ssn four one two>"]

A turn is an utterance. `<kind words>` is a secret; whatever else is said is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from assist.redaction.model import SECRETS, Kind, Mode, Policy, Redacted
from assist.redaction.redactor import Redactor
from assist.speech.words import Word
from core.yaml_places import YamlReader

_PIECE = re.compile(r"<([a-z_]+) ([^<>]+)>|([^<>\s]+)")
_WORD_S = 0.3  # as long as a word takes to say
_PAUSE_S = 0.8


@dataclass(frozen=True)
class Turn:
    """`secrets`: the kind of each word that is one, by its place."""

    utterance_id: str
    speaker: str
    words: tuple[Word, ...] = field(repr=False)
    secrets: Mapping[int, Kind]


@dataclass(frozen=True)
class Call:
    call_id: str
    turns: tuple[Turn, ...]

    @property
    def held_out(self) -> bool:
        """Nobody tunes to the calls whose number is odd."""
        number = re.sub(r"\D", "", self.call_id)
        return int(number or "0") % 2 == 1


def load(path: Path) -> tuple[Call, ...]:
    """The calls of one file. Raises `Problem` with all that is wrong, each with its line."""
    reader = YamlReader(path)
    calls = tuple(_call(reader, node) for node in reader.items(reader.root))
    seen: set[str] = set()
    for node, call in zip(reader.items(reader.root), calls, strict=True):
        if call.call_id in seen:
            reader.note(node, f"the id {call.call_id} twice", "it once")
        seen.add(call.call_id)
    reader.finish()
    return calls


def _call(reader: YamlReader, node: yaml.Node) -> Call:
    fields = reader.mapping(node, required=("id", "turns"))
    turns: list[Turn] = []
    at_s = 0.0
    for item in reader.items(fields["turns"]) if "turns" in fields else ():
        parts = list(reader.items(item))
        if len(parts) != 2:
            reader.note(item, f"{len(parts)} elements", 'a turn as [caller, "words"]')
            continue
        words, secrets = _words(reader, parts[1], at_s)
        turns.append(Turn(f"u{len(turns)}", reader.text(parts[0]), words, secrets))
        at_s = words[-1].end_s + _PAUSE_S if words else at_s
    return Call(reader.text(fields["id"]) if "id" in fields else "", tuple(turns))


def _words(reader: YamlReader, node: yaml.Node, at_s: float) -> tuple[tuple[Word, ...], dict[int, Kind]]:
    texts: list[str] = []
    secrets: dict[int, Kind] = {}
    for match in _PIECE.finditer(reader.text(node)):
        kind, inside, plain = match.groups()
        if plain:
            texts.append(plain)
            continue
        if kind not in SECRETS:
            reader.note(node, f"the kind {kind!r}", f"one of {', '.join(sorted(SECRETS))}")
            continue
        for text in inside.split():
            secrets[len(texts)] = Kind(kind)
            texts.append(text)
    return spoken(texts, at_s), secrets


def spoken(texts: Sequence[str], at_s: float) -> tuple[Word, ...]:
    """Words said evenly from `at_s` seconds on, surely heard."""
    starts = [at_s + place * _WORD_S for place in range(len(texts))]
    return tuple(Word(text, start, start + _WORD_S, 1.0) for text, start in zip(texts, starts, strict=True))


@dataclass
class Score:
    """Counted in words: those of secrets, those that were masked, and those that are both.

    `shown_meanwhile`: words of secrets that showed at any time, in partial words or before they were masked.
    """

    secret: int = 0
    masked: int = 0
    right: int = 0
    right_kind: int = 0
    shown_meanwhile: int = 0
    by_kind: dict[Kind, list[int]] = field(default_factory=dict)  # masked, said
    notes: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / self.secret if self.secret else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.masked if self.masked else 1.0


def redacted(
    call: Call, language: str = "en", policy: Policy | None = None, *, partials: bool = False
) -> Iterator[Redacted]:
    """All that a redactor gives in a call, in order. `partials`: each turn grows word by word, as it is spoken."""
    redactor = Redactor(language, policy)
    for turn in call.turns:
        for end in range(1, len(turn.words)) if partials else ():
            yield from redactor.hear(turn.utterance_id, turn.speaker, turn.words[:end], False)
        yield from redactor.hear(turn.utterance_id, turn.speaker, turn.words, True)
    yield from redactor.close()


def score(calls: Iterable[Call], language: str = "en", *, partials: bool = False) -> Score:
    """Everything secret is masked whole, so that what is kept of it in which mode makes no difference."""
    total = Score()
    policy = Policy(modes=dict.fromkeys(SECRETS, Mode.MASK))
    for call in calls:
        _count(total, call, list(redacted(call, language, policy, partials=partials)))
    return total


def _count(total: Score, call: Call, given: Sequence[Redacted]) -> None:
    last = {each.utterance_id: each for each in given}
    for turn in call.turns:
        kinds = {place: span.kind for span in last[turn.utterance_id].masked for place in range(span.start, span.end)}
        total.secret += len(turn.secrets)
        total.masked += len(kinds)
        total.right += len(kinds.keys() & turn.secrets.keys())
        total.right_kind += sum(kinds.get(place) is kind for place, kind in turn.secrets.items())
        for place, kind in turn.secrets.items():
            counts = total.by_kind.setdefault(kind, [0, 0])
            counts[0] += place in kinds
            counts[1] += 1
        texts = [word.text for word in turn.words]
        missed = [texts[place] for place in sorted(turn.secrets.keys() - kinds.keys())]
        needless = [texts[place] for place in sorted(kinds.keys() - turn.secrets.keys())]
        if missed or needless:
            total.notes.append(f"{call.call_id}: shown {missed}, masked for nothing {needless} in {' '.join(texts)!r}")
        showed = {
            place
            for each in given
            if each.utterance_id == turn.utterance_id
            for place in turn.secrets
            if place < len(each.words) and each.words[place].text == turn.words[place].text
        }
        total.shown_meanwhile += len(showed)
