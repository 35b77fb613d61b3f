"""A call told as lines, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assist.redaction.labelled import spoken
from assist.redaction.model import Policy, Redacted
from assist.redaction.redactor import Redactor

LINE_S = 60.0  # each line begins so long after the one before


class Story:
    """Speaks to one redactor; keeps what it gave last for each line."""

    def __init__(self, language: str = "en", policy: Policy | None = None) -> None:
        self.redactor = Redactor(language, policy)
        self.shown: dict[str, Redacted] = {}
        self.every: list[Redacted] = []
        self._lines = 0

    def says(self, speaker: str, text: str) -> str:
        """A final line; its text as it shows now."""
        self._lines += 1
        name = f"{speaker}{self._lines}"
        self._take(self.redactor.hear(name, speaker, spoken(text.split(), self._lines * LINE_S), True))
        return self.shown[name].text

    def is_saying(self, speaker: str, text: str) -> str:
        """The next line as far as it is heard."""
        name = f"{speaker}{self._lines + 1}"
        words = spoken(text.split(), (self._lines + 1) * LINE_S)
        self._take(self.redactor.hear(name, speaker, words, False))
        return self.shown[name].text

    def ends(self) -> list[str]:
        """All lines at the end of the call."""
        self._take(self.redactor.close())
        return [each.text for each in self.shown.values()]

    def _take(self, given: Iterable[Redacted]) -> None:
        for each in given:
            self.shown[each.utterance_id] = each
            self.every.append(each)

    def kinds(self, line: int) -> list[str]:
        return [str(span.kind) for span in list(self.shown.values())[line].spans]


def told(*lines: tuple[str, str], language: str = "en", modes: Mapping[str, str] | None = None) -> list[str]:
    """The lines of a whole call as they show at its end."""
    story = Story(language, Policy.of(modes or {}))
    for speaker, text in lines:
        story.says(speaker, text)
    return story.ends()
