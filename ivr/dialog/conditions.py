"""Which way a branch takes: its conditions, over what is known of the caller and the world."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ivr.dialog.actions import State
from ivr.dialog.scene import Scene, at_least, spoken_of
from ivr.document.model import Condition


def holds(scene: Scene, state: State, when: Condition) -> bool:
    """Whether everything that is given holds."""
    return _time_holds(scene, when) and _call_holds(state, when) and _member_holds(state, when)


def _time_holds(scene: Scene, when: Condition) -> bool:
    today = scene.world.now.astimezone(ZoneInfo(scene.document.zone)).date()
    queue = scene.person_queue()
    announced = scene.announced(queue.queue if queue else "") is not None
    return (
        (when.open is None or scene.open(when.open))
        and (when.closed is None or not scene.open(when.closed))
        and (when.announced is None or when.announced == announced)
        and (when.since is None or when.since <= today)
        and (when.until is None or today <= when.until)
    )


def _call_holds(state: State, when: Condition) -> bool:
    return (
        (when.language is None or when.language == state.learnt.language)
        and (not when.dialled or state.arrival.dialled in when.dialled)
        and all(state.texts.get(name) == text for name, text in when.value.items())
    )


def _member_holds(state: State, when: Condition) -> bool:
    """Nothing shows that a protected member was recognised before they have proved who they are."""
    learnt, member = state.learnt, spoken_of(state)
    level = learnt.verification if member is not None else "none"
    return (
        (when.known is None or when.known == (member is not None))
        and (when.verified is None or at_least(level, when.verified))
        and (when.represented is None or when.represented == bool(learnt.authority))
        and (not when.relation or (member is not None and member.relation in when.relation))
        and (when.minor is None or when.minor == (member is not None and member.minor))
        and (when.protected is None or when.protected == (member is not None and member.protected))
    )
