"""One question: asked, and asked again after nothing or nothing useful, up to the last try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from ivr.dialog.actions import Line, Listen, State, Words
from ivr.dialog.scene import Go, Outcome, Scene, noted, said
from ivr.document.model import Tries

Miss = Literal["silent", "wrong"]
_SLOW = 2  # whoever wants it slower has this much more time


def listen(
    state: State,
    lines: tuple[Line, ...],
    *,
    phase: str = "",
    most: int = 1,
    wait_s: float,
    words: Words | None = None,
    sensitive: bool = False,
) -> Outcome:
    """Say what is pending and `lines`, then listen for up to `most` keys, or words."""
    return replace(state, phase=phase, pending=()), Listen(
        lines=(*state.pending, *lines),
        language=state.learnt.language,
        slow=state.slow,
        most=most,
        wait_s=patient(state, wait_s),
        words=words,
        sensitive=sensitive,
    )


def patient(state: State, wait_s: float) -> float:
    return wait_s * _SLOW if state.slow else wait_s


def again(scene: Scene, state: State, tries: Tries, miss: Miss, ask: Callable[[State], Outcome]) -> Outcome:
    """`ask` once more after the prompt for this `miss`; after the last try on to where `tries` leads."""
    state = replace(state, tries=state.tries + 1)
    if state.tries >= tries.most:
        return over(scene, state, tries)
    own = tries.silent if miss == "silent" else tries.wrong
    return ask(said(state, scene.lines(state, own) or scene.standard(state, miss)))


def over(scene: Scene, state: State, tries: Tries) -> Outcome:
    state = noted(state, f"{scene.about(state)}: too many tries")
    return said(state, scene.lines(state, tries.over) or scene.standard(state, "over")), Go(
        tries.next, ("tries", "next")
    )


def may_speak(state: State, wanted: bool) -> bool:
    """Whether this caller may say it: speech is decoded only with consent, and given up after two misses."""
    return wanted and state.learnt.consent == "given" and state.unheard < 2
