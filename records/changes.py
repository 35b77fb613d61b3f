"""What became another, in words, and the note that puts it on record in the unit of work that changes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

from core.tables import AnyRow

Note = Callable[[Session, str, str], None]
"""Adds an entry to the audit log: about whom (`agent <id>`), and what became another."""

_SECRET = {"password_digest": "password", "totp": "second factor"}  # of these it is said that, not what


def unnoted(session: Session, about: str, what: str) -> None:
    """For a change that nobody has to answer for: a test's, the sample plan's."""


def became(row: AnyRow, new: Mapping[str, object], first: Collection[str]) -> str:
    """Each of `new` from what it is in `row` to what it will be; those named in `first` come first."""
    ordered = sorted(new, key=lambda name: (name not in first, name))
    return ", ".join(_SECRET.get(name) or f"{name} {said(getattr(row, name))} → {said(new[name])}" for name in ordered)


def said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return " ".join(f"{name}={number}" for name, number in sorted(value.items())) or "none"
        case list():
            return " ".join(value) or "none"
    return "none" if value is None else str(value)
