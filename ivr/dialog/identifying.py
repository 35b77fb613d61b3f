"""Who calls: a number, then a proof. The calling number proves nothing, and an entered one only names whom to prove.

    "number" ──keys──▶ "finding" ──found──▶ "pin" ──right──▶ verified
      │  ▲                │                  │ nothing pressed
      #  └──none──────────┘                  ▼
      ▼                                  "knowledge" (last four of the SSN, birth date)
    unverified ◀── three failures, locked ───┘

A caller whom a service sent here goes back to it, verified or not: it knows what it asks.
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.dialog.actions import Find, Found, Heard, Keys, MemberFacts, Prove, Proved, State
from ivr.dialog.asking import Miss, listen, patient
from ivr.dialog.scene import Go, Outcome, Scene, at_least, back, leaves, noted, said, to_person
from ivr.document.model import PERSON, Identify, Say, Way

_NUMBER_KEYS = 12  # more than any member's or access number has
_PROOF: dict[Way, str] = {"pin": "PIN", "knowledge": "SSN and birth date"}


def enter(scene: Scene, state: State, step: Identify) -> Outcome:
    """A caller known by knowledge who wants what asks for more is not asked for the number twice."""
    if state.return_to and state.learnt.verification == "knowledge" and "pin" in step.ways:
        return _prove(scene, state, step, "pin", step.pin)
    return _ask(scene, state, step, step.number)


def hear(scene: Scene, state: State, step: Identify, heard: Heard) -> Outcome:
    match state.phase:
        case "finding":
            return _found(scene, state, step, heard)
        case "pin" | "knowledge":
            return _proved(scene, state, step, heard)
        case _:
            return _number(scene, state, step, heard)


# --- the number -----------------------------------------------------------------------------------


def _ask(scene: Scene, state: State, step: Identify, say: Say) -> Outcome:
    lines = scene.lines(state, say)
    return listen(state, lines, phase="number", most=_NUMBER_KEYS, wait_s=step.tries.wait_s)


def _number(scene: Scene, state: State, step: Identify, heard: Heard) -> Outcome:
    if left := leaves(state, heard):
        return left
    if not isinstance(heard, Keys):
        return _number_again(scene, state, step, "silent")
    if not heard.digits:
        return _leave(noted(state, "no member number"), step.unverified, "unverified")
    if not (heard.digits.isascii() and heard.digits.isdigit()):
        return _number_again(scene, state, step, "wrong")
    return replace(state, phase="finding"), Find(number=heard.digits)


def _number_again(scene: Scene, state: State, step: Identify, miss: Miss) -> Outcome:
    """What was wrong about it is in `number_again`; a wrong prompt of the step's own comes before."""
    state = replace(state, tries=state.tries + 1)
    if state.tries >= step.tries.most:
        return _leave(_over(scene, state, step, "no member number found"), step.tries.next, "tries", "next")
    if miss == "wrong":
        return _ask(scene, said(state, scene.lines(state, step.tries.wrong)), step, step.number_again)
    lines = scene.lines(state, step.tries.silent) or scene.standard(state, "silent")
    return _ask(scene, said(state, lines), step, step.number)


def _found(scene: Scene, state: State, step: Identify, heard: Heard) -> Outcome:
    if not isinstance(heard, Found):
        return said(state, scene.standard(state, "sorry")), Go(PERSON)
    if heard.member is None:
        return _number_again(scene, noted(state, "member number not found"), step, "wrong")
    state = _named(scene, replace(state, tries=0), heard.member, heard.authority)
    if heard.authority:
        return _prove(scene, state, step, "pin", step.pin)
    if heard.member.minor:
        return _minor(state, step)
    way = step.ways[0] if step.ways else "pin"
    return _prove(scene, state, step, way, step.pin if way == "pin" else step.ssn)


