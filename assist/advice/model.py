"""What the adviser has learnt, as it is stored: linear weights by name, and what they were learnt from."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from assist.advice.linear import Logistic, Softmax
from core.errors import Problem
from core.events import Message

FORM = 2  # of the file; another one is learnt anew
FEATURES = (  # of one destination at one moment, in the order of the weights; see `assist.advice.weighing`
    *("best_log", "best", "second", "sum", "last", "lead"),
    *("told_log", "told", "told_second", "told_last", "told_sum", "told_lead"),
    *("sure", "sure_last"),
    *("none", "none_last", "none_sum", "other", "told_other"),
    *("cues", "cues_best", "cues_other"),
    *("trouble", "asking", "declines", "calm", "hostile", "hostile_here"),
    *("beyond", "handed_over", "settled", "beyond_last", "settled_last", "beyond_best", "settled_best"),
    *("level_2", "level_3", "level_4", "level_4_best", "stranger", "verified", "employer_here"),
    *("prior_calls", "turns", "higher", "agency"),
)
TOPIC_FEATURES = ("best_log", "best", "second", "sum", "cues")


class Learnt(Message, frozen=True, kw_only=True):
    """What a model was made for and from. `fingerprint` is of the directory, its cues, phrases and examples."""

    form: int
    fingerprint: str
    destinations: tuple[str, ...]
    topics: tuple[str, ...]
    matters: tuple[str, ...]
    threshold: float  # probability from which a destination is suggested
    topic_threshold: float


@dataclass(frozen=True, slots=True)
class AdviserModel:
    """`matters` tells what a phrase means, `evidence` whether words of a conversation speak for a destination (its last
    class: for none), `agent` what an agent's words tell; `weighing` and `topics` sum a call up.
    """

    learnt: Learnt
    matters: Softmax
    evidence: Softmax
    agent: Softmax
    alarms: Softmax
    weighing: Logistic
    topics: Logistic


def save(model: AdviserModel, path: Path) -> None:
    """Replaces the file whole."""
    arrays: dict[str, NDArray[np.float32]] = {}
    for name in ("matters", "evidence", "agent", "alarms"):
        softmax: Softmax = getattr(model, name)
        arrays |= {f"{name}.weights": softmax.weights, f"{name}.bias": softmax.bias}
    for name in ("weighing", "topics"):
        logistic: Logistic = getattr(model, name)
        arrays |= {f"{name}.{part}": getattr(logistic, part) for part in ("mean", "scale", "weights")}
        arrays[f"{name}.bias"] = np.array([logistic.bias], np.float32)
    stored: dict[str, Any] = {"learnt": np.frombuffer(msgspec.json.encode(model.learnt), np.uint8)}
    stored |= {name: array.astype(np.float16 if array.ndim > 1 else np.float32) for name, array in arrays.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **stored)
    beside = path.with_suffix(".new")
    beside.write_bytes(buffer.getvalue())
    beside.replace(path)


def load(path: Path) -> AdviserModel:
    """Raises `Problem` for a file that is missing or no model."""
    remedy = "Learn it anew: memberline adviser train"
    if not path.is_file():
        raise Problem("is missing", place=str(path), remedy=remedy)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        learnt = msgspec.json.decode(arrays["learnt"].tobytes(), type=Learnt)
        if learnt.form != FORM:
            raise Problem(f"has form {learnt.form}, expected {FORM}", place=str(path), remedy=remedy)
        model = AdviserModel(
            learnt,
            matters=_softmax(arrays, "matters"),
            evidence=_softmax(arrays, "evidence"),
            agent=_softmax(arrays, "agent"),
            alarms=_softmax(arrays, "alarms"),
            weighing=_logistic(arrays, "weighing"),
            topics=_logistic(arrays, "topics"),
        )
    except (ValueError, KeyError, OSError, msgspec.MsgspecError) as error:
        raise Problem(f"is no model of the adviser: {error}", place=str(path), remedy=remedy) from error
    if len(model.weighing.weights) != len(FEATURES) or len(model.topics.weights) != len(TOPIC_FEATURES):
        raise Problem("was learnt with other features", place=str(path), remedy=remedy)
    return model


def _softmax(arrays: Mapping[str, NDArray[np.float32]], name: str) -> Softmax:
    return Softmax(arrays[f"{name}.weights"].astype(np.float32), arrays[f"{name}.bias"].astype(np.float32))


def _logistic(arrays: Mapping[str, NDArray[np.float32]], name: str) -> Logistic:
    mean, scale, weights = (arrays[f"{name}.{part}"].astype(np.float32) for part in ("mean", "scale", "weights"))
    return Logistic(mean, scale, weights, float(arrays[f"{name}.bias"][0]))
