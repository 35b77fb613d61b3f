"""Spoken words read into pieces of written text: every word is in exactly one piece, in order.

Why own rules: wetext 0.1.8 reads plain numbers as well, but says not which words became what; WeTextProcessing does and
brings 700 MB. None of them knows "double two", "b as in boy" or a number taken back.
"""

from __future__ import annotations

from collections.abc import Sequence

from assist.written.letters import emails, spelled
from assist.written.piece import Piece, Reader
from assist.written.places import address
from assist.written.quantities import date, number, ordinal

FILLERS = frozenset(("uh", "um", "er", "erm", "hm", "hmm", "mm", "ah", "eh"))
_READERS: tuple[Reader, ...] = (address, date, spelled, ordinal, number)  # the first that knows a piece takes it


def pieces(words: Sequence[str]) -> tuple[Piece, ...]:
    """What the words come to. `words` are lower-case and as a recogniser gives them; anything else is left as it is."""
    places = [place for place, word in enumerate(words) if word not in FILLERS]
    spoken = [words[place] for place in places]
    found: list[Piece] = []
    after = 0  # words that are in a piece
    for piece in _read(spoken):
        start, end = places[piece.start], places[piece.end - 1] + 1
        found += [Piece("", "filler", filler, filler + 1) for filler in range(after, start)]
        found.append(Piece(piece.text, piece.kind, start, end, piece.corrected))
        after = end
    return (*found, *(Piece("", "filler", filler, filler + 1) for filler in range(after, len(words))))


def written(text: str) -> str:
    """The text as people write it: "i owe two thousand one hundred dollars" as "i owe $2,100"."""
    return " ".join(piece.text for piece in pieces(text.lower().split()) if piece.text)


def _read(spoken: Sequence[str]) -> list[Piece]:
    """The pieces of words without fillers."""
    mails = {mail.start: mail for mail in emails(spoken)}
    found: list[Piece] = []
    at = 0
    while at < len(spoken):
        piece = mails.get(at) or _first(spoken, at, min((start for start in mails if start > at), default=len(spoken)))
        found.append(piece)
        at = piece.end
    return found


def _first(spoken: Sequence[str], at: int, until: int) -> Piece:
    """The piece at `at`, from the words before `until` alone: there an e-mail address begins."""
    heard = spoken[:until]
    known = (piece for reader in _READERS if (piece := reader(heard, at)) is not None)
    return next(known, Piece(spoken[at], "word", at, at + 1))
