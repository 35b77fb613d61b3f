"""The acoustic network (a TDNN in PyTorch), its two ways to learn, and its layers as Kaldi computes them.

One score for every 30 ms. The layers look at [-2..2] frames, [-1, 0, 1] of every third, then [-3, 0, 3] five times.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from assist.speech.recipe import features, phones

HIDDEN, DEEP = 256, 5
OFFSETS = [[-2, -1, 0, 1, 2], [-1, 0, 1], *([[-3, 0, 3]] * DEEP)]
CONTEXT = 2 + 1 + 3 * DEEP  # frames before and after that a score needs
PIECE = 48  # scores learned from at a time
BATCH = 64
EPSILON = 1e-5  # keeps batch normalisation from dividing by nothing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layer:
    """`weight` is (outputs, inputs * offsets); batch normalisation and scaling of the input are part of it."""

    offsets: list[int]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    rectified: bool


class Tdnn(nn.Module):
    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(self, mean: NDArray[np.float32], spread: NDArray[np.float32]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("spread", torch.from_numpy(spread))
        inputs = [features.SIZE * len(OFFSETS[0]), *(HIDDEN * len(offsets) for offsets in OFFSETS[1:])]
        self.affine = nn.ModuleList(nn.Linear(size, HIDDEN, bias=False) for size in inputs)
        self.norm = nn.ModuleList(nn.BatchNorm1d(HIDDEN, eps=EPSILON) for _ in inputs)
        self.drop = nn.Dropout(0.1)
        self.scores = nn.Linear(HIDDEN, phones.SCORES)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """(batch, 3n + 2 * CONTEXT - 2, 40) -> (batch, n, scores); score k belongs to frame CONTEXT + 3k."""
        x = (frames - self.mean) / self.spread
        for depth, (affine, norm) in enumerate(zip(self.affine, self.norm, strict=True)):
            width, step = len(OFFSETS[depth]), 3 if depth == 1 else 1
            count = (x.shape[1] - width) // step + 1
            x = torch.cat([x[:, at : at + (count - 1) * step + 1 : step] for at in range(width)], dim=2)
            x = torch.relu(norm(affine(x).transpose(1, 2)).transpose(1, 2))
            x = self.drop(x) if depth else x
        scores: torch.Tensor = self.scores(x)
        return scores

    def listen(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """(frames, 40) -> (scores, all) log posteriors; the edges repeat as they do in Kaldi."""
        count = features.scores_for(len(frames))
        index = np.clip(np.arange(3 * count + 2 * CONTEXT - 2) - CONTEXT, 0, len(frames) - 1)
        with torch.no_grad():
            found: NDArray[np.float32] = torch.log_softmax(self(torch.from_numpy(frames[index])[None]), 2)[0].numpy()
        return found

    def layers(self) -> list[Layer]:
        learnt = {name: each.double().numpy() for name, each in self.state_dict().items()}
        layers = []
        for depth, offsets in enumerate(OFFSETS):
            scale = learnt[f"norm.{depth}.weight"] / np.sqrt(learnt[f"norm.{depth}.running_var"] + EPSILON)
            weight = learnt[f"affine.{depth}.weight"] * scale[:, None]
            bias = learnt[f"norm.{depth}.bias"] - learnt[f"norm.{depth}.running_mean"] * scale
            if depth == 0:
                weight = weight / np.tile(learnt["spread"], len(offsets))
                bias = bias - weight @ np.tile(learnt["mean"], len(offsets))
            layers.append(Layer(offsets, weight, bias, rectified=True))
        return [*layers, Layer([0], learnt["scores.weight"], learnt["scores.bias"], rectified=False)]


class Speech:
    """All features and targets in one stream, cut anew into pieces for every epoch."""

    def __init__(self, frames: list[NDArray[np.float32]], targets: list[NDArray[np.int64]]) -> None:
        whole = [
            np.pad(each, ((0, 3 * len(target) - len(each)), (0, 0)), mode="edge")
            for each, target in zip(frames, targets, strict=True)
        ]
        edge = np.repeat(whole[0][:1], CONTEXT, axis=0)
        self._frames = torch.from_numpy(np.concatenate([edge, *whole, edge]).astype(np.float16))
        self._targets = torch.from_numpy(np.concatenate(targets))

    @property
    def batches(self) -> int:
        """In one epoch; at least one."""
        return max(1, len(self._targets) // PIECE // BATCH)

    def epoch(self, draw: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        starts = np.arange(draw.integers(PIECE), len(self._targets) - PIECE, PIECE)
        draw.shuffle(starts)
        frames, targets = torch.arange(3 * PIECE + 2 * CONTEXT - 2), torch.arange(PIECE)
        for at in range(0, max(1, len(starts) - BATCH + 1), BATCH):
            chosen = torch.from_numpy(starts[at : at + BATCH])[:, None]
            yield self._frames[3 * chosen + frames].float(), self._targets[chosen + targets]


class SequenceLoss:
    """Lattice-free MMI (Povey et al., 2016) at its simplest: the aligned path against all sequences of sounds.

    The competitors are a bigram of sounds, so one step of their forward sum is a product with one small matrix.
    """

    def __init__(self, targets: list[NDArray[np.int64]]) -> None:
        onset = np.array([phones.ONSET[sound] for sound in phones.SOUNDS])
        body = np.array([phones.BODY[sound] for sound in phones.SOUNDS])
        sound_of = np.zeros(phones.SCORES, np.int64)
        sound_of[onset] = sound_of[body] = np.arange(len(phones.SOUNDS))
        follows = np.full((len(phones.SOUNDS),) * 2, 5.0 / len(phones.SOUNDS))
        for target in targets:
            is_onset = np.isin(target, onset) & np.append(True, (target[1:] != target[:-1]) | (target[1:] >= 2))
            sounds = sound_of[target[is_onset]]
            np.add.at(follows, (sounds[:-1], sounds[1:]), 1)
        follows /= follows.sum(axis=1, keepdims=True)
        step = np.zeros((phones.SCORES, phones.SCORES))
        for sound in range(len(phones.SOUNDS)):
            for score in {onset[sound], body[sound]}:
                step[score, onset] += 0.5 * follows[sound]
                step[score, body[sound]] += 0.5
        first = np.bincount(np.concatenate(targets), minlength=phones.SCORES) + 1.0
        self._step = torch.tensor(step, dtype=torch.float32)
        self._log_step = torch.log(self._step.clamp_min(1e-12))
        self._first = torch.tensor(first / first.sum(), dtype=torch.float32)

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """(batch, n, scores) and (batch, n) -> mean loss of one score."""
        top = scores.detach().amax(2, keepdim=True)
        likely = torch.exp(scores - top)
        reached = self._first * likely[:, 0]
        everything = torch.zeros(len(scores))
        for at in range(scores.shape[1]):
            if at:
                reached = (reached @ self._step) * likely[:, at]
            mass = reached.sum(1, keepdim=True)
            reached = reached / mass
            everything = everything + torch.log(mass[:, 0]) + top[:, at, 0]
        aligned = scores.gather(2, targets[..., None])[..., 0].sum(1) + torch.log(self._first)[targets[:, 0]]
        aligned = aligned + self._log_step[targets[:, :-1], targets[:, 1:]].sum(1)
        return (everything - aligned).mean() / scores.shape[1] + 5e-4 * scores.pow(2).mean()


def frame_loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())


def learn(network: Tdnn, speech: Speech, epochs: float, rate: float, loss: SequenceLoss | None = None) -> None:
    """Train in place. The loss told at the end is the mean of the last tenth."""
    draw = np.random.default_rng(0)
    steps = max(10, round(epochs * speech.batches))
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    network.train()
    losses: list[float] = []
    while len(losses) < steps:
        for frames, targets in speech.epoch(draw):
            if len(losses) == steps:
                break
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = network(frames)
            found = (loss or frame_loss)(scores.float(), targets)
            optimiser.zero_grad()
            torch.autograd.backward(found)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            losses.append(found.item())
            if len(losses) % 200 == 0:
                log.info("  step %d of %d, loss %.4f", len(losses), steps, float(np.mean(losses[-200:])))
    network.eval()
    log.info("  %d steps, loss %.4f at the end", steps, float(np.mean(losses[-max(1, steps // 10) :])))
