"""The graph of a model: new words and sentences for a finished acoustic model, in seconds and without training."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from assist.speech.recipe import graph, language_model, lexicon, texts
from assist.speech.recipe.phrases import Phrases, run_together, vocabulary
from assist.speech.recipe.progress import Progress

STEPS = 4
DRAWN = 60_000  # sentences drawn from the phrases
WEIGHT = 4  # how often each sentence of a text counts; more gains nothing


def build(folder: Path, files: list[Path], progress: Progress, *, held_out: bool = False) -> tuple[int, int]:
    """Write `folder`/graph; gives the numbers of words and of sentences taken from `files`.

    `held_out`: leave out the phrases that training has not seen, to measure on them. Raises `Problem`, the graph that
    was there before then being as it was.
    """
    with progress.step("sentences"):
        phrases = Phrases()
        extra = [sentence for file in files for sentence in texts.read(file)]
        spoken = phrases.split()[0] if held_out else phrases.all
        drawn = run_together(phrases.sentences(spoken, DRAWN, 31), 41)
    with progress.step("words and their sounds"):
        words = phrases.words() | vocabulary()
        words |= {word for sentence in (*drawn, *extra) for word in sentence.split()}
        pronunciations = lexicon.pronounce(words)
    with progress.step("which words follow each other"):
        acceptor = language_model.estimate([*drawn, *extra * WEIGHT], words)
    with progress.step("decoding graph"), tempfile.TemporaryDirectory(dir=folder) as new:
        graph.write(Path(new) / "graph", pronunciations, acceptor)
        shutil.rmtree(folder / "graph", ignore_errors=True)
        (Path(new) / "graph").rename(folder / "graph")
    return len(words), len(extra)
