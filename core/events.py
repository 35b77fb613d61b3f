"""The base of everything that is published: immutable, typed, tagged with its own name on the wire."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A value that crosses a boundary (wire, bus, file) inside events and answers."""


class Event(Message, frozen=True, kw_only=True, tag_field="type", tag=True):
    """Something that happened. `at` is timezone-aware UTC.

    The class name is the event's `type` on the wire, so renaming a class is a change of protocol.
    """

    at: datetime


def encode(value: object) -> bytes:
    """JSON bytes of any `Message`, or of a container of them."""
    return msgspec.json.encode(value)
