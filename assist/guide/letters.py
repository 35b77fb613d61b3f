"""The plan's model letters and forms, and which of them fit a call. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import yaml

from assist.desk.messages import Letter, LetterKind
from core.yaml_places import YamlReader

SAMPLE = Path(__file__).parent.parent / "data" / "letters.yaml"
NAME = SAMPLE.name
KINDS: tuple[LetterKind, ...] = get_args(LetterKind)
MOST = 6  # that are offered at a time


@dataclass(frozen=True, slots=True)
class Model:
    """A letter or form, what it is for, and whom: `tiers` empty is everybody. `needs` are ids of what is filled in."""

    letter: Letter
    topics: frozenset[str]
    tiers: frozenset[str]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """In the order of the plan's file. `fields`: what may have to be filled in, by id."""

    fields: dict[str, str]
    models: tuple[Model, ...]

    def fitting(self, topics: Collection[str], tier: str) -> tuple[Letter, ...]:
        """Those for the topics, the later topic's first; of another tier none. `tier` empty: not known."""
        found: dict[str, Letter] = {}
        for topic in reversed(list(topics)):
            for model in self.models:
                if topic in model.topics and (not model.tiers or not tier or tier in model.tiers):
                    found.setdefault(model.letter.letter_id, model.letter)
        return tuple(found.values())[:MOST]


def load(path: Path = SAMPLE, *, topics: Collection[str] | None = None) -> Letters:
    """`topics`: those that the plan has, None for whichever.

    Raises `Problem` with all that is wrong in the file, each with its line.
    """
    reader = YamlReader(path)
    top = reader.mapping(reader.root, required=("fields", "letters"))
    known = reader.mapping(top["fields"], optional=None) if "fields" in top else {}
    fields = {name: reader.text(node) for name, node in known.items()}
    models: list[Model] = []
    for node in reader.items(top["letters"]) if "letters" in top else ():
        model = _model(reader, node, topics, fields)
        if model.letter.letter_id in {each.letter.letter_id for each in models}:
            reader.note(node, f"{model.letter.letter_id} twice", "an id of its own")
        models.append(model)
    reader.finish()
    return Letters(fields, tuple(models))


def of_plan(directory_file: Path, *, topics: Collection[str]) -> Letters:
    """Of the file beside the plan's directory; none where there is no such file. Raises `Problem`."""
    own = directory_file.parent / NAME
    return load(own, topics=topics) if own.is_file() else Letters({}, ())


def _model(reader: YamlReader, node: yaml.Node, topics: Collection[str] | None, known: Collection[str]) -> Model:
    names = ("id", "title", "kind", "topics", "forms", "tiers", "for", "needs")
    fields = reader.mapping(node, required=names)

    def text(name: str) -> str:
        return reader.text(fields[name]) if name in fields else ""

    def listed(name: str) -> list[yaml.Node]:
        return list(reader.items(fields[name])) if name in fields else []

    kind = reader.one_of(fields["kind"], KINDS, "a kind") if "kind" in fields else "letter"
    return Model(
        letter=Letter(
            letter_id=text("id"),
            title=text("title"),
            kind=cast("LetterKind", kind),
            about=text("for"),
            forms=tuple(map(reader.text, listed("forms"))),
        ),
        topics=frozenset(
            reader.text(item) if topics is None else reader.one_of(item, topics, "a topic of the directory")
            for item in listed("topics")
        ),
        tiers=frozenset(map(reader.text, listed("tiers"))),
        needs=tuple(reader.one_of(item, known, "a field of this file") for item in listed("needs")),
    )
