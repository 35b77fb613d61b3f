"""`python -m assist.speech.recipe graph|train`: new words for the demo speech model, or the whole of it anew."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from assist.speech.recipe import build

MODEL = Path(__file__).parents[1] / "data" / "model"
SCRIPTS = Path(__file__).parents[3] / "memberline" / "demo" / "scripts"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m assist.speech.recipe", description=__doc__)
    parser.add_argument("work", choices=("graph", "train"), help="graph: words and sentences only, in seconds")
    parser.add_argument("texts", nargs="*", type=Path, help="sentences to know: one a line, or a call's script (YAML)")
    parser.add_argument("--model", type=Path, default=MODEL, help="the model to change or to write")
    parser.add_argument("--reduced", action="store_true", help="train on little, to see that everything works")
    parser.add_argument("--workers", type=int, default=1, help="processes and threads to train with")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    texts = [*sorted(SCRIPTS.glob("*.yaml")), *chosen.texts]
    if chosen.work == "train":
        from dataclasses import replace  # noqa: PLC0415

        from assist.speech.recipe import train  # noqa: PLC0415 torch is not there for the graph alone

        effort = replace(train.REDUCED if chosen.reduced else train.Effort(), workers=chosen.workers)
        train.train(chosen.model, texts, effort)
    elif not (chosen.model / "am" / "final.mdl").is_file():
        raise SystemExit(f"{chosen.model}: has no am/final.mdl; train it first, or copy a trained model there")
    else:
        words, sentences = build.build(chosen.model, texts)
        logging.info("%s: %d words, %d sentences beside the phrases", chosen.model, words, sentences)


if __name__ == "__main__":
    main()
