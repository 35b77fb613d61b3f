"""How a menu document is written: each form reads a node into a value and describes itself as JSON Schema.

One definition serves both, so that what editors complete is what is read.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

import yaml

from core.events import Message
from core.yaml_places import Place, YamlNotes, cut, shown, suggestion
from ivr.document.model import Prompt

T = TypeVar("T")
S = TypeVar("S", bound=Message)

Path = tuple[str | int, ...]  # ("steps", "main", "options", "1", "next")
Schema = dict[str, Any]

NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
NAME_WORDS = "a name of lower-case letters, digits, - and _ that begins with a letter"
KEYS = "1234567890*#"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_WORDS = "a date as 2026-11-26"


@dataclass(frozen=True)
class Sound:
    """A recorded file: its length, and a hash of what is in it."""

    seconds: float
    digest: str


@dataclass
class Context:
    """What reading a node may need and leaves behind."""

    notes: YamlNotes = field(default_factory=YamlNotes)
    languages: tuple[str, ...] = ()  # empty: not known, because they could not be read
    prompts: dict[str, Prompt] = field(default_factory=dict)  # those that have a name
    places: dict[Path, Place] = field(default_factory=dict)
    written: dict[Path, Prompt] = field(default_factory=dict)  # every prompt, where its texts stand
    used: set[str] = field(default_factory=set)  # names of prompts that something says
    sounds: dict[str, Sound] = field(default_factory=dict)  # recorded files that were read
    steps: set[str] = field(default_factory=set)  # names of all that are written, also of what could not be read
    sound: Callable[[str], Sound | str | None] | None = None
    """Reads a recorded file: the sound, or what is wrong with it; None where they are only named."""

    def mark(self, path: Path, node: yaml.Node) -> None:
        self.places[path] = self.notes.place(node)


class Form(ABC, Generic[T]):
    """`empty` stands for what was required and is not there."""

    empty: T

    @abstractmethod
    def read(self, context: Context, node: yaml.Node, path: Path) -> T: ...

    @abstractmethod
    def schema(self) -> Schema: ...


class Text(Form[str]):
    """Words; never empty."""

    empty = ""

    def __init__(self, what: str = "text") -> None:
        self._what = what

    def read(self, context: Context, node: yaml.Node, path: Path) -> str:
        if not isinstance(node, yaml.ScalarNode) or context.notes.absent(node) or not node.value.strip():
            context.notes.note(node, shown(node) if node.value else "nothing", self._what)
            return ""
        return context.notes.text(node).strip()

    def schema(self) -> Schema:
        return {"type": ["string", "number"]}


class Word(Text):
    """A name; checked by what it names."""

    def schema(self) -> Schema:
        return {"type": "string"}


class Target(Word):
    """A step, `back` or `person`."""

    def __init__(self) -> None:
        super().__init__("the name of a step")

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/target"}


class OneOf(Form[str]):
    def __init__(self, allowed: Collection[str], what: str) -> None:
        self._allowed, self._what = tuple(allowed), what
        self.empty = self._allowed[0]

    def read(self, context: Context, node: yaml.Node, path: Path) -> str:
        text = context.notes.one_of(node, self._allowed, self._what)
        return text if text in self._allowed else self.empty

    def schema(self) -> Schema:
        return {"enum": list(self._allowed)}


class Key(Form[str]):
    """A key of the telephone."""

    empty = ""

    def read(self, context: Context, node: yaml.Node, path: Path) -> str:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        if len(text) != 1 or text not in KEYS:
            context.notes.note(node, shown(node), "a key from 0 to 9")
        return text

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "string", "pattern": "^[0-9]$"}]}


class Flag(Form[bool]):
    empty = False

    def read(self, context: Context, node: yaml.Node, path: Path) -> bool:
        return context.notes.flag(node)

    def schema(self) -> Schema:
        return {"enum": [True, False, "yes", "no", "on", "off"]}


class Number(Form[float]):
    def __init__(self, least: float, most: float) -> None:
        self._least, self._most, self.empty = least, most, least

    def read(self, context: Context, node: yaml.Node, path: Path) -> float:
        return context.notes.number(node, least=self._least, most=self._most)

    def schema(self) -> Schema:
        return {"type": "number", "minimum": self._least, "maximum": self._most}


class Whole(Form[int]):
    def __init__(self, least: int, most: int) -> None:
        self._least, self._most, self.empty = least, most, least

    def read(self, context: Context, node: yaml.Node, path: Path) -> int:
        return context.notes.integer(node, least=self._least, most=self._most)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self._least, "maximum": self._most}


class Day(Form[date | None]):
    empty = None

    def read(self, context: Context, node: yaml.Node, path: Path) -> date | None:
        day = as_day(node.value) if isinstance(node, yaml.ScalarNode) else None
        if day is None:
            context.notes.note(node, shown(node), DATE_WORDS)
        return day

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_DATE.pattern}$"}


def as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


class Several(Form[tuple[T, ...]]):
    """A list, or one alone."""

    empty: tuple[T, ...] = ()

    def __init__(self, form: Form[T]) -> None:
        self._form = form

    def read(self, context: Context, node: yaml.Node, path: Path) -> tuple[T, ...]:
        if not isinstance(node, yaml.SequenceNode):
            return (self._form.read(context, node, path),)
        if not node.value:
            context.notes.note(node, "an empty list", "at least one")
        return tuple(_marked(context, self._form, item, (*path, i)) for i, item in enumerate(node.value))

    def schema(self) -> Schema:
        one = self._form.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


class Listed(Several[T]):
    """A list."""

    def read(self, context: Context, node: yaml.Node, path: Path) -> tuple[T, ...]:
        if isinstance(node, yaml.SequenceNode):
            return super().read(context, node, path)
        context.notes.note(node, shown(node), "a list")
        return ()

    def schema(self) -> Schema:
        return {"type": "array", "items": self._form.schema(), "minItems": 1}


class Table(Form[dict[str, T]]):
    """Names of the author's own, each with a value. `pattern` describes the names to editors."""

    def __init__(self, form: Form[T], *, pattern: str = "") -> None:
        self._form, self._pattern = form, pattern
        self.empty: dict[str, T] = {}

    def read(self, context: Context, node: yaml.Node, path: Path) -> dict[str, T]:
        table: dict[str, T] = {}
        entries = context.notes.entries(node, optional=None)
        if isinstance(node, yaml.MappingNode) and not entries:
            context.notes.note(node, "nothing", "at least one")
        for name, (key, value) in entries.items():
            context.mark((*path, name), key)
            table[name] = self._form.read(context, value, (*path, name))
        return table

    def schema(self) -> Schema:
        if not self._pattern:
            return {"type": "object", "additionalProperties": self._form.schema(), "minProperties": 1}
        return {
            "type": "object",
            "patternProperties": {self._pattern: self._form.schema()},
            "additionalProperties": False,
            "minProperties": 1,
        }


