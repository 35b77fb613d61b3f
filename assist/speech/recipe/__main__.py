"""`python -m assist.speech.recipe graph|train`: new words for the demo speech model, or the whole of it anew."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from assist.speech.recipe import build
from assist.speech.recipe.progress import Progress
from core.errors import Problem

MODEL = Path(__file__).parents[1] / "data" / "model"
SCRIPTS = Path(__file__).parents[3] / "memberline" / "demo" / "scripts"
TOOLS = {"graph": ("libfst-tools",), "train": ("libfst-tools", "espeak-ng", "flite")}
PROGRAMS = {"libfst-tools": "fstcompile", "espeak-ng": "espeak-ng", "flite": "flite"}

log = logging.getLogger(__name__)


def main() -> None:
    """A `Problem` becomes one line on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m assist.speech.recipe", description=__doc__)
    parser.add_argument("work", choices=TOOLS, help="graph: words and sentences only, in seconds")
    parser.add_argument("texts", nargs="*", type=Path, help="sentences to know: one a line, or a call's script (YAML)")
    parser.add_argument("--model", type=Path, default=MODEL, help="the model to change or to write")
    parser.add_argument("--reduced", action="store_true", help="train on little, to see that everything works")
    parser.add_argument("--workers", type=int, default=1, help="processes and threads to train with")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        _prepare(chosen)
        _work(chosen)
    except Problem as problem:
        sys.exit(f"speech model: {problem}")


def _prepare(chosen: argparse.Namespace) -> None:
    """Fail at once for what would else fail after an hour."""
    if missing := [package for package in TOOLS[chosen.work] if shutil.which(PROGRAMS[package]) is None]:
        raise Problem(f"not installed: {', '.join(missing)}", remedy=f"apt-get install {' '.join(missing)}")
    if chosen.reduced and chosen.model.resolve() == MODEL.resolve():
        raise Problem("a reduced training makes no usable model", remedy="Have it written elsewhere: MODEL=folder")
    if chosen.workers < 1:
        raise Problem(f"cannot train with {chosen.workers} processes", remedy="Expected 1 or more")
    try:
        chosen.model.mkdir(parents=True, exist_ok=True)
        foreign = not _acoustic_model(chosen.model).is_file() and any(chosen.model.iterdir())
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", place=str(chosen.model)) from error
    if foreign:
        raise Problem(
            "is no speech model: it has no am/final.mdl", place=str(chosen.model), remedy="Name an empty folder"
        )


def _work(chosen: argparse.Namespace) -> None:
    texts = [*sorted(SCRIPTS.glob("*.yaml")), *chosen.texts]
    if chosen.work == "train":
        from assist.speech.recipe import train  # noqa: PLC0415 torch is not there for the graph alone

        effort = replace(train.REDUCED if chosen.reduced else train.Effort(), workers=chosen.workers)
        train.train(chosen.model, texts, effort)
    else:
        words, sentences = build.build(chosen.model, texts, Progress(build.STEPS))
        if not _acoustic_model(chosen.model).is_file():
            for part in ("am", "conf"):
                shutil.copytree(MODEL / part, chosen.model / part)
            log.info("%s: has the demo speech model's sounds", chosen.model)
        log.info("%s: %d words, %d sentences beside the phrases", chosen.model, words, sentences)


def _acoustic_model(folder: Path) -> Path:
    return folder / "am" / "final.mdl"


if __name__ == "__main__":
    main()
