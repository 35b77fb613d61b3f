"""How well calls document themselves, on labelled dialogues that were held out, and how long a draft takes.

The project's forty dialogues are split by file: those in files with an odd number may be looked at while the rules are
written (figures `tuned_…`), those in the others may not; they are what the figures without a prefix say. (The cue file,
which raises the topics, is older than the split.) The numbers are F1 scores over topics, updates (field and value) and
commitments, and the share of resolutions that are right. A long call is made of the dialogues' turns, one after
another, as often as it takes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import date
from itertools import cycle, islice
from pathlib import Path

from assist.advice import directory as directories
from assist.conversation import CallerFacts, Turn
from assist.dialogues import Dialogue, load
from assist.documentation.documenter import Documenter
from assist.scoring import score_documents
from benchmarks.harness import Goal, Result

FOLDER = Path(__file__).parents[1] / "tests" / "dialogues"
UTTERANCES = 200  # of a long call
REPEATS = 5
DAY = date(2025, 11, 25)
SCORES = ("topics_f1", "updates_f1", "commitments_f1", "resolution_accuracy")


def run(utterances: int = UTTERANCES) -> Result:
    directory = directories.load()
    documenter = Documenter(directory)
    tuned, held_out = halves()
    figures = dict(scores(documenter, held_out))
    figures |= {f"tuned_{name}": value for name, value in scores(documenter, tuned).items()}
    every = [*tuned, *held_out]
    figures["s_per_draft"] = statistics.median(_seconds(documenter, each.turns) for each in every)
    long = tuple(islice(cycle(turn for each in every for turn in each.turns), utterances))
    figures["s_per_long_draft"] = statistics.median(_seconds(documenter, long) for _ in range(REPEATS))
    goals = [Goal(name, ">=", 0.9) for name in SCORES]
    return Result(figures, [*goals, Goal("s_per_long_draft", "<=", 2.0)])


def halves(folder: Path = FOLDER) -> tuple[list[Dialogue], list[Dialogue]]:
    """Those that may be looked at, and those held out: by the number in their file's name."""
    directory = directories.load()
    both: tuple[list[Dialogue], list[Dialogue]] = ([], [])
    for path in sorted(folder.glob("dialogues-*.yaml")):
        both[int(path.stem.rpartition("-")[2]) % 2 == 0].extend(load(path, directory))
    return both


def scores(documenter: Documenter, dialogues: Sequence[Dialogue]) -> dict[str, float]:
    score = score_documents((each, documenter.document(each.turns, each.caller, on=DAY)) for each in dialogues)
    values = (score.topics.f1, score.updates.f1, score.commitments.f1, score.resolution_right / score.dialogues)
    return dict(zip(SCORES, values, strict=True))


def _seconds(documenter: Documenter, turns: Sequence[Turn]) -> float:
    began = time.perf_counter()
    documenter.document(turns, CallerFacts(), on=DAY)
    return time.perf_counter() - began
