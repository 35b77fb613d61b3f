"""Out of the menu without a queue: to another agency, or the end."""

from __future__ import annotations

from msgspec.structs import replace

from ivr.dialog.actions import Dial, HangUp, Heard, State
from ivr.dialog.kinds import spoken_number
from ivr.dialog.scene import Go, Outcome, Scene, noted
from ivr.document.model import Goodbye, Outside
from ivr.speaking.values import Digits
from records.phones import e164


def outside(scene: Scene, state: State, step: Outside) -> Outcome:
    """The number is read out, so that the caller has it if nobody answers there."""
    state = noted(state, scene.about(state))
    lines = scene.lines(state, step.say, {"number": Digits(digits=spoken_number(e164(step.number) or step.number))})
    return replace(state, pending=()), Dial(
        lines=(*state.pending, *lines), language=state.learnt.language, slow=state.slow, number=step.number
    )


def hear_outside(scene: Scene, state: State, step: Outside, heard: Heard) -> Outcome:
    """Whatever is heard, the caller is still here: nobody answered there."""
    return noted(state, f"{scene.about(state)}: no answer"), Go(step.failed, ("failed",))


def goodbye(scene: Scene, state: State, step: Goodbye) -> Outcome:
    lines = (*state.pending, *scene.lines(state, step.say))
    return replace(state, pending=()), HangUp(lines=lines, language=state.learnt.language, slow=state.slow)
