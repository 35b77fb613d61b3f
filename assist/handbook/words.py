"""Words as the search compares them: without endings or those that say nothing, with others that mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from assist.spoken import written
from core.yaml_places import YamlReader

SYNONYMS = Path(__file__).parent / "synonyms.yaml"

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_SECTION = re.compile(r"\b(40[13]|457) ([kb])\b")  # of the tax code, by which savings plans are called
_APOSTROPHE = re.compile(r"['’].*")
# The longer before the shorter: of "retirements" the whole ending is taken.
_ENDINGS = (
    *("ements", "ations", "ement", "ments", "ation", "ment", "ings", "ers", "ing", "ies", "ied", "ion", "ed", "er"),
    *("es", "ly", "al", "s", "e", "y"),
)
_SHORTEST = 3  # letters of a word that has lost its ending
_SILENT = frozenset(
    re.findall(
        r"\w+",
        """a about all am an and any are as at be because been but by can could did do does don for from get go going
        got had has have he her him his how i if in into is it its just know like ll m me my need of on one
        or our out re s she should so some t tell than that the their them then there they this to up us ve
        want was we were what when where which who why will with would y you your yes okay well really thing
        said say says called calling""",
    )
)


def figured(text: str) -> str:
    """`text` in lower case with its numbers in figures: "four oh one k at sixty five" is "401k at 65". A space at its
    end, by which a search knows that the last word is whole, stays."""
    figures = " ".join(written(text.casefold().split()))
    return _SECTION.sub(r"\1\2", figures) + (" " if text.endswith((" ", "\n")) else "")


def stems(text: str) -> list[str]:
    """The words of `text` in their order, compared as they will be."""
    return [stem(word) for word in plain(text)]


def plain(text: str) -> list[str]:
    """The words that say something, as they were typed, in lower case."""
    words = (_APOSTROPHE.sub("", match.group()) for match in _WORD.finditer(text.casefold()))
    return [word for word in words if word not in _SILENT]


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    if word.isdigit():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _SHORTEST and word[-1] == word[-2] else word


def synonyms(path: Path = SYNONYMS) -> dict[str, tuple[str, ...]]:
    """By the stem of what people say the stems of what a handbook says. Raises `Problem`."""
    reader = YamlReader(path)
    found: dict[str, tuple[str, ...]] = {}
    for key, node in reader.mapping(reader.root, optional=None).items():
        root = " ".join(stems(key))
        meant = (each for text in reader.texts(node) for each in stems(text))
        found[root] = tuple(dict.fromkeys((*found.get(root, ()), *meant)))
    reader.finish()
    return found


def expanded(said: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    """What the words and the pairs of words among `said` mean besides, in the handbook's own words."""
    pairs = [f"{first} {second}" for first, second in pairwise(said)]
    return list(dict.fromkeys(meant for each in (*said, *pairs) for meant in known.get(each, ()) if meant not in said))
