"""What the numbers of a conversation are, thread by thread. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assist.redaction.asking import Followed, Placed
from assist.redaction.lengths import exact
from assist.redaction.model import SECRETS, Kind
from assist.redaction.numerals import Run
from assist.redaction.reading import is_year


def settle(utterances: Sequence[Followed], *, over: bool) -> list[list[Kind]]:
    """The kind of everything placed, utterance by utterance; `UNDECIDED` where nothing tells.

    `over`: the conversation is, so that no thread goes on.
    """
    named = dict(pair for each in utterances for pair in each.named)
    groups: dict[tuple[int, Kind | None, str], list[Placed]] = {}
    threads: dict[int, list[Placed]] = {}
    for placed in (each for followed in utterances for each in followed.placed):
        threads.setdefault(placed.thread, []).append(placed)
        groups.setdefault((placed.thread, placed.kind, placed.speaker), []).append(placed)
    closed = utterances[-1].open_from if utterances else 0
    kinds: dict[int, Kind] = {}
    fitted: dict[int, list[str]] = {}
    for (thread, kind, _), group in groups.items():
        final = named.get(thread, kind)
        decided = _decide(final, group, closed=over or thread < closed)
        for placed in group:
            kinds[id(placed)] = placed.kind if placed.plain and placed.kind else decided[id(placed)]
        if final is not None and final not in SECRETS and Kind.UNDECIDED not in decided.values():
            fitted.setdefault(thread, []).append("".join(placed.digits for placed in group))
    for thread, whole in fitted.items():  # the read-back of a piece
        for placed in threads[thread]:
            if kinds[id(placed)] is Kind.UNDECIDED and any(placed.digits in digits for digits in whole) and placed.kind:
                kinds[id(placed)] = named.get(thread, placed.kind)
    _echo(threads, kinds)
    return [[kinds[id(placed)] for placed in followed.placed] for followed in utterances]


def _echo(threads: dict[int, list[Placed]], kinds: dict[int, Kind]) -> None:
    """A number said again is what it was the first time."""
    every = [placed for thread in threads.values() for placed in thread]
    told = {placed.digits: kinds[id(placed)] for placed in every if kinds[id(placed)].harmless}
    for placed in every:
        if kinds[id(placed)] is Kind.UNDECIDED and placed.digits in told:
            kinds[id(placed)] = told[placed.digits]


def _decide(kind: Kind | None, group: Sequence[Placed], *, closed: bool) -> dict[int, Kind]:
    """The kinds of what one speaker said in one thread, by the identity of each."""
    if kind in SECRETS:
        return {id(placed): kind for placed in group}
    runs = [placed.run for placed in group if placed.run]
    whole = "".join(run.digits for run in runs)
    if kind is not None:
        kept = [placed for placed in group if not (placed.repairs and len(placed.digits) <= 4)] or list(group)
        four = any(placed.four for placed in group)
        together = exact(kind, _as_one([placed.run for placed in kept if placed.run]), four=four)
        return {
            id(placed): kind
            if together or placed.beside or (placed.run and exact(kind, placed.run, four=four))
            else _alone(placed, closed=closed)
            for placed in group
        }
    short = len(whole) <= 2
    if len(group) == 1 and is_year(whole) and len(runs[0].atoms) == 2 and closed:
        return {id(group[0]): Kind.YEAR}
    return {id(placed): _alone(placed, closed=closed and short) for placed in group}


def _alone(placed: Placed, *, closed: bool) -> Kind:
    """What a number tells by itself where nobody asked for a secret."""
    run = placed.run
    if run is None:
        return Kind.UNDECIDED
    if run.cardinal:
        return Kind.AMOUNT
    if run.small and (placed.counts or closed):
        return Kind.COUNT
    return Kind.UNDECIDED


def _as_one(runs: Iterable[Run]) -> Run:
    every = list(runs)
    return Run(
        tuple(atom for run in every for atom in run.atoms),
        every[0].start if every else 0,
        every[-1].end if every else 0,
    )
