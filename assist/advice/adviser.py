"""Transfer suggestions from the words of a call as they come: a pure core, cheap enough for every utterance.

Points are gathered by destination: for the caller's words, for what the topics lend, for who calls; what the agent
cannot see or do, and trouble that the caller tells of, add to a destination that something already speaks for. A
suggestion is made on the caller's words, never on the agent's, and taken back when the conversation has overtaken it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from assist.advice.directory import Destination, Directory
from assist.advice.temper import Temper
from assist.advice.topics import RAISED, Topics
from assist.conversation import AgentFacts, CallerFacts, Turn
from assist.cues import Hit, Word, words
from assist.desk.messages import Suggestion

SUGGEST = 3.0  # points that make a suggestion
GROUND = 1.0  # points of its own that a destination needs before trouble or the agent's doubts add to it
OWN_AT_MOST = 5.0  # of a destination's own cues, however many were said
TROUBLE_AT_MOST = 1.5
BEYOND_AT_MOST = 1.5
ASKING = 1.0  # "who can I talk to about that"
REPEATED = 0.5  # a third call on the same matter
IRATE = 3.0  # what an irate caller counts for, towards whoever takes irate callers
SENIORITY = {3: 0.5, 4: 6.0}  # points more that it takes before a senior is told to give a call away
OVERTAKES = 1.5  # points by which another destination must lead to replace a suggestion that stands
SETTLED = 2.0  # points of settling that take a suggestion back
TAIL = 24  # words of a turn kept for cues that reach across its utterances
EVIDENCE = 12  # words of evidence around a cue, at most


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion that now stands."""

    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A suggestion that no longer stands, and why, in words for a log."""

    suggestion_id: str
    why: str


@dataclass(frozen=True, slots=True)
class _Words:
    """The caller's words that a destination rests on so far: its heaviest cue."""

    points: float
    pattern: str
    text: str
    utterance_id: str


