"""Events as bytes and back: what one process publishes, another reads as the same type."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec

from core.events import Event, encode

__all__ = ["decode", "encode"]

log = logging.getLogger(__name__)


class _Tagged(msgspec.Struct):
    type: str


_decoders: dict[str, msgspec.json.Decoder[Event]] = {}
_unknown: set[str] = set()
_tag = msgspec.json.Decoder(_Tagged)


def decode(data: bytes) -> Event | None:
    """The event; None (and one line in the log for each type) where this process does not know its type."""
    name = _tag.decode(data).type
    decoder = _decoders.get(name)
    if decoder is None:
        _decoders.update({kind.__name__: msgspec.json.Decoder(kind) for kind in _kinds(Event)})
        decoder = _decoders.get(name)
    if decoder is None:
        if name not in _unknown:
            _unknown.add(name)
            log.warning("an event of type %s came from a newer process: it is left out here", name)
        return None
    return decoder.decode(data)


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
