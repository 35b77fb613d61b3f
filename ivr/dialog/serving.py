"""Self-service: for whoever is verified well enough, and sent to identify themselves where they are not."""

from __future__ import annotations

from msgspec.structs import replace

from ivr.dialog.actions import Ask, Heard, Served, State
from ivr.dialog.kinds import as_text
from ivr.dialog.scene import Go, Outcome, Scene, at_least, filled, noted, said
from ivr.document.model import PERSON, Serve

UNVERIFIED = "unverified"  # a service's own word that it may not serve this caller


def enter(scene: Scene, state: State, step: Serve) -> Outcome:
    """Whoever was sent away to be identified is back here only once: what is not proved by then is not."""
    returned = state.at in state.return_to
    if returned:
        state = replace(state, return_to=state.return_to[: state.return_to.index(state.at)])
    level = scene.world.levels.get(step.service, "pin")
    if level == "none":
        return _ask(state, step)
    if not at_least(state.learnt.verification, level):
        if not step.identify or returned:
            return _refused(scene, state, step)
        return replace(state, return_to=(*state.return_to, state.at)), Go(step.identify, ("identify",))
    member = state.learnt.member
    if member is None or member.minor:
        return _refused(scene, state, step)
    if member.protected:
        return noted(state, f"{scene.about(state)}: by a person only"), Go(PERSON)
    return _ask(state, step)


def _ask(state: State, step: Serve) -> Outcome:
    """What is pending is said with the answer: the driver says `moment` if that takes long."""
    return state, Ask(
        service=step.service, inputs={name: filled(text, state.texts) for name, text in step.using.items()}
    )


def _refused(scene: Scene, state: State, step: Serve) -> Outcome:
    return noted(state, f"{scene.about(state)}: not verified"), Go(step.unverified, ("unverified",))


def hear(scene: Scene, state: State, step: Serve, heard: Heard) -> Outcome:
    served = heard if isinstance(heard, Served) else Served(outcome="")
    reply = step.outcomes.get(served.outcome)
    if reply is None and served.outcome == UNVERIFIED:
        return _refused(scene, state, step)
    if reply is None:
        state = noted(state, f"{scene.about(state)}: failed")
        return said(state, scene.standard(state, "sorry")), Go(step.failed, ("failed",))
    texts = {name: as_text(value, state.learnt.language) for name, value in served.values.items()}
    state = replace(state, values={**state.values, **served.values}, texts={**state.texts, **texts})
    state = noted(state, f"{scene.about(state)}: {served.outcome}")
    return said(state, scene.lines(state, reply.say)), Go(reply.next, ("outcomes", served.outcome, "next"))
