"""Labelled dialogues: calls as they would be transcribed, each with what a good assistant should have made of it."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import yaml

from assist.advice.directory import Directory
from assist.conversation import AgentFacts, CallerFacts, Speaker, Turn
from assist.desk.messages import AlarmKind
from core.events import Message
from core.yaml_places import YamlReader
from records.contact import ProposedUpdate, Resolution

SPEAKERS: tuple[str, ...] = get_args(Speaker)
RESOLUTIONS: tuple[str, ...] = get_args(Resolution)
ALARMS: tuple[str, ...] = get_args(AlarmKind)
NOWHERE = "none"  # the destination of a call that is best finished where it is

_EXPECTED = (
    "topics",
    "destination",
    "acceptable",
    "earliest_turn",
    "latest_turn",
    "evidence",
    "irate",
    "alarms",
    "updates",
    "commitments",
    "resolution",
    "summary",
)


class Expected(Message, frozen=True, kw_only=True):
    """Turn numbers count from 1; None where no transfer is expected. `destination` may be "none"."""

    topics: tuple[str, ...] = ()
    destination: str = NOWHERE
    acceptable: tuple[str, ...] = ()
    earliest_turn: int | None = None
    latest_turn: int | None = None
    evidence: str = ""
    irate: bool = False
    alarms: tuple[AlarmKind, ...] = ()
    updates: tuple[ProposedUpdate, ...] = ()
    commitments: tuple[str, ...] = ()
    resolution: str = "unresolved"
    summary: str = ""


class Dialogue(Message, frozen=True, kw_only=True):
    dialogue_id: str
    caller: CallerFacts
    agent: AgentFacts
    turns: tuple[Turn, ...]
    expected: Expected | None


def load(path: Path, directory: Directory) -> tuple[Dialogue, ...]:
    """The dialogues of one file. Raises `Problem` with all that is wrong, each with its line."""
    reader = YamlReader(path)
    dialogues = tuple(_dialogue(reader, node, directory) for node in reader.items(reader.root))
    seen: set[str] = set()
    for node, dialogue in zip(reader.items(reader.root), dialogues, strict=True):
        if dialogue.dialogue_id in seen:
            reader.note(node, f"the id {dialogue.dialogue_id} twice", "it once")
        seen.add(dialogue.dialogue_id)
    reader.finish()
    return dialogues


def _dialogue(reader: YamlReader, node: yaml.Node, directory: Directory) -> Dialogue:
    fields = reader.mapping(node, required=("id", "caller", "agent", "turns"), optional=("expect",))
    turns = [_turn(reader, item) for item in reader.items(fields["turns"])] if "turns" in fields else []
    return Dialogue(
        dialogue_id=reader.text(fields["id"]) if "id" in fields else "",
        caller=_caller(reader, fields["caller"], directory) if "caller" in fields else CallerFacts(),
        agent=_agent(reader, fields["agent"], directory) if "agent" in fields else AgentFacts(),
        turns=tuple(turn for turn in turns if turn),
        expected=_expected(reader, fields["expect"], directory, len(turns)) if "expect" in fields else None,
    )


def _caller(reader: YamlReader, node: yaml.Node, directory: Directory) -> CallerFacts:
    fields = reader.mapping(node, required=("relation", "verified"), optional=("prior_calls_30d",))
    return CallerFacts(
        relation=reader.one_of(fields["relation"], directory.relations, "a relation") if "relation" in fields else "",
        verified=reader.flag(fields["verified"]) if "verified" in fields else False,
        prior_calls_30d=reader.integer(fields["prior_calls_30d"]) if "prior_calls_30d" in fields else 0,
    )


def _agent(reader: YamlReader, node: yaml.Node, directory: Directory) -> AgentFacts:
    fields = reader.mapping(node, required=("level", "specialties"))
    level = reader.integer(fields["level"], least=1) if "level" in fields else 1
    if level not in directory.levels:
        reader.note(fields.get("level", node), f"level {level}", f"one of {', '.join(map(str, directory.levels))}")
    held = tuple(
        reader.one_of(item, directory.specialties, "a specialty")
        for item in (reader.items(fields["specialties"]) if "specialties" in fields else ())
    )
    return AgentFacts(level=level, specialties=held)


def _turn(reader: YamlReader, node: yaml.Node) -> Turn | None:
    items = list(reader.items(node))
    if len(items) != 2:
        reader.note(node, f"{len(items)} elements", 'a turn as [caller, "words"] or [agent, "words"]')
        return None
    speaker = reader.one_of(items[0], SPEAKERS, "a speaker")
    text = reader.text(items[1])
    line = node.start_mark.line + 1
    return Turn(speaker="agent" if speaker == "agent" else "caller", text=text, utterance_id=f"line-{line}")


def _expected(reader: YamlReader, node: yaml.Node, directory: Directory, turns: int) -> Expected:
    fields = reader.mapping(node, optional=_EXPECTED)
    ids = [destination.id for destination in directory.destinations]
    topics = [topic.id for topic in directory.topics]

    def turn_number(name: str) -> int | None:
        if name not in fields or reader.absent(fields[name]):
            return None
        number = reader.integer(fields[name], least=1)
        if number > turns:
            reader.note(fields[name], f"turn {number}", f"a turn from 1 to {turns}")
        return number

    def listed(name: str) -> list[yaml.Node]:
        return list(reader.items(fields[name])) if name in fields else []

    evidence = fields.get("evidence")
    resolution = fields.get("resolution")
    destination = fields.get("destination")
    return Expected(
        topics=tuple(reader.one_of(item, topics, "a topic") for item in listed("topics")),
        destination=reader.one_of(destination, [NOWHERE, *ids], "a destination") if destination else NOWHERE,
        acceptable=tuple(reader.one_of(item, ids, "a destination") for item in listed("acceptable")),
        earliest_turn=turn_number("earliest_turn"),
        latest_turn=turn_number("latest_turn"),
        evidence="" if evidence is None or reader.absent(evidence) else reader.text(evidence),
        irate=reader.flag(fields["irate"]) if "irate" in fields else False,
        alarms=tuple(cast("AlarmKind", reader.one_of(item, ALARMS, "an alarm")) for item in listed("alarms")),
        updates=tuple(_update(reader, item) for item in listed("updates")),
        commitments=tuple(reader.text(item) for item in listed("commitments")),
        resolution=reader.one_of(resolution, RESOLUTIONS, "a resolution") if resolution else "unresolved",
        summary=reader.text(fields["summary"]) if "summary" in fields else "",
    )


def _update(reader: YamlReader, node: yaml.Node) -> ProposedUpdate:
    fields = reader.mapping(node, required=("field", "value"))
    return ProposedUpdate(
        field=reader.text(fields["field"]) if "field" in fields else "",
        value=reader.text(fields["value"]) if "value" in fields else "",
    )
