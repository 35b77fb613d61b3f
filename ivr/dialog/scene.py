"""What every kind of step works with: the document and the world around it, and the words for what it does.

A step is two functions: `enter`, when a caller comes to it, and `hear`, with what its last action brought. Each returns
the state with an `Action`, or with `Go` where it leads on to another step; `ivr.dialog.stepping` follows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, get_args

from msgspec.structs import replace

from ivr.dialog.actions import Action, Heard, Keys, Line, MemberFacts, State, World
from ivr.document.model import BACK, PERSON, Collect, Document, Language, Menu, Prompt, Queue, Say
from ivr.hours import is_open
from ivr.speaking.values import AnyValue, Words
from ivr.speaking.words import PLACEHOLDER, placeholders
from records.contact import Verification

_LEVELS: tuple[Verification, ...] = get_args(Verification)
_LONGEST_PATH = 200


class Go(NamedTuple):
    """In place of an action: on to this step, `BACK` or `PERSON`.

    `where` is the field of the step that says so, as in `ivr.document.ways`; empty for what its kind does by itself.
    """

    target: str
    where: tuple[str | int, ...] = ()


Outcome = tuple[State, Action | Go]


@dataclass(frozen=True)
class Scene:
    """The document that the caller is in, and the world at this moment."""

    document: Document
    world: World

    def lines(self, state: State, say: Say, values: Mapping[str, AnyValue] | None = None) -> tuple[Line, ...]:
        """`say` with what it names. A prompt that names what is not there is left out."""
        if not say:
            return ()
        known = {**state.values, **self._always(state), **(values or {})}
        named = [(prompt, _names(prompt)) for prompt in say]
        return tuple(
            Line(prompt=prompt, values={name: known[name] for name in sorted(names)})
            for prompt, names in named
            if names <= known.keys()
        )

    def standard(self, state: State, name: str) -> tuple[Line, ...]:
        return self.lines(state, self.document.standard.get(name, ()))

    def open(self, hours: str) -> bool:
        """Hours that the document does not have are never open."""
        named = self.document.hours.get(hours)
        return named is not None and is_open(named, self.document.zone, self.world.now)

    def announced(self, queue: str = "") -> Mapping[Language, str] | None:
        """What is said of the closure in force, of the whole centre or of this queue; None: there is none."""
        closures = self.world.announced
        return closures.get("", closures.get(queue))

    def person_queue(self) -> Queue | None:
        """Where a caller who needs a person goes; None only in a document that was never checked."""
        step = self.document.steps.get(self.document.person)
        return step if isinstance(step, Queue) else None

    def about(self, state: State) -> str:
        """What the step at hand is called, in words."""
        step = self.document.steps.get(state.at)
        return (step.about if step else "") or state.at

    def collected(self, *, secret: bool = False) -> set[str]:
        """The names under which this document collects; with `secret` those of secrets only."""
        steps = self.document.steps.values()
        return {step.name for step in steps if isinstance(step, Collect) and (step.secret or not secret)}

    def chosen(self) -> set[str]:
        """The names by which options of this document keep a text."""
        menus = [step for step in self.document.steps.values() if isinstance(step, Menu)]
        return {name for menu in menus for option in menu.options.values() for name in option.value}

    def _always(self, state: State) -> dict[str, AnyValue]:
        values: dict[str, AnyValue] = {}
        if name := first_name(state):
            values["first_name"] = Words(texts={"": name})
        queue = self.person_queue()
        message = self.announced(queue.queue if queue else "") or {}
        if text := in_language(message, state.learnt.language):
            values["announcement"] = Words(texts={"": text})
        return values


def _names(prompt: Prompt) -> set[str]:
    return {name for text in prompt.texts.values() for name in placeholders(text)}


def filled(text: str, texts: Mapping[str, str]) -> str:
    """`text` with `{name}` replaced; by nothing where there is no such value."""
    return PLACEHOLDER.sub(lambda name: texts.get(name[1], ""), text)


def verbatim(language: Language, text: str) -> tuple[Line, ...]:
    """Something to be said that is in no document: what was heard, what a supervisor announced. "" is not said."""
    line = Line(prompt=Prompt(texts={language: "{words}"}), values={"words": Words(texts={"": text})})
    return (line,) if text.strip() else ()


def in_language(texts: Mapping[Language, str], language: Language) -> str:
    """The text in this language, else the one for all, else the first."""
    return next(filter(str.strip, (texts.get(language, ""), texts.get("", ""), *texts.values())), "")


# --- the member -------------------------------------------------------------------------------------


def spoken_of(state: State) -> MemberFacts | None:
    """The member at hand, if a menu may show that it knows them: a protected one only after they have proved it."""
    member = state.learnt.member
    if member is None or (member.protected and not at_least(state.learnt.verification, "knowledge")):
        return None
    return member


def first_name(state: State) -> str:
    """The name to greet with: of the caller's number's own member or of a proved one; "" where none may be said."""
    member, learnt = state.learnt.member, state.learnt
    if member is None or member.protected or member.minor or learnt.authority or learnt.verification == "none":
        return ""
    return member.first_name.strip()


def at_least(level: Verification, wanted: Verification) -> bool:
    return _LEVELS.index(level) >= _LEVELS.index(wanted)


# --- what any step may do ---------------------------------------------------------------------------


def said(state: State, lines: tuple[Line, ...]) -> State:
    """`lines` are said with the next action."""
    return replace(state, pending=(*state.pending, *lines))


def noted(state: State, *words: str) -> State:
    """The path, longer by this. It only grows, and stops at its bound."""
    path = (*state.learnt.path, *words)[:_LONGEST_PATH]
    return replace(state, learnt=replace(state.learnt, path=path))


def to_person(state: State) -> Outcome:
    """The caller pressed `0`, or said so."""
    return noted(state, "asked for a person"), Go(PERSON)


def back(state: State) -> Outcome:
    """The caller pressed `*`: to the menu before, or this step again; slower from now on."""
    return replace(state, slow=True), Go(BACK if state.menus else state.at)


def leaves(state: State, heard: Heard) -> Outcome | None:
    """`0` or `*` where one key or none is expected: wherever they have no meaning of the step's own."""
    if isinstance(heard, Keys) and heard.digits == "0":
        return to_person(state)
    if isinstance(heard, Keys) and heard.digits.startswith("*"):
        return back(state)
    return None
