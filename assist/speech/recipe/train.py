"""A demo speech model from nothing: text, speech, network, graph."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import Pool
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from assist.speech.recipe import alignment, build, features, kaldi, lexicon, phones, synthesis, telephone, texts
from assist.speech.recipe.lexicon import Pronunciation
from assist.speech.recipe.measure import word_error_rate
from assist.speech.recipe.network import SequenceLoss, Speech, Tdnn, learn
from assist.speech.recipe.phrases import Phrases, vocabulary
from assist.speech.recipe.progress import Progress
from assist.speech.recipe.synthesis import Utterance

STEPS = 11  # beside those of the graph
SALAD_SHARE = 0.25  # of random words, so that each is heard, and in no company that the phrases give it
GARBAGE_SHARE = 0.04  # of words taught as [unk]
WORST = 2.0  # per cent of the alignments left out: misread text, cut-off ends
NO_SPEECH_SHARE = 0.04
FIT = 0.5  # how much the network's word counts against the text's
MODEL_CONF = """\
--min-active=200
--max-active=3000
--beam=11.0
--lattice-beam=5.0
--acoustic-scale=0.8
--frame-subsampling-factor=3
--frames-per-chunk=9
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything. The defaults are a full training."""

    sentences: int = 16_000
    copies: int = 2  # of each utterance, on different lines
    epochs: float = 3.0
    sequence_epochs: float = 5.0
    measured: int = 400
    workers: int = 1


REDUCED = Effort(sentences=1500, copies=1, epochs=12, sequence_epochs=8, measured=60)


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    frames: NDArray[np.float32]
    told: NDArray[np.int64] | None  # targets from the synthesiser's own times


def train(folder: Path, files: list[Path], effort: Effort) -> dict[str, float]:
    """Write a whole model to `folder`; gives word error rates on phrases never trained on (voices heard, and new).

    `files` hold further sentences to know. Raises `Problem`, for what is wrong with them before the long work begins.
    """
    torch.manual_seed(0)
    torch.set_num_threads(effort.workers)
    progress = Progress(STEPS + 2 * build.STEPS)
    with progress.step("sentences, words and their sounds"):
        phrases = Phrases()
        words = phrases.words() | vocabulary()
        words |= {word for file in files for sentence in texts.read(file) for word in sentence.split()}
        pronunciations = lexicon.pronounce(words)
        said = _said(phrases, sorted(words), effort.sentences)
    with Pool(effort.workers) as pool:
        with progress.step(f"speaking {len(said)} sentences"):
            utterances = pool.starmap(synthesis.speak, [(text, 1000 + n) for n, text in enumerate(said)], chunksize=20)
        with progress.step(f"putting each on {effort.copies} telephone lines"):
            numbered = [(each, n) for n, each in enumerate(utterances * effort.copies)]
            examples = pool.starmap(_example, numbered, chunksize=20)
        log.info("%d examples, %.1f hours", len(examples), sum(len(each.frames) for each in examples) / 360_000)
        network = _learned(examples, pronunciations, effort, progress, pool.imap)
    write(folder, network)
    build.build(folder, files, progress, held_out=True)
    rates = {}
    for name, new in (("voices heard", False), ("new voices", True)):
        with progress.step(f"measuring with {name}"):
            held_out = phrases.sentences(phrases.split()[1], effort.measured, 21)
            spoken = (synthesis.speak(text, 9_000_000 + n, new_voices=new) for n, text in enumerate(held_out))
            rates[name], _ = word_error_rate(folder, ((each.text, _on_the_telephone(each)) for each in spoken))
        log.info("word error rate on phrases never trained on, %s: %.1f %%", name, 100 * rates[name])
    build.build(folder, files, progress)
    return rates


def write(folder: Path, network: Tdnn) -> None:
    """All of a vosk model but its graph."""
    for part, content in (
        ("am/final.mdl", kaldi.acoustic_model(network.layers())),
        ("conf/mfcc.conf", features.CONF.encode()),
        ("conf/model.conf", MODEL_CONF.encode()),
    ):
        path = folder / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _said(phrases: Phrases, words: list[str], count: int) -> list[str]:
    draw = Random(12)
    salad = round(count * SALAD_SHARE)
    bag = [word for _ in range(1 + 8 * salad // len(words)) for word in draw.sample(words, len(words))]
    mixed = iter(bag)
    tossed = [" ".join(islice(mixed, draw.randrange(3, 9))) for _ in range(salad)]
    sentences = [*phrases.sentences(phrases.split()[0], count - salad, 11), *tossed]
    draw.shuffle(sentences)
    return [sentence for sentence in sentences if sentence]


def _on_the_telephone(utterance: Utterance) -> NDArray[np.int16]:
    return telephone.mulaw(utterance.samples.astype(np.float64) / 2).astype(np.int16)


def _example(utterance: Utterance, seed: int) -> Example:
    sound, before_s = telephone.line(utterance.samples.astype(np.float64), np.random.default_rng(seed))
    frames = features.mfcc(sound)
    told = alignment.from_times(utterance.times, before_s, features.scores_for(len(frames)))
    return Example(utterance.text, frames, told if utterance.times else None)


def _learned(
    examples: list[Example],
    pronunciations: dict[str, list[Pronunciation]],
    effort: Effort,
    progress: Progress,
    spread: Callable[..., object],
) -> Tdnn:
    """From the synthesiser's times, then twice from what the network before finds in the audio, then sequences."""
    sample = np.concatenate([example.frames for example in examples[::17]])
    mean, deviation = sample.mean(axis=0), sample.std(axis=0) + 1e-3
    told = [(example.frames, example.told) for example in examples if example.told is not None]
    frames, targets = [each for each, _ in told], [each for _, each in told]
    network = Tdnn(mean, deviation)
    with progress.step("learning from the synthesiser's times"):
        learn(network, Speech(frames, targets), effort.epochs / 2, 2e-3)
    for epochs in (effort.epochs / 2, effort.epochs):
        with progress.step("finding each sound in the audio"):
            frames, targets = _aligned(examples, network, targets, pronunciations, spread)
        network = Tdnn(mean, deviation)
        with progress.step("learning from what was found"):
            learn(network, Speech(frames, targets), epochs, 2.5e-3)
    with torch.no_grad():  # from here on scores stand for likelihoods: posterior over prior
        network.scores.bias.sub_(torch.from_numpy(_log_priors(targets)))
    frames, targets = _with_no_speech(frames, targets)
    with progress.step("learning whole sequences"):
        learn(network, Speech(frames, targets), effort.sequence_epochs, 1e-3, SequenceLoss(targets))
    return network


