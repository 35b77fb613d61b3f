"""YAML documents read so that every mistake is told with its place, and all of them at once.

reader = YamlReader(path)
fields = reader.mapping(reader.root, required={"id", "turns"})
...
reader.finish()  # raises one Problem that lists everything noted on the way

A document of several files is read by one `YamlNotes`, over the nodes that `compose` makes: a node knows its file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from core.errors import Problem

LISTED = 30  # problems told at once by `finish`; the rest is counted
_SHOWN = 40  # characters of a value that a message repeats
_WHOLE = re.compile(r"[-+]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?")
# A word that is a truth in YAML 1.1 or 1.2.
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NULL = "tag:yaml.org,2002:null"
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

# What the parser says, and what its author should have done: only where its own words do not tell.
_HINTS = (
    ("while scanning an alias", "a bare *", "a value; a * that is meant as one stands in quotes: '*'"),
    ("while scanning an anchor", "a bare &", "a value; an & that is meant as one stands in quotes"),
    ("mapping values are not allowed", "a second colon", "a text with a colon in quotes or after >-, or a new line"),
    ("'\\t' that cannot start", "a tab", "spaces: YAML is not indented with tabs"),
    ("that cannot start any token", "", "a text that begins with such a character in quotes"),
    ("expected ',' or '}'", "no comma or }", "inside {…} a text with a comma, a colon or a brace in quotes"),
    ("expected ',' or ']'", "no comma or ]", "inside […] a text with a comma, a colon or a bracket in quotes"),
    (
        "expected <block end>, but found",
        "a line indented otherwise than the ones it belongs to",
        "the same indentation",
    ),
    ("could not find expected ':'", "no colon", "a colon after the name of a field"),
)

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Place:
    """Line and column count from 1; line 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Finding:
    """Something wrong in a document. An error keeps it from being used, a warning does not."""

    place: Place
    found: str
    expected: str
    suggestion: str = ""  # the name that was probably meant
    severity: Severity = "error"

    @property
    def told(self) -> str:
        meant = f" (did you mean {self.suggestion!r}?)" if self.suggestion else ""
        return f"found {self.found}, expected {self.expected}{meant}"

    def __str__(self) -> str:
        return f"{self.place}: {self.told}"


