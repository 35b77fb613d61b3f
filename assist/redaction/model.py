"""What may be a secret, what becomes of it, and an utterance without its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from assist.speech.words import Word
from core.errors import Problem
from core.events import Message

MASK: Final = "•••"


class Kind(StrEnum):
    """What a number, or a word that is spelled, is. Those from `AMOUNT` on are harmless."""

    SSN = "ssn"
    BANK_ACCOUNT = "bank_account"
    ROUTING_NUMBER = "routing_number"
    CARD_NUMBER = "card_number"
    CARD_CODE = "card_code"
    CARD_EXPIRY = "card_expiry"
    PIN = "pin"
    PASSWORD = "password"
    SECURITY_ANSWER = "security_answer"
    ONE_TIME_CODE = "one_time_code"
    MEDICARE_NUMBER = "medicare_number"
    IDENTITY_DOCUMENT = "identity_document"
    UNDECIDED = "undecided"  # digits that nothing told the meaning of

    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    DATE = "date"
    YEAR = "year"
    TIME = "time"
    AGE = "age"
    COUNT = "count"
    HOUSE_NUMBER = "house_number"  # also apartment and post office box
    ZIP_CODE = "zip_code"
    TELEPHONE = "telephone"  # also an extension
    MEMBER_NUMBER = "member_number"
    REFERENCE = "reference"  # of a case, a letter, a check
    EMAIL = "email"  # digits of an address
    FORM = "form"  # the name of a form, plan or law: "ten ninety nine r", "four oh one k"

    @property
    def harmless(self) -> bool:
        return self not in SECRETS


_ALL = tuple(Kind)
SECRETS: Final = frozenset(_ALL[: _ALL.index(Kind.AMOUNT)])
FREE: Final = frozenset({Kind.PASSWORD, Kind.SECURITY_ANSWER})  # any words
SPELLED: Final = FREE | {Kind.MEDICARE_NUMBER, Kind.IDENTITY_DOCUMENT}  # letters as well as digits


class Mode(StrEnum):
    """What becomes of a kind. In the text all but `LAST_FOUR` and `KEEP` look alike."""

    MASK = "mask"  # gone for good
    LAST_FOUR = "last_four"  # of a number of eight digits or more that is known to be complete; else as MASK
    FOR_UPDATE = "for_update"  # sealed, for the proposal to change the member's record only
    ENCRYPTED = "encrypted"  # sealed, for who may look at it
    KEEP = "keep"  # shown


_DEFAULTS: Final = {kind: Mode.MASK if kind in SECRETS else Mode.KEEP for kind in Kind} | {
    Kind.BANK_ACCOUNT: Mode.FOR_UPDATE,
    Kind.ROUTING_NUMBER: Mode.FOR_UPDATE,
    Kind.MEDICARE_NUMBER: Mode.FOR_UPDATE,
    Kind.UNDECIDED: Mode.ENCRYPTED,
}


class Policy(Message, frozen=True, kw_only=True):
    """The mode of each kind where it is not the default."""

    modes: dict[Kind, Mode] = msgspec.field(default_factory=dict)

    def mode(self, kind: Kind) -> Mode:
        return self.modes.get(kind) or _DEFAULTS[kind]

    @classmethod
    def of(cls, settings: Mapping[str, str], place: str = "redaction") -> Policy:
        """From a deployment's `{kind: mode}`. Raises `Problem`; what is undecided cannot be shown."""
        modes: dict[Kind, Mode] = {}
        for kind, mode in settings.items():
            if kind not in _ALL:
                raise Problem(f"there is no kind {kind!r}", place=place, remedy=f"There are: {', '.join(_ALL)}")
            if mode not in tuple(Mode):
                raise Problem(f"{kind}: there is no mode {mode!r}", place=place, remedy=f"There are: {', '.join(Mode)}")
            modes[Kind(kind)] = Mode(mode)
        if modes.get(Kind.UNDECIDED) in (Mode.KEEP, Mode.LAST_FOUR):
            raise Problem("undecided: digits that may be any secret", place=place, remedy="Use mask or encrypted")
        return cls(modes=modes)


class Secret:
    """A text that shows only to who asks for it: not printed, logged, compared or written as JSON by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return MASK if self._text else "nothing"

    def __reduce__(self) -> str:
        raise TypeError("a secret is sealed before it leaves the process")


NOTHING: Final = Secret("")


@dataclass(frozen=True, slots=True)
class Span:
    """Words `start` to `end` (exclusive) of an utterance, all of one kind; seconds on the words' clock.

    `secret` has the words as they were heard, for whoever seals them: only where the mode wants them kept.
    """

    kind: Kind
    mode: Mode
    start: int
    end: int
    start_s: float
    end_s: float
    secret: Secret = NOTHING

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self._shown == other._shown

    def __hash__(self) -> int:
        return hash(self._shown)

    @property
    def _shown(self) -> tuple[object, ...]:
        return self.kind, self.mode, self.start, self.end, self.start_s, self.end_s


@dataclass(frozen=True, slots=True)
class Redacted:
    """An utterance as it may be stored, pushed and logged: as many words as were heard, the masked ones `MASK`.

    Spans of a harmless kind (mode `KEEP`) say what was shown and why. Not final: nothing is decided yet, digits are
    masked that may show later.
    """

    utterance_id: str
    speaker: str
    words: tuple[Word, ...]
    spans: tuple[Span, ...]
    final: bool

    @property
    def text(self) -> str:
        """For reading. Masks in a row are one, so that it does not tell how long a secret is."""
        shown: list[str] = []
        for word in self.words:
            if word.text != MASK or shown[-1:] != [MASK]:
                shown.append(word.text)
        return " ".join(shown)

    @property
    def masked(self) -> tuple[Span, ...]:
        return tuple(span for span in self.spans if span.mode is not Mode.KEEP)
