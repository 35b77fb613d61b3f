"""From events of presence to the times that somebody spent in each state. Pure.

What is done with each that is not as it should be:

- an event that is **out of order** is put where its time says, and counted;
- an event told **twice**, or one that says what is so already, changes nothing, and is counted;
- of two events at the **same instant** the later told stands;
- **before the first** event a person is signed out; after one who **signs off** they are so until the next event;
- where nothing was heard (a service that restarts: an event with the presence `unknown`) the state is unknown **until
  the person's next event**. Where that says the state of before and that it has been so since before the gap
  (`since`), the gap is filled with it;
- the **last** state lasts until `until`; what comes later than that is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from core.events import Message
from records.agent_times import TimeSpent
from scheduling.adherence.model import SIGNED_OUT, UNKNOWN, Seen, Spell
from telephony.agents.states import AgentStateChanged


class Folded(Message, frozen=True, kw_only=True):
    """`spells` follow each other without a gap and without two equal states in a row."""

    spells: tuple[Spell, ...]
    out_of_order: int = 0
    repeated: int = 0


def fold(events: Sequence[Seen], since: datetime, until: datetime, everybody: Sequence[Seen] = ()) -> Folded:
    """The states of one person from `since` up to `until`; both timezone-aware. No event at all: signed out.

    `everybody` is what is said of all people together, in order: that nothing was heard from then on. At the same
    instant the person's own event stands. Costs O(events) where they are in order, O(n log n) at the worst.
    """
    out_of_order = sum(later.at < sooner.at for sooner, later in pairwise(events))
    told = sorted([*everybody, *events], key=lambda each: each.at) if out_of_order or everybody else events
    spells: list[Spell] = []
    presence, reason, began, repeated = SIGNED_OUT, "", since, 0
    before = SIGNED_OUT, ""  # the state before the last gap
    for event in told:
        if event.at >= until:
            break
        if (event.presence, event.reason) == (presence, reason):
            repeated += 1
            continue
        at = max(event.at, since)
        if at > began:
            went_on = presence == UNKNOWN and _went_on(before, event, began)
            state = (event.presence, event.reason) if went_on else (presence, reason)
            spells.append(Spell(start=began, end=at, presence=state[0], reason=state[1]))
            began = at
        if event.presence == UNKNOWN:
            before = presence, reason
        presence, reason = event.presence, event.reason
    if until > began:
        spells.append(Spell(start=began, end=until, presence=presence, reason=reason))
    return Folded(spells=_joined(spells), out_of_order=out_of_order, repeated=repeated)


def seen(event: AgentStateChanged) -> Seen:
    """The event of a telephone, for whoever sits there."""
    return Seen(at=event.at, presence=event.state.presence, reason=event.state.reason, since=event.state.since)


def kept(times: Iterable[TimeSpent]) -> tuple[Seen, ...]:
    """What is stored of an agent's times as events. Between two that do not touch, the agent was signed out."""
    made: list[Seen] = []
    for each in sorted(times, key=lambda time: time.began_at):
        if made and made[-1].at == each.began_at:
            made.pop()  # signed out for no time
        made.append(Seen(at=each.began_at, presence=each.presence, reason=each.reason))
        if each.ended_at is not None:
            made.append(Seen(at=each.ended_at, presence=SIGNED_OUT))
    return tuple(made)


def _went_on(before: tuple[str, str], event: Seen, gap_began: datetime) -> bool:
    """Whether the state of before a gap is known to have lasted through it."""
    return before == (event.presence, event.reason) and event.since is not None and event.since <= gap_began


def _joined(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """Equal states in a row (a filled gap, or one between them that lasted no time) as one."""
    made: list[Spell] = []
    for spell in spells:
        if made and (made[-1].presence, made[-1].reason) == (spell.presence, spell.reason):
            made[-1] = Spell(start=made[-1].start, end=spell.end, presence=spell.presence, reason=spell.reason)
        else:
            made.append(spell)
    return tuple(made)
