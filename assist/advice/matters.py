"""What callers can mean: the plan's phrase bank, from which the adviser learns to tell one matter from another.

A deployment owns these files. A matter names what it raises and who finishes it, and gives phrases as callers say it.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal, cast, get_args

import yaml

from core.errors import Problem
from core.events import Message
from core.yaml_places import YamlReader

SAMPLE = Path(__file__).parent.parent / "data" / "phrases"
NOWHERE = "none"  # the destination of a matter that whoever answers finishes
LEAST_PHRASES = 5

# What words can tell beside topics and destinations. "background" is talk that tells nothing.
Signal = Literal[
    "hostile",
    "upset",
    "calm",
    "trouble",
    "declines",
    "asks_for_somebody",
    "self_harm",
    "threat",
    "abuse",
    "fraud",
    "beyond",
    "hands_over",
    "settles",
    "background",
]


class Matter(Message, frozen=True, kw_only=True):
    """One thing that callers mean. `destination` is `NOWHERE` where nobody else is needed for it; `because` finishes
    the sentence "suggested because …". Phrases are as a recogniser writes them.
    """

    id: str
    topics: tuple[str, ...]
    destination: str
    because: str
    signal: Signal | None
    say: tuple[str, ...]


def load(folder: Path, *, topics: Collection[str], destinations: Collection[str]) -> tuple[Matter, ...]:
    """Every matter of the folder's YAML files, in the order of their names.

    Raises `Problem`: for a folder without such files, or with all that is wrong in one file, each with its line.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise Problem("has no phrase files", place=str(folder), remedy="Name a folder of YAML files of matters")
    matters: list[Matter] = []
    seen: dict[str, str] = {}
    for path in paths:
        reader = YamlReader(path)
        for node in reader.items(reader.root):
            matter = _matter(reader, node, topics, destinations)
            if matter.id in seen:
                reader.note(node, f"the id {matter.id} twice", f"it once (it is in {seen[matter.id]})")
            seen[matter.id] = path.name
            matters.append(matter)
        reader.finish()
    return tuple(matters)


def _matter(reader: YamlReader, node: yaml.Node, topics: Collection[str], destinations: Collection[str]) -> Matter:
    fields = reader.mapping(node, required=("id", "topics", "destination", "say"), optional=("because", "signal"))
    destination = (
        reader.one_of(fields["destination"], [NOWHERE, *destinations], "a destination")
        if "destination" in fields
        else NOWHERE
    )
    because = reader.text(fields["because"]) if "because" in fields else ""
    if destination != NOWHERE and not because:
        reader.note(node, "no reason", '`because`, which finishes the sentence "suggested because …"')
    say = reader.texts(fields["say"]) if "say" in fields else ()
    if len(say) < LEAST_PHRASES:
        reader.note(fields.get("say", node), f"{len(say)} phrases", f"at least {LEAST_PHRASES}")
    signal = reader.one_of(fields["signal"], get_args(Signal), "a signal") if "signal" in fields else None
    return Matter(
        id=reader.text(fields["id"]) if "id" in fields else "",
        topics=tuple(reader.one_of(item, topics, "a topic") for item in reader.items(fields["topics"]))
        if "topics" in fields
        else (),
        destination=destination,
        because=because,
        signal=cast("Signal | None", signal),
        say=say,
    )
