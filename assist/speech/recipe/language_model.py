"""A trigram with absolute discounting and back-off, as the arcs of an acceptor.

Chen & Goodman, "An empirical study of smoothing techniques for language modeling" (1999), section 2.7; here on the
square roots of the counts: a phrase that the generator repeats a thousand times is still one phrase.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

BEGIN, END = "<s>", "</s>"
ORDER = 3
DISCOUNT = 0.6
UNIFORM = 0.15  # the share of all words alike: what phrases never say must stay possible
SEEN_AT_LEAST = 2  # trigrams seen less often are left to the bigrams
History = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arc:
    """`word` None: back-off. Costs are -log of probabilities."""

    source: int
    target: int
    word: str | None
    cost: float


@dataclass(frozen=True, slots=True)
class Acceptor:
    """State 0 is where a sentence begins."""

    arcs: list[Arc]
    ends: dict[int, float]


def estimate(sentences: Iterable[str], words: set[str]) -> Acceptor:
    """The model of `sentences` over `words`, which must hold all of theirs."""
    probability = _probabilities(_counts(sentences), words)
    states = {history: number for number, history in enumerate(sorted(probability, key=lambda h: (h != (BEGIN,), h)))}
    arcs: list[Arc] = []
    ends: dict[int, float] = {}
    for history, following in probability.items():
        state = states[history]
        for word, share in following.items():
            if word == END:
                ends[state] = -math.log(share)
            else:
                target = _longest_known((*history, word), states)
                arcs.append(Arc(state, states[target], word, -math.log(share)))
        if history:
            shorter = probability[history[1:]]
            left = 1 - sum(following.values())
            left_below = 1 - sum(shorter[word] for word in following)
            cost = -math.log(max(left, 1e-4) / max(left_below, 1e-4))
            arcs.append(Arc(state, states[history[1:]], None, cost))
    return Acceptor(sorted(arcs, key=lambda arc: arc.source), ends)


def _counts(sentences: Iterable[str]) -> dict[History, Counter[str]]:
    """How often which word followed each history of up to two words."""
    counts: defaultdict[History, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        words = [BEGIN, *sentence.split(), END]
        for at in range(1, len(words)):
            for length in range(min(ORDER, at + 1)):
                counts[tuple(words[at - length : at])][words[at]] += 1
    for history in [history for history in counts if len(history) == ORDER - 1]:
        kept = Counter({word: count for word, count in counts[history].items() if count >= SEEN_AT_LEAST})
        if kept:
            counts[history] = kept
        else:
            del counts[history]
    return counts


def _probabilities(counts: dict[History, Counter[str]], words: set[str]) -> dict[History, dict[str, float]]:
    alone = {word: math.sqrt(count) for word, count in counts[()].items()}
    total, known = sum(alone.values()), [*sorted(words), END]
    probability: dict[History, dict[str, float]] = {
        (): {word: (1 - UNIFORM) * alone.get(word, 0.0) / total + UNIFORM / len(known) for word in known}
    }
    for history in sorted((history for history in counts if history), key=len):
        following = {word: math.sqrt(count) for word, count in counts[history].items()}
        total = sum(following.values())
        held_back = DISCOUNT * len(following)
        shorter = probability[history[1:]]
        probability[history] = {
            word: (count - DISCOUNT + held_back * shorter[word]) / total for word, count in following.items()
        }
    return probability


def _longest_known(history: History, states: dict[History, int]) -> History:
    history = history[-(ORDER - 1) :]
    while history not in states:
        history = history[1:]
    return history
