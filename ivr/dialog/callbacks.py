"""Which number to call back: the calling one or another, said back before it is kept.

"confirm" ──1──▶ "keeping" ──kept──▶ accepted
  2│  ▲                │
   ▼  │                │ not one that is called
"number" ◀─────────────┘
   └── too many tries ──▶ given up
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from ivr.dialog.actions import Heard, KeepPlace, Kept, Keys, Line, State
from ivr.dialog.asking import Miss, listen
from ivr.dialog.kinds import NO, YES, phone, spoken_number
from ivr.dialog.scene import Outcome, Scene, back, noted, said, to_person
from ivr.document.model import Leave, Offer, Tries
from ivr.speaking.values import Digits
from records.phones import e164

_TRIES = Tries()
_MOST_KEYS = 15


@dataclass(frozen=True)
class Wanted:
    """A call back for `queue`, keeping the caller's `place` or not, and where it goes on from here."""

    queue: str
    place: bool
    say: Offer | Leave
    accepted: Callable[[State, tuple[Line, ...]], Outcome]
    given_up: Callable[[State], Outcome]


def confirm_number(scene: Scene, state: State, wanted: Wanted) -> Outcome:
    """Begin with the calling number. That of a protected member is not read out: they are asked for one."""
    state, member = replace(state, tries=0), state.learnt.member
    number = e164(state.arrival.number)
    if number is None or (member is not None and member.protected):
        return _ask(scene, wanted, state)
    return _confirm(scene, wanted, replace(state, held=number))


def hear_number(scene: Scene, state: State, wanted: Wanted, heard: Heard) -> Outcome:
    if state.phase == "keeping":
        return _kept(scene, state, wanted, heard)
    keys = heard.digits if isinstance(heard, Keys) else ""
    if keys == "0":  # who stands before a queue wants the people of that queue
        return wanted.given_up(state) if wanted.place else to_person(state)
    if keys.startswith("*"):
        return back(state)
    if state.phase == "confirm":
        if keys == YES:
            return _keep(state, wanted)
        if keys == NO:
            return _ask(scene, wanted, state)
        return _again(scene, state, wanted, "wrong" if keys else "silent", partial(_confirm, scene, wanted))
    if (taken := phone(keys)) is not None:
        return _confirm(scene, wanted, replace(state, held=taken.text))
    return _again(scene, state, wanted, "wrong" if keys else "silent", partial(_ask, scene, wanted))


def _confirm(scene: Scene, wanted: Wanted, state: State) -> Outcome:
    values = {"number": Digits(digits=spoken_number(state.held))}
    return listen(state, scene.lines(state, wanted.say.confirm, values), phase="confirm", wait_s=_TRIES.wait_s)


def _ask(scene: Scene, wanted: Wanted, state: State) -> Outcome:
    lines = scene.lines(state, wanted.say.number)
    return listen(state, lines, phase="number", most=_MOST_KEYS, wait_s=_TRIES.wait_s)


def _again(scene: Scene, state: State, wanted: Wanted, miss: Miss, ask: Callable[[State], Outcome]) -> Outcome:
    state = replace(state, tries=state.tries + 1)
    if state.tries >= _TRIES.most:
        return wanted.given_up(noted(state, "no number to call back"))
    return ask(said(state, scene.standard(state, miss)))


def _keep(state: State, wanted: Wanted) -> Outcome:
    return replace(state, phase="keeping"), KeepPlace(queue=wanted.queue, number=state.held, place=wanted.place)


def _kept(scene: Scene, state: State, wanted: Wanted, heard: Heard) -> Outcome:
    """A number that is not called (or that waits already) is one try; the caller may give another."""
    reference = heard.reference if isinstance(heard, Kept) else ""
    if reference:
        values = {"reference": Digits(digits=reference), "number": Digits(digits=spoken_number(state.held))}
        return wanted.accepted(noted(state, "call back asked for"), scene.lines(state, wanted.say.accepted, values))
    state = said(replace(state, tries=state.tries + 1), scene.lines(state, wanted.say.refused))
    if state.tries >= _TRIES.most:
        return wanted.given_up(noted(state, "no number to call back"))
    return _ask(scene, wanted, state)
