"""What a call was about: the topics the caller raised, each with the words that tell."""

from __future__ import annotations

from collections.abc import Sequence

from assist.advice.directory import Directory
from assist.advice.topics import Topics
from assist.documentation.heard import Heard, joined
from records.contact import Said


def subjects(talk: Sequence[Heard], directory: Directory) -> dict[str, tuple[Said, ...]]:
    """Topic ids in the order in which they first came up. Only the caller's words count, as they do for advice."""
    topics = Topics()
    telling: dict[str, list[tuple[Said, ...]]] = {}
    for heard in talk:
        if heard.speaker != "caller":
            continue
        for hit in directory.caller_cues.find(heard.words):
            kind, _, name = hit.label.partition(":")
            if kind == "topic":
                topics.hear(name, hit.pattern, hit.weight)
                if hit.weight > 0:
                    telling.setdefault(name, []).append(heard.said(hit.start, hit.end))
    return {topic: joined(telling[topic]) for topic in topics.raised()}
