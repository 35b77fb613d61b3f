"""Digits that were heard as other words: "six seven ate", "is for one two"."""

from __future__ import annotations

from collections.abc import Mapping

from assist.redaction.language import Language
from assist.redaction.model import Kind
from assist.redaction.reading import Reading


def alike(reading: Reading, kinds: Mapping[int, Kind], language: Language) -> dict[int, Kind]:
    """Words beside or between masked digits that sound like digits themselves, by place, with the digits' kind."""
    words, sounding = language.words, language.numerals.heard_for_digits
    before = words["links"] | words["leads"] | sounding
    behind = words["stops"] | words["repairs"] | sounding
    found: dict[int, Kind] = {}

    def masked(at: int) -> Kind | None:
        if not 0 <= at < len(reading.tokens):
            return None
        place = reading.tokens[at].place
        kind = kinds.get(place) or found.get(place)
        return None if kind is None or kind.harmless else kind

    order = range(len(reading.tokens))
    for at in (*order, *reversed(order)):  # twice, for several in a row
        token = reading.tokens[at]
        if token.text not in sounding or token.place in kinds:
            continue
        left, right = masked(at - 1), masked(at + 1)
        begins = at == 0 or reading.text(at - 1) in before
        ends = at == len(reading.tokens) - 1 or reading.text(at + 1) in behind
        if (left and right) or (left and ends) or (right and begins):
            found[token.place] = left or right or Kind.UNDECIDED
    return found
