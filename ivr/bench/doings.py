"""What a caller does, and where a call ends: the words of the bench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Presses:
    """Keys, one after the other. `entered`: meant as longer input; it makes no difference but to who reads it."""

    keys: str
    entered: bool = False


@dataclass(frozen=True)
class Says:
    text: str
    clearly: bool = True


@dataclass(frozen=True)
class Waits:
    """Does nothing until the menu goes on by itself."""


@dataclass(frozen=True)
class HangsUp:
    pass


@dataclass(frozen=True)
class SetsClock:
    """No caller's doing: from here on it is this time in the document's zone."""

    now: datetime


Doing = Presses | Says | Waits | HangsUp | SetsClock


@dataclass(frozen=True)
class InQueue:
    queue: str
    priority: int | None = None
    skills: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AtAgency:
    number: str


@dataclass(frozen=True)
class MenuEnded:
    """The menu said goodbye."""


@dataclass(frozen=True)
class CallerEnded:
    """The caller hung up in the menu."""


End = InQueue | AtAgency | MenuEnded | CallerEnded
