"""`memberline handbook learn`: which questions are alike, learnt from those beside the documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from assist.advice.embedding import Embedder
from assist.handbook import likeness, phrase_vectors
from assist.handbook.meaning import Floats, prepare
from core.errors import Problem
from memberline.commands.handbook.files import read


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=likeness.LEARNT, help="Where to.")
def command(paths: tuple[Path, ...], output: Path) -> None:
    """Learn from the questions (asked.yaml) beside PATHS, documents or folders of them. Some minutes for 3,000.

    The vectors that were made on the way are kept beside the output, for the next import.
    """
    console = Console(highlight=False)
    documents = read(paths, console)
    embedder, phrases, made = Embedder(), list[str](), list[Floats]()

    def embed(some: Sequence[str]) -> Floats:
        vectors = embedder(some)
        phrases.extend(some)
        made.append(vectors)
        return vectors

    with console.status("learning"):
        prepared = [
            each for document in documents for each in prepare(document.imported.passages, document.asked, embed)
        ]
        sections = [number for number, each in enumerate(prepared) for _ in each.asked]
        if sum(often > 1 for often in Counter(sections).values()) < 2:
            raise Problem("there are no questions to learn from", remedy="Put an asked.yaml beside the documents")
        vectors = np.concatenate([each.questions for each in prepared]).astype(np.float32)
        learnt = likeness.learn(vectors, sections)
    likeness.save(learnt, output)
    phrase_vectors.save(output.parent, phrases, np.concatenate(made))
    click.echo(f"Learnt from {len(sections)} questions of {len(set(sections))} sections.")
