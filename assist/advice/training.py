"""How the adviser learns: from the plan's phrases what words mean, from its labelled calls what to make of them.

The models on phrases see each phrase once; those that weigh a call see, for each call, what the others make of it when
they were learnt without it: otherwise a call's own words would look surer than any new ones ever do. scikit-learn fits
the weights; nothing of it is needed afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from assist.advice.adviser import Adviser
from assist.advice.directory import Directory
from assist.advice.linear import Logistic, Softmax
from assist.advice.matters import NOWHERE, Matter
from assist.advice.model import FEATURES, FORM, TOPIC_FEATURES, AdviserModel, Learnt
from assist.advice.reading import AGENT_TELLS, ALARMS, Embed
from assist.advice.windows import windows
from assist.conversation import AgentFacts, CallerFacts, Turn
from assist.cues import words
from assist.dialogues import Dialogue, Expected

Floats = NDArray[np.float32]
T = TypeVar("T")
Progress = Callable[[str, float], None]  # what is being done, and the share done of all, 0 to 1

FOLDS = 5
# How freely each model fits: the inverse of its regularisation.
PHRASE_C, EVIDENCE_C, ALARM_C, WEIGHING_C = 20.0, 10.0, 20.0, 2.0
SHARED = 0.5  # share of the evidence's words that a window must hold to count as evidence itself
PHRASE_WEIGHT = 0.05  # of a call that is one phrase, beside a labelled call's moment
NONE_WEIGHT = 0.5  # of a window that speaks for nothing: there are many
ALARM_WEIGHT = 2.0  # of a phrase that raises an alarm: they are few
THRESHOLD = 0.5  # a destination is suggested once it is more likely than not


@dataclass(frozen=True, slots=True)
class Moment:
    """A call after one turn of its caller: numbers by destination, and what is true of each there."""

    call: int
    weight: float
    features: Floats  # [destination, feature]
    belongs: tuple[bool | None, ...]  # None: says nothing (the agent's own, or as good)
    topic_features: Floats  # [topic, feature]
    topics: tuple[bool, ...]


def train(
    directory: Directory,
    matters: Sequence[Matter],
    agent_matters: Sequence[Matter],
    dialogues: Sequence[Dialogue],
    embed: Embed,
    *,
    fingerprint: str,
    progress: Progress = lambda what, share: None,
) -> AdviserModel:
    """Learns from everything given. The same input gives the same model."""
    progress("what phrases mean", 0.0)
    meaning = _phrases(matters, embed)
    agent = _agent(agent_matters, embed)
    alarms = _alarms(matters, dialogues, embed)
    learnt = Learnt(
        form=FORM,
        fingerprint=fingerprint,
        destinations=tuple(place.id for place in directory.destinations),
        topics=tuple(topic.id for topic in directory.topics),
        matters=tuple(matter.id for matter in matters),
        threshold=1.0,  # while it learns nothing is suggested
        topic_threshold=1.0,
    )
    moments: list[Moment] = []
    for part in range(FOLDS):
        progress("what speaks for a transfer", 0.1 + 0.7 * part / FOLDS)
        some = [replace(matter, say=tuple(_others(matter.say, part))) for matter in matters]
        model = AdviserModel(
            learnt,
            _phrases(some, embed),
            _evidence(directory, some, _others(dialogues, part), embed),
            agent,
            alarms,
            _blank(len(FEATURES)),
            _blank(len(TOPIC_FEATURES)),
        )
        adviser = Adviser(directory, matters, model, embed)
        for call, dialogue in enumerate(dialogues):
            if call % FOLDS == part:
                moments += _moments(adviser, dialogue, call)
        for number, matter in enumerate(matters):
            for phrase in matter.say[part::FOLDS]:
                moments += _moments(adviser, _short_call(matter, phrase), len(dialogues) + number, PHRASE_WEIGHT)
    progress("what to make of a call", 0.85)
    weighing = _weighing(moments)
    topics, topic_threshold = _topics([moment for moment in moments if moment.call < len(dialogues)])
    evidence = _evidence(directory, matters, dialogues, embed)
    learnt = Learnt(
        form=FORM,
        fingerprint=fingerprint,
        destinations=learnt.destinations,
        topics=learnt.topics,
        matters=learnt.matters,
        threshold=THRESHOLD,
        topic_threshold=topic_threshold,
    )
    progress("done", 1.0)
    return AdviserModel(learnt, meaning, evidence, agent, alarms, weighing, topics)


def _others(of: Sequence[T], part: int) -> list[T]:
    return [each for place, each in enumerate(of) if place % FOLDS != part]


def _phrases(matters: Sequence[Matter], embed: Embed) -> Softmax:
    phrases = [(phrase, place) for place, matter in enumerate(matters) for phrase in matter.say]
    vectors = embed([phrase for phrase, _ in phrases])
    return _fitted(vectors, [place for _, place in phrases], len(matters), PHRASE_C)


def _short_call(matter: Matter, phrase: str) -> Dialogue:
    """A call of just this phrase: what is said plainly must be weighed as plainly."""
    somewhere = matter.destination != NOWHERE
    return Dialogue(
        dialogue_id=matter.id,
        caller=CallerFacts(verified=True),
        agent=AgentFacts(),
        turns=(Turn(speaker="caller", text=phrase),),
        expected=Expected(
            topics=matter.topics,
            destination=matter.destination,
            earliest_turn=1 if somewhere else None,
            evidence=phrase if somewhere else "",
        ),
    )


def _agent(matters: Sequence[Matter], embed: Embed) -> Softmax:
    """Classes as `AGENT_TELLS`, and one for what tells nothing."""
    tells = {name: place for place, name in enumerate(AGENT_TELLS)}
    phrases = [(phrase, tells.get(matter.signal or "", len(tells))) for matter in matters for phrase in matter.say]
    vectors = embed([phrase for phrase, _ in phrases])
    return _fitted(vectors, [place for _, place in phrases], len(tells) + 1, PHRASE_C)


def _alarms(matters: Sequence[Matter], dialogues: Iterable[Dialogue], embed: Embed) -> Softmax:
    """Classes as `ALARMS`, and one for none: from phrases, and from all that callers say in labelled calls."""
    kinds: dict[str, int] = {name: place for place, name in enumerate(ALARMS)}
    texts = [(phrase, kinds.get(matter.signal or "", len(kinds))) for matter in matters for phrase in matter.say]
    weights = [ALARM_WEIGHT if kind < len(kinds) else 1.0 for _, kind in texts]
    for dialogue in dialogues:
        if dialogue.expected is not None and not dialogue.expected.alarms:
            for turn in dialogue.turns:
                found = windows(words(turn.text)) if turn.speaker == "caller" else []
                texts += [(window.text, len(kinds)) for window in found]
                weights += [1.0] * len(found)
    return _fitted(embed([text for text, _ in texts]), [kind for _, kind in texts], len(kinds) + 1, ALARM_C, weights)


def _evidence(directory: Directory, matters: Sequence[Matter], dialogues: Iterable[Dialogue], embed: Embed) -> Softmax:
    """Classes as the directory's destinations, and one for none: from phrases, and from windows of labelled calls."""
    places = {place.id: number for number, place in enumerate(directory.destinations)} | {
        NOWHERE: len(directory.destinations)
    }
    texts = [(phrase, places[matter.destination], 1.0) for matter in matters for phrase in matter.say]
    for dialogue in dialogues:
        texts += _speaking(directory, dialogue, places)
    vectors = embed([text for text, _, _ in texts])
    return _fitted(vectors, [label for _, label, _ in texts], len(places), EVIDENCE_C, [each for _, _, each in texts])


