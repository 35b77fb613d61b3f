"""Everybody's work at a glance, as a value, and what of it became another. Pure.

What is pushed is the same for all who may see the wall: nobody reads the name of a protected member on it, cleared or
not. Lines stand in the order of their names and ids; pages show them as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Literal, TypeVar

from assist.call_file import CallFile
from assist.desk.messages import AlarmKind, DeskState, Phase
from core.events import Event, Message
from records.profile import seen_by
from telephony.agents.states import AgentState


class WaitingLine(Message, frozen=True, kw_only=True):
    name: str
    waiting: int


class AgentLine(Message, frozen=True, kw_only=True):
    agent_id: str
    name: str
    device: str
    state: AgentState


class CallLine(Message, frozen=True, kw_only=True):
    """One call. `caller` is the member's name, or the number of who is not known; of a protected member neither."""

    call_id: str
    caller: str
    member_id: str | None
    protected: bool
    queue: str
    phase: Phase | Literal["menu", "waiting"]
    agent: str
    started_at: datetime
    chosen: str
    alarms: tuple[AlarmKind, ...] = ()  # those that nobody has seen to yet


class Wall(Message, frozen=True, kw_only=True):
    """All queues, all agents who are on a telephone, all calls that go on."""

    queues: tuple[WaitingLine, ...] = ()
    agents: tuple[AgentLine, ...] = ()
    calls: tuple[CallLine, ...] = ()


class WallChanged(Event, frozen=True, kw_only=True):
    """Lines that are new or others now, and the names and ids of those that are gone. `anew`: so is all else."""

    queues: tuple[WaitingLine, ...]
    agents: tuple[AgentLine, ...]
    calls: tuple[CallLine, ...]
    queues_gone: tuple[str, ...]
    agents_gone: tuple[str, ...]
    calls_gone: tuple[str, ...]
    anew: bool


Line = TypeVar("Line", WaitingLine, AgentLine, CallLine)


def drawn(desks: Iterable[DeskState], files: Iterable[CallFile], waiting: Mapping[str, Sequence[str]]) -> Wall:
    """The wall of these desks, calls, and queues with who waits there."""
    desks = list(desks)
    names = {desk.agent_id: desk.agent_name for desk in desks}
    return Wall(
        queues=_ordered((WaitingLine(name=name, waiting=len(line)) for name, line in waiting.items()), _queue),
        agents=_ordered(
            (
                AgentLine(agent_id=desk.agent_id, name=desk.agent_name, device=desk.device, state=desk.state)
                for desk in desks
                if desk.device
            ),
            _agent,
        ),
        calls=_ordered((_line(file, names) for file in files if file.ended_at is None), _call),
    )


def changes(before: Wall, after: Wall, at: datetime, *, anew: bool = False) -> WallChanged | None:
    """What makes `after` of `before`, or (`anew`) of any wall; None where they are the same."""
    if anew:
        before = Wall()
    elif before == after:
        return None
    queues, queues_gone = _difference(before.queues, after.queues, _queue)
    agents, agents_gone = _difference(before.agents, after.agents, _agent)
    calls, calls_gone = _difference(before.calls, after.calls, _call)
    return WallChanged(
        at=at,
        queues=queues,
        agents=agents,
        calls=calls,
        queues_gone=queues_gone,
        agents_gone=agents_gone,
        calls_gone=calls_gone,
        anew=anew,
    )


def apply(wall: Wall, change: WallChanged) -> Wall:
    """`wall` after `change`; the widget does the same."""
    before = Wall() if change.anew else wall
    return Wall(
        queues=_merged(before.queues, change.queues, change.queues_gone, _queue),
        agents=_merged(before.agents, change.agents, change.agents_gone, _agent),
        calls=_merged(before.calls, change.calls, change.calls_gone, _call),
    )


def _line(file: CallFile, names: Mapping[str, str]) -> CallLine:
    member = seen_by(file.member, cleared=False) if file.member else None
    return CallLine(
        call_id=file.call_id,
        caller=member.name if member else file.caller_number,
        member_id=member.member_id if member else None,
        protected=member is not None and member.protected,
        queue=file.queue,
        phase="talking" if file.talking else "waiting" if file.waiting_since else "menu",
        agent=names.get(file.talking or "", ""),
        started_at=file.started_at,
        chosen=file.chosen,
        alarms=tuple(sorted(file.alarms)),
    )


def _queue(line: WaitingLine) -> str:
    return line.name


def _agent(line: AgentLine) -> str:
    return line.agent_id


def _call(line: CallLine) -> str:
    return line.call_id


def _ordered(lines: Iterable[Line], key: Callable[[Line], str]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=key))


def _difference(
    before: Sequence[Line], after: Sequence[Line], key: Callable[[Line], str]
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The lines that are new or others, and the keys of those that are gone."""
    known, now = {key(line): line for line in before}, {key(line) for line in after}
    other = tuple(line for line in after if known.get(key(line)) != line)
    return other, tuple(gone for gone in known if gone not in now)


def _merged(
    lines: Sequence[Line], other: Sequence[Line], gone: Sequence[str], key: Callable[[Line], str]
) -> tuple[Line, ...]:
    out = {*gone, *map(key, other)}
    return _ordered(chain((line for line in lines if key(line) not in out), other), key)
