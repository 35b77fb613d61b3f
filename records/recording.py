"""What is known of a recording: values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from core.errors import Problem
from core.events import Message

RecordingState = Literal["recording", "kept", "deleted"]
SpanKind = Literal["paused", "secret", "redacted", "gap"]
"""Paused by the agent; while a card or PIN was taken; found afterwards; not recorded for a technical reason."""


class Silent(Message, frozen=True, kw_only=True):
    """Seconds of a recording without sound; `end_s` None: still going on."""

    start_s: float
    end_s: float | None
    kind: SpanKind


class Hold(Message, frozen=True, kw_only=True):
    """A legal hold that stands."""

    hold_id: str
    by: str
    at: datetime
    why: str
    until: datetime | None


class Recording(Message, frozen=True, kw_only=True):
    """Second 0 is `began_at`, that of the transcript as well. `length_s` None: it goes on."""

    contact_id: str
    state: RecordingState
    began_at: datetime
    ended_at: datetime | None
    length_s: float | None
    silent: tuple[Silent, ...]
    holds: tuple[Hold, ...]


class Deleted(Message, frozen=True, kw_only=True):
    """A recording that is no more. `sha256` and `bytes` are of the encrypted file as it was last; `removed`: the file
    is gone as well, not only its key."""

    contact_id: str
    at: datetime
    by: str
    why: str
    sha256: str
    bytes: int
    removed: bool


class Begun(NamedTuple):
    """What a recorder needs. `open_spans`: id and kind of those that go on since an earlier recorder; `anew`: it goes
    on with a recording that was there."""

    contact_id: str
    key: bytes
    began_at: datetime
    open_spans: tuple[tuple[str, SpanKind], ...]
    anew: bool


class Held(Problem):
    """A legal hold stands: the recording is not deleted."""


class RecordingGone(Problem):
    """The recording was deleted."""


class NoRecording(Problem):
    """There is none of this contact."""
