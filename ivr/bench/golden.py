"""A golden test: what a caller does, must hear, and where they end; and what came of it when it was run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import Problem
from core.yaml_places import Place
from ivr.bench import facts as made_up
from ivr.bench.doings import AtAgency, CallerEnded, Doing, End, InQueue, MenuEnded
from ivr.bench.facts import Given
from ivr.bench.hearing import Hearing
from ivr.bench.walk import Walk
from ivr.document.model import Document
from records.contact import Verification

GOODBYE, HANGS_UP = "goodbye", "hangs_up"


@dataclass(frozen=True)
class Hears:
    """These words, one after the other; `/…/` is a regular expression."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class HearsNot:
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    what: Doing | Hears | HearsNot
    place: Place


@dataclass(frozen=True)
class StillAt:
    """The call goes on, at this step."""

    step: str


@dataclass(frozen=True)
class Wanted:
    """Something that must be so at the end: a name and what it must be. Of a mapping only what is named counts."""

    name: str
    value: Any
    place: Place


@dataclass(frozen=True)
class Golden:
    """`ends`: how; then what is wanted of it (queue, priority, skills, facts; outside; at). `learnt` likewise."""

    name: str
    place: Place
    given: Given = field(default_factory=Given)
    lines: tuple[Line, ...] = ()
    ends: tuple[Wanted, ...] = ()
    learnt: tuple[Wanted, ...] = ()


@dataclass(frozen=True)
class Failure:
    place: Place
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, {self.found}"


@dataclass(frozen=True)
class Result:
    """`walk` is how far the call came; None where it could not even begin. Passed where there is no failure."""

    golden: Golden
    walk: Walk | None
    failures: tuple[Failure, ...] = field(default=())


def run(golden: Golden, document: Document, levels: Mapping[str, Verification]) -> Result:
    """Up to the first line that differs; where all are right, everything that differs at the end."""
    try:
        walk = Walk(document, golden.given, levels)
    except Problem as problem:
        return Result(golden, None, (Failure(golden.place, "a call", f"found {problem}"),))
    failures = _lines(golden, walk)
    return Result(golden, walk, tuple(failures or _end(golden, walk)))


def _lines(golden: Golden, walk: Walk) -> list[Failure]:
    hearing = Hearing(walk)
    never: list[tuple[str, Place]] = []  # what must not be heard in this turn
    for line in golden.lines:
        match line.what:
            case Hears(texts):
                for text in texts:
                    if not _found(walk, hearing, text):
                        return [Failure(line.place, f"to hear {_quoted(text)}", hearing.told())]
            case HearsNot(texts):
                never += [(text, line.place) for text in texts]
            case doing:
                try:
                    walk.before(doing)
                    if failures := _heard_after_all(never, hearing):
                        return failures
                    if walk.over is not None:
                        return [Failure(line.place, "a call that goes on", f"found its end: {told(walk.over)}")]
                    never = []
                    walk.do(doing)
                except Problem as problem:
                    return [Failure(line.place, "a menu that goes on", f"found: {problem}")]
                hearing = Hearing(walk)
    try:
        while not _stays(golden, walk) and walk.listen_on():
            pass
    except Problem as problem:
        return [Failure(golden.place, "a menu that goes on", f"found: {problem}")]
    return _heard_after_all(never, hearing)


def _found(walk: Walk, hearing: Hearing, text: str) -> bool:
    while not hearing.finds(text):
        if not walk.listen_on():
            return False
    return True


def _heard_after_all(never: list[tuple[str, Place]], hearing: Hearing) -> list[Failure]:
    return [
        Failure(place, f"not to hear {_quoted(text)}", hearing.told())
        for text, place in never
        if hearing.anywhere(text)
    ]


def _stays(golden: Golden, walk: Walk) -> bool:
    return any(wanted.name == "at" and wanted.value == walk.at for wanted in golden.ends)


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"/.+/", text) else f'"{text}"'


# --- the end ----------------------------------------------------------------------------------------


def _end(golden: Golden, walk: Walk) -> list[Failure]:
    ends, learnt = ended(walk), learned(walk)
    return [
        *(
            _differs(wanted, ends.get(wanted.name), told(walk.over, walk.at))
            for wanted in golden.ends
            if not _fits(wanted, ends)
        ),
        *(_differs(wanted, learnt.get(wanted.name), "") for wanted in golden.learnt if not _fits(wanted, learnt)),
    ]


def _fits(wanted: Wanted, found: Mapping[str, Any]) -> bool:
    value = found.get(wanted.name)
    if wanted.name == "outside":
        return value is not None and made_up.same_number(value) == made_up.same_number(wanted.value)
    if isinstance(wanted.value, Mapping):
        return value is not None and all(value.get(name) == text for name, text in wanted.value.items())
    return bool(value == wanted.value)


def _differs(wanted: Wanted, value: Any, end: str) -> Failure:
    expected = f"{wanted.name} {_shown(wanted.value)}"
    found = f"found {_shown(value)}" if value is not None else "found none"
    return Failure(wanted.place, expected, f"{found} ({end})" if end else found)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {text}" for name, text in value.items()) + "}"
    return str(value)


def ended(walk: Walk) -> dict[str, Any]:
    """How the call ended, in the words of a test's `ends`."""
    match walk.over:
        case InQueue() as end:
            return {"queue": end.queue, "priority": end.priority, "skills": end.skills, "facts": end.facts}
        case AtAgency(number):
            return {"outside": number}
        case MenuEnded():
            return {"how": GOODBYE}
        case CallerEnded():
            return {"how": HANGS_UP}
        case _:
            return {"at": walk.at}


def learned(walk: Walk) -> dict[str, Any]:
    """What is known of the caller, in the words of a test's `learnt`."""
    learnt = walk.learnt
    return {
        "verified": learnt.verification,
        "consent": learnt.consent,
        "language": learnt.language,
        "member": learnt.member.member_id if learnt.member else "",
        "chosen": learnt.chosen,
        "path": learnt.path,
    }


def told(end: End | None, at: str = "") -> str:
    match end:
        case InQueue():
            return f"in the queue {end.queue}"
        case AtAgency(number):
            return f"at the agency {number}"
        case MenuEnded():
            return "the menu said goodbye"
        case CallerEnded():
            return "the caller hung up"
        case None:
            return f"the call goes on, at {at}"
