"""A dialogue gone through as a call would go: each turn is heard only after those before it."""

from __future__ import annotations

from dataclasses import dataclass

from assist.advice.adviser import Adviser, Suggested
from assist.desk.messages import AlarmKind
from assist.dialogues import Dialogue
from core.events import Message


class Made(Message, frozen=True, kw_only=True):
    """A suggestion as it came in a dialogue. Turns count from 1; `withdrawn_turn` is None for one that stood."""

    turn: int
    destination: str
    confidence: float
    reason: str
    evidence: str
    withdrawn_turn: int | None


class Advised(Message, frozen=True, kw_only=True):
    id: str
    suggestions: tuple[Made, ...]
    topics: tuple[str, ...]
    irate: bool
    alarms: tuple[AlarmKind, ...] = ()


@dataclass
class _Standing:
    turn: int
    made: Suggested
    withdrawn_turn: int | None = None


def rehearse(adviser: Adviser, dialogue: Dialogue) -> Advised:
    """What the adviser makes of one dialogue."""
    advice = adviser.start(dialogue.caller, dialogue.agent)
    suggested: dict[str, _Standing] = {}
    alarms: list[AlarmKind] = []
    for number, turn in enumerate(dialogue.turns, start=1):
        for change in advice.hear(turn):
            if isinstance(change, Suggested):
                suggested[change.suggestion.suggestion_id] = _Standing(number, change)
            else:
                suggested[change.suggestion_id].withdrawn_turn = number
        alarms += [alarm.kind for alarm in advice.alarmed()]
    return Advised(
        id=dialogue.dialogue_id,
        suggestions=tuple(
            Made(
                turn=each.turn,
                destination=each.made.suggestion.destination,
                confidence=each.made.suggestion.confidence,
                reason=each.made.suggestion.reason,
                evidence=each.made.suggestion.evidence,
                withdrawn_turn=each.withdrawn_turn,
            )
            for each in suggested.values()
        ),
        topics=advice.topics,
        irate=advice.irate,
        alarms=tuple(alarms),
    )
