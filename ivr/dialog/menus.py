"""Menus: a key, or a phrase, and the way that it opens.

listening ──key, sure──▶ the option         "" phase: the menu itself
    │ ▲
    │ └──no, nothing────┐
    └──not sure──▶ "confirm" ──yes──▶ the option
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.dialog.actions import Heard, Keys, Nothing, Said, State, Words
from ivr.dialog.asking import again, listen, may_speak
from ivr.dialog.kinds import YES
from ivr.dialog.scene import Go, Outcome, Scene, leaves, noted, said, to_person, verbatim
from ivr.document.model import Language, Menu

FOR_A_PERSON: dict[Language, tuple[str, ...]] = {
    "en": ("agent", "representative", "operator"),
    "es": ("agente", "representante", "operador"),
}
PERSON_KEY = "0"


def enter(scene: Scene, state: State, step: Menu) -> Outcome:
    """The way back ends here. Whoever comes to a menu is no longer on the way back to a service."""
    before = state.menus[: state.menus.index(state.at)] if state.at in state.menus else state.menus
    return _ask(scene, replace(state, menus=(*before, state.at), return_to=()), step)


def hear(scene: Scene, state: State, step: Menu, heard: Heard) -> Outcome:
    if state.phase == "confirm":
        return _confirmed(scene, state, step, heard)
    if isinstance(heard, Said) and may_speak(state, step.speech):
        return _said(scene, state, step, heard)
    return _pressed(scene, state, step, heard)


def _ask(scene: Scene, state: State, step: Menu) -> Outcome:
    options = (line for option in step.options.values() for line in scene.lines(state, option.say))
    words = Words(phrases=_phrases(step, state.learnt.language)) if may_speak(state, step.speech) else None
    lines = (*scene.lines(state, step.say), *options)
    return listen(replace(state, held=""), lines, wait_s=step.tries.wait_s, words=words)


def _phrases(step: Menu, language: Language) -> dict[str, str]:
    """Phrase → key: the words for a person always work, unless an option says them itself."""
    universal = dict.fromkeys(FOR_A_PERSON.get(language, ()), PERSON_KEY)
    return universal | {
        phrase: key for key, option in step.options.items() for phrase in option.phrases.get(language, ())
    }


def _pressed(scene: Scene, state: State, step: Menu, heard: Heard) -> Outcome:
    if not isinstance(heard, Keys):
        return again(scene, state, step.tries, "silent", lambda state: _ask(scene, state, step))
    key = heard.digits or ("#" if heard.ended else "")
    if key in step.options:
        return _take(state, step, key)
    return leaves(state, heard) or again(scene, state, step.tries, "wrong", lambda state: _ask(scene, state, step))


def _take(state: State, step: Menu, key: str) -> Outcome:
    """What the option keeps is for services and conditions; no text may name it, and what it takes the place of."""
    option = step.options[key]
    state = noted(state, option.about)
    values = {name: value for name, value in state.values.items() if name not in option.value}
    state = replace(state, values=values, texts={**state.texts, **option.value})
    return replace(state, learnt=replace(state.learnt, chosen=option.about)), Go(option.next, ("options", key, "next"))


# --- said ----------------------------------------------------------------------------------------


def _said(scene: Scene, state: State, step: Menu, heard: Said) -> Outcome:
    """What is said and not understood takes none of the tries: after two such misses only keys are taken."""
    if heard.keys not in step.options and heard.keys != PERSON_KEY:
        return _misheard(scene, state, step)
    if heard.sure:
        return _open(state, step, heard.keys)
    state = replace(state, held=heard.keys)
    lines = (*verbatim(state.learnt.language, heard.text), *scene.standard(state, "yes_no"))
    return listen(state, lines, phase="confirm", wait_s=step.tries.wait_s, words=Words(kind="yes_no"))


def _confirmed(scene: Scene, state: State, step: Menu, heard: Heard) -> Outcome:
    """Yes by key or word. A no is a miss; silence asks again like silence in the menu."""
    keys = heard.digits if isinstance(heard, Keys) else heard.keys if isinstance(heard, Said) else ""
    if keys == YES:
        return _open(state, step, state.held)
    if left := leaves(state, heard):
        return left
    if isinstance(heard, Keys | Said):
        return _misheard(scene, state, step)
    return _pressed(scene, state, step, Nothing())


def _open(state: State, step: Menu, key: str) -> Outcome:
    return _take(state, step, key) if key in step.options else to_person(state)


def _misheard(scene: Scene, state: State, step: Menu) -> Outcome:
    state = replace(state, unheard=state.unheard + 1)
    lines = scene.lines(state, step.tries.wrong) or scene.standard(state, "wrong")
    return _ask(scene, said(state, lines), step)
