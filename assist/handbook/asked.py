"""What callers ask, in their own words, by the section that answers it: `asked.yaml` beside the handbook's files.

17-payments.md:            # the file
  changing-your-bank:      # the anchor of the section
    - I got a new bank account
    - switch banks
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from assist.handbook.model import Passage
from core.yaml_places import YamlReader, cut

NAME = "asked.yaml"
_LONGEST = 300  # characters of a question

Asked = Mapping[str, Mapping[str, tuple[str, ...]]]  # by file, then by anchor


def read(path: Path, anchors: Mapping[str, Collection[str]] | None = None) -> Asked:
    """The questions in the file at `path`. `anchors` are those that each file has: a file that is not among them is
    passed over (it is not being imported), an anchor that a file has not is wrong. Raises `Problem` with every mistake.
    """
    reader = YamlReader(path)
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for document, sections in reader.mapping(reader.root, optional=None).items():
        known = None if anchors is None else anchors.get(document)
        found[document] = {}
        for anchor, (key, node) in reader.entries(sections, optional=None).items():
            if known is not None and anchor not in known:
                reader.note(key, f"the section {cut(anchor)}", f"the anchor of a section of {document}")
            for item in reader.items(node):
                question = " ".join(reader.text(item).split())
                if not 0 < len(question) <= _LONGEST:
                    reader.note(item, cut(question), f"a question of 1 to {_LONGEST} characters")
                found[document][anchor] = (*found[document].get(anchor, ()), question)
    reader.finish()
    return found


def of(passages: Sequence[Passage], asked: Asked) -> list[tuple[str, ...]]:
    """For each passage what it is asked. A section in several passages gives its questions to the first of them."""
    seen: set[tuple[str, str]] = set()
    questions: list[tuple[str, ...]] = []
    for passage in passages:
        place = (passage.document, passage.anchor)
        questions.append(() if place in seen else asked.get(passage.document, {}).get(passage.anchor, ()))
        seen.add(place)
    return questions
