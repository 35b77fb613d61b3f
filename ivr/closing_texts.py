"""What is said of closures where nobody wrote it, read from `closing.yaml` beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from ivr.document.model import Language


class ClosingTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By language. `called_back` names the {reference}."""

    standard: dict[Language, str]
    called_back: dict[Language, str]


@cache
def texts() -> ClosingTexts:
    """Read once, when the service is made."""
    return msgspec.yaml.decode(Path(__file__).with_name("closing.yaml").read_bytes(), type=ClosingTexts)
