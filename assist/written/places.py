"""Addresses: "four one two oak street apartment three" as 412 Oak Street Apt 3, with town, state and zip code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
_UNITS = {"apartment": "Apt", "unit": "Unit", "suite": "Suite", "lot": "Lot"}
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


@dataclass(frozen=True, slots=True)
class Unit:
    """An apartment or the like, in words `start` to `end`: `kind` as spoken, `name` in figures or one letter."""

    kind: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Address:
    """`street` and `town` as written: "412 Oak Street", "Macon, Georgia"; what was not said is empty."""

    street: str
    unit: Unit | None
    town: str
    zip_code: str
    start: int
    end: int
    corrected: bool

    @property
    def written(self) -> str:
        unit = f"{_UNITS[self.unit.kind]} {self.unit.name.upper()}" if self.unit else ""
        place = ", ".join(filter(None, (" ".join(filter(None, (self.street, unit))), self.town)))
        return " ".join(filter(None, (place, self.zip_code)))

    @property
    def plain(self) -> str:
        """Lower case, figures, no punctuation: "412 oak street apartment 3 macon georgia 31201"."""
        unit = f"{self.unit.kind} {self.unit.name}" if self.unit else ""
        said = " ".join(filter(None, (self.street, unit, self.town.replace(",", ""), self.zip_code)))
        return said.lower()


def address(words: Sequence[str], at: int) -> Piece | None:
    found = address_at(words, at)
    return None if found is None else Piece(found.written, "address", at, found.end, found.corrected)


def address_at(words: Sequence[str], at: int) -> Address | None:
    """A house number and a street, or a post office box; then whatever of unit, town, state and zip code follows."""
    street = _box(words, at) or _street(words, at)
    if street is None:
        return None
    end = street.end
    unit = unit_at(words, end)
    end = unit.end if unit else end
    town, end = _town(words, end)
    if unit is None and (unit := unit_at(words, end)) is not None:
        end = unit.end
    zip_code, end = _zip(words, end)
    return Address(street.text, unit, town, zip_code, at, end, street.corrected)


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


def unit_at(words: Sequence[str], at: int) -> Unit | None:
    """ "apartment three", "unit b as in boy"."""
    if at + 1 >= len(words) or words[at] not in _UNITS:
        return None
    said = number(words, at + 1) or _small(words, at + 1)
    letter, end = letter_at(words, at + 1)
    if said is not None:
        return Unit(words[at], said.text, at, said.end)
    return Unit(words[at], letter, at, end) if letter else None


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
        if (
            len(words[end : end + 2]) == 2
            and all(len(word) == 1 for word in words[end : end + 2])
            and _zip(words, end + 2)[0]
        ):
            return f"{name}, {''.join(words[end : end + 2]).upper()}", end + 2  # "macon g a three one two oh one"
        state = next(
            (words[end : end + length] for length in (1, 2) if " ".join(words[end : end + length]) in STATES), ()
        )
        if state:
            return f"{name}, {' '.join(map(_titled, state))}", end + len(state)
        if _zip(words, end)[0]:
            return name, end
    return "", at


def town_at(words: Sequence[str], at: int) -> tuple[str, str, int]:
    """A town and its zip code where no street is said before it, and where they end; two times "" where none is."""
    town, end = _town(words, at)
    zip_code, end = _zip(words, end) if town else ("", at)
    return (town, zip_code, end) if zip_code else ("", "", at)


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