def _speaking(directory: Directory, dialogue: Dialogue, places: dict[str, int]) -> list[tuple[str, int, float]]:
    """Windows of the caller's turns that are known to speak for a destination, or for none."""
    expected = dialogue.expected
    if expected is None:
        return []
    evidence = {word.text for word in words(expected.evidence)}
    tempting = expected.destination == NOWHERE and any(place.keeps(dialogue.agent) for place in directory.destinations)
    found = []
    for number, turn in enumerate(dialogue.turns, start=1):
        if turn.speaker != "caller" or tempting:
            continue
        for window in windows(words(turn.text)):
            held = set(window.text.split())
            shared = len(evidence & held) / min(len(evidence), len(held)) if evidence and held else 0.0
            if evidence and expected.evidence in turn.text and shared >= SHARED:
                found.append((window.text, places[expected.destination], 1.0))
            elif expected.earliest_turn is None or number < expected.earliest_turn:
                found.append((window.text, places[NOWHERE], NONE_WEIGHT))
    return found


def _moments(adviser: Adviser, dialogue: Dialogue, call: int, weight: float = 1.0) -> list[Moment]:
    expected = dialogue.expected
    if expected is None:
        return []
    directory = adviser.directory
    keeps = [place.keeps(dialogue.agent) for place in directory.destinations]
    raised = tuple(topic.id in expected.topics for topic in directory.topics)
    advice = adviser.start(dialogue.caller, dialogue.agent)
    moments: list[Moment] = []
    for number, turn in enumerate(dialogue.turns, start=1):
        advice.hear(turn)
        if turn.speaker == "agent":
            continue
        due = expected.destination != NOWHERE and number >= (expected.earliest_turn or 1)
        belongs = tuple(
            None if kept or (due and place.id in expected.acceptable) else due and place.id == expected.destination
            for place, kept in zip(directory.destinations, keeps, strict=True)
        )
        moments.append(Moment(call, weight, advice.features, belongs, advice.topic_features, raised))
    return moments