def _named(scene: Scene, state: State, member: MemberFacts, authority: str) -> State:
    """What was proved holds for whom it was proved; what services told of one member is not told to another."""
    learnt = state.learnt
    same = (
        learnt.member is not None
        and learnt.member.member_id == member.member_id
        and learnt.authority == authority
        and state.authority == authority
    )
    state = noted(state, "access number entered" if authority else "member number entered")
    if same:
        return replace(state, learnt=replace(state.learnt, member=member))
    kept = scene.collected()
    chosen = scene.chosen() - state.values.keys()
    return replace(
        state,
        learnt=replace(state.learnt, member=member, verification="none", authority=""),
        authority=authority,
        values={name: value for name, value in state.values.items() if name in kept},
        texts={name: text for name, text in state.texts.items() if name in kept | chosen},
    )


# --- the proof ------------------------------------------------------------------------------------


def _prove(scene: Scene, state: State, step: Identify, way: Way, say: Say) -> Outcome:
    action = Prove(
        lines=(*state.pending, *scene.lines(state, say)),
        language=state.learnt.language,
        slow=state.slow,
        way=way,
        wait_s=patient(state, step.tries.wait_s),
        then=scene.lines(state, step.birth) if way == "knowledge" else (),
    )
    return replace(state, phase=way, pending=()), action


def _proved(scene: Scene, state: State, step: Identify, heard: Heard) -> Outcome:
    way: Way = "knowledge" if state.phase == "knowledge" else "pin"
    proof = "access code" if state.authority else _PROOF[way]
    match heard.result if isinstance(heard, Proved) else "nothing":
        case "right":
            return _right(noted(state, f"{proof} right"), step, way)
        case "wrong":
            return _miss(scene, noted(state, f"{proof} wrong"), step, way, "wrong")
        case "locked":
            state = noted(state, f"{proof} locked")
            return _leave(said(state, scene.standard(state, "locked")), step.unverified, "unverified")
        case "person":
            return to_person(state)
        case "back":
            return back(state)
        case _:
            return _nothing(scene, noted(state, f"no {proof}"), step, way)


def _right(state: State, step: Identify, way: Way) -> Outcome:
    learnt = state.learnt
    if learnt.member is None:  # nobody was found: there is nothing that could have been proved
        return _leave(state, step.unverified, "unverified")
    level = learnt.verification if at_least(learnt.verification, way) else way
    state = replace(state, learnt=replace(learnt, verification=level, authority=state.authority))
    return _minor(state, step) if learnt.member.minor else _leave(state, step.verified, "verified")


def _nothing(scene: Scene, state: State, step: Identify, way: Way) -> Outcome:
    """Whoever presses nothing at one proof is offered the next, where it would prove more than is proved."""
    later = step.ways[step.ways.index(way) + 1 :] if way in step.ways and not state.authority else ()
    for other in later:
        if not at_least(state.learnt.verification, other):
            return _prove(scene, state, step, other, step.pin if other == "pin" else step.ssn)
    return _miss(scene, state, step, way, "silent")


def _miss(scene: Scene, state: State, step: Identify, way: Way, miss: Miss) -> Outcome:
    state = replace(state, tries=state.tries + 1)
    if state.tries >= step.tries.most:
        return _leave(_over(scene, state, step, "not verified"), step.unverified, "unverified")
    first, once_more = (step.pin, step.pin_again) if way == "pin" else (step.ssn, step.knowledge_again or step.ssn)
    if miss == "wrong":
        return _prove(scene, said(state, scene.lines(state, step.tries.wrong)), step, way, once_more)
    lines = scene.lines(state, step.tries.silent) or scene.standard(state, "silent")
    return _prove(scene, said(state, lines), step, way, first)


# --- the ways out ---------------------------------------------------------------------------------


def _over(scene: Scene, state: State, step: Identify, words: str) -> State:
    return noted(said(state, scene.lines(state, step.tries.over) or scene.standard(state, "over")), words)


def _leave(state: State, target: str, *where: str) -> Outcome:
    return state, Go(state.return_to[-1] if state.return_to else target, where)


def _minor(state: State, step: Identify) -> Outcome:
    return replace(noted(state, "a minor's account"), return_to=()), Go(step.minor, ("minor",))