class ByLanguage(Table[T]):
    """A value for each language. Which are missing is checked later, and by whoever needs them all."""

    def read(self, context: Context, node: yaml.Node, path: Path) -> dict[str, T]:
        table = super().read(context, node, path)
        if context.languages and isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                known_language(context, key)
        return table


def known_language(context: Context, key: yaml.Node) -> None:
    if context.languages and isinstance(key, yaml.ScalarNode) and key.value not in context.languages:
        expected = f"a language of this document: {', '.join(context.languages)}"
        context.notes.note(
            key, f"the language {cut(key.value)}", expected, meant=suggestion(key.value, context.languages)
        )


@dataclass(frozen=True)
class Field:
    """A field of a record. `about` is what editors show."""

    form: Form[Any]
    about: str
    required: bool = False


class Record(Form[S]):
    """A mapping of known fields. `build` makes the value from the fields that are there."""

    def __init__(self, kind: type[S], fields: Mapping[str, Field], *, about: str, short: str = "") -> None:
        """`short` names the field that may stand alone instead of the mapping."""
        self.kind, self.fields, self.about, self._short = kind, fields, about, short

    def read(self, context: Context, node: yaml.Node, path: Path) -> S:
        return self.build(self.values(context, node, path))

    def values(self, context: Context, node: yaml.Node, path: Path) -> dict[str, Any]:
        """By the names of the model; what is required and missing has its form's `empty`."""
        if self._short and isinstance(node, yaml.ScalarNode) and not context.notes.absent(node):
            context.mark((*path, self._short), node)
            given = {self._short: self.fields[self._short].form.read(context, node, (*path, self._short))}
        else:
            given = self._mapping(context, node, path)
        for name, each in self.fields.items():
            if each.required and name not in given:
                given[name] = each.form.empty
        return given

    def build(self, values: dict[str, Any]) -> S:
        return self.kind(**values)

    def _mapping(self, context: Context, node: yaml.Node, path: Path) -> dict[str, Any]:
        required = [name for name, each in self.fields.items() if each.required]
        optional = [name for name, each in self.fields.items() if not each.required]
        given: dict[str, Any] = {}
        found = context.notes.entries(node, required=required, optional=optional)
        for name, (key, value) in found.items():
            context.mark((*path, name), value if isinstance(value, yaml.ScalarNode) else key)
            given[name] = self.fields[name].form.read(context, value, (*path, name))
        return given

    def schema(self) -> Schema:
        whole: Schema = {
            "type": "object",
            "description": self.about,
            "properties": {name: described(each) for name, each in self.fields.items()},
            "additionalProperties": False,
        }
        if required := [name for name, each in self.fields.items() if each.required]:
            whole["required"] = required
        return {"anyOf": [self.fields[self._short].form.schema(), whole]} if self._short else whole


def described(each: Field) -> Schema:
    return {**each.form.schema(), "description": each.about}


def _marked(context: Context, form: Form[T], node: yaml.Node, path: Path) -> T:
    context.mark(path, node)
    return form.read(context, node, path)
