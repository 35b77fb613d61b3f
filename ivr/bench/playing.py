"""A call played by hand: every line that is typed is something that the caller does, or changes what is so.

The call is kept as what was done in it. `back`, and whatever changes how it began, walk it anew from the start: facts
that are added later hold for the whole call, so that what is saved of it passes as a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import yaml
from msgspec.structs import replace

from core.errors import Problem
from ivr.bench import facts_form, facts_words, golden_text, telling
from ivr.bench.doings import Doing, HangsUp, Presses, Says, SetsClock, Waits
from ivr.bench.facts import Given, Unsaid
from ivr.bench.golden import told as ended
from ivr.bench.golden_file import WHEN_WORDS, as_when, queues
from ivr.bench.telling import Told
from ivr.bench.walk import Walk
from ivr.dialog.actions import Listen, Play, Prove
from ivr.document.model import Document, Menu, Serve
from ivr.self_service.service import Spec

_KEYS = re.compile(r"[0-9*#]+")
_TIME = re.compile(r"\d{1,2}:\d\d", re.ASCII)

HELP = (
    "1, 12345678#       press keys",
    "say my payment     speak; mumble my payment: not clearly",
    "wait               do nothing until the menu goes on",
    "hang up",
    "at 2026-12-24 9:00 set the clock; before the first key it is when the call arrives",
    "from, dialled      the calling number, the number called: from 404-555-0123",
    "language es        choose this language wherever it is asked",
    "facts              what is so; with words it adds to it:",
    *(f"  {line}" for line in facts_words.HELP),
    "back               undo the last thing done",
    "again              the same call from the start",
    "save NAME          write this call as a golden test",
    "quit",
)


class Player:
    """`done`: whoever plays has left. `walk` None: the call has not begun, for want of a fact."""

    def __init__(self, document: Document, given: Given, services: Mapping[str, Spec]) -> None:
        self._document, self._services = document, services
        self._levels = {name: spec.level for name, spec in services.items()}
        self.given = given
        self.doings: list[Doing] = []
        self.walk: Walk | None = None
        self.done = False
        self._wants = ""  # a service whose answer is asked for
        self._seen = (0, 0)  # turns, and what happened in the last of them, that was told already

    def begin(self) -> list[Told]:
        """The call arrives. May be told again and again: it is the same call."""
        self.doings, self._seen = [], (0, 0)
        return self._walk_anew()

    def typed(self, line: str) -> list[Told]:
        """What came of a line. A mistake is told and changes nothing."""
        line = line.strip()
        try:
            return list(self._typed(line)) if line else []
        except Problem as problem:
            return [Told("beside", str(problem))]

    def test(self, name: str) -> dict[str, Any]:
        """This call as a golden test. Raises `Problem` where there is none yet."""
        if self.walk is None or self._wants:
            raise Problem("the call waits for what a service says", remedy="Answer it first")
        return golden_text.of_walk(name, self.walk)

    @property
    def question(self) -> str:
        """What may be done now, in few words."""
        if self._wants:
            return f"what comes of {self._wants}?"
        if self.walk is None or self.walk.over is not None:
            return "again, back, save NAME, quit"
        match self.walk.question:
            case Play(stop_keys=keys):
                return f"{' or '.join(keys)} cuts it short; wait, or anything else, hears it out"
            case Prove(way=way):
                return "a PIN or code" if way == "pin" else "a proof, in two parts"
            case Listen(most=most, words=words):
                keys = "a key" if most == 1 else f"up to {most} keys"
                return f"{keys}, or say it" if words else keys

    # --- a line

    def _typed(self, line: str) -> Iterator[Told]:  # noqa: PLR0912 - one branch for each command
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        match word.casefold():
            case "?" | "help":
                yield from self._help()
            case "quit" | "exit":
                self.done = True
            case "again":
                yield from self.begin()
            case "back":
                yield from self._back()
            case "facts" if not rest:
                facts = facts_form.to_plain(self.given.facts)
                yield from _listed(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True) if facts else "none")
            case "facts":
                yield from self._given(
                    facts=facts_words.added(self.given.facts, rest, self._services, queues(self._document))
                )
            case "from":
                yield from self._given(calls_from=rest)
            case "dialled":
                yield from self._given(dialled=rest)
            case "language":
                if rest and rest not in self._document.languages:
                    raise Problem(f"no language {rest!r}", remedy=f"There are {', '.join(self._document.languages)}")
                yield from self._given(language=rest)
            case "at":
                when = self._when(rest)
                yield from self._does(SetsClock(when)) if self.doings else self._given(now=when)
            case _ if self._wants:
                yield from self._answer(line)
            case "say" | "mumble" if rest:
                yield from self._does(Says(rest, clearly=word.casefold() == "say"))
            case "wait" | "waits":
                yield from self._does(Waits())
            case "hang" | "hangup" if rest in ("", "up"):
                yield from self._does(HangsUp())
            case _ if _KEYS.fullmatch(line):
                yield from self._does(Presses(line, entered=len(line) > 1))
            case _:
                raise Problem(f"{line!r} is nothing that can be done here", remedy="Say ? for what there is")

    def _does(self, doing: Doing) -> Iterator[Told]:
        if self.walk is None or self.walk.over is not None:
            raise Problem("the call is over", remedy="Say back, again, save NAME or quit")
        self.doings.append(doing)
        stopped: list[Told] = []
        try:
            self.walk.do(doing)
        except Problem as problem:
            stopped = list(self._stopped(problem))
        yield from (*self._news(), *stopped)

    def _back(self) -> Iterator[Told]:
        if not self.doings:
            raise Problem("nothing was done yet")
        self.doings.pop()
        self._seen = (len(self.doings), 0)
        yield from self._walk_anew()

    def _given(self, **changes: Any) -> Iterator[Told]:
        """Something that was so from the start is different: the same call again, told from the last thing done on."""
        self.given = replace(self.given, **changes)
        self._seen = (len(self.doings), 0)
        yield from self._walk_anew()

    def _answer(self, line: str) -> Iterator[Told]:
        self.given = replace(
            self.given, facts=facts_words.answered(self.given.facts, self._wants, line, self._services)
        )
        yield from self._walk_anew()

    def _when(self, text: str) -> datetime:
        day = (self.walk.local if self.walk else self.given.now).date()
        when = as_when(f"{day} {text}" if _TIME.fullmatch(text) else text)
        if when is None:
            raise Problem(f"{text!r} is no time", remedy=f"Expected {WHEN_WORDS}")
        return when

    # --- the call

    def _walk_anew(self) -> list[Told]:
        """The same doings from the start. Those that are none any longer (the call is over before) are left out."""
        self._wants, self.walk = "", None
        told: list[Told] = []
        try:
            self.walk = Walk(self._document, self.given, self._levels)
            for number, doing in enumerate(self.doings):
                if self.walk.over is not None:
                    told.append(Told("beside", f"the call is over earlier now: {len(self.doings) - number} left out"))
                    self.doings = self.doings[:number]
                    break
                self.walk.do(doing)
        except Problem as problem:
            told += self._stopped(problem)
        return [*self._news(), *told]

    def _stopped(self, problem: Problem) -> Iterator[Told]:
        """What the call stops at: a service that nothing is known of is asked for, everything else is told."""
        if not isinstance(problem, Unsaid):
            yield Told("beside", str(problem))
            return
        self._wants = problem.service
        known = [
            outcome
            for step in self._document.steps.values()
            if isinstance(step, Serve) and step.service == problem.service
            for outcome in step.outcomes
        ]
        yield Told(
            "beside",
            f"the service {problem.service} is asked. What comes of it? One of these; values left out are made up:",
        )
        for line in facts_words.outcomes(problem.service, self._services, known):
            yield Told("help", f"  {line}")

    def _news(self) -> list[Told]:
        """What happened that was not told yet."""
        if self.walk is None:
            return []
        turns, seen = self.walk.turns, min(self._seen[0], len(self.walk.turns) - 1)
        told: list[Told] = []
        for number, turn in enumerate(turns[seen:], seen):
            from_here = self._seen[1] if number == self._seen[0] else 0
            told += telling.happened(turn.happened[from_here:])
        self._seen = (len(turns) - 1, len(turns[-1].happened))
        if self.walk.over is not None:
            told.append(Told("beside", f"{ended(self.walk.over)}; say save NAME to keep this call as a test"))
        return told

    def _help(self) -> Iterator[Told]:
        step = self._document.steps.get(self.walk.at) if self.walk is not None else None
        if isinstance(step, Menu) and self.walk is not None:
            language = self.walk.learnt.language
            for key, option in step.options.items():
                phrases = ", ".join(option.phrases.get(language, ()))
                yield Told("help", f"{key}  {option.about}{f' (say {phrases})' if phrases and step.speech else ''}")
        yield from (Told("help", line) for line in HELP)


def _listed(text: str) -> Sequence[Told]:
    return [Told("help", line) for line in text.rstrip().splitlines()]
