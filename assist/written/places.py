"""Addresses: "four one two oak street apartment three" as 412 Oak Street Apt 3, with town, state and zip code."""

from __future__ import annotations

from collections.abc import Sequence

from assist.spoken import figure_at, is_number, ordinal_at
from assist.written.letters import letter_at
from assist.written.piece import Piece
from assist.written.quantities import number, suffix

STREETS = frozenset(
    (
        *("street", "road", "avenue", "drive", "lane", "court", "circle", "way", "boulevard", "place", "trail"),
        *("highway", "parkway", "terrace", "loop", "pike", "square", "alley", "crossing", "point", "ridge", "run"),
    )
)
_UNITS = {"apartment": "Apt", "apt": "Apt", "unit": "Unit", "suite": "Suite", "lot": "Lot"}
_ABBREVIATED = frozenset(("n", "s", "e", "w", "ne", "nw", "se", "sw"))
_BETWEEN = frozenset(("and", "that's", "it's", "in", "is", "the", "city", "of", "there's"))
STATES = frozenset(
    (
        *("alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut", "delaware", "florida"),
        *("georgia", "hawaii", "idaho", "illinois", "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine"),
        *("maryland", "massachusetts", "michigan", "minnesota", "mississippi", "missouri", "montana", "nebraska"),
        *("nevada", "new hampshire", "new jersey", "new mexico", "new york", "north carolina", "north dakota"),
        *("ohio", "oklahoma", "oregon", "pennsylvania", "rhode island", "south carolina", "south dakota"),
        *("tennessee", "texas", "utah", "vermont", "virginia", "washington", "west virginia", "wisconsin", "wyoming"),
        *("puerto rico", "guam"),
    )
)
STREET_AT_MOST = 4  # words of a street's name
TOWN_AT_MOST = 3


def address(words: Sequence[str], at: int) -> Piece | None:
    """A house number and a street, or a post office box; then whatever of unit, town, state and zip code follows."""
    street = _box(words, at) or _street(words, at)
    if street is None:
        return None
    text, end, corrected = street.text, street.end, street.corrected
    unit, after = _unit(words, end)
    if unit:
        text, end = f"{text} {unit}", after
    town, after = _town(words, end)
    if town:
        text, end = f"{text}, {town}", after
    unit, after = _unit(words, end) if not unit else ("", end)
    zipped, after = _zip(words, after if unit else end)
    if zipped:
        text, end = f"{text} {zipped}", after
    return Piece(text, "address", at, end, corrected)


def _box(words: Sequence[str], at: int) -> Piece | None:
    start = next((at + len(box) for box in (("p", "o", "box"), ("po", "box")) if _says(words, at, box)), None)
    said = number(words, start) if start is not None else None
    return Piece(f"PO Box {said.text}", "address", at, said.end, said.corrected) if said is not None else None


def _street(words: Sequence[str], at: int) -> Piece | None:
    house = number(words, at) or _small(words, at)
    if house is None or house.kind not in ("number", "zip") or "." in house.text:
        return None
    name: list[str] = []
    place = house.end
    while place < len(words) and len(name) < STREET_AT_MOST:
        nth, after = ordinal_at(words, place)
        if nth:
            name.append(f"{nth}{suffix(nth)}")
            place = after
            continue
        word = words[place]
        if is_number(word) or word in ("and", "dollars", "percent", "years", "days", "months", "of"):
            return None
        if word in STREETS and name:
            after = place + 1
            more = after < len(words) and words[after] in STREETS
            name += [word.capitalize(), words[after].capitalize()] if more else [word.capitalize()]
            return Piece(" ".join((house.text, *name)), "address", at, after + more, house.corrected)
        name.append(_titled(word))
        place += 1
    return None


def _small(words: Sequence[str], at: int) -> Piece | None:
    """One digit alone is a house number too."""
    said = figure_at(words, at)
    return None if said is None else Piece(said.text, "number", at, said.end)


def _unit(words: Sequence[str], at: int) -> tuple[str, int]:
    if at + 1 >= len(words) or words[at] not in _UNITS:
        return "", at
    said = number(words, at + 1) or _small(words, at + 1)
    letter, end = letter_at(words, at + 1)
    if said is not None:
        return f"{_UNITS[words[at]]} {said.text}", said.end
    return (f"{_UNITS[words[at]]} {letter.upper()}", end) if letter else ("", at)


def _town(words: Sequence[str], at: int) -> tuple[str, int]:
    """ "and that's macon georgia": one to three words before a state or a zip code."""
    place = at
    while place < len(words) and words[place] in _BETWEEN:
        place += 1
    for size in range(1, TOWN_AT_MOST + 1):
        end = place + size
        town = words[place:end]
        if len(town) < size or any(is_number(word) for word in town):
            return "", at
        name = " ".join(map(_titled, town))
        state = next(
            (words[end : end + length] for length in (1, 2) if " ".join(words[end : end + length]) in STATES), ()
        )
        if state:
            return f"{name}, {' '.join(map(_titled, state))}", end + len(state)
        if _zip(words, end)[0]:
            return name, end
    return "", at


def _zip(words: Sequence[str], at: int) -> tuple[str, int]:
    place = at
    while place < len(words) and words[place] in ("zip", "code", "is", "it's", "and", "the"):
        place += 1
    said = number(words, place) if place < len(words) else None
    if said is None or said.kind not in ("number", "zip"):
        return "", at
    plain = said.text.replace("-", "")
    return (said.text, said.end) if plain.isdigit() and len(plain) in (5, 9) else ("", at)


def _titled(word: str) -> str:
    return word.upper() if word in _ABBREVIATED else word[:1].upper() + word[1:]


def _says(words: Sequence[str], at: int, said: Sequence[str]) -> bool:
    return tuple(words[at : at + len(said)]) == tuple(said)
