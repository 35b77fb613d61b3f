"""A conversation as the adviser and the documenter see it: whose words, and what is known of the two who talk."""

from __future__ import annotations

from typing import Literal

from core.events import Message

Speaker = Literal["caller", "agent"]


class Turn(Message, frozen=True, kw_only=True):
    """Final words of one speaker: a whole turn, or one of several utterances in a row that make it up.

    `text` is as a recogniser writes it: lower-case words, numbers as words, no punctuation but apostrophes.
    """

    speaker: Speaker
    text: str
    utterance_id: str = ""


class CallerFacts(Message, frozen=True, kw_only=True):
    """`prior_calls_30d`: calls on the same matter in the last 30 days. Nobody known: no relation, not verified."""

    relation: str = ""
    verified: bool = False
    prior_calls_30d: int = 0


class AgentFacts(Message, frozen=True, kw_only=True):
    """`level` and `specialties` as the directory of destinations defines them."""

    level: int = 1
    specialties: tuple[str, ...] = ()
