"""On to people: where the queue is open, with its wait told, and a call back offered where that is long.

"asking" ──▶ wait short, or not known ──▶ into the queue
    └──────▶ "offer" ──1──▶ a call back (ivr.dialog.callbacks)
                └─anything else──▶ into the queue
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from ivr.dialog.actions import AskQueue, Enqueue, HangUp, Heard, Keys, Line, QueueNow, State
from ivr.dialog.asking import listen
from ivr.dialog.callbacks import Wanted, confirm_number, hear_number
from ivr.dialog.scene import Go, Outcome, Scene, back, filled, in_language, noted, said, verbatim
from ivr.document.model import PERSON, Language, Leave, Offer, Queue, Tries
from ivr.speaking.values import AnyValue, Count, Minutes

ACCEPT = "1"
_LONGEST_S = 24 * 3600.0  # an estimate beyond it is none


def enter(scene: Scene, state: State, step: Queue) -> Outcome:
    state = noted(replace(state, return_to=()), scene.about(state))
    message = scene.announced(step.queue)
    if message is not None:
        return _closed(scene, state, step, message)
    if step.hours and not scene.open(step.hours):
        return _closed(scene, state, step, {})
    return replace(state, phase="asking"), AskQueue(queue=step.queue)


def hear(scene: Scene, state: State, step: Queue, heard: Heard) -> Outcome:
    if state.phase == "asking":
        return _stands(scene, state, step, heard if isinstance(heard, QueueNow) else QueueNow())
    if step.callback is None:
        return _join(scene, state, step)
    if state.phase == "offer":
        return _answered(scene, state, step, step.callback, heard)
    return hear_number(scene, state, _wanted(scene, step, step.callback), heard)


def _stands(scene: Scene, state: State, step: Queue, now: QueueNow) -> Outcome:
    if now.closed:
        return _closed(scene, state, step, now.message)
    state = said(replace(state, queue=now), scene.lines(state, step.say))
    if step.callback is not None and "wait" in (values := _waiting(now)):
        above_s = step.callback.above_s if now.callback_above_s is None else now.callback_above_s
        if (now.wait_s or 0) > above_s:
            return _offer(scene, state, step.callback, values)
    return _join(scene, state, step)


def _closed(scene: Scene, state: State, step: Queue, message: Mapping[Language, str]) -> Outcome:
    """What is announced is said first. A queue without a way of its own out of hours leads to the document's person."""
    state = noted(state, f"{scene.about(state)}: closed")
    lines = verbatim(state.learnt.language, in_language(message, state.learnt.language))
    if step.closed:
        return said(state, lines), Go(step.closed, ("closed",))
    if state.at != scene.document.person:
        return said(state, lines), Go(PERSON)
    return _nobody(said(state, lines or scene.standard(state, "nobody")))


def _nobody(state: State) -> tuple[State, HangUp]:
    return replace(state, pending=()), HangUp(lines=state.pending, language=state.learnt.language, slow=state.slow)


# --- into the queue -------------------------------------------------------------------------------


def _join(scene: Scene, state: State, step: Queue) -> tuple[State, Enqueue]:
    """A wait whose length or place is not known is not told."""
    secrets = scene.collected(secret=True)
    texts = {name: text for name, text in state.texts.items() if name not in secrets}
    values = _waiting(state.queue or QueueNow())
    wait = scene.lines(state, step.wait, values) if len(values) == 2 else ()
    return replace(state, pending=()), Enqueue(
        lines=(*state.pending, *wait),
        language=state.learnt.language,
        slow=state.slow,
        queue=step.queue,
        priority=step.priority,
        skills=step.skills,
        facts={name: filled(text, texts) for name, text in step.facts.items()},
    )


def _waiting(now: QueueNow) -> dict[str, AnyValue]:
    values: dict[str, AnyValue] = {}
    if now.wait_s is not None and 0 <= now.wait_s <= _LONGEST_S:
        values["wait"] = Minutes(minutes=int(now.wait_s / 60 + 0.5))
    if now.position is not None and now.position > 0:
        values["position"] = Count(number=now.position)
    return values


def last_resort(scene: Scene, state: State) -> tuple[State, Enqueue | HangUp]:
    """Out of a loop in which the caller is not heard: into the queue of the person step as it is, or the end."""
    state = noted(replace(state, pending=(), queue=None), "nothing heard for long")
    step = scene.person_queue()
    if step is None or scene.announced(step.queue) is not None or (step.hours and not scene.open(step.hours)):
        return _nobody(said(state, scene.standard(state, "nobody")))
    return _join(scene, said(state, scene.standard(state, "over")), step)


# --- a call back instead of waiting ---------------------------------------------------------------


def _offer(scene: Scene, state: State, offer: Offer, values: Mapping[str, AnyValue]) -> Outcome:
    return listen(state, scene.lines(state, offer.say, values), phase="offer", wait_s=Tries().wait_s)


def _answered(scene: Scene, state: State, step: Queue, offer: Offer, heard: Heard) -> Outcome:
    """One key accepts; whatever else, and silence, is to wait."""
    digits = heard.digits if isinstance(heard, Keys) else ""
    if digits == ACCEPT:
        return confirm_number(scene, state, _wanted(scene, step, offer))
    return back(state) if digits.startswith("*") else _join(scene, state, step)


def _wanted(scene: Scene, step: Queue, offer: Offer) -> Wanted:
    """The caller keeps the place and hangs up; who has no number to give just waits."""

    def accepted(state: State, lines: tuple[Line, ...]) -> Outcome:
        action = HangUp(lines=(*state.pending, *lines), language=state.learnt.language, slow=state.slow)
        return replace(state, pending=()), action

    return Wanted(
        queue=step.queue, place=True, say=offer, accepted=accepted, given_up=lambda state: _join(scene, state, step)
    )


# --- leave: a call back when the queue opens ------------------------------------------------------


def enter_leave(scene: Scene, state: State, step: Leave) -> Outcome:
    return confirm_number(scene, noted(state, scene.about(state)), _left(step))


def hear_leave(scene: Scene, state: State, step: Leave, heard: Heard) -> Outcome:
    return hear_number(scene, state, _left(step), heard)


def _left(step: Leave) -> Wanted:
    return Wanted(
        queue=step.queue,
        place=False,
        say=step,
        accepted=lambda state, lines: (said(state, lines), Go(step.next, ("next",))),
        given_up=lambda state: (state, Go(step.next, ("next",))),
    )
