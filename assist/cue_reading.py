"""Cue patterns as the items of a YAML list: each that is none is told with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from assist.cues import BadPattern, parse
from core.yaml_places import YamlReader


def weighted(
    reader: YamlReader, node: yaml.Node, label: str, lists: Mapping[str, Sequence[str]] | None = None
) -> list[tuple[str, float, str]]:
    """Of a mapping of points to patterns that are worth them: what a `CueBook` is made of."""
    found: list[tuple[str, float, str]] = []
    for points, items in reader.mapping(node, optional=None).items():
        try:
            weight = float(points)
        except ValueError:
            reader.note(items, repr(points), "points: a number, and the cues that are worth it")
            continue
        found += [(label, weight, pattern) for pattern in patterns(reader, items, lists)]
    return found


def patterns(reader: YamlReader, node: yaml.Node, lists: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """Those that can be used; `lists` are the words that patterns may name."""
    found = []
    for item in reader.items(node):
        source = reader.text(item)
        try:
            first = parse(source, lists or {})[0]
            if first is None or first.optional:
                raise BadPattern(f"found {source!r}, expected a pattern that begins with a word that must be there")
        except BadPattern as error:
            what, _, expected = str(error).removeprefix("found ").partition(", expected ")
            reader.note(item, what, expected)
            continue
        found.append(source)
    return found
