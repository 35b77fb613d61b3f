"""Two-leg calls that a core carries with words in time, against the open design with the same model and audio.

The demo model is weighed down (see `speech_weighed`) until a second of speech takes at least a tenth of a second. Legs
speak 40 % of the time. Each design gets more or fewer legs, in real time, until the 95th percentile of the lag of its
final words is just within 700 ms. The lag counts from the arrival of the audio that completes a sentence, in either
design its own: how long the open design takes to see an end is not held against it. `final_after_word_p95_ms` and
`open_final_after_word_p95_ms` count from the end of the last word itself, at the highest number of legs.

`wer_difference`: word error rate of the product less that of the open design, in points, on the same legs.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import vosk

from assist.speech import models
from benchmarks.harness import Goal, Result, percentile
from benchmarks.speech_audio import Leg, held_out, leg, spoken, wrong_words
from benchmarks.speech_designs import Final, OpenDesign, Product, Trial, cost
from benchmarks.speech_weighed import weighed

AT_LEAST = 0.1  # of real time, for speech alone
SHARE = 0.4
LAG_S = 0.7
WARM_S = 5.0  # in which the legs begin, one after the other
SENTENCES = 6  # a leg
STEPS = (0.2, 0.1, 0.05)  # by how much the number of legs changes from trial to trial; the last one for all others
Design = Product | OpenDesign


def run(legs: int = 10, window: float = 10.0, trials: int = 4) -> Result:
    """`legs` different ones, each used several times; `window`: seconds of a trial that count; `trials` a design."""
    vosk.SetLogLevel(-2)
    logging.getLogger("assist.speech").setLevel(logging.ERROR)  # legs that are too many are behind on purpose
    sounds = _legs(legs)
    with tempfile.TemporaryDirectory(prefix="memberline-bench-") as folder:
        model, factor = weighed_down(Path(folder))
        product, published = Product(models.load(str(model)).recogniser), OpenDesign(model)
        ours, theirs = _alone(product, sounds), _alone(published, sounds)
        searches = [_Search(product, sounds, ours, window), _Search(published, sounds, theirs, window)]
        for _ in range(trials):
            for search in searches:
                search.step()
    cores = os.cpu_count() or 1
    carried, published_carried = (search.carried for search in searches)
    figures = {
        "calls_per_core": carried / 2 / cores,
        "open_calls_per_core": published_carried / 2 / cores,
        "wer_difference": 100 * (_wer(sounds, ours) - _wer(sounds, theirs)),
        "wer": 100 * _wer(sounds, ours),
        "cost_ratio": _mean_cost(theirs) / _mean_cost(ours),
        "real_time_factor": factor,
        "share_of_speech": sum(_speech_s(each) for each in sounds) / sum(each.seconds for each in sounds),
        "words": float(sum(len(place.text.split()) for each in sounds for place in each.said)),
    }
    if published_carried:
        figures["ratio"] = carried / published_carried
    for search, name in zip(searches, ("", "open_"), strict=True):
        figures |= {f"{name}{key}": value for key, value in search.at_most.items()}
    return Result(
        figures, (Goal("ratio", ">=", 2.0), Goal("wer_difference", "<=", 0.3), Goal("wer_difference", ">=", -0.3))
    )


def weighed_down(folder: Path) -> tuple[Path, float]:
    """A model that takes `AT_LEAST` of real time for speech, and little more; its folder and what it takes."""
    sentences = spoken(held_out(6))
    voiced = leg(sentences, 0.9, 3)
    layers, factor = 8, 0.0
    for _ in range(6):
        where = weighed(folder / f"model-{layers}", layers)
        factor = min(_bare(where, voiced) for _ in range(2))
        if factor >= AT_LEAST:
            return where, factor
        layers = max(layers + 1, math.ceil(layers * AT_LEAST / factor * 1.05))
    raise AssertionError(f"{layers} layers take only {factor:.3f} of real time")


def _bare(folder: Path, voiced: Leg) -> float:
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(folder)), 8000)
    began = time.thread_time()
    for pcm in voiced.frames:
        recogniser.AcceptWaveform(pcm)
    return (time.thread_time() - began) / voiced.seconds


def _legs(count: int) -> list[Leg]:
    sentences = [each for each in spoken(held_out(count * SENTENCES)) if each.seconds > 0.5]
    each = len(sentences) // count
    return [leg(sentences[n * each : (n + 1) * each], SHARE, n) for n in range(count)]


def _alone(design: Design, legs: Sequence[Leg]) -> list[tuple[float, list[Final]]]:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda each: cost(design, each), legs))


def _wer(legs: Sequence[Leg], heard: Sequence[tuple[float, list[Final]]]) -> float:
    errors = words = 0
    for each, (_, finals) in zip(legs, heard, strict=True):
        said = [word for place in each.said for word in place.text.split()]
        errors += wrong_words(said, [word for final in finals for word in final.text.split()])
        words += len(said)
    return errors / words


def _mean_cost(heard: Sequence[tuple[float, list[Final]]]) -> float:
    return sum(took for took, _ in heard) / len(heard)


def _speech_s(each: Leg) -> float:
    return sum(place.end_s - place.start_s for place in each.said)


class _Search:
    """The largest number of legs at which a design's final words are in time."""

    def __init__(
        self, design: Design, legs: Sequence[Leg], alone: Sequence[tuple[float, list[Final]]], window: float
    ) -> None:
        self._design, self._legs, self._window = design, legs, window
        self._alone = {id(leg): finals for leg, (_, finals) in zip(legs, alone, strict=True)}
        self._next = max(2, round(0.85 * (os.cpu_count() or 1) / _mean_cost(alone)))
        self._steps = list(STEPS)
        self.carried = 0
        self.at_most: dict[str, float] = {}

    def step(self) -> None:
        """One trial; the next is with more legs if it held, else with fewer."""
        count = self._next
        lags_s, after_word_s, lost_s = self._trial(count)
        held = bool(lags_s) and lost_s == 0 and percentile(lags_s, 0.95) <= LAG_S
        if held and count > self.carried:
            self.carried = count
            self.at_most = {
                "lag_p95_ms": 1000 * percentile(lags_s, 0.95),
                "final_after_word_p50_ms": 1000 * percentile(after_word_s, 0.5),
                "final_after_word_p95_ms": 1000 * percentile(after_word_s, 0.95),
                "finals": float(len(lags_s)),
            }
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        self._next = max(1, math.ceil(count * (1 + step)) if held else math.floor(count * (1 - step)))

    def _trial(self, count: int) -> tuple[list[float], list[float], float]:
        draw = Random(count)
        legs = [self._legs[n % len(self._legs)] for n in range(count)]
        starts = [draw.uniform(0, WARM_S) for _ in legs]
        trials = asyncio.run(self._design.live(legs, starts, WARM_S + self._window))
        lags_s: list[float] = []
        after_word_s: list[float] = []
        for trial, start_s in zip(trials, starts, strict=True):
            for final, lag_s in self._lags(trial):
                if start_s + final.there_s - lag_s > WARM_S:
                    lags_s.append(lag_s)
                    after_word_s.append(final.there_s - final.end_s)
        # A design that is far behind delivers nothing in time: what is due and not there is as late as the trial's end.
        for trial, start_s in zip(trials, starts, strict=True):
            over_s = self._window + WARM_S - start_s
            due = [each for each in self._alone[id(trial.leg)] if WARM_S - start_s < each.there_s < over_s - LAG_S]
            lags_s += [over_s - each.there_s for each in due if not _nearest(trial.finals, each.end_s)]
        return lags_s, after_word_s, sum(trial.lost_s for trial in trials)

    def _lags(self, trial: Trial) -> list[tuple[Final, float]]:
        """Each final with how much later it was there than its audio."""
        lags = []
        for final in trial.finals:
            alone = _nearest(self._alone[id(trial.leg)], final.end_s)
            if alone is not None:
                lags.append((final, final.there_s - alone.there_s))
        return lags


def _nearest(finals: Sequence[Final], end_s: float) -> Final | None:
    """The one whose last word ended at that moment, give or take."""
    near = min(finals, key=lambda each: abs(each.end_s - end_s), default=None)
    return near if near is not None and abs(near.end_s - end_s) < 0.35 else None
