"""The calls that measure the adviser teach it nothing: they are as they were, and nothing learnt is like them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from assist.advice import directory as directories
from assist.advice import sources
from assist.cues import words
from assist.dialogues import load

HELD = Path(__file__).parents[1] / "dialogues" / "held-back"
RUN = 10  # words in a row that two calls share only when one was written from the other
FIGURES = frozenset(
    (
        *("oh", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "hundred"),
        *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "nineteen", "thousand"),
    )
)


def test_the_calls_held_back_are_as_they_were() -> None:
    for line in (HELD / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((HELD / name).read_bytes()).hexdigest() == digest, name


def test_nothing_that_is_learnt_from_is_a_near_copy_of_them() -> None:
    found = sources.load()
    learnt = _runs(phrase for matter in (*found.matters, *found.agent_matters) for phrase in matter.say)
    learnt |= _runs(turn.text for call in sources.examples(directories.SAMPLE, found.directory) for turn in call.turns)
    held = [call for path in sorted(HELD.glob("*.yaml")) for call in load(path, found.directory)]
    assert len(held) >= 180
    copied = {call.dialogue_id: shared for call in held if (shared := _runs(turn.text for turn in call.turns) & learnt)}
    assert not copied


def _runs(texts: Iterable[str]) -> set[str]:
    """Every `RUN` words in a row that are not all but figures."""
    found = set()
    for text in texts:
        said = [word.text for word in words(text)]
        for start in range(len(said) - RUN + 1):
            run = said[start : start + RUN]
            if sum(word in FIGURES for word in run) <= RUN // 4:
                found.add(" ".join(run))
    return found
