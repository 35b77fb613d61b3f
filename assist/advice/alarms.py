"""What is heard that needs more than an answer: self-harm, threats, abuse, signs of fraud. Pure, but for the file.

A plan's own file says what the desk shows then and which words raise it; beside them stands what the adviser's model
makes of each sentence. An alarm comes once a call, again only after it was ended and on new words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import yaml

from assist import cue_reading
from assist.cues import CueBook, Word
from assist.desk.messages import Alarm, AlarmKind, HeardAlarm
from core.yaml_places import YamlReader

SAMPLE = Path(__file__).parent.parent / "data" / "alarms.yaml"
NAME = SAMPLE.name
KINDS: tuple[AlarmKind, ...] = get_args(AlarmKind)
HEARD: tuple[HeardAlarm, ...] = get_args(HeardAlarm)
SURE: Mapping[HeardAlarm, float] = {"self_harm": 0.6, "threat": 0.7, "abuse": 0.7, "fraud": 0.85}
"""The model's probability that raises one without any pattern."""


@dataclass(frozen=True, slots=True)
class Script:
    """What to do. `updates` and `topics`: one of each on the same call raises it, too."""

    title: str
    steps: tuple[str, ...]
    updates: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AlarmBook:
    """The scripts by kind, and the patterns."""

    scripts: Mapping[AlarmKind, Script]
    cues: CueBook


@dataclass(slots=True)
class AlarmWatch:
    """The alarms of one call."""

    book: AlarmBook
    _raised: dict[AlarmKind, Alarm] = field(default_factory=dict)
    _ended: set[AlarmKind] = field(default_factory=set)
    _made: int = 0

    def hear(
        self, text: str, spoken: Sequence[Word], utterance_id: str, sure: Mapping[HeardAlarm, float]
    ) -> list[Alarm]:
        """What the caller's next words raise. `sure`: what the model makes of them, 0 to 1."""
        points: dict[str, float] = {}
        for label, weight in {(hit.label, hit.pattern): hit.weight for hit in self.book.cues.find(spoken)}.items():
            points[label[0]] = points.get(label[0], 0.0) + weight
        return [
            self._raise(kind, text, utterance_id)
            for kind in HEARD
            if points.get(kind, 0.0) + sure.get(kind, 0.0) / SURE[kind] >= 1.0 and self._new(kind)
        ]

    def documented(self, updates: Collection[str], topics: Collection[str]) -> list[Alarm]:
        """What the call's documentation so far raises: changes that should not come together."""
        return [
            self._raise(kind, "", "")
            for kind, script in self.book.scripts.items()
            if script.updates & set(updates) and script.topics & set(topics) and kind not in self._raised
        ]

    def call_for(self, kind: AlarmKind) -> list[Alarm]:
        """The agent raises one by hand; none where it stands already."""
        return [self._raise(kind, "", "")] if self._new(kind) else []

    def end(self, alarm_id: str) -> bool:
        """Somebody saw to it; False where there is no such alarm."""
        for kind, alarm in self._raised.items():
            if alarm.alarm_id == alarm_id and kind not in self._ended:
                self._ended.add(kind)
                return True
        return False

    @property
    def standing(self) -> tuple[Alarm, ...]:
        return tuple(alarm for kind, alarm in self._raised.items() if kind not in self._ended)

    def _new(self, kind: AlarmKind) -> bool:
        return kind not in self._raised or kind in self._ended

    def _raise(self, kind: AlarmKind, text: str, utterance_id: str) -> Alarm:
        self._made += 1
        self._ended.discard(kind)
        script = self.book.scripts[kind]
        alarm = Alarm(
            alarm_id=f"{kind}-{self._made}",
            kind=kind,
            title=script.title,
            steps=script.steps,
            evidence=text,
            evidence_utterance_id=utterance_id,
        )
        self._raised[kind] = alarm
        return alarm


def load(path: Path = SAMPLE, *, topics: Collection[str] | None = None) -> AlarmBook:
    """`topics`: those that the plan has, None for whichever.

    Raises `Problem` with all that is wrong in the file, each with its line.
    """
    reader = YamlReader(path)
    scripts: dict[AlarmKind, Script] = {}
    cues: list[tuple[str, float, str]] = []
    fields = reader.mapping(reader.root, required=KINDS)
    for kind in KINDS:
        if kind in fields:
            scripts[kind] = _script(reader, fields[kind], topics, kind, cues)
    reader.finish()
    return AlarmBook(scripts, CueBook(cues, {}))


def of_plan(directory_file: Path, *, topics: Collection[str]) -> AlarmBook:
    """The file beside the plan's directory; the sample plan's where there is none. Raises `Problem`."""
    own = directory_file.parent / NAME
    return load(own, topics=topics) if own.is_file() else load()


def _script(
    reader: YamlReader,
    node: yaml.Node,
    topics: Collection[str] | None,
    kind: AlarmKind,
    cues: list[tuple[str, float, str]],
) -> Script:
    fields = reader.mapping(node, required=("title", "steps", "cues"), optional=("together",))
    if "cues" in fields:
        cues += cue_reading.weighted(reader, fields["cues"], kind)
    together = reader.mapping(fields["together"], required=("updates", "topics")) if "together" in fields else {}
    return Script(
        title=reader.text(fields["title"]) if "title" in fields else "",
        steps=reader.texts(fields["steps"]) if "steps" in fields else (),
        updates=frozenset(reader.texts(together["updates"])) if "updates" in together else frozenset(),
        topics=_topics(reader, together["topics"], topics) if "topics" in together else frozenset(),
    )


def _topics(reader: YamlReader, node: yaml.Node, known: Collection[str] | None) -> frozenset[str]:
    if known is None:
        return frozenset(reader.texts(node))
    return frozenset(reader.one_of(item, known, "a topic of the directory") for item in reader.items(node))
