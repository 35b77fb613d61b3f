"""Word error rates of the whole way from frames to words, with the demo model, on what it was never trained on.

Sentences of phrases and voices that training never had, on a telephone line with noise 25 dB below the speech, heard
through gate and listener as on a live call. For `wer` and the scripts' calls the model's graph is made anew without
those phrases and without the scripts. `wer_as_committed` is the same sentences with the graph that ships: it knows the
phrases. `dialogue_*`: calls as people talk, made up by others, with words that the model cannot know. All in per cent.

The voices are synthetic. A real caller is misheard far more often by this small model (see the recipe's README).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assist import dialogues
from assist.advice import directory as directories
from assist.speech import models
from assist.speech.models import SpeechModel
from assist.speech.recipe import build
from assist.speech.recipe.progress import Progress
from benchmarks.harness import Result
from benchmarks.speech_audio import Leg, Spoken, call, held_out, leg, spoken, wrong_words
from benchmarks.speech_designs import Product
from memberline.demo import scripts

DIALOGUES = Path(__file__).parent.parent / "tests" / "dialogues"
A_LEG = 12  # sentences
SHARE = 0.5


def run(sentences: int = 570, calls: int = 8) -> Result:
    """`sentences` held out; `calls` of the scripts, and as many dialogues."""
    said = spoken(held_out(sentences))
    alone = [leg(said[at : at + A_LEG], SHARE, at) for at in range(0, len(said), A_LEG)]
    scripted = _scripted(calls)
    talked = _talked(calls)
    with tempfile.TemporaryDirectory(prefix="memberline-bench-") as folder:
        strange = models.load(str(_without_held_out(Path(folder))))
        as_committed = models.load()
        heard = _errors(strange, alone)
        figures = {
            "words": float(heard[1]),
            "wer": _rate(heard),
            "wer_as_committed": _rate(_errors(as_committed, alone)),
        }
        for name, each in (("call", scripted), ("dialogue", talked)):
            by_leg = {speaker: _errors(strange, [one[speaker] for one in each]) for speaker in ("caller", "agent")}
            figures |= {f"{name}_wer_{speaker}": _rate(counted) for speaker, counted in by_leg.items()}
            figures[f"{name}_words"] = float(sum(words for _, words in by_leg.values()))
    return Result(figures)


def _scripted(count: int) -> list[dict[str, Leg]]:
    return [
        _call([(turn.speaker, turn.words) for turn in (*script.turns, *script.after_transfer)], n)
        for n, script in enumerate(scripts.load()[:count])
    ]


def _talked(count: int) -> list[dict[str, Leg]]:
    """Every so many of the labelled dialogues."""
    directory = directories.load(directories.SAMPLE)
    every = [each for path in sorted(DIALOGUES.glob("*.yaml")) for each in dialogues.load(path, directory)]
    chosen = every[:: max(1, len(every) // count)][:count]
    return [_call([(turn.speaker, turn.text) for turn in each.turns], 100 + n) for n, each in enumerate(chosen)]


def _call(turns: Sequence[tuple[str, str]], seed: int) -> dict[str, Leg]:
    return call(list(zip([speaker for speaker, _ in turns], _by_two_voices(turns, seed), strict=True)), seed)


def _by_two_voices(turns: Sequence[tuple[str, str]], seed: int) -> list[Spoken]:
    """Each side keeps its voice; the sides' voices differ."""
    return spoken([text for _, text in turns], first=[seed + (speaker == "agent") * 2 for speaker, _ in turns])


def _without_held_out(folder: Path) -> Path:
    """The demo model's sounds with a graph that has neither the held-out phrases nor the scripts."""
    for part in ("am", "conf"):
        shutil.copytree(models.DEMO_MODEL / part, folder / part)
    build.build(folder, [], Progress(build.STEPS), held_out=True)
    return folder


def _errors(model: SpeechModel, legs: Sequence[Leg]) -> tuple[int, int]:
    """Wrong words, words said."""
    product = Product(model.recogniser)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        heard = list(threads.map(product.alone, legs))
    errors = words = 0
    for each, finals in zip(legs, heard, strict=True):
        said = [word for place in each.said for word in place.text.split()]
        errors += wrong_words(said, [word for final in finals for word in final.text.split()])
        words += len(said)
    return errors, words


def _rate(counted: tuple[int, int]) -> float:
    return 100 * counted[0] / max(1, counted[1])