class Unreadable(Problem):
    """No YAML at all: nothing more can be said of this file. The finding has the place."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"found {finding.found}, expected {finding.expected}", place=str(finding.place))
        self.finding = finding


def suggestion(name: str, names: Collection[str]) -> str:
    """Which of `names` was probably meant; empty where none is near."""
    by_form = {each.casefold(): each for each in sorted(names)}
    near = difflib.get_close_matches(name.casefold(), by_form, n=1)
    return by_form[near[0]] if near else ""


def compose(name: str, text: str, *, aliases: bool = True) -> yaml.Node:
    """The root of one file, whose nodes call it `name`. Raises `Unreadable`.

    `aliases` False: `*x` is refused, so that a document cannot contain itself.
    """
    try:
        loader = _Loader(text) if aliases else _WithoutAliases(text)
        loader.name = name  # a reader of bytes or text does not know its file
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        said = f"{error.context or ''} {error.problem or ''}"
        found, expected = next(((found, hint) for sign, found, hint in _HINTS if sign in said), ("", "YAML"))
        raise Unreadable(Finding(place, found or _one_line(error.problem or said), expected)) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise Unreadable(Finding(place, f"the character {chr(error.character)!r}", "readable text")) from None
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(Finding(Place(name), _one_line(str(error)), "YAML")) from None
    except RecursionError:
        raise Unreadable(Finding(Place(name), "fields nested without end", "a few levels")) from None
    if node is None:
        raise Unreadable(Finding(Place(name), "an empty file", "YAML"))
    root: yaml.Node = node
    return root


class _Loader(yaml.SafeLoader):
    """As YAML 1.2 has it, a question mark inside {…} or […] is part of its text; PyYAML ends the text there."""

    def scan_plain(self) -> Any:
        self.peek = self._peek_in_text  # type: ignore[method-assign] # it only finds the end
        try:
            return super().scan_plain()
        finally:
            del self.peek

    def _peek_in_text(self, index: int = 0) -> str:
        character: str = super().peek(index)
        return "¿" if character == "?" else character


class _WithoutAliases(_Loader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.get_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, f"the alias *{event.anchor}", event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


class YamlNotes:
    """What is wrong, and the reading that finds it. Methods return the value, or note and return a harmless default."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        return Place(mark.name, mark.line + 1, mark.column + 1)

    def note(
        self, node: yaml.Node, found: str, expected: str, *, meant: str = "", severity: Severity = "error"
    ) -> None:
        """Keep a finding. `meant` is the name to suggest."""
        self.findings.append(Finding(self.place(node), found, expected, meant, severity))

    def mapping(
        self, node: yaml.Node, *, required: Collection[str] = (), optional: Collection[str] | None = ()
    ) -> dict[str, yaml.Node]:
        """The fields of a mapping, in their order. `optional=None` allows any key."""
        return {name: value for name, (_, value) in self.entries(node, required=required, optional=optional).items()}

    def entries(
        self, node: yaml.Node, *, required: Collection[str] = (), optional: Collection[str] | None = ()
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """As `mapping`, with the nodes of the keys too. Of a key that is there twice the first counts."""
        if not isinstance(node, yaml.MappingNode):
            self.note(node, shown(node), f"a mapping with {_listed(required)}" if required else "a mapping")
            return {}
        fields: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.note(key, f"{shown(key)} as a name", "text")
                continue
            name = str(key.value)
            if name in fields:
                self.note(key, f"{cut(name)} twice", "it once")
            elif optional is not None and name not in required and name not in optional:
                known = [*required, *optional]
                self.note(
                    key, f"the unknown field {cut(name)}", f"one of {_listed(known)}", meant=suggestion(name, known)
                )
            else:
                fields[name] = (key, value)
        for name in required:
            if name not in fields:
                self.note(node, f"no {name}", f"a field {name!r} here")
        return fields

    def items(self, node: yaml.Node) -> Iterator[yaml.Node]:
        """The elements of a list."""
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        else:
            self.note(node, shown(node), "a list")

    def text(self, node: yaml.Node) -> str:
        """Words; a number written bare counts as its text."""
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            self.note(node, shown(node), "text")
            return ""
        text = str(node.value)
        if bad := _UNSAYABLE.search(text):
            self.note(node, f"the character {bad.group()!r}", "text")
            return ""
        return text

    def one_of(self, node: yaml.Node, allowed: Collection[str], what: str) -> str:
        text = self.text(node)
        if text and text not in allowed:
            self.note(node, cut(text), f"{what}: one of {_listed(allowed)}", meant=suggestion(text, allowed))
        return text

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.items(node))

    def number(self, node: yaml.Node, *, least: float = 0.0, most: float | None = None) -> float:
        """A decimal number. Nothing else that YAML 1.1 takes for one (8:00, 010, 0x1F, 1_000)."""
        plain = _plain(node)
        if _DECIMAL.fullmatch(plain) and least <= float(plain) and (most is None or float(plain) <= most):
            return float(plain)
        upper = "" if most is None else f" and at most {most:g}"
        self.note(node, shown(node), f"a number of at least {least:g}{upper}")
        return least

    def integer(self, node: yaml.Node, *, least: int = 0, most: int | None = None) -> int:
        plain = _plain(node)
        if _WHOLE.fullmatch(plain) and least <= int(plain) and (most is None or int(plain) <= most):
            return int(plain)
        upper = "" if most is None else f" and at most {most}"
        self.note(node, shown(node), f"a whole number of at least {least}{upper}")
        return least

    def flag(self, node: yaml.Node) -> bool:
        value = _TRUTHS.get(_plain(node).casefold())
        if value is None:
            self.note(node, shown(node), "true or false")
        return bool(value)

    def absent(self, node: yaml.Node) -> bool:
        """Is it null?"""
        return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


class YamlReader(YamlNotes):
    """One file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.root = compose(str(path), read_text(path))

    def finish(self) -> None:
        """Raise `Problem` with everything noted, in the order of the file; nothing noted, nothing happens."""
        if self.findings:
            more = len(self.findings) - LISTED
            rest = [f"and {more} more"] if more > 0 else []
            raise Problem("\n".join([*map(str, self.findings[:LISTED]), *rest]))


def read_text(path: Path) -> str:
    """Raises `Problem` for what cannot be read and what is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a YAML file") from None
    except UnicodeDecodeError as error:
        raise Problem(f"holds a byte that is not UTF-8 at {error.start}", place=str(path)) from None


def cut(text: str) -> str:
    """A value as messages repeat it."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def shown(node: yaml.Node) -> str:
    """What stands at a node, in a few words."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return cut(node.value) if node.value else "nothing"


def _plain(node: yaml.Node) -> str:
    """A scalar's text; empty for what was put in quotes, and so is meant as words."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.style is None else ""


def _one_line(text: str) -> str:
    return " ".join(text.split()).removeprefix("found ")


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)
