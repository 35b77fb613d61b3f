"""Subjects, patterns, and who listens to them."""

from __future__ import annotations

from collections.abc import Callable

from core.bus import Delivery
from core.errors import Problem

Listener = Callable[[Delivery], None]


class PatternIndex:
    """Listeners by pattern, a word a level: looking up a subject visits only nodes that can match it."""

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, pattern: str, listener: Listener) -> Callable[[], None]:
        """Returns what removes it again; removing twice is harmless."""
        path = [self._root]
        words = words_of(pattern, wildcards=True)
        for word in words:
            path.append(path[-1].next.setdefault(word, _Node()))
        key = object()
        path[-1].listeners[key] = listener

        def remove() -> None:
            if path[-1].listeners.pop(key, None) is None:
                return
            for word, parent, node in reversed(list(zip(words, path, path[1:], strict=False))):
                if node.next or node.listeners:
                    break
                del parent.next[word]

        return remove

    def matching(self, subject: str) -> list[Listener]:
        found: list[Listener] = []
        level = [self._root]
        for word in subject.split("."):
            below = []
            for node in level:
                if rest := node.next.get(">"):
                    found.extend(rest.listeners.values())
                if exact := node.next.get(word):
                    below.append(exact)
                if anyone := node.next.get("*"):
                    below.append(anyone)
            level = below
        for node in level:
            found.extend(node.listeners.values())
        return found


class _Node:
    __slots__ = ("listeners", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.listeners: dict[object, Listener] = {}


def words_of(dotted: str, *, wildcards: bool) -> list[str]:
    """The words of a subject or pattern; raises `Problem` for one that could never be matched as meant."""
    words = dotted.split(".")
    if not all(words) or any(character.isspace() for character in dotted):
        raise Problem(f"{dotted!r} is no subject", remedy="Use words with dots between them, like agent.a1")
    for place, word in enumerate(words, start=1):
        if ("*" in word or ">" in word) and (word not in ("*", ">") or not wildcards):
            raise Problem(f"{dotted!r} has a wildcard inside a word, or is not a pattern")
        if word == ">" and place < len(words):
            raise Problem(f"{dotted!r} goes on after '>'", remedy="'>' stands last, for one word or more")
    return words