def _weighing(moments: Sequence[Moment]) -> Logistic:
    rows = [
        (row, belongs, moment.weight)
        for moment in moments
        for row, belongs in zip(moment.features, moment.belongs, strict=True)
        if belongs is not None
    ]
    features, labels = np.array([row for row, _, _ in rows]), np.array([label for _, label, _ in rows])
    return _logistic(features, labels, [weight for _, _, weight in rows])


def _topics(moments: Sequence[Moment]) -> tuple[Logistic, float]:
    """From what had been heard at the end of each call."""
    last = {moment.call: moment for moment in moments}.values()
    features = np.concatenate([moment.topic_features for moment in last])
    labels = np.concatenate([np.array(moment.topics) for moment in last])
    model = _logistic(features, labels, np.ones(len(labels), np.float32))
    probabilities = model(features)
    best, chosen = 0.0, 0.5
    for threshold in np.arange(0.2, 0.8, 0.02):
        given = probabilities >= threshold
        score = 2 * (given & labels).sum() / max(given.sum() + labels.sum(), 1)
        if score > best:
            best, chosen = score, float(threshold)
    return model, round(chosen, 2)


def _blank(features: int) -> Logistic:
    """Weighs nothing: even odds for everything."""
    mean, scale, weights = (np.full(features, value, np.float32) for value in (0.0, 1.0, 0.0))
    return Logistic(mean, scale, weights, 0.0)


def _fitted(
    vectors: Floats, labels: Sequence[int], classes: int, freedom: float, weights: Sequence[float] | None = None
) -> Softmax:
    """Classes without an example have no chance."""
    fitted: Any = LogisticRegression(C=freedom, max_iter=400).fit(vectors, labels, sample_weight=weights)
    all_weights, bias = np.zeros((classes, vectors.shape[1]), np.float32), np.full(classes, -30.0, np.float32)
    if len(fitted.classes_) == 2:
        all_weights[fitted.classes_] = np.concatenate([-fitted.coef_ / 2, fitted.coef_ / 2])
        bias[fitted.classes_] = np.concatenate([-fitted.intercept_ / 2, fitted.intercept_ / 2])
    else:
        all_weights[fitted.classes_], bias[fitted.classes_] = fitted.coef_, fitted.intercept_
    return Softmax(all_weights, bias)


def _logistic(features: Floats, labels: NDArray[np.bool_], weights: Sequence[float] | Floats) -> Logistic:
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale < 1e-6, 1.0, scale)
    fitted: Any = LogisticRegression(C=WEIGHING_C, max_iter=800)
    fitted.fit((features - mean) / scale, labels, sample_weight=weights)
    return Logistic(
        mean.astype(np.float32),
        scale.astype(np.float32),
        fitted.coef_[0].astype(np.float32),
        float(fitted.intercept_[0]),
    )
