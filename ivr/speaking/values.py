"""What a prompt's `{name}` may stand for. `ivr.speaking.words` says them in a language."""

from __future__ import annotations

import datetime

from core.events import Message


class Value(Message, frozen=True, kw_only=True, tag=True):
    """The base of them."""


class Money(Value, frozen=True, kw_only=True):
    cents: int


class Day(Value, frozen=True, kw_only=True):
    day: datetime.date


class Clock(Value, frozen=True, kw_only=True):
    """A time of day, in the site's zone."""

    time: datetime.time


class Count(Value, frozen=True, kw_only=True):
    number: int


class Minutes(Value, frozen=True, kw_only=True):
    """A wait, as one would say it: "about five minutes", "less than a minute"."""

    minutes: int


class Digits(Value, frozen=True, kw_only=True):
    """Said one by one, in groups: reference numbers, telephone numbers."""

    digits: str


class Words(Value, frozen=True, kw_only=True):
    """Text by language ("" for all): a form's name, an address."""

    texts: dict[str, str]


AnyValue = Money | Day | Clock | Count | Minutes | Digits | Words
