"""Transfer suggestions from the words of a call as they come: a pure core, replayed from any transcript.

What the words tell is read by models (`reading`), summed up by destination and weighed (`weighing`). Rules that no
model may overrule stand around it: an agent keeps what is theirs, a stranger is not sent to who reads out an account,
a suggestion is made on the caller's words and never on the agent's, what was dismissed needs new evidence, and what
the conversation has overtaken is taken back. Some 10 to 40 ms an utterance, nearly all of it reading: for a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assist.advice.alarms import AlarmBook, AlarmWatch
from assist.advice.directory import Destination, Directory
from assist.advice.matters import Matter
from assist.advice.model import AdviserModel
from assist.advice.reading import ALARMS, CallerReading, Embed, Floats, Quoted, Reader
from assist.advice.temper import Temper
from assist.advice.weighing import Heard
from assist.advice.windows import windows
from assist.conversation import AgentFacts, CallerFacts, Turn
from assist.cues import Hit, Word, words
from assist.desk.messages import Alarm, AlarmKind, HeardAlarm, Suggestion
from records.contact import ContactDraft

TAKEN_BACK = 0.3  # share of the threshold under which a suggestion no longer stands
OVERTAKES = 0.15  # probability by which another destination must lead to replace a suggestion that stands
GROUND = 0.8  # points, of 2, from which a matter is a ground of its own
TAIL = 24  # words of a turn that cues and windows may reach back to, across its utterances
EVIDENCE = 12  # words of evidence around what was said, at most
CUES_AT_MOST = 5.0
SIGNALS = ("trouble", "asks_for_somebody", "hostile", "calm", "declines", "beyond", "settles", "hands_over")


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion that now stands."""

    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A suggestion that no longer stands, and why, in words for a log."""

    suggestion_id: str
    why: str


class Adviser:
    """Advice for the calls of one plan. Raises `ValueError` for a model that was made for another plan."""

    def __init__(
        self,
        directory: Directory,
        matters: Sequence[Matter],
        model: AdviserModel,
        embed: Embed,
        alarms: AlarmBook | None = None,
    ) -> None:
        """Without `alarms` none is raised: for training."""
        self.directory, self.matters, self.model, self.alarms = directory, tuple(matters), model, alarms
        self.reader = Reader(directory, matters, model, embed)

    def start(self, caller: CallerFacts, agent: AgentFacts) -> Advice:
        """Advice on one call, for the agent who has it now."""
        return Advice(self, caller, agent)


@dataclass(slots=True)
class _Case:
    """What speaks for one destination beside what the models read."""

    destination: Destination
    kept: bool  # this agent's own, or not for this caller: never suggested
    cues: float = 0.0
    said: set[str] = field(default_factory=set)
    quoted: Quoted | None = None
    quote: str = ""
    utterance_id: str = ""
    grounds: set[int] = field(default_factory=set)  # matters that were said and speak for it
    dismissed: frozenset[int] | None = None  # its grounds when the agent dismissed it


class Advice:
    """One call as heard so far. `features` and `topic_features` are what was weighed last, for training."""

    def __init__(self, adviser: Adviser, caller: CallerFacts, agent: AgentFacts) -> None:
        self._adviser, self._caller = adviser, caller
        directory = adviser.directory
        self._heard = Heard(directory, caller, agent)
        self._temper = Temper()
        self._cases = [
            _Case(place, kept=place.keeps(agent) or (place.reads_account and _stranger(caller)))
            for place in directory.destinations
        ]
        self._places = {case.destination.id: number for number, case in enumerate(self._cases)}
        self._topic_places = {topic.id: number for number, topic in enumerate(directory.topics)}
        self._topic_cues = np.zeros(len(directory.topics), np.float32)
        self._raised: list[str] = []
        self._signals = dict.fromkeys(SIGNALS, 0.0)
        self._watch = AlarmWatch(adviser.alarms) if adviser.alarms else None
        self._alarmed: list[Alarm] = []
        self._said: set[tuple[str, str]] = set()
        self._standing: Suggestion | None = None
        self._made = 0
        self._handed_over = False
        self._speaker = ""
        self._tail: list[Word] = []
        self._probabilities = np.zeros(len(self._cases), np.float32)
        self.features, self.topic_features = self._weigh()

    @property
    def topics(self) -> tuple[str, ...]:
        """Ids of the topics that the caller raised, in the order in which they came up."""
        return tuple(self._raised)

    @property
    def irate(self) -> bool:
        """Was the caller openly hostile at any point?"""
        return self._temper.irate

    @property
    def standing(self) -> tuple[Suggestion, ...]:
        return (self._standing,) if self._standing else ()

    def probability(self, destination: str) -> float:
        """How surely the call belongs there, as far as was heard; 0 to 1. Raises `KeyError` for one that is unknown."""
        return float(self._probabilities[self._places[destination]])

    def dismiss(self, suggestion_id: str) -> bool:
        """The agent does not want it: not made again without new evidence. False: it does not stand."""
        if self._standing is None or self._standing.suggestion_id != suggestion_id:
            return False
        place = self._places[self._standing.destination]
        self._cases[place].dismissed = frozenset(self._cases[place].grounds)
        self._standing = None
        return True

    def hear(self, turn: Turn) -> list[Suggested | Withdrawn]:
        """Take in the next final words; returns what changed by them, in order."""
        spoken = words(turn.text)
        same_turn = turn.speaker == self._speaker
        before = self._tail if same_turn else []
        heard = [*before, *spoken]
        found = windows(heard, since=len(before))
        directory, reader = self._adviser.directory, self._adviser.reader
        book = directory.caller_cues if turn.speaker == "caller" else directory.agent_cues
        hits = [hit for hit in book.find(heard) if hit.end > len(before)]
        self._speaker, self._tail = turn.speaker, heard[-TAIL:]
        self._count(hits)
        if turn.speaker == "agent":
            self._handed_over = self._handed_over or self._signals["hands_over"] > 0
            self._heard.hear_agent(reader.agent(found), same_turn=same_turn)
            self.features, self.topic_features = self._weigh()
            return self._take_back()
        reading = reader.caller(found)
        if reading is not None:
            self._heard.hear_caller(reading, same_turn=same_turn)
            self._quote(turn, spoken, len(before), reading)
            self._watch_for(turn, spoken, dict(zip(ALARMS, map(float, reading.alarms), strict=True)))
        self._temper.hear(sum(hit.weight for hit in hits if hit.label == "hostile"), 0.0)
        self.features, self.topic_features = self._weigh()
        self._raise_topics()
        changes = self._take_back()
        if not changes and not self._handed_over:
            changes += self._suggest()
        return changes

    def alarmed(self) -> list[Alarm]:
        """The alarms raised since it was asked last."""
        raised, self._alarmed = self._alarmed, []
        return raised

    def documented(self, draft: ContactDraft) -> list[Alarm]:
        """The alarms that the call's documentation so far raises."""
        if self._watch is None:
            return []
        return self._watch.documented([update.field for update in draft.updates], draft.topics)

    def call_for(self, kind: AlarmKind) -> list[Alarm]:
        """The agent raises an alarm by hand; none where it stands already."""
        return self._watch.call_for(kind) if self._watch else []

    def end_alarm(self, alarm_id: str) -> bool:
        """Somebody saw to it; False where it does not stand."""
        return self._watch is not None and self._watch.end(alarm_id)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Those that stand."""
        return self._watch.standing if self._watch else ()

    def _watch_for(self, turn: Turn, spoken: Sequence[Word], sure: Mapping[HeardAlarm, float]) -> None:
        if self._watch is not None:
            self._alarmed += self._watch.hear(turn.text, spoken, turn.utterance_id, sure)

    def _count(self, hits: Sequence[Hit]) -> None:
        """Points of cues that were not said before."""
        for hit in hits:
            if (hit.label, hit.pattern) in self._said:
                continue
            self._said.add((hit.label, hit.pattern))
            kind, _, name = hit.label.partition(":")
            if kind == "topic":
                self._topic_cues[self._topic_places[name]] += hit.weight
            elif kind == "destination":
                self._cases[self._places[name]].cues += hit.weight
            elif hit.label in self._signals:
                self._signals[hit.label] += hit.weight

    def _quote(self, turn: Turn, spoken: Sequence[Word], before: int, reading: CallerReading) -> None:
        """The words that speak most for each destination so far."""
        for case, quoted in zip(self._cases, reading.quoted, strict=True):
            if quoted.points >= GROUND:
                case.grounds.add(quoted.matter)
            if case.quoted is None or quoted.points > case.quoted.points:
                case.quoted, case.utterance_id = quoted, turn.utterance_id
                case.quote = _quoted(turn.text, spoken, max(quoted.start - before, 0), quoted.end - before)

    def _weigh(self) -> tuple[Floats, Floats]:
        """What there is to weigh by now: [destination, feature] and [topic, feature]."""
        cues = np.array([min(case.cues, CUES_AT_MOST) for case in self._cases], np.float32)
        features = self._heard.weigh(cues, self._signals)
        self._probabilities = self._adviser.model.weighing(features)
        return features, self._heard.weigh_topics(self._topic_cues)

    def _raise_topics(self) -> None:
        model = self._adviser.model
        probabilities = model.topics(self.topic_features)
        for topic, place in self._topic_places.items():
            if probabilities[place] >= model.learnt.topic_threshold and topic not in self._raised:
                self._raised.append(topic)

    def _take_back(self) -> list[Suggested | Withdrawn]:
        if self._standing is None or self._handed_over:
            return []
        if self.probability(self._standing.destination) >= TAKEN_BACK * self._adviser.model.learnt.threshold:
            return []
        withdrawn = Withdrawn(self._standing.suggestion_id, "settled in the conversation")
        self._standing = None
        return [withdrawn]

    def _suggest(self) -> list[Suggested | Withdrawn]:
        ranked = sorted(
            ((float(self._probabilities[place]), case) for place, case in enumerate(self._cases) if not case.kept),
            key=lambda pair: -pair[0],
        )
        if not ranked or ranked[0][0] < self._adviser.model.learnt.threshold:
            return []
        probability, best = ranked[0]
        if best.dismissed is not None and best.grounds <= best.dismissed:
            return []
        changes: list[Suggested | Withdrawn] = []
        if self._standing:
            if self._standing.destination == best.destination.id:
                return []
            if probability < self.probability(self._standing.destination) + OVERTAKES:
                return []
            why = f"{best.destination.name} is the better place by now"
            changes.append(Withdrawn(self._standing.suggestion_id, why))
        self._standing = self._suggestion(best, probability)
        return [*changes, Suggested(self._standing)]

    def _suggestion(self, case: _Case, probability: float) -> Suggestion:
        self._made += 1
        return Suggestion(
            suggestion_id=f"{case.destination.id}-{self._made}",
            destination=case.destination.id,
            destination_name=case.destination.name,
            confidence=round(probability, 2),
            reason=self._reason(case),
            evidence=case.quote,
            evidence_utterance_id=case.utterance_id,
        )

    def _reason(self, case: _Case) -> str:
        because = "this is for them"
        if case.quoted is not None:
            because = self._adviser.matters[case.quoted.matter].because or because
        if self._temper.irate:
            because += ", and the caller is irate"
        elif self._caller.prior_calls_30d >= 2:
            because += f", and they called {self._caller.prior_calls_30d} times before in 30 days"
        elif self._signals["beyond"] > 0:
            because += ", and it is beyond what can be done here"
        return f"{because[:1].upper()}{because[1:]}."


def _stranger(caller: CallerFacts) -> bool:
    return caller.relation == "third_party" and not caller.verified


def _quoted(text: str, spoken: Sequence[Word], start: int, end: int) -> str:
    """The words from `start` to `end`, at most `EVIDENCE` of them, verbatim."""
    if not spoken:
        return text
    first = min(start, len(spoken) - 1)
    last = min(max(end, first + 1), len(spoken), first + EVIDENCE) - 1
    return text[spoken[first].start : spoken[last].end]
