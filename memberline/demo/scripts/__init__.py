"""The demo's calls: who calls, which keys they press, and what both sides say. One YAML file each, beside this module.

A turn is `[caller or agent, text, pause]`: words as they are spoken, in lower case, numbers as words, commas for the
synthesiser alone; `pause` is the silence before them in seconds. `after_transfer` is said when the call was transferred
to `transfer`, its agent being the one who took the call over; without a transfer the call ends before it.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml

from core.errors import Problem

TEXT = re.compile(r"[a-z' ,-]+")
MOST_PAUSE_S = 10.0


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """`text` is for the synthesiser, `words` what a transcript should say."""

    speaker: Literal["caller", "agent"]
    text: str
    pause_s: Annotated[float, msgspec.Meta(ge=0, le=MOST_PAUSE_S)] = 0.7

    def __post_init__(self) -> None:
        if not TEXT.fullmatch(self.text) or not self.words:
            raise ValueError(f"{self.text!r}: expected lower-case words, numbers as words, apostrophes and commas")

    @property
    def words(self) -> str:
        return " ".join(self.text.replace(",", " ").split())


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call. `caller` is a key of the sample plan's demo callers, `transfer` a destination's id or "none"."""

    caller: str
    voice: str
    keys: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]  # one prompt each; `number` and `pin` are the caller's
    transfer: str
    turns: Annotated[tuple[Turn, ...], msgspec.Meta(min_length=1)]
    after_transfer: tuple[Turn, ...] = ()


def load() -> list[Script]:
    """All scripts, by file name. Raises `Problem` naming file and place."""
    with resources.as_file(resources.files(__package__)) as folder:
        return [read(path) for path in sorted(folder.glob("*.yaml"))]


def read(path: Path) -> Script:
    """One script from its file."""
    try:
        document: Any = yaml.safe_load(path.read_text())
        return msgspec.convert(document, Script)
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise Problem(f"is no script: {error}", place=str(path)) from error
