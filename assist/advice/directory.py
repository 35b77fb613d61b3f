"""The plan's own directory: where a call can go, who keeps what, which topics there are, and the words that tell.

Two YAML files that a deployment owns: `directory.yaml` (people and subjects) and the cue file that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, cast, get_args

import yaml

from assist import cue_reading
from assist.conversation import AgentFacts
from assist.cues import CueBook
from core.events import Message
from core.yaml_places import YamlReader

SAMPLE = Path(__file__).parent.parent / "data" / "directory.yaml"

Kind = Literal["internal", "agency"]

# What the adviser listens for beside topics and destinations: in the caller's words and in the agent's.
CALLER_SIGNALS = ("trouble", "asks_for_somebody", "hostile", "calm", "declines")
AGENT_SIGNALS = ("beyond", "settles", "hands_over")


class Destination(Message, frozen=True, kw_only=True):
    """Somewhere a call can go. An agency is outside: referred to, not warm-transferred."""

    id: str
    name: str
    kind: Kind
    purpose: str
    specialty: str | None  # who holds it keeps these calls
    kept_from_level: int | None  # agents from this level on finish these calls themselves
    reads_account: bool  # tells what is in the account: not for a third party that is not verified
    relations: dict[str, float]  # what a caller's relation alone counts for, in points
    topics: dict[str, float]  # what a topic that was raised lends, in points for each of its own

    def keeps(self, agent: AgentFacts) -> bool:
        """Is this call this agent's own to finish?"""
        if self.specialty is not None and self.specialty in agent.specialties:
            return True
        return self.kept_from_level is not None and agent.level >= self.kept_from_level


class Topic(Message, frozen=True, kw_only=True):
    id: str
    name: str


class Directory:
    """Everything the adviser knows of one plan."""

    def __init__(
        self,
        *,
        plan: str,
        relations: tuple[str, ...],
        levels: Mapping[int, str],
        specialties: tuple[str, ...],
        destinations: tuple[Destination, ...],
        topics: tuple[Topic, ...],
        caller_cues: CueBook,
        agent_cues: CueBook,
        reasons: Mapping[str, str],
    ) -> None:
        self.plan, self.relations, self.levels, self.specialties = plan, relations, dict(levels), specialties
        self.destinations, self.topics = destinations, topics
        self.caller_cues, self.agent_cues = caller_cues, agent_cues
        self._reasons = dict(reasons)
        self._names = {place.id: place.name for place in destinations} | {topic.id: topic.name for topic in topics}

    def destination_name(self, destination: str) -> str:
        """What people call it. Raises `KeyError` for an id that is not in the directory."""
        return self._names[destination]

    def topic_name(self, topic: str) -> str:
        return self._names[topic]

    def because(self, destination: str, pattern: str) -> str:
        """What a cue means, in words that finish "because …"; empty where nothing was written."""
        return self._reasons.get(f"{destination} {pattern}", "")


def load(path: Path = SAMPLE) -> Directory:
    """The directory of one plan. Raises `Problem` with all that is wrong in both files, each with file and line."""
    reader = YamlReader(path)
    fields = reader.mapping(
        reader.root,
        required=("plan", "relations", "levels", "specialties", "destinations", "topics", "cues"),
    )
    relations = reader.texts(fields["relations"]) if "relations" in fields else ()
    levels = _levels(reader, fields["levels"]) if "levels" in fields else {}
    specialties = reader.texts(fields["specialties"]) if "specialties" in fields else ()
    topics = tuple(_topic(reader, node) for node in reader.items(fields["topics"])) if "topics" in fields else ()
    known = _Known(relations, levels, specialties, [topic.id for topic in topics])
    destinations = (
        tuple(_destination(reader, node, known) for node in reader.items(fields["destinations"]))
        if "destinations" in fields
        else ()
    )
    _only_once(reader, fields.get("destinations"), [place.id for place in destinations])
    _only_once(reader, fields.get("topics"), [topic.id for topic in topics])
    cue_path = path.parent / (reader.text(fields["cues"]) if "cues" in fields else "")
    reader.finish()
    cues = _CueFile(cue_path, topics=known.topics, destinations=[place.id for place in destinations])
    return Directory(
        plan=reader.text(fields["plan"]),
        relations=relations,
        levels=levels,
        specialties=specialties,
        destinations=destinations,
        topics=topics,
        caller_cues=CueBook(cues.caller, cues.lists),
        agent_cues=CueBook(cues.agent, cues.lists),
        reasons=cues.reasons,
    )


def cue_files(path: Path) -> tuple[str, ...]:
    """The names of the files that a directory file names, beside it. Raises `Problem`."""
    reader = YamlReader(path)
    fields = reader.mapping(reader.root, optional=None)
    return (reader.text(fields["cues"]),) if "cues" in fields else ()


