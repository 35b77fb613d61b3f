"""Which sound is when: as the synthesiser told, or as a network finds it (Viterbi) for a known text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assist.speech.recipe import phones
from assist.speech.recipe.lexicon import Pronunciation

SECONDS_A_SCORE = 0.03
WINDOW_CENTRE_S = 0.0125
Scores = NDArray[np.int64]


def from_times(times: list[tuple[str, float, float]], before_s: float, count: int) -> Scores:
    """Targets of `count` scores from the synthesiser's times; silence where it told nothing."""
    targets = np.full(count, phones.ONSET[phones.SILENCE], np.int64)
    centres = np.arange(count) * SECONDS_A_SCORE + WINDOW_CENTRE_S
    for sound, start, end in times:
        first, after = np.searchsorted(centres, (start + before_s, end + before_s))
        targets[first:after] = phones.BODY[sound]
        if after > first:
            targets[first] = phones.ONSET[sound]
    return targets


class Text:
    """All ways to say a text: pronunciations, and silence perhaps between words. A state is (score, word)."""

    def __init__(self, words: list[str], pronunciations: dict[str, list[Pronunciation]]) -> None:
        self._scores: list[int] = []
        self._words: list[int] = []
        self._before: list[list[int]] = []  # -1: may be the first
        ends = [-1, self._silence([-1], -1)]
        for index, word in enumerate(words):
            spoken: list[int] = []
            for pronunciation in pronunciations[word]:
                reached = ends
                for sound in pronunciation.sounds:
                    onset = self._state(phones.ONSET[sound], index, reached)
                    body = self._state(phones.BODY[sound], index, [onset])
                    self._before[body].append(body)
                    reached = [onset, body]
                spoken += reached
            ends = [*spoken, self._silence(spoken, -1)]
        self._last = np.array([end for end in ends if end >= 0])

    def _state(self, score: int, word: int, before: list[int]) -> int:
        self._scores.append(score)
        self._words.append(word)
        self._before.append(list(before))
        return len(self._scores) - 1

    def _silence(self, before: list[int], word: int) -> int:
        state = self._state(phones.ONSET[phones.SILENCE], word, before)
        self._before[state].append(state)
        return state

    def align(self, likelihood: NDArray[np.float32]) -> tuple[Scores, Scores, float] | None:
        """(score, word or -1) of each of the (scores, all) rows, and the mean fit; None where the text does not fit."""
        states, rows = len(self._scores), len(likelihood)
        scores, impossible = np.array(self._scores), -1e9
        before = np.full((states, max(map(len, self._before))), states)
        for state, reached in enumerate(self._before):
            real = [each for each in reached if each >= 0]
            before[state, : len(real)] = real
        total = np.full(states + 1, impossible, np.float32)
        first = np.array([state for state, reached in enumerate(self._before) if -1 in reached])
        total[first] = likelihood[0][scores[first]]
        chosen = np.zeros((rows, states), np.int64)
        for row in range(1, rows):
            options = total[before]
            best = options.argmax(axis=1)
            chosen[row] = before[np.arange(states), best]
            total[:states] = options[np.arange(states), best] + likelihood[row][scores]
        state = int(self._last[total[self._last].argmax()])
        fit = float(total[state])
        if fit < impossible / 2:
            return None
        path = np.zeros(rows, np.int64)
        for row in range(rows - 1, -1, -1):
            path[row] = state
            state = int(chosen[row, state])
        return scores[path], np.array(self._words)[path], fit / rows
