"""What a language's speakers say around secrets and numbers, read from `<language>.yaml` beside this module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assist.cues import BadPattern, CueBook, parse
from assist.redaction.model import FREE, SECRETS, Kind
from assist.redaction.numerals import Numerals, fold
from core.errors import Problem
from core.yaml_places import YamlReader

_HERE = Path(__file__).parent
_WORDS = (
    *("fillers", "months", "date_joints", "ordinals", "links", "link_verbs", "repairs", "stops", "leads", "symbols"),
    *("joins_letters", "alphabet", "area", "points"),
)
_NUMBERS = (
    *("zeros", "values", "tens_from", "tens_joint", "hundred", "hundreds", "thousand", "joint", "repeats"),
    *("separators", "likely", "letters"),
)
_PARTS = (
    "numbers",
    "words",
    "lists",
    "secrets",
    "near",
    "free",
    "harmless",
    "not_cues",
    "last_four",
    "idioms",
    "forms",
)
_AROUND = ("after", "street", "street_first", "before")


@dataclass(frozen=True)
class Language:
    """`cues` has patterns with labels `role:kind`; see `reading.Role`. All words are folded."""

    code: str
    numerals: Numerals
    words: Mapping[str, frozenset[str]]
    letters: frozenset[str]  # names of letters
    streets: frozenset[str]
    street_first: frozenset[str]  # "calle": stands before the name
    before: Mapping[Kind, frozenset[str]]
    cues: CueBook


def languages() -> tuple[str, ...]:
    """The codes of those that secrets can be taken out of. In any other no text may be kept."""
    return tuple(sorted(path.stem for path in _HERE.glob("*.yaml")))


@cache
def load(code: str) -> Language:
    """Raises `Problem` for a language without a redactor, and for a file that cannot be read, with the places."""
    if code not in languages():
        raise Problem(
            f"there is no redactor for the language {code!r}",
            remedy=f"There is one for: {', '.join(languages())}. Keep no text of such calls",
        )
    return _File(_HERE / f"{code}.yaml").language(code)


class _File:
    def __init__(self, path: Path) -> None:
        self._reader = YamlReader(path)
        self._parts = self._reader.mapping(self._reader.root, required=(*_PARTS, *_AROUND))
        self._lists = {name: [fold(word) for word in self._reader.texts(node)] for name, node in self._of("lists")}

    def language(self, code: str) -> Language:
        words = dict(self._of("words", required=_WORDS))
        cues = list(self._cues())
        numerals, letters = self._numerals()
        language = {
            "words": {name: self._set(node) for name, node in words.items()},
            "streets": self._one("street"),
            "street_first": self._one("street_first"),
            "before": {kind: self._set(node) for kind, node in self._kinds("before")},
        }
        self._reader.finish()
        return Language(
            code=code,
            numerals=numerals,
            letters=letters,
            cues=CueBook(cues, self._lists),
            **language,  # type: ignore[arg-type] # as the fields above are
        )

    def _of(self, part: str, required: tuple[str, ...] = ()) -> Iterator[tuple[str, yaml.Node]]:
        if part in self._parts:
            yield from self._reader.mapping(self._parts[part], required=required, optional=None).items()

    def _kinds(self, part: str) -> Iterator[tuple[Kind, yaml.Node]]:
        for name, node in self._of(part):
            if name in tuple(Kind):
                yield Kind(name), node
            else:
                self._reader.note(node, f"the kind {name!r}", f"one of {', '.join(Kind)}")

    def _set(self, node: yaml.Node) -> frozenset[str]:
        return frozenset(fold(word) for word in self._reader.texts(node))

    def _one(self, part: str) -> frozenset[str]:
        return self._set(self._parts[part]) if part in self._parts else frozenset()

    def _cues(self) -> Iterator[tuple[str, float, str]]:
        for part in ("secrets", "harmless"):
            for kind, node in self._kinds(part):
                if (kind in SECRETS) != (part == "secrets"):
                    self._reader.note(node, f"{kind} among the {part}", "it on the other side")
                yield from self._patterns(f"cue:{kind}", node)
        for kind, node in self._kinds("near"):
            yield from self._patterns(f"near:{kind}", node)
        yield from self._free()
        for part, label in (("not_cues", "none:"), ("last_four", "last_four:"), ("idioms", "idiom:")):
            if part in self._parts:
                yield from self._patterns(label, self._parts[part])
        if "forms" in self._parts:
            yield from self._patterns(f"idiom:{Kind.FORM}", self._parts["forms"])
        for kind, node in self._kinds("after"):
            yield from self._patterns(f"unit:{kind}", node)

    def _free(self) -> Iterator[tuple[str, float, str]]:
        for name, node in self._of("free"):
            if name in FREE:
                for role, patterns in self._reader.mapping(node, required=("given", "asked", "after")).items():
                    yield from self._patterns(f"{role}:{name}", patterns)
            elif name in ("declines", "not_given"):
                yield from self._patterns("declines:" if name == "declines" else "none:", node)
            else:
                self._reader.note(node, f"the kind {name!r}", f"one of {', '.join(FREE)}, declines, not_given")

    def _patterns(self, label: str, node: yaml.Node) -> Iterator[tuple[str, float, str]]:
        for item in self._reader.items(node):
            pattern = " ".join(map(_fold_pattern, self._reader.text(item).split()))
            try:
                elements = parse(pattern, self._lists)
            except BadPattern as error:
                self._reader.note(item, f"the pattern {pattern!r}", str(error).partition("expected ")[2])
                continue
            if elements[0] is None or elements[0].optional:
                self._reader.note(item, f"the pattern {pattern!r}", "one that begins with a word that must be there")
                continue
            yield label, 1.0, pattern

    def _numerals(self) -> tuple[Numerals, frozenset[str]]:
        reader, parts = self._reader, dict(self._of("numbers", required=_NUMBERS))
        if any(name not in parts for name in _NUMBERS):
            reader.finish()

        def figures(name: str) -> dict[str, int]:
            entries = reader.mapping(parts[name], optional=None)
            return {fold(word): reader.integer(node) for word, node in entries.items()}

        numerals = Numerals(
            zeros=self._set(parts["zeros"]),
            values=figures("values"),
            tens_from=reader.integer(parts["tens_from"]),
            tens_joint=fold(reader.text(parts["tens_joint"])),
            hundred=fold(reader.text(parts["hundred"])),
            hundreds=figures("hundreds"),
            thousand=fold(reader.text(parts["thousand"])),
            joint=fold(reader.text(parts["joint"])),
            repeats=figures("repeats"),
            separators=self._set(parts["separators"]),
            heard_for_digits=self._set(parts["likely"]),
        )
        return numerals, self._set(parts["letters"])


def _fold_pattern(element: str) -> str:
    """Without accents; what has a meaning in a pattern stays."""
    return element if element == ".." else "/".join(_fold_one(choice) for choice in element.split("/"))


def _fold_one(choice: str) -> str:
    ending = "?" if choice.endswith("?") else ""
    return (fold(choice) + ending) if not choice.startswith("{") else choice
