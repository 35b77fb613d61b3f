"""Asks for something and keeps it: digits, a date, an amount, a telephone number, yes or no.

asking ──value──▶ kept                      "" phase: the question
    │ ▲  ──value, `confirm` or not sure──▶ "confirm" ──1──▶ kept
    │ └──────────────2─────────────────────┘
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.dialog.actions import Heard, Keys, Said, State, Words
from ivr.dialog.asking import Miss, again, listen, may_speak
from ivr.dialog.kinds import NO, YES, Taken, most_keys, take, zero_is_a_value
from ivr.dialog.menus import FOR_A_PERSON, PERSON_KEY
from ivr.dialog.scene import Go, Outcome, Scene, back, leaves, noted, said, to_person
from ivr.document.model import Collect, Prompt

_REPEATED = "{value}"


def enter(scene: Scene, state: State, step: Collect) -> Outcome:
    words = None
    if may_speak(state, step.speech):
        words = Words(kind=step.kind, phrases=dict.fromkeys(FOR_A_PERSON.get(state.learnt.language, ()), PERSON_KEY))
    return listen(
        replace(state, held=""),
        scene.lines(state, step.say),
        most=most_keys(step),
        wait_s=step.tries.wait_s,
        words=words,
        sensitive=step.secret,
    )


def hear(scene: Scene, state: State, step: Collect, heard: Heard) -> Outcome:
    if state.phase == "confirm":
        return _confirmed(scene, state, step, heard)
    if isinstance(heard, Said) and may_speak(state, step.speech):
        return _said(scene, state, step, heard)
    if not isinstance(heard, Keys):
        return _again(scene, state, step, "silent")
    if heard.digits == PERSON_KEY and not zero_is_a_value(step):
        return to_person(state)
    if heard.digits.startswith("*"):
        return back(state)
    taken = take(step, heard.digits)
    if taken is None:
        return _again(scene, state, step, "wrong")
    return _keep(scene, state, step, taken) if not _repeats(step) else _confirm(scene, state, step, heard.digits)


def _again(scene: Scene, state: State, step: Collect, miss: Miss) -> Outcome:
    return again(scene, state, step.tries, miss, lambda state: enter(scene, state, step))


def _said(scene: Scene, state: State, step: Collect, heard: Said) -> Outcome:
    if heard.keys == PERSON_KEY and not zero_is_a_value(step):
        return to_person(state)
    taken = take(step, heard.keys)
    if taken is None:
        state = replace(state, unheard=state.unheard + 1)
        lines = scene.lines(state, step.tries.wrong) or scene.standard(state, "wrong")
        return enter(scene, said(state, lines), step)
    sure = heard.sure and not _repeats(step)
    return _keep(scene, state, step, taken) if sure else _confirm(scene, state, step, heard.keys)


def _repeats(step: Collect) -> bool:
    """A secret is never said back."""
    return bool(step.confirm) and not step.secret


def _confirm(scene: Scene, state: State, step: Collect, keys: str) -> Outcome:
    """Say the value back. Without words of the document's own the value alone, then what to press."""
    taken = take(step, keys)
    if taken is None or step.secret:  # a secret that was spoken and not surely heard: ask for its keys
        return enter(scene, replace(state, unheard=2), step)
    say = step.confirm or (Prompt(texts={state.learnt.language: _REPEATED}),)
    lines = scene.lines(state, say, {"value": taken.value, step.name: taken.value})
    words = Words(kind="yes_no") if may_speak(state, step.speech) else None
    return listen(
        replace(state, held=keys),
        (*lines, *scene.standard(state, "confirm_keys")),
        phase="confirm",
        wait_s=step.tries.wait_s,
        words=words,
    )


def _confirmed(scene: Scene, state: State, step: Collect, heard: Heard) -> Outcome:
    taken = take(step, state.held)
    keys = heard.digits if isinstance(heard, Keys) else heard.keys if isinstance(heard, Said) else ""
    if taken is None or keys == NO:
        return enter(scene, state, step)
    if keys == YES:
        return _keep(scene, state, step, taken)
    miss: Miss = "wrong" if isinstance(heard, Keys) else "silent"
    held = state.held
    return leaves(state, heard) or again(
        scene, state, step.tries, miss, lambda state: _confirm(scene, state, step, held)
    )


def _keep(scene: Scene, state: State, step: Collect, taken: Taken) -> Outcome:
    """A secret goes to services only: no text may name it, and the path tells of any value only that it was given."""
    values = state.values if step.secret else {**state.values, step.name: taken.value}
    state = replace(state, values=values, texts={**state.texts, step.name: taken.text})
    return noted(state, f"{scene.about(state)}: given"), Go(step.next, ("next",))
