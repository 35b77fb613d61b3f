"""A call as a dialogue that people read: what the menu says, what the caller does, what happens beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from ivr.bench.doings import Doing, HangsUp, Presses, Says, SetsClock, Waits
from ivr.bench.facts import Given
from ivr.bench.golden import Result, told
from ivr.bench.sounds import Utterance
from ivr.bench.walk import Turn, Walk

Who = Literal["menu", "caller", "beside", "help"]


class Told(NamedTuple):
    who: Who
    words: str


def call(walk: Walk) -> Iterator[Told]:
    """The whole call, and where it ends."""
    yield Told("beside", arrival(walk))
    for turn in walk.turns:
        yield from turned(turn)
    yield Told("beside", told(walk.over, walk.at))


def arrival(walk: Walk) -> str:
    given: Given = walk.given
    number = f" from {given.calls_from}" if given.calls_from else ""
    dialled = f" to {given.dialled}" if given.dialled else ""
    return f"a call{number}{dialled}, {given.now:%A %Y-%m-%d %H:%M}"


def turned(turn: Turn) -> Iterator[Told]:
    if turn.doing is not None:
        yield Told("caller", done(turn.doing))
    yield from happened(turn.happened)


def happened(what: Sequence[Utterance | str]) -> Iterator[Told]:
    for each in what:
        if isinstance(each, Utterance):
            yield Told("menu", f"{each.text}{' (slowly)' if each.slow else ''}")
        else:
            yield Told("beside", each)


def done(doing: Doing) -> str:
    match doing:
        case Presses(keys, entered):
            return f"enters {keys}" if entered else f"presses {keys}"
        case Says(text, clearly):
            return f'says "{text}"' if clearly else f'mumbles "{text}"'
        case Waits():
            return "waits"
        case HangsUp():
            return "hangs up"
        case SetsClock(now):
            return f"the clock is set to {now:%A %Y-%m-%d %H:%M}"


def failed(result: Result) -> Iterator[str]:
    """A test that failed, as a dialogue with what differed at its end, marked."""
    yield f"FAILED {result.golden.name} ({result.golden.place})"
    if result.walk is not None:
        yield from map(shown, call(result.walk))
    for failure in result.failures:
        yield f"  >>> {failure.place}: expected {failure.expected}"
        yield f"      {failure.found}"


def shown(line: Told) -> str:
    match line.who:
        case "menu":
            return f"      menu:   {line.words}"
        case "caller":
            return f"      caller: {line.words}"
        case "beside":
            return f"              ({line.words})"
        case "help":
            return f"              {line.words}"
