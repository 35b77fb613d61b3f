"""The queues of a site, as one TOML file says: whom each is for, who is rung when, who goes first.

    [analysis]
    specialty = "pension_analyst"
    level = 3
    widen = [{ seconds = 0, penalty = 0 }, { seconds = 20, penalty = 9 }]
    priority = 5
    ring_s = 12

The PBX's files are made from it (`memberline pbx config --queues`), and rights that name no penalty (the setting
`queues`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from core.errors import Problem
from records.agents import Word
from records.queues import QueueFor
from telephony.pbx.config import Queue, Widening

Seconds = Annotated[int, msgspec.Meta(ge=1, le=7200)]
Priority = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class QueueLine(QueueFor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One queue; the fields of `telephony.pbx.config.Queue` mean what they mean there."""

    widen: tuple[Widening, ...] = ()
    priority: Priority = 0
    ring_s: Seconds = 15
    patience_s: Seconds = 600

    def queue(self, name: str) -> Queue:
        return Queue(name, patience_s=self.patience_s, widen=self.widen, priority=self.priority, ring_s=self.ring_s)


def load(path: str | Path) -> Mapping[str, QueueLine]:
    """By name; nothing where no file is named. Raises `Problem` saying what does not fit, and where."""
    if not str(path):
        return {}
    try:
        lines = msgspec.convert(tomllib.loads(Path(path).read_text()), dict[Word, QueueLine])
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Problem(str(error), place=str(path), remedy="docs/operating.md shows such a file") from error
    for name, line in lines.items():
        steps = [(step.seconds, step.penalty) for step in line.widen]
        if any(seconds < 0 or highest < 0 for seconds, highest in steps) or steps != sorted(set(steps)):
            raise Problem(f"{name}: its steps of widening do not go up", place=str(path))
    return lines
