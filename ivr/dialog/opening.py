"""How a call begins: announcements, the language, the notice of recording, the ways that branch."""

from __future__ import annotations

from msgspec.structs import replace

from ivr.dialog.actions import Heard, Keys, Line, Play, State
from ivr.dialog.asking import again, listen
from ivr.dialog.conditions import holds
from ivr.dialog.scene import Go, Outcome, Scene, leaves, noted, said
from ivr.document.model import Announce, Branch, Choose, Consent, Tries

# --- announce: said with whatever comes next --------------------------------------------------------


def announce(scene: Scene, state: State, step: Announce) -> Outcome:
    return said(state, scene.lines(state, step.say)), Go(step.next, ("next",))


# --- branch -----------------------------------------------------------------------------------------


def branch(scene: Scene, state: State, step: Branch) -> Outcome:
    for i, case in enumerate(step.cases):
        if holds(scene, state, case.when):
            return state, Go(case.next, ("cases", i, "next"))
    return state, Go(step.otherwise, ("otherwise",))


# --- choose: by key; the remembered language, or the first, for whoever presses nothing -------------


def choose(scene: Scene, state: State, step: Choose) -> Outcome:
    return listen(state, _offered(scene, state, step), wait_s=step.wait_s)


def hear_choice(scene: Scene, state: State, step: Choose, heard: Heard) -> Outcome:
    if isinstance(heard, Keys) and heard.digits in step.keys:
        language = step.keys[heard.digits]
        state = replace(state, learnt=replace(state.learnt, language=language))
        return noted(state, f"{scene.about(state)}: {language}"), Go(step.next, ("next",))
    if left := leaves(state, heard):
        return left
    if isinstance(heard, Keys) and state.tries + 1 < Tries().most:
        return again(scene, state, Tries(), "wrong", lambda state: choose(scene, state, step))
    return state, Go(step.next, ("next",))


def _offered(scene: Scene, state: State, step: Choose) -> tuple[Line, ...]:
    """One prompt for each key is said in that key's language, whatever language is spoken so far."""
    lines = scene.lines(state, step.say)
    if len(step.say) != len(step.keys) or len(lines) != len(step.keys):
        return lines
    return tuple(replace(line, language=language) for line, language in zip(lines, step.keys.values(), strict=True))


# --- consent: heard through is given, the key is refused --------------------------------------------


def consent(scene: Scene, state: State, step: Consent) -> Outcome:
    """Asked once a call: what was refused is not given by hearing the notice again."""
    if state.learnt.consent != "pending":
        return state, Go(step.next, ("next",))
    lines = (*state.pending, *scene.lines(state, step.say))
    play = Play(lines=lines, language=state.learnt.language, slow=state.slow, stop_keys=step.refuse)
    return replace(state, pending=()), play


def hear_consent(scene: Scene, state: State, step: Consent, heard: Heard) -> Outcome:
    """Only the notice's own end gives consent: whatever else is told leaves it open, and nothing is captured."""
    if not isinstance(heard, Keys):
        return state, Go(step.next, ("next",))
    if step.refuse and step.refuse in heard.digits:
        state = replace(state, learnt=replace(state.learnt, consent="refused"))
        state = noted(said(state, scene.lines(state, step.refused)), "recording refused")
        return state, Go(step.next, ("next",))
    return replace(state, learnt=replace(state.learnt, consent="given")), Go(step.next, ("next",))
