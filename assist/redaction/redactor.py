"""Takes the secrets out of one call, utterance by utterance, as it is spoken. Pure: no clock, no I/O.

What is not final decides nothing: all its digits are masked but those that stand plainly for something else ("four
hundred dollars"). What is final is decided with what was said around it, and decided anew while the conversation is
near it; what was once decided to be a secret stays one. Digits that nothing tells the meaning of stay masked.

Costs: an utterance that is not final in proportion to its own words; a final one to those of the last `WINDOW`
utterances, however long the call.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assist.redaction import language as language_
from assist.redaction.alike import alike
from assist.redaction.asking import Ask, Followed, Placed, State, follow
from assist.redaction.deciding import settle
from assist.redaction.known import Known
from assist.redaction.language import Language
from assist.redaction.model import MASK, NOTHING, SECRETS, Kind, Mode, Policy, Redacted, Secret, Span
from assist.redaction.reading import Reading, read
from assist.speech.words import Word

WINDOW = 24  # utterances that what is said later may still change
_LAST = 4  # digits that `Mode.LAST_FOUR` shows
_LONG = 8  # digits of a number that it shows them of
_SEALED = frozenset({Mode.LAST_FOUR, Mode.FOR_UPDATE, Mode.ENCRYPTED})


@dataclass(slots=True)
class _Said:
    """An utterance as it was heard last, and what became of its words."""

    utterance_id: str
    speaker: str
    words: tuple[Word, ...] = field(repr=False)
    reading: Reading = field(repr=False)
    final: bool
    order: tuple[float, int]
    after: State = field(
        default_factory=State, repr=False
    )  # where the conversation stands behind it, partial words too
    decided: dict[int, Kind] = field(default_factory=dict)  # what its words are, by place
    doubted: frozenset[int] = frozenset()  # places that words which are not final speak against showing
    endings: dict[int, str] = field(default_factory=dict, repr=False)  # last four digits, by the place that shows them
    told: Redacted | None = None

    def places(self, placed: Placed) -> range:
        """Those of its words; a filler within belongs to it."""
        return range(self.reading.tokens[placed.start].place, self.reading.tokens[placed.end - 1].place + 1)


class Redactor:
    """For one call. Give it every utterance before anybody else sees it, and show what it gives instead."""

    def __init__(self, language: str, policy: Policy | None = None) -> None:
        """Raises `Problem` for a language that there is no redactor for: then keep no text of the call."""
        self._language: Language = language_.load(language)
        self._policy = policy or Policy()
        self._said: list[_Said] = []  # the window, in the order they began
        self._carried = State()  # where the conversation stood before the window
        self._known = Known(self._language)
        self._heard = 0

    def hear(self, utterance_id: str, speaker: str, words: Sequence[Word], final: bool) -> list[Redacted]:
        """The utterance without its secrets, then those before it of which something else shows now.

        The words of an utterance that is not final are replaced by the next ones of its id; no words: it is taken back.
        """
        said = self._take(utterance_id, speaker, tuple(words), final)
        if final:
            self._decide(over=False)
            told = [self._told(said), *self._changed(but=said)]
            self._give_way()
            return told
        place = self._said.index(said)
        before = self._said[place - 1].after if place else self._carried
        said.after, followed = follow(before, said.reading, speaker, self._language)
        said.decided = dict(self._of_unfinished(said, followed))
        return [self._told(said)]

    @property
    def asked(self) -> Ask | None:
        """The question that waits for secrets after all that was heard, words that are not final included."""
        ask = (self._said[-1].after if self._said else self._carried).ask
        return ask if ask and ask.secrets and ask.live and not ask.answered else None

    def close(self) -> list[Redacted]:
        """The call is over: utterances of which something else shows now. What is undecided stays masked."""
        for said in self._said:
            said.final = True
        self._decide(over=True)
        return self._changed()

    def _take(self, utterance_id: str, speaker: str, words: tuple[Word, ...], final: bool) -> _Said:
        before = next((said for said in reversed(self._said) if said.utterance_id == utterance_id), None)
        self._heard += before is None
        start_s = words[0].start_s if words else before.order[0] if before else 0.0
        order = (start_s, before.order[1] if before else self._heard)
        said = _Said(utterance_id, speaker, words, read(words, self._language), final, order)
        if before is not None:
            self._said.remove(before)
            if before.final and [word.text for word in before.words] == [word.text for word in words]:
                said.decided, said.final = before.decided, True
        insort(self._said, said, key=lambda each: each.order)
        return said

    def _give_way(self) -> None:
        """What is far back is left as it is."""
        while len(self._said) > WINDOW and (self._said[0].final or len(self._said) > 2 * WINDOW):
            gone = self._said.pop(0)
            if gone.final:
                self._carried, _ = follow(self._carried, gone.reading, gone.speaker, self._language)

    # --- deciding ----------------------------------------------------------------------------------

    def _decide(self, *, over: bool) -> None:
        """Only final words decide: it comes to the same whether or not partial ones were heard before."""
        finals = [said for said in self._said if said.final]
        followed = self._follow(finals)
        kinds = settle(followed, over=over)
        self._endings(finals, followed, kinds, over=over)
        for said, each, decided in zip(finals, followed, kinds, strict=True):
            for placed, kind in zip(each.placed, decided, strict=True):
                if kind in SECRETS and kind is not Kind.UNDECIDED:
                    self._known.keep(kind, placed, said.reading)
        self._known.keep_threads(followed, kinds)
        for said, each, decided in zip(finals, followed, kinds, strict=True):
            for placed, kind in zip(each.placed, decided, strict=True):
                for place in said.places(placed):
                    self._settle(said, place, self._known.kind_of(placed.digits) or kind)
            for token in said.reading.tokens:
                if (known := self._known.word(token.text)) is not None:
                    self._settle(said, token.place, known)
        self._doubt(finals)

    @staticmethod
    def _settle(said: _Said, place: int, kind: Kind) -> None:
        """A secret stays one; what was shown is masked again only as a secret."""
        before = said.decided.get(place)
        decided_secret = before is not None and before in SECRETS and before is not Kind.UNDECIDED
        shown = before is not None and before.harmless
        if not decided_secret and not (shown and kind is Kind.UNDECIDED):
            said.decided[place] = kind

    def _follow(self, utterances: Sequence[_Said]) -> list[Followed]:
        state, followed = self._carried, []
        for said in utterances:
            state, each = follow(state, said.reading, said.speaker, self._language)
            said.after = state
            followed.append(each)
        return followed

    def _doubt(self, finals: Sequence[_Said]) -> None:
        """With the words that are not final yet some that would be shown may be the answer to a question."""
        for said in finals:
            said.doubted = frozenset()
        if len(finals) == len(self._said):
            return
        followed = self._follow(self._said)
        for said, each, kinds in zip(self._said, followed, settle(followed, over=False), strict=True):
            masked = [placed for placed, kind in zip(each.placed, kinds, strict=True) if kind in SECRETS]
            said.doubted = frozenset(place for placed in masked for place in said.places(placed))

    def _of_unfinished(self, said: _Said, followed: Followed) -> Iterator[tuple[int, Kind]]:
        for placed in followed.placed:
            kind = self._known.kind_of(placed.digits) or placed.kind or Kind.UNDECIDED
            if kind.harmless and (placed.last or not placed.plain):
                kind = Kind.UNDECIDED
            yield from ((place, kind) for place in said.places(placed))
        for token in said.reading.tokens:
            if (known := self._known.word(token.text)) is not None:
                yield token.place, known

    def _endings(
        self, finals: Sequence[_Said], followed: Sequence[Followed], kinds: Sequence[Sequence[Kind]], *, over: bool
    ) -> None:
        """Where the last four digits of a whole number show."""
        closed = followed[-1].open_from if followed else 0
        numbers: dict[tuple[int, Kind, str], tuple[str, _Said, int]] = {}
        for said, each, decided in zip(finals, followed, kinds, strict=True):
            said.endings = {}
            for placed, kind in zip(each.placed, decided, strict=True):
                if self._policy.mode(kind) is Mode.LAST_FOUR and (over or placed.thread < closed):
                    number = (placed.thread, kind, said.speaker)
                    before = numbers[number][0] if number in numbers else ""
                    numbers[number] = (before + placed.digits, said, said.places(placed)[-1])
        for digits, said, place in numbers.values():
            if len(digits) >= _LONG:
                said.endings[place] = digits[-_LAST:]

    # --- telling -----------------------------------------------------------------------------------

    def _changed(self, but: _Said | None = None) -> list[Redacted]:
        changed = []
        for said in self._said:
            if said is not but and said.final:
                before = said.told
                if self._told(said) != before and said.told is not None:
                    changed.append(said.told)
        return changed

    def _told(self, said: _Said) -> Redacted:
        kinds = dict(said.decided)
        for place in said.doubted:
            if place not in kinds or kinds[place].harmless:
                kinds[place] = Kind.UNDECIDED
        kinds |= alike(said.reading, kinds, self._language)
        words = list(said.words)
        for place, kind in kinds.items():
            if self._policy.mode(kind) is not Mode.KEEP:
                words[place] = replace(words[place], text=said.endings.get(place, MASK), heard=None)
                first = _first_of_corrected(said.words, place)
                words[first] = replace(words[first], heard=None)
        spans = tuple(self._span(said, kind, start, end) for kind, start, end in _stretches(kinds))
        said.told = Redacted(said.utterance_id, said.speaker, tuple(words), spans, said.final)
        return said.told

    def _span(self, said: _Said, kind: Kind, start: int, end: int) -> Span:
        mode, words = self._policy.mode(kind), said.words[start:end]
        text = Secret(" ".join(word.text for word in words)) if said.final and mode in _SEALED else NOTHING
        return Span(kind, mode, start, end, words[0].start_s, words[-1].end_s, text)


def _first_of_corrected(words: Sequence[Word], place: int) -> int:
    """What one correction made several words of is kept with the first of them: its place."""
    while place > 0 and words[place].heard == "":
        place -= 1
    return place


def _stretches(kinds: dict[int, Kind]) -> Iterator[tuple[Kind, int, int]]:
    """Places in a row of one kind: the kind, and where they start and end."""
    start = end = -1
    for place in sorted(kinds):
        if place != end or kinds[place] is not kinds[start]:
            if start >= 0:
                yield kinds[start], start, end
            start = place
        end = place + 1
    if start >= 0:
        yield kinds[start], start, end
