"""Word error rates of a model, in vosk itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import vosk
from numpy.typing import NDArray

CHUNK = 800  # samples: as they come on a live call, 100 ms


def word_error_rate(model: Path, spoken: Iterable[tuple[str, NDArray[np.int16]]]) -> tuple[float, int]:
    """(errors per word said, words said) over pairs of text and 8 kHz samples."""
    vosk.SetLogLevel(-2)
    loaded: Any = vosk.Model(str(model))
    errors = words = 0
    for text, samples in spoken:
        errors += edits(text.split(), heard(loaded, samples).split())
        words += len(text.split())
    return errors / max(1, words), words


def heard(model: Any, samples: NDArray[np.int16]) -> str:
    """All words of a recording with some silence around it."""
    quiet = np.zeros(4000, np.int16)
    data = np.concatenate([quiet, samples, quiet]).astype("<i2")
    recogniser: Any = vosk.KaldiRecognizer(model, 8000)
    pieces = (data[at : at + CHUNK].tobytes() for at in range(0, len(data), CHUNK))
    results = [recogniser.Result() for piece in pieces if recogniser.AcceptWaveform(piece)]
    return " ".join(json.loads(result)["text"] for result in [*results, recogniser.FinalResult()])


def edits(said: list[str], got: list[str]) -> int:
    """Words to insert, delete or replace (Levenshtein)."""
    row = list(range(len(got) + 1))
    for index, word in enumerate(said, 1):
        previous, row[0] = row[0], index
        for at, other in enumerate(got, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (word != other))
    return row[-1]
