"""How good advice and documentation are, against what dialogues are labelled with. Pure; every figure is a count.

A transfer is found when an expected or acceptable destination stands on a caller's turn no later than the label's
latest turn. A false alarm is a suggestion where none is expected, one for another destination, or one that comes more
than two turns too early; one that was taken back within a turn counts half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assist.dialogues import NOWHERE, Dialogue, Expected
from assist.rehearsal import Advised, Made
from records.contact import ContactDraft

EARLY_TURNS = 2


@dataclass
class Counts:
    """Right ones, wrong ones and missed ones."""

    right: float = 0.0
    wrong: float = 0.0
    missed: float = 0.0

    def add(self, given: Iterable[object], expected: Iterable[object]) -> None:
        found, wanted = set(given), set(expected)
        self.right += len(found & wanted)
        self.wrong += len(found - wanted)
        self.missed += len(wanted - found)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed) if self.right else 0.0


@dataclass
class AdviceScore:
    dialogues: int = 0
    transfers: Counts = field(default_factory=Counts)
    early: int = 0
    topics: Counts = field(default_factory=Counts)
    irate_right: int = 0
    notes: list[str] = field(default_factory=list)  # what went wrong where, for people


@dataclass
class DocumentScore:
    dialogues: int = 0
    updates: Counts = field(default_factory=Counts)
    commitments: Counts = field(default_factory=Counts)
    topics: Counts = field(default_factory=Counts)
    resolution_right: int = 0
    notes: list[str] = field(default_factory=list)


def score_advice(pairs: Iterable[tuple[Dialogue, Advised]]) -> AdviceScore:
    score = AdviceScore()
    for dialogue, advised in pairs:
        if dialogue.expected is None:
            continue
        score.dialogues += 1
        _score_transfer(score, dialogue, dialogue.expected, advised)
        score.topics.add(advised.topics, dialogue.expected.topics)
        score.irate_right += advised.irate == dialogue.expected.irate
    return score


def _score_transfer(score: AdviceScore, dialogue: Dialogue, expected: Expected, advised: Advised) -> None:
    good = {expected.destination, *expected.acceptable} - {NOWHERE}
    found = next((made for made in advised.suggestions if _found(dialogue, expected, made, good)), None)
    if found is not None:
        score.transfers.right += 1
        score.early += found.turn < (expected.earliest_turn or 1)
    elif expected.destination != NOWHERE:
        score.transfers.missed += 1
        score.notes.append(f"{advised.id}: {expected.destination} was not found by turn {expected.latest_turn}")
    for made in advised.suggestions:
        too_early = made.turn + EARLY_TURNS < (expected.earliest_turn or 1)
        if made.destination in good and not too_early:
            continue
        brief = made.withdrawn_turn is not None and made.withdrawn_turn - made.turn <= 1
        score.transfers.wrong += 0.5 if brief else 1.0
        score.notes.append(f"{advised.id}: {made.destination} on turn {made.turn} ({made.evidence!r})")


def _found(dialogue: Dialogue, expected: Expected, made: Made, good: set[str]) -> bool:
    by_caller = dialogue.turns[made.turn - 1].speaker == "caller"
    return made.destination in good and by_caller and made.turn <= (expected.latest_turn or 0)


def score_documents(pairs: Iterable[tuple[Dialogue, ContactDraft]]) -> DocumentScore:
    score = DocumentScore()
    for dialogue, draft in pairs:
        expected = dialogue.expected
        if expected is None:
            continue
        score.dialogues += 1
        given = [(update.field, folded(update.value)) for update in draft.updates]
        wanted = [(update.field, folded(update.value)) for update in expected.updates]
        score.updates.add(given, wanted)
        if set(given) != set(wanted):
            score.notes.append(f"{dialogue.dialogue_id}: updates {given} instead of {wanted}")
        _score_commitments(score, dialogue.dialogue_id, draft.commitments, expected.commitments)
        score.topics.add(draft.topics, expected.topics)
        score.resolution_right += draft.resolution == expected.resolution
        if draft.resolution != expected.resolution:
            score.notes.append(f"{dialogue.dialogue_id}: {draft.resolution} instead of {expected.resolution}")
    return score


def _score_commitments(score: DocumentScore, name: str, given: Sequence[str], wanted: Sequence[str]) -> None:
    left = list(wanted)
    for commitment in given:
        match = max(left, key=lambda one: likeness(commitment, one), default=None)
        if match is not None and likeness(commitment, match) >= ALIKE:
            left.remove(match)
            score.commitments.right += 1
        else:
            score.commitments.wrong += 1
            score.notes.append(f"{name}: promised {commitment!r}?")
    score.commitments.missed += len(left)
    score.notes += [f"{name}: missed the promise {commitment!r}" for commitment in left]


ALIKE = 0.45  # share of the words that carry meaning, in the shorter of two promises
_EMPTY = frozenset(
    (
        *("the", "a", "an", "to", "of", "and", "that", "in", "on", "it", "for", "will", "be", "so", "is"),
        *("with", "you", "your", "i", "i'll", "her", "his", "their", "member", "caller", "as", "at", "from"),
        *("or", "not", "has", "have", "if", "by"),
    )
)


def likeness(one: str, other: str) -> float:
    """Shared words of two promises, 0 to 1; words that only join count for nothing, the same verb counts for half."""
    first, second = _meaning(one), _meaning(other)
    if not first or not second:
        return 0.0
    shared = len(first & second) / min(len(first), len(second))
    verbs_agree = one.lower().split()[0][:5] == other.lower().split()[0][:5]
    return (shared + verbs_agree * ALIKE / 2) if len(first & second) > verbs_agree else 0.0


def _meaning(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z0-9']+", text.lower()) if word not in _EMPTY}


def folded(value: str) -> str:
    """A value without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", value.lower())
