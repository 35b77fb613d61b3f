"""What a representative has to say, must not say, or has to ask, by topic and level; and what of it was said. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

import yaml

from assist import cue_reading
from assist.cues import CueBook, words
from assist.desk.messages import Statement, StatementKind
from core.yaml_places import YamlReader

SAMPLE = Path(__file__).parent.parent / "data" / "statements.yaml"
NAME = SAMPLE.name
KINDS: tuple[StatementKind, ...] = get_args(StatementKind)
MOST_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement and whom it concerns. `topics` empty: every call. Levels are included on both ends."""

    id: str
    kind: StatementKind
    topics: frozenset[str]
    from_level: int
    to_level: int
    text: str

    def concerns(self, topics: Collection[str], level: int, *, verified: bool) -> bool:
        """Who is verified needs no questions."""
        if self.kind == "verify" and verified:
            return False
        return self.from_level <= level <= self.to_level and (not self.topics or not self.topics.isdisjoint(topics))


@dataclass(frozen=True, slots=True)
class Statements:
    """All rules of a plan, in the order of its file, and the patterns by which each is known to have been said."""

    rules: tuple[Rule, ...]
    cues: CueBook


@dataclass(slots=True)
class Checklist:
    """Of one call and agent. What the agent says ticks it; of what must not be said a tick is a warning."""

    statements: Statements
    level: int
    said: set[str] = field(default_factory=set)

    def hear(self, text: str) -> bool:
        """The agent's next words; whether anything was ticked by them."""
        found = {hit.label for hit in self.statements.cues.find(words(text))} - self.said
        self.said |= found
        return bool(found)

    def shown(self, topics: Collection[str], *, verified: bool) -> tuple[Statement, ...]:
        """Those that the call is about: what has to be asked, said, and not said."""
        rules = [rule for rule in self.statements.rules if rule.concerns(topics, self.level, verified=verified)]
        rules.sort(key=lambda rule: ("verify", "must_say", "must_not").index(rule.kind))
        return tuple(
            Statement(statement_id=rule.id, kind=rule.kind, text=rule.text, said=rule.id in self.said) for rule in rules
        )


def load(path: Path = SAMPLE, *, topics: Collection[str] | None = None) -> Statements:
    """`topics`: those that the plan has, None for whichever.

    Raises `Problem` with all that is wrong in the file, each with its line.
    """
    reader = YamlReader(path)
    rules: list[Rule] = []
    cues: list[tuple[str, float, str]] = []
    for node in reader.items(reader.root):
        rule = _rule(reader, node, topics, cues)
        if rule.id in {each.id for each in rules}:
            reader.note(node, f"{rule.id} twice", "an id of its own")
        rules.append(rule)
    reader.finish()
    return Statements(tuple(rules), CueBook(cues, {}))


def of_plan(directory_file: Path, *, topics: Collection[str]) -> Statements:
    """Of the file beside the plan's directory; none where there is no such file. Raises `Problem`."""
    own = directory_file.parent / NAME
    return load(own, topics=topics) if own.is_file() else Statements((), CueBook((), {}))


def _rule(
    reader: YamlReader, node: yaml.Node, topics: Collection[str] | None, cues: list[tuple[str, float, str]]
) -> Rule:
    fields = reader.mapping(node, required=("id", "kind", "topics", "from_level", "to_level", "text", "heard"))
    name = reader.text(fields["id"]) if "id" in fields else ""
    if "heard" in fields:
        cues += [(name, 1.0, pattern) for pattern in cue_reading.patterns(reader, fields["heard"])]
    kind = reader.one_of(fields["kind"], KINDS, "a kind") if "kind" in fields else "must_say"
    about = list(reader.items(fields["topics"])) if "topics" in fields else []
    return Rule(
        id=name,
        kind=cast("StatementKind", kind),
        topics=frozenset(
            reader.text(item) if topics is None else reader.one_of(item, topics, "a topic of the directory")
            for item in about
        ),
        from_level=reader.integer(fields["from_level"], least=1, most=MOST_LEVEL) if "from_level" in fields else 1,
        to_level=reader.integer(fields["to_level"], least=1, most=MOST_LEVEL) if "to_level" in fields else MOST_LEVEL,
        text=reader.text(fields["text"]) if "text" in fields else "",
    )
