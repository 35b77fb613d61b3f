"""The words a contact is documented in: values, without a word of SQL."""

from __future__ import annotations

from typing import Literal

from core.events import Message

Verification = Literal["none", "number_match", "pin"]
Consent = Literal["pending", "given", "refused"]
Resolution = Literal["resolved", "transferred", "follow_up", "unresolved"]


class ProposedUpdate(Message, frozen=True, kw_only=True):
    """Something the caller gave that belongs in the pension system; a proposal, never applied from here."""

    field: str
    value: str


class ContactDraft(Message, frozen=True, kw_only=True):
    """The documentation of a call as it stands; the agent corrects and confirms it."""

    topics: tuple[str, ...] = ()
    reason: str = ""
    summary: str = ""
    updates: tuple[ProposedUpdate, ...] = ()
    commitments: tuple[str, ...] = ()
    resolution: Resolution = "unresolved"