class _Known:
    """The names that the rest of the file may use."""

    def __init__(
        self, relations: Collection[str], levels: Collection[int], specialties: Collection[str], topics: Collection[str]
    ) -> None:
        self.relations, self.levels, self.specialties, self.topics = relations, levels, specialties, topics


def _levels(reader: YamlReader, node: yaml.Node) -> dict[int, str]:
    levels = {}
    for name, text in reader.mapping(node, optional=None).items():
        if name.isdigit():
            levels[int(name)] = reader.text(text)
        else:
            reader.note(text, repr(name), "a level: a whole number")
    return levels


def _topic(reader: YamlReader, node: yaml.Node) -> Topic:
    fields = reader.mapping(node, required=("id", "name"))
    return Topic(
        id=reader.text(fields["id"]) if "id" in fields else "",
        name=reader.text(fields["name"]) if "name" in fields else "",
    )


def _destination(reader: YamlReader, node: yaml.Node, known: _Known) -> Destination:
    fields = reader.mapping(
        node,
        required=("id", "name", "kind", "for"),
        optional=("specialty", "kept_from_level", "reads_account", "relations", "topics"),
    )

    def points(name: str, allowed: Collection[str]) -> dict[str, float]:
        if name not in fields:
            return {}
        given = reader.mapping(fields[name], optional=None)
        for key in given:
            if key not in allowed:
                reader.note(fields[name], repr(key), f"one of {', '.join(allowed)}")
        return {key: reader.number(value) for key, value in given.items()}

    level = reader.integer(fields["kept_from_level"], least=1) if "kept_from_level" in fields else None
    if level is not None and level not in known.levels:
        reader.note(fields["kept_from_level"], f"level {level}", f"one of {', '.join(map(str, known.levels))}")
    specialty = reader.one_of(fields["specialty"], known.specialties, "a specialty") if "specialty" in fields else None
    kind = reader.one_of(fields["kind"], get_args(Kind), "a kind") if "kind" in fields else "internal"
    return Destination(
        id=reader.text(fields["id"]) if "id" in fields else "",
        name=reader.text(fields["name"]) if "name" in fields else "",
        kind=cast(Kind, kind),
        purpose=reader.text(fields["for"]) if "for" in fields else "",
        specialty=specialty,
        kept_from_level=level,
        reads_account=reader.flag(fields["reads_account"]) if "reads_account" in fields else False,
        relations=points("relations", known.relations),
        topics=points("topics", known.topics),
    )


def _only_once(reader: YamlReader, node: yaml.Node | None, ids: list[str]) -> None:
    for position, name in enumerate(ids):
        if node is not None and name in ids[:position]:
            reader.note(node.value[position], f"the id {name!r} twice", "it once")


class _CueFile:
    """The cue file, read: patterns by speaker, and what each destination's groups mean."""

    def __init__(self, path: Path, *, topics: Collection[str], destinations: Collection[str]) -> None:
        self._reader = reader = YamlReader(path)
        self.caller: list[tuple[str, float, str]] = []
        self.agent: list[tuple[str, float, str]] = []
        self.reasons: dict[str, str] = {}
        fields = reader.mapping(reader.root, required=("lists", "topics", "destinations", "caller", "agent"))
        self.lists = (
            {name: reader.texts(node) for name, node in reader.mapping(fields["lists"], optional=None).items()}
            if "lists" in fields
            else {}
        )
        if "topics" in fields:
            for name, node in reader.mapping(fields["topics"], optional=topics).items():
                self.caller += cue_reading.weighted(reader, node, f"topic:{name}", self.lists)
        if "destinations" in fields:
            for name, node in reader.mapping(fields["destinations"], optional=destinations).items():
                for group in reader.items(node):
                    self._group(group, name)
        for speaker, names, into in (("caller", CALLER_SIGNALS, self.caller), ("agent", AGENT_SIGNALS, self.agent)):
            if speaker in fields:
                for name, node in reader.mapping(fields[speaker], required=names).items():
                    into.extend(cue_reading.weighted(reader, node, name, self.lists))
        reader.finish()

    def _group(self, node: yaml.Node, destination: str) -> None:
        fields = self._reader.mapping(node, required=("points", "cues"), optional=("because",))
        weight = self._reader.number(fields["points"], least=-9) if "points" in fields else 0.0
        because = self._reader.text(fields["because"]) if "because" in fields else ""
        for pattern in cue_reading.patterns(self._reader, fields["cues"], self.lists) if "cues" in fields else ():
            self.caller.append((f"destination:{destination}", weight, pattern))
            self.reasons[f"{destination} {pattern}"] = because
