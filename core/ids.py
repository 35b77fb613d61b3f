"""Identifiers that a replay, a restart and a standby all derive alike."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from uuid import UUID

# Asterisk's Uniqueid/Linkedid: an optional "systemname-", seconds since 1970, a dot, a counter.
_UNIQUEID = re.compile(r"(?:.*-)?(?P<seconds>\d{1,12})\.(?P<counter>\d+)$")
# One that we chose: an id of ours, and which of its calls. The id begins with its time (see `_uuid7`).
_OURS = re.compile(r"[a-z]+-(?P<high>[0-9a-f]{8})-(?P<low>[0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}-\d+$")


def _uuid7(milliseconds: int, tail: bytes) -> UUID:
    """Lay out 48 bits of Unix time in ms and ten bytes of tail as a version 7 UUID (RFC 9562)."""
    raw = bytearray((milliseconds & (1 << 48) - 1).to_bytes(6, "big") + tail[:10])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return UUID(bytes=bytes(raw))


def call_id(system: str, linkedid: str) -> str:
    """The id of the call that Asterisk's `system` knows as `linkedid`.

    A pure function: time from the Linkedid, tail from a hash of system and Linkedid, so the same call gets the
    same id wherever and whenever it is seen. One of ours has the time of the id in it (that of a call back: when it was
    asked for). A Linkedid of another shape still gets a stable id, dated 1970.
    """
    if match := _UNIQUEID.match(linkedid):
        milliseconds = int(match["seconds"]) * 1000
    else:
        milliseconds = int(ours["high"] + ours["low"], 16) if (ours := _OURS.match(linkedid)) else 0
    return str(_uuid7(milliseconds, hashlib.sha256(f"{system}\0{linkedid}".encode()).digest()))


def new_id() -> str:
    """A fresh, time-ordered id for what has no natural key."""
    return str(_uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10)))
