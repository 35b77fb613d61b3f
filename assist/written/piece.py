"""A piece of written text and the spoken words it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "word",
    "filler",
    "number",
    "ordinal",
    "money",
    "percent",
    "time",
    "date",
    "phone",
    "zip",
    "email",
    "spelled",
    "address",
]


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` as one would write words `start` to `end` (exclusive). A filler is written as nothing.

    `corrected`: the speaker took something back in these words; what was taken back is in the span, not in the text.
    """

    text: str
    kind: Kind
    start: int
    end: int
    corrected: bool = False


Reader = Callable[[Sequence[str], int], Piece | None]
"""Reads the piece that begins with the word at a place; None where it knows none."""
