"""From step to step: what the caller did, where it leads, and one action for the driver.

What holds for every step is here. One action a step: what announcements say is kept in `State.pending` and said with
the next action. A line that no key may cut short (`barge: false`), and what stands before it, is played to its end
before a question: keys pressed meanwhile are kept in `State.typed` and are the first of the answer. Before a secret
they are not taken, for a secret never comes in here.

Any `Heard` in any state leads on. A caller who is not heard for `MOST_HOPS` steps and answers is in a loop and goes to
a person; after the end whatever is heard leads to a person too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ivr.dialog import collecting, identifying, leaving, menus, opening, queueing, serving
from ivr.dialog.actions import (
    ENDS,
    Action,
    Arrival,
    Enqueue,
    HangUp,
    Heard,
    Keys,
    Learnt,
    Line,
    Listen,
    Nothing,
    Passed,
    Play,
    Prove,
    Proved,
    Said,
    State,
    World,
)
from ivr.dialog.scene import Go, Outcome, Scene
from ivr.document.model import (
    BACK,
    PERSON,
    Announce,
    Branch,
    Choose,
    Collect,
    Consent,
    Document,
    Goodbye,
    Identify,
    Leave,
    Menu,
    Outside,
    Queue,
    Serve,
    Step,
)
from ivr.speaking.values import AnyValue

MOST_HOPS = 40
_ENDED = "ended"


class Kind(NamedTuple):
    """How a kind of step is entered, and what it makes of what is heard; None: it is never heard, it only leads on."""

    enter: Callable[[Scene, State, Any], Outcome]
    hear: Callable[[Scene, State, Any, Heard], Outcome] | None = None


_KINDS: dict[type[Step], Kind] = {
    Announce: Kind(opening.announce),
    Branch: Kind(opening.branch),
    Choose: Kind(opening.choose, opening.hear_choice),
    Consent: Kind(opening.consent, opening.hear_consent),
    Menu: Kind(menus.enter, menus.hear),
    Collect: Kind(collecting.enter, collecting.hear),
    Identify: Kind(identifying.enter, identifying.hear),
    Serve: Kind(serving.enter, serving.hear),
    Queue: Kind(queueing.enter, queueing.hear),
    Leave: Kind(queueing.enter_leave, queueing.hear_leave),
    Outside: Kind(leaving.outside, leaving.hear_outside),
    Goodbye: Kind(leaving.goodbye),
}


def begin(
    document: Document,
    arrival: Arrival,
    world: World,
    *,
    learnt: Learnt | None = None,
    values: Mapping[str, AnyValue] | None = None,
) -> tuple[State, Action]:
    """A call arrives. The calling number's member is known by it, in the language remembered for them.

    `learnt`: of a caller who comes back into the menu; `values` that the way back names.
    """
    member = arrival.member
    remembered = member.language if member is not None else ""
    first = Learnt(member=member, verification="number_match" if member is not None else "none", language=remembered)
    known = learnt or first
    language = known.language if known.language in document.languages else document.languages[0]
    known = replace(known, language=language, version=document.version)
    state = State(at=document.start, learnt=known, arrival=arrival, values=dict(values or {}))
    return _on(Scene(document, world), (state, Go(document.start)))


def advance(document: Document, state: State, heard: Heard, world: World) -> tuple[State, Action]:
    """The next state and action. Pure, and total: any input in any state leads on."""
    scene = Scene(document, world)
    if state.phase == _ENDED:
        return _after_end(scene, state)
    state = replace(state, hops=0 if _from_caller(heard) else state.hops + 1, trail=())
    if state.then is not None:
        return _asked(scene, replace(state, then=None), state.then, heard)
    return _hear(scene, replace(state, typed=""), _with_typed(state.typed, heard))


def _hear(scene: Scene, state: State, heard: Heard) -> tuple[State, Action]:
    step = scene.document.steps.get(state.at)
    kind = _KINDS[type(step)] if step is not None else None
    if kind is None or kind.hear is None:
        return _on(scene, (state, Go(PERSON)))
    return _on(scene, kind.hear(scene, state, step, heard))


def _from_caller(heard: Heard) -> bool:
    match heard:
        case Keys():
            return bool(heard.digits or heard.ended)
        case Said():
            return bool(heard.keys)
        case Proved():
            return heard.result != "nothing"
    return False


def _with_typed(typed: str, heard: Heard) -> Heard:
    if isinstance(heard, Keys):
        return replace(heard, digits=typed + heard.digits)
    return Keys(digits=typed) if typed and isinstance(heard, Nothing) else heard


# --- onwards --------------------------------------------------------------------------------------


def _on(scene: Scene, outcome: Outcome) -> tuple[State, Action]:
    """Follow where it leads until there is something to do."""
    state, action = outcome
    while isinstance(action, Go):
        if state.hops > MOST_HOPS:
            state, action = queueing.last_resort(scene, state)
        else:
            if action.where:
                state = replace(state, trail=(*state.trail, Passed(step=state.at, where=action.where)))
            state, action = _enter(scene, state, action.target)
    if state.hops > MOST_HOPS and not isinstance(action, ENDS):
        state, action = queueing.last_resort(scene, state)
    return _heard_out(state, action)


def _enter(scene: Scene, state: State, target: str) -> Outcome:
    name = _resolved(scene.document, state, target)
    step = scene.document.steps.get(name)
    if step is None:
        return _lost(scene, state)
    state = replace(state, at=name, phase="", tries=0, unheard=0, held="", queue=None, hops=state.hops + 1)
    return _KINDS[type(step)].enter(scene, state, step)


def _resolved(document: Document, state: State, target: str) -> str:
    if target == BACK:
        here = bool(state.menus) and state.menus[-1] == state.at
        before = state.menus[:-1] if here and len(state.menus) > 1 else state.menus
        target = before[-1] if before else PERSON
    if target == PERSON or target not in document.steps:
        return document.person
    return target


def _lost(scene: Scene, state: State) -> Outcome:
    """A document without its own person step, which no check lets through: an apology is all that is left."""
    lines = (*state.pending, *scene.standard(state, "sorry"))
    return replace(state, pending=()), HangUp(lines=lines, language=state.learnt.language, slow=state.slow)


# --- what no key may cut short --------------------------------------------------------------------


def _heard_out(state: State, action: Action) -> tuple[State, Action]:
    """Before a question, what no key may cut short is played by itself."""
    if isinstance(action, ENDS):
        return replace(state, phase=_ENDED), action
    if not isinstance(action, Listen | Prove):
        return state, action
    uncut = _uncut(action.lines)
    if not uncut:
        return state, action
    ahead = isinstance(action, Listen) and not action.sensitive
    play = Play(lines=action.lines[:uncut], language=action.language, slow=action.slow, ahead=ahead)
    return replace(state, then=replace(action, lines=action.lines[uncut:])), play


def _uncut(lines: tuple[Line, ...]) -> int:
    """How many of the first lines must be heard to the end of the last that no key may cut short."""
    return max((index for index, line in enumerate(lines, 1) if not line.prompt.barge), default=0)


def _asked(scene: Scene, state: State, question: Listen | Prove, heard: Heard) -> tuple[State, Action]:
    """That was played; now the question, unless it is answered already by what was pressed meanwhile."""
    if isinstance(question, Prove) or question.sensitive or not isinstance(heard, Keys):
        return state, question
    if heard.ended or len(heard.digits) >= question.most:
        return _hear(scene, state, replace(heard, digits=heard.digits[: question.most]))
    return replace(state, typed=heard.digits), replace(question, most=question.most - len(heard.digits))


# --- after the end --------------------------------------------------------------------------------


def _after_end(scene: Scene, state: State) -> tuple[State, Action]:
    step = scene.person_queue()
    if step is None:
        return state, HangUp(language=state.learnt.language)
    return state, Enqueue(language=state.learnt.language, queue=step.queue, priority=step.priority)
