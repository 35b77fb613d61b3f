"""The graph of a model: new words and sentences for a finished acoustic model, in seconds and without training."""

from __future__ import annotations

from pathlib import Path

from assist.speech.recipe import graph, language_model, lexicon
from assist.speech.recipe.phrases import Phrases, read, run_together, vocabulary

DRAWN = 60_000  # sentences drawn from the phrases
WEIGHT = 4  # how often each sentence of a text counts; more gains nothing


def build(folder: Path, texts: list[Path], *, held_out: bool = False) -> tuple[int, int]:
    """Write `folder`/graph; gives the numbers of words and of sentences taken from `texts`.

    `held_out`: leave out the phrases that training has not seen, to measure on them.
    """
    phrases = Phrases()
    extra = [sentence for text in texts for sentence in read(text)]
    words = phrases.words() | vocabulary() | {word for sentence in extra for word in sentence.split()}
    drawn = run_together(phrases.sentences(phrases.split()[0] if held_out else phrases.all, DRAWN, 31), 41)
    known = {word for sentence in drawn for word in sentence.split()} | words
    acceptor = language_model.estimate([*drawn, *extra * WEIGHT], known)
    graph.write(folder / "graph", lexicon.pronounce(known), acceptor)
    return len(known), len(extra)
