"""How often the adviser is right about who should take a call, on calls that nobody tuned to, also when misheard.

The calls are `tests/dialogues/held-back`. A transfer counts only when found on time (`recall`). The figures with
`wer_…` are of the same calls with so many words in 100 misheard: half of them another word of these calls, a quarter
lost, a quarter made up. The rival is a table of words: the weighted patterns of the cue file, each destination's
points added up, the agent's own left out.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from assist.advice import sources
from assist.advice.directory import Directory
from assist.advice.embedding import Embedder
from assist.conversation import Turn
from assist.cues import words
from assist.dialogues import Dialogue, load
from assist.rehearsal import Advised, Made, rehearse
from assist.scoring import AdviceScore, score_advice
from benchmarks.harness import Goal, Result

HELD = Path(__file__).parents[1] / "tests" / "dialogues" / "held-back"
MISHEARD = (10, 20, 30)  # words in 100
KEYWORD_POINTS = 3.0
SEED = 19


def run(calls: int = 0) -> Result:
    """`calls`: only the first so many (0: all)."""
    before = _megabytes()
    adviser = sources.adviser(embed=Embedder())
    memory = _megabytes() - before
    held = [call for path in sorted(HELD.glob("*.yaml")) for call in load(path, adviser.directory)][: calls or None]
    began = time.process_time()
    score = _score(held, lambda call: rehearse(adviser, call))
    each = (time.process_time() - began) / sum(len(call.turns) for call in held)
    figures = {
        **_figures(score),
        "topics_f1": score.topics.f1,
        "irate_accuracy": score.irate_right / score.dialogues,
        "ms_per_turn": each * 1000,
        "memory_mb": memory,
    }
    rival = _score(held, lambda call: _by_keywords(adviser.directory, call))
    figures |= {f"keywords_{name}": value for name, value in _figures(rival).items()}
    for rate in MISHEARD:
        misheard = _misheard(held, rate / 100)
        worse = _figures(_score(misheard, lambda call: rehearse(adviser, call)))
        figures |= {f"wer_{rate}_{name}": value for name, value in worse.items()}
    figures["points_lost_at_wer_20"] = 100 * max(
        figures["precision"] - figures["wer_20_precision"], figures["recall"] - figures["wer_20_recall"]
    )
    return Result(
        figures,
        [
            Goal("precision", ">=", 0.95),
            Goal("recall", ">=", 0.9),
            Goal("false_alarms_per_100", "<=", 3.0),
            Goal("points_lost_at_wer_20", "<=", 5.0),
        ],
    )


def _score(calls: Sequence[Dialogue], advise: Callable[[Dialogue], Advised]) -> AdviceScore:
    return score_advice((call, advise(call)) for call in calls)


def _figures(score: AdviceScore) -> dict[str, float]:
    return {
        "precision": score.transfers.precision,
        "recall": score.transfers.recall,
        "early": score.early / max(score.transfers.right, 1.0),
        "false_alarms_per_100": 100 * score.transfers.wrong / score.dialogues,
    }


def _by_keywords(directory: Directory, call: Dialogue) -> Advised:
    """The first destination whose words add up."""
    kept = {place.id for place in directory.destinations if place.keeps(call.agent)}
    points: dict[str, float] = {}
    said: set[tuple[str, str]] = set()
    for number, turn in enumerate(call.turns, start=1):
        if turn.speaker != "caller":
            continue
        for hit in directory.caller_cues.find(words(turn.text)):
            kind, _, name = hit.label.partition(":")
            if kind == "destination" and name not in kept and (hit.label, hit.pattern) not in said:
                said.add((hit.label, hit.pattern))
                points[name] = points.get(name, 0.0) + hit.weight
        best = max(points, key=lambda name: points[name], default=None)
        if best is not None and points[best] >= KEYWORD_POINTS:
            made = Made(turn=number, destination=best, confidence=1.0, reason="", evidence="", withdrawn_turn=None)
            return Advised(id=call.dialogue_id, suggestions=(made,), topics=(), irate=False)
    return Advised(id=call.dialogue_id, suggestions=(), topics=(), irate=False)


def _misheard(calls: Sequence[Dialogue], rate: float) -> list[Dialogue]:
    dice = random.Random(SEED)
    vocabulary = [word for call in calls for turn in call.turns for word in turn.text.split()]

    def heard(turn: Turn) -> Turn:
        found: list[str] = []
        for word in turn.text.split():
            if dice.random() >= rate:
                found.append(word)
                continue
            kind = dice.random()
            if kind < 0.5:
                found.append(dice.choice(vocabulary))
            elif kind < 0.75:
                found += [word, dice.choice(vocabulary)]
        return replace(turn, text=" ".join(found))

    return [replace(call, turns=tuple(heard(turn) for turn in call.turns)) for call in calls]


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
