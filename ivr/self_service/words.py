"""What self-service speaks of by name (forms, applications), read from `words.yaml` beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from core.errors import Problem
from ivr.speaking.values import Words

Texts = dict[str, str]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Topic → its name by language."""

    forms: dict[str, Texts]
    applications: dict[str, Texts]


@cache
def named() -> Named:
    """Read once, when the services are made."""
    return msgspec.yaml.decode((Path(__file__).parent / "words.yaml").read_bytes(), type=Named)


def form(topic: str) -> Words:
    """The form's name. Raises `Problem` for one that is not known: a menu's mistake, not the caller's."""
    known = named().forms
    if topic not in known:
        raise Problem(f"there is no form {topic!r}", place="form", remedy=f"Use one of {', '.join(sorted(known))}")
    return Words(texts=known[topic])


def plain(text: str) -> Words:
    """The same in every language: a place, a street."""
    return Words(texts={"": text})