def _aligned(
    examples: list[Example],
    network: Tdnn,
    targets: list[NDArray[np.int64]],
    pronunciations: dict[str, list[Pronunciation]],
    spread: Callable[..., object],
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.int64]]]:
    """Frames and targets of the examples whose text fits what the network hears."""
    align = partial(_align, network=network, log_priors=_log_priors(targets), pronunciations=pronunciations)
    found = list(spread(align, examples, chunksize=20))  # type: ignore[call-overload]
    fits = [each[2] for each in found if each is not None]
    floor = np.percentile(fits, WORST)
    log.info("aligned %d of %d, mean fit %.3f", len(fits), len(examples), float(np.mean(fits)))
    draw = np.random.default_rng(7)
    kept = [
        (example.frames, _some_unknown(each[0], each[1], draw))
        for example, each in zip(examples, found, strict=True)
        if each is not None and each[2] >= floor
    ]
    return [frames for frames, _ in kept], [target for _, target in kept]


def _align(
    example: Example,
    *,
    network: Tdnn,
    log_priors: NDArray[np.float32],
    pronunciations: dict[str, list[Pronunciation]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], float] | None:
    torch.set_num_threads(1)
    likelihood = FIT * (network.listen(example.frames) - log_priors)
    return alignment.Text(example.text.split(), pronunciations).align(likelihood)


def _log_priors(targets: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    counts = np.bincount(np.concatenate(targets), minlength=phones.SCORES) + 10.0
    shares: NDArray[np.float64] = counts / counts.sum()
    return np.log(shares).astype(np.float32)


def _some_unknown(target: NDArray[np.int64], words: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
    """A few words become garbage, which so learns what speech in general sounds like."""
    spoken = np.unique(words[words >= 0])
    chosen = spoken[draw.random(len(spoken)) < GARBAGE_SHARE]
    silence = phones.ONSET[phones.SILENCE]
    return np.where(np.isin(words, chosen) & (target != silence), phones.ONSET[phones.GARBAGE], target)


def _with_no_speech(
    frames: list[NDArray[np.float32]], targets: list[NDArray[np.int64]]
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.int64]]]:
    draw = np.random.default_rng(6)
    more = [features.mfcc(telephone.no_speech(draw)) for _ in range(round(len(frames) * NO_SPEECH_SHARE))]
    silent = [np.full(features.scores_for(len(each)), phones.ONSET[phones.SILENCE], np.int64) for each in more]
    order = draw.permutation(len(frames) + len(more))
    return [(frames + more)[n] for n in order], [(targets + silent)[n] for n in order]