class Adviser:
    """Advice for the calls of one plan."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def start(self, caller: CallerFacts, agent: AgentFacts) -> Advice:
        """Advice on one call, for the agent who has it now."""
        return Advice(self._directory, caller, agent)


@dataclass(slots=True)
class _Case:
    """What speaks for one destination."""

    destination: Destination
    own: float = 0.0
    said: set[str] = field(default_factory=set)
    evidence: _Words | None = None
    dismissed_at: float | None = None  # its own points when the agent dismissed it


class Advice:
    """One call as heard so far."""

    def __init__(self, directory: Directory, caller: CallerFacts, agent: AgentFacts) -> None:
        self._directory, self._caller = directory, caller
        self._topics, self._temper = Topics(), Temper()
        self._threshold = SUGGEST + SENIORITY.get(min(agent.level, 4), 0.0)
        self._cases = {
            place.id: _Case(place, own=place.relations.get(caller.relation, 0.0))
            for place in directory.destinations
            if not place.keeps(agent) and not (place.reads_account and _stranger(caller))
        }
        self._trouble = self._beyond = self._settled = 0.0
        self._asking = self._handed_over = False
        self._standing: Suggestion | None = None
        self._made = 0
        self._speaker = ""
        self._tail: list[Word] = []
        self._signals: set[tuple[str, str]] = set()

    @property
    def topics(self) -> tuple[str, ...]:
        """Ids of the topics that the caller raised, in the order in which they came up."""
        return self._topics.raised()

    @property
    def irate(self) -> bool:
        """Was the caller openly hostile at any point?"""
        return self._temper.irate

    @property
    def standing(self) -> tuple[Suggestion, ...]:
        return (self._standing,) if self._standing else ()

    def dismiss(self, suggestion_id: str) -> bool:
        """The agent does not want it: not made again without new evidence. False: it does not stand."""
        if self._standing is None or self._standing.suggestion_id != suggestion_id:
            return False
        case = self._cases[self._standing.destination]
        case.dismissed_at = case.own
        self._standing = None
        return True

    def hear(self, turn: Turn) -> list[Suggested | Withdrawn]:
        """Take in the next final words; returns what changed by them, in order."""
        spoken = words(turn.text)
        before = self._tail if turn.speaker == self._speaker else []
        heard = [*before, *spoken]
        book = self._directory.caller_cues if turn.speaker == "caller" else self._directory.agent_cues
        hits = [hit for hit in book.find(heard) if hit.end > len(before)]
        self._speaker, self._tail = turn.speaker, heard[-TAIL:]
        if turn.speaker == "agent":
            return self._hear_agent(hits)
        return self._hear_caller(turn, spoken, len(before), hits)

    def _hear_agent(self, hits: Sequence[Hit]) -> list[Suggested | Withdrawn]:
        points = self._signal_points(hits)
        self._beyond = min(self._beyond + points["beyond"], BEYOND_AT_MOST)
        self._handed_over = self._handed_over or points["hands_over"] > 0
        self._settled = max(0.0, self._settled + points["settles"] - points["beyond"])
        return self._take_back_what_is_settled()

    def _hear_caller(
        self, turn: Turn, spoken: Sequence[Word], before: int, hits: Sequence[Hit]
    ) -> list[Suggested | Withdrawn]:
        points = self._signal_points(hits)
        self._temper.hear(points["hostile"], points["calm"])
        self._trouble = min(self._trouble + points["trouble"], TROUBLE_AT_MOST)
        self._asking = self._asking or points["asks_for_somebody"] > 0
        for hit in hits:
            kind, _, name = hit.label.partition(":")
            if kind == "topic":
                self._topics.hear(name, hit.pattern, hit.weight)
            elif kind == "destination" and name in self._cases:
                self._count(self._cases[name], hit, turn, spoken, before)
        if points["trouble"] > 0 or points["asks_for_somebody"] > 0 or points["hostile"] > 0:
            self._settled = 0.0
        else:
            self._settled += points["calm"] / 2 + points["declines"]
        changes = self._take_back_what_is_settled()
        if not changes and not self._handed_over and self._settled < SETTLED:
            changes += self._suggest(turn, spoken)
        return changes

    def _count(self, case: _Case, hit: Hit, turn: Turn, spoken: Sequence[Word], before: int) -> None:
        if hit.pattern in case.said:
            return
        case.said.add(hit.pattern)
        case.own += hit.weight
        if hit.weight > 0 and (case.evidence is None or hit.weight > case.evidence.points):
            text = _quote(turn.text, spoken, max(hit.start - before, 0), hit.end - before)
            case.evidence = _Words(hit.weight, hit.pattern, text, turn.utterance_id)

    def _signal_points(self, hits: Sequence[Hit]) -> dict[str, float]:
        """Points by signal of what was not said before: a cue counts once in a call."""
        points = dict.fromkeys(
            ("trouble", "asks_for_somebody", "hostile", "calm", "declines", "beyond", "settles", "hands_over"), 0.0
        )
        for hit in hits:
            if hit.label in points and (hit.label in ("calm", "settles", "declines") or self._new(hit)):
                points[hit.label] += hit.weight
        return points

    def _new(self, hit: Hit) -> bool:
        key = (hit.label, hit.pattern)
        new = key not in self._signals
        self._signals.add(key)
        return new

    def _points(self, case: _Case) -> float:
        place = case.destination
        lent = sum(share * min(self._topics.points(topic), RAISED) for topic, share in place.topics.items())
        points = min(case.own, OWN_AT_MOST) + lent
        if place.kept_from_level is not None and place.kept_from_level >= 4:
            return points + (IRATE if self._temper.irate else 0.0)
        if points < GROUND:
            return points
        points += self._trouble + self._beyond + (ASKING if self._asking else 0.0)
        return points + (REPEATED if self._caller.prior_calls_30d >= 2 else 0.0)

    def _suggest(self, turn: Turn, spoken: Sequence[Word]) -> list[Suggested | Withdrawn]:
        ranked = sorted(((self._points(case), case) for case in self._cases.values()), key=lambda pair: -pair[0])
        if not ranked or ranked[0][0] < self._threshold:
            return []
        points, best = ranked[0]
        if best.dismissed_at is not None and best.own <= best.dismissed_at:
            return []
        changes: list[Suggested | Withdrawn] = []
        if self._standing:
            if self._standing.destination == best.destination.id:
                return []
            if points < self._points(self._cases[self._standing.destination]) + OVERTAKES:
                return []
            why = f"{best.destination.name} is the better place by now"
            changes.append(Withdrawn(self._standing.suggestion_id, why))
        self._standing = self._suggestion(best, points, turn, spoken)
        return [*changes, Suggested(self._standing)]

    def _suggestion(self, case: _Case, points: float, turn: Turn, spoken: Sequence[Word]) -> Suggestion:
        self._made += 1
        resting = case.evidence or _Words(0.0, "", _quote(turn.text, spoken, 0, len(spoken)), turn.utterance_id)
        return Suggestion(
            suggestion_id=f"{case.destination.id}-{self._made}",
            destination=case.destination.id,
            destination_name=case.destination.name,
            confidence=round(1.0 / (1.0 + math.exp(self._threshold - 1.0 - points)), 2),
            reason=self._reason(case, resting.pattern),
            evidence=resting.text,
            evidence_utterance_id=resting.utterance_id,
        )

    def _reason(self, case: _Case, pattern: str) -> str:
        because = self._directory.because(case.destination.id, pattern)
        if not because:
            lending = [topic for topic in self._topics.raised() if topic in case.destination.topics]
            names = " and ".join(self._directory.topic_name(topic).lower() for topic in lending)
            because = f"the call is about {names}" if names else "this is for them"
        if self._temper.irate:
            because += ", and they are irate"
        elif self._caller.prior_calls_30d >= 2:
            because += f", and called {self._caller.prior_calls_30d} times before in 30 days"
        elif self._beyond:
            because += ", and it is beyond what can be done here"
        return f"{because[:1].upper()}{because[1:]}."

    def _take_back_what_is_settled(self) -> list[Suggested | Withdrawn]:
        if self._standing is None or self._settled < SETTLED or self._handed_over:
            return []
        withdrawn = Withdrawn(self._standing.suggestion_id, "settled in the conversation")
        self._standing = None
        return [withdrawn]


def _stranger(caller: CallerFacts) -> bool:
    return caller.relation == "third_party" and not caller.verified


def _quote(text: str, spoken: Sequence[Word], start: int, end: int) -> str:
    """The words from `start` to `end` and some around them, verbatim."""
    if not spoken:
        return text
    around = max(EVIDENCE - (end - start), 0) // 2
    first, last = max(start - around, 0), min(end + around, len(spoken)) - 1
    return text[spoken[first].start : spoken[last].end]
