"""The mapping file: which table, view or path of the pension system says what. Read with every mistake at its place.

docs/pension-system.md describes the file. No secret is in it: addresses with passwords, and tokens, are settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Literal, TypeVar

import yaml

from core.errors import Problem
from core.yaml_places import Place, YamlReader, cut, suggestion

REQUIRED = ("member_id", "member_number", "name")
OPTIONAL = (
    *("relation", "status", "birth_date", "plan", "tier", "employer", "service_years", "address", "phone", "email"),
    *("benefit", "next_payment_date", "next_payment", "flags", "protected"),
)
BENEFICIARY = ("name", "relation", "share_percent")
MONEY = ("benefit", "next_payment")
DERIVED: Mapping[str, tuple[str, ...]] = {
    "mailing_address": ("street", "city", "state", "zip"),
    "phone": ("national",),
}
"""Parts that are made of another: `mailing_address.zip`, `phone.national` (ten digits)."""

T = TypeVar("T")
AnyField = TypeVar("AnyField", "SqlField", "RestField")

_TABLE = re.compile(r"[^\s.]+(\.[^\s.]+)?")
_METHODS = ("PATCH", "PUT", "POST")
KINDS = ("sql", "rest")
_UNITS = ("cents", "dollars")


@dataclass(frozen=True)
class Name:
    """A column or a dotted path, and where the file says so."""

    text: str
    place: Place


@dataclass(frozen=True)
class FieldForm:
    """Where a field of ours comes from: one source, or several that are put together. `values`: theirs → ours."""

    sources: tuple[Name, ...]
    place: Place
    values: Mapping[str, str] = field(default_factory=dict)
    dollars: bool = False


Fields = Mapping[str, FieldForm]


@dataclass(frozen=True)
class SqlTable:
    """A table or view and its column that says whose a row is."""

    name: Name
    member_id: Name


@dataclass(frozen=True)
class SqlProfiles:
    table: Name
    fields: Fields
    phones: SqlTable | None = None
    number: Name | None = None  # the column of `phones`
    beneficiaries: SqlTable | None = None
    beneficiary: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class SqlField:
    """How a field is changed: the columns by our part."""

    table: SqlTable
    columns: Mapping[str, Name]
    old_must_match: bool
    place: Place


@dataclass(frozen=True)
class SqlMapping:
    profiles: SqlProfiles | None
    applied: Name | None  # the table of keys that were made
    changes: Mapping[str, SqlField]


@dataclass(frozen=True)
class RestQuestion:
    """A GET. `items`: the path to the list in the answer; None: the answer is the one member."""

    path: str
    items: str | None
    place: Place


@dataclass(frozen=True)
class RestProfiles:
    questions: Mapping[str, RestQuestion]  # by_phone, by_number, profile
    fields: Fields
    beneficiaries: str | None = None  # the path to their list
    beneficiary: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class RestField:
    """How a field is changed: the paths in the body by our part."""

    method: Literal["PATCH", "PUT", "POST"]
    path: str
    body: Mapping[str, Name]
    place: Place


@dataclass(frozen=True)
class RestMapping:
    profiles: RestProfiles | None
    changes: Mapping[str, RestField]


QUESTIONS: Mapping[str, str] = {"by_phone": "phone", "by_number": "member_number", "profile": "member_id"}
"""What is asked of a REST service, and the word in braces that its path must have."""


def load_sql(path: Path) -> SqlMapping:
    """Raises one `Problem` with everything that is wrong. Blocks on the disk, as `load_rest` does."""
    reader = _Reader(path, "sql")
    made = SqlMapping(
        profiles=reader.optional("profiles", reader.sql_profiles),
        applied=None if (node := reader.changes.get("applied")) is None else reader.table(node),
        changes=reader.fields_of_changes(reader.sql_field),
    )
    if made.changes and made.applied is None:
        reader.note(reader.head["changes"], "no applied", "the table that keeps which changes were made: applied")
    reader.finish()
    return made


def load_rest(path: Path) -> RestMapping:
    reader = _Reader(path, "rest")
    made = RestMapping(
        profiles=reader.optional("profiles", reader.rest_profiles),
        changes=reader.fields_of_changes(reader.rest_field),
    )
    reader.finish()
    return made


class _Reader(YamlReader):
    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(path)
        self.head = self.mapping(self.root, required=("kind",), optional=("profiles", "changes"))
        given = self.one_of(self.head["kind"], KINDS, "a kind") if "kind" in self.head else kind
        if given in KINDS and given != kind:
            raise Problem(f"this file is not for kind: {kind}", place=str(self.place(self.head["kind"])))
        if not {"profiles", "changes"} & set(self.head):
            self.note(self.root, "neither profiles nor changes", "at least one of them")
        self.changes: Mapping[str, yaml.Node] = {}
        if "changes" in self.head:
            also = ("applied",) if kind == "sql" else ()
            self.changes = self.mapping(self.head["changes"], required=("fields",), optional=also)

    def optional(self, name: str, read: Callable[[yaml.Node], T]) -> T | None:
        return read(self.head[name]) if name in self.head else None

    # --- what both kinds have ---------------------------------------------------------------------

    def name(self, node: yaml.Node) -> Name:
        text = self.text(node).strip()
        if not text and isinstance(node, yaml.ScalarNode):
            self.note(node, "nothing", "a name")
        return Name(text, self.place(node))

    def profile_fields(self, node: yaml.Node | None) -> Fields:
        return {} if node is None else self._forms(node, REQUIRED, OPTIONAL)

    def beneficiary_fields(self, nodes: Mapping[str, yaml.Node]) -> Fields:
        return {name: self._form(name, nodes[name]) for name in BENEFICIARY if name in nodes}

    def fields_of_changes(self, read: Callable[[str, yaml.Node], AnyField]) -> Mapping[str, AnyField]:
        node = self.changes.get("fields")
        return (
            {} if node is None else {name: read(name, one) for name, one in self.mapping(node, optional=None).items()}
        )

    def parts(self, node: yaml.Node | None) -> Mapping[str, Name]:
        """Our parts, each with the name it has there."""
        if node is None:
            return {}
        found = self.entries(node, optional=None)
        for part, (key, _) in found.items():
            whole, dot, made = part.partition(".")
            if dot and made not in DERIVED.get(whole, ()):
                known = [f"{of}.{each}" for of, names in DERIVED.items() for each in names]
                self.note(key, cut(part), f"a part, or one of {', '.join(known)}", meant=suggestion(part, known))
        if not found and isinstance(node, yaml.MappingNode):
            self.note(node, "nothing", "our parts, each with its name there")
        return {part: self.name(value) for part, (_, value) in found.items()}

    def _forms(self, node: yaml.Node, required: tuple[str, ...], optional: tuple[str, ...]) -> Fields:
        found = self.mapping(node, required=required, optional=optional)
        return {name: self._form(name, value) for name, value in found.items()}

    def _form(self, name: str, node: yaml.Node) -> FieldForm:
        if not isinstance(node, yaml.MappingNode):
            return FieldForm(self._sources(node), self.place(node))
        also = ("values", "in") if name in MONEY else ("values",)
        parts = self.mapping(node, required=("from",), optional=also)
        values = self.mapping(parts["values"], optional=None) if "values" in parts else {}
        return FieldForm(
            self._sources(parts["from"]) if "from" in parts else (),
            self.place(node),
            {theirs: self.text(ours) for theirs, ours in values.items()},
            dollars="in" in parts and self.one_of(parts["in"], _UNITS, "a unit") == "dollars",
        )

    def _sources(self, node: yaml.Node) -> tuple[Name, ...]:
        if not isinstance(node, yaml.SequenceNode):
            return (self.name(node),)
        if not node.value:
            self.note(node, "an empty list", "at least one name")
        return tuple(self.name(each) for each in node.value)

    # --- a database -------------------------------------------------------------------------------

    def table(self, node: yaml.Node) -> Name:
        name = self.name(node)
        if name.text and not _TABLE.fullmatch(name.text):
            self.note(node, cut(name.text), "a table or view, as members or pension.members")
        return name

    def sql_profiles(self, node: yaml.Node) -> SqlProfiles:
        parts = self.mapping(node, required=("from", "fields"), optional=("phones", "beneficiaries"))
        phones = self._beside(parts.get("phones"), ("number",))
        heirs = self._beside(parts.get("beneficiaries"), BENEFICIARY)
        return SqlProfiles(
            table=self.table(parts["from"]) if "from" in parts else _NOTHING,
            fields=self.profile_fields(parts.get("fields")),
            phones=self._owned(phones),
            number=self.name(phones["number"]) if "number" in phones else None,
            beneficiaries=self._owned(heirs),
            beneficiary=self.beneficiary_fields(heirs),
        )

    def sql_field(self, _: str, node: yaml.Node) -> SqlField:
        parts = self.mapping(node, required=("table", "member_id", "set"), optional=("old_must_match",))
        return SqlField(
            table=SqlTable(
                name=self.table(parts["table"]) if "table" in parts else _NOTHING,
                member_id=self.name(parts["member_id"]) if "member_id" in parts else _NOTHING,
            ),
            columns=self.parts(parts.get("set")),
            old_must_match="old_must_match" in parts and self.flag(parts["old_must_match"]),
            place=self.place(node),
        )

    def _beside(self, node: yaml.Node | None, names: tuple[str, ...]) -> Mapping[str, yaml.Node]:
        return {} if node is None else self.mapping(node, required=("from", "member_id", *names))

    def _owned(self, parts: Mapping[str, yaml.Node]) -> SqlTable | None:
        if "from" not in parts or "member_id" not in parts:
            return None
        return SqlTable(name=self.table(parts["from"]), member_id=self.name(parts["member_id"]))

    # --- a REST service ---------------------------------------------------------------------------

    def rest_profiles(self, node: yaml.Node) -> RestProfiles:
        parts = self.mapping(node, required=(*QUESTIONS, "fields"), optional=("beneficiaries",))
        heirs: Mapping[str, yaml.Node] = {}
        if "beneficiaries" in parts:
            heirs = self.mapping(parts["beneficiaries"], required=("items", *BENEFICIARY))
        return RestProfiles(
            questions={name: self._question(name, parts[name]) for name in QUESTIONS if name in parts},
            fields=self.profile_fields(parts.get("fields")),
            beneficiaries=self.text(heirs["items"]) if "items" in heirs else None,
            beneficiary=self.beneficiary_fields(heirs),
        )

    def rest_field(self, _: str, node: yaml.Node) -> RestField:
        parts = self.mapping(node, required=("method", "path", "body"))
        method = self.one_of(parts["method"], _METHODS, "a method") if "method" in parts else ""
        return RestField(
            method="PUT" if method == "PUT" else "POST" if method == "POST" else "PATCH",
            path=self._path(parts["path"], "member_id") if "path" in parts else "",
            body=self.parts(parts.get("body")),
            place=self.place(node),
        )

    def _question(self, name: str, node: yaml.Node) -> RestQuestion:
        if isinstance(node, yaml.ScalarNode):
            return RestQuestion(self._path(node, QUESTIONS[name]), None, self.place(node))
        parts = self.mapping(node, required=("path",), optional=("items",))
        path = self._path(parts["path"], QUESTIONS[name]) if "path" in parts else ""
        return RestQuestion(path, self.text(parts["items"]) if "items" in parts else None, self.place(node))

    def _path(self, node: yaml.Node, word: str) -> str:
        path = self.text(node)
        try:
            words = [name for _, name, _, _ in Formatter().parse(path) if name is not None]
        except ValueError:
            words = []
        if not path.startswith("/") or words != [word]:
            self.note(node, cut(path), f"a path that begins with / and has {{{word}}} in it once")
            return ""
        return path


_NOTHING = Name("", Place(""))
