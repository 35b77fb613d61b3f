"""Asterisk's queue_log read as visits: `epoch|callid|queue|agent|event|data…`.

What each event says (data fields counted from 1), as app_queue writes it:

    ENTERQUEUE      url, caller id, position        the visit begins; the caller's number is not taken along
    CONNECT         hold time, channel, ring time   answered
    ABANDON         position, original, wait        abandoned
    EXITWITHTIMEOUT position, original, wait        timeout
    EXITWITHKEY     key, position, original, wait   transferred: the caller chose another way
    EXITEMPTY       position, original, wait        no_agents
    COMPLETEAGENT, COMPLETECALLER   hold, talk, original position
    BLINDTRANSFER   extension, context, hold, talk, original position
    ATTENDEDTRANSFER  method, …, hold, talk, original position (counted from the end: methods differ in length)
    TRANSFER        as BLINDTRANSFER, of Asterisk before version 12

Other events (RINGNOANSWER, PAUSE, ADDMEMBER …) say nothing of a visit. The log tells no wrap-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from core.errors import Problem
from core.yaml_places import cut
from scheduling.history.model import QueueVisit, VisitOutcome

MOST_TOLD = 20
_LEAST_FIELDS = 5


@dataclass(frozen=True)
class Read:
    """`ignored` counts lines of events that say nothing of a visit."""

    visits: tuple[QueueVisit, ...]
    ignored: int


class _Log:
    def __init__(self) -> None:
        self.visits: dict[tuple[str, str], list[QueueVisit]] = {}

    def entered(self, at: datetime, call_id: str, queue: str) -> None:
        visit = QueueVisit(call_id=call_id, queue=queue, offered_at=at)
        self.visits.setdefault((call_id, queue), []).append(visit)

    def left(self, at: datetime, call_id: str, queue: str, wait: str, outcome: VisitOutcome) -> None:
        """One that began in an earlier file is as long as the event says."""
        wait_s = _seconds("the wait", wait)
        mine = self.visits.setdefault((call_id, queue), [])
        if not mine or mine[-1].left_at is not None:
            mine.append(QueueVisit(call_id=call_id, queue=queue, offered_at=at - timedelta(seconds=wait_s)))
        mine[-1] = msgspec.structs.replace(mine[-1], left_at=at, outcome=outcome)

    def answered(self, at: datetime, call_id: str, queue: str, wait: str, agent: str) -> None:
        self.left(at, call_id, queue, wait, "answered")
        mine = self.visits[call_id, queue]
        mine[-1] = msgspec.structs.replace(mine[-1], device=agent)

    def ended(self, at: datetime, call_id: str, queue: str, hold: str, talk: str) -> None:
        talk_s = _seconds("the talk", talk)
        mine = self.visits.setdefault((call_id, queue), [])
        if not mine:
            answered = at - timedelta(seconds=talk_s)
            self.left(answered, call_id, queue, hold, "answered")
        mine[-1] = msgspec.structs.replace(mine[-1], ended_at=at, talk_s=talk_s)


def read(lines: Iterable[str], place: str) -> Read:
    """The visits of a log, in the order they were offered. Raises one `Problem` naming each line that cannot be used.

    The last line may be cut short: the PBX is still writing it.
    """
    log, ignored = _Log(), 0
    wrong: list[tuple[int, str]] = []
    number, cut_short = 0, False
    for number, line in enumerate(lines, 1):
        cut_short = not line.endswith("\n")
        if not line.strip():
            continue
        try:
            ignored += not _take(log, line.rstrip("\r\n").split("|"))
        except Problem as problem:
            wrong.append((number, f"{place}:{number}: {problem}"))
    if cut_short and wrong and wrong[-1][0] == number:
        wrong.pop()
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} lines more"] if len(wrong) > MOST_TOLD else []
        told = [text for _, text in wrong[:MOST_TOLD]]
        raise Problem("\n".join([f"{place}: nothing was taken from it", *told, *more]))
    visits = (visit for mine in log.visits.values() for visit in mine)
    return Read(tuple(sorted(visits, key=lambda visit: (visit.offered_at, visit.call_id))), ignored)


def _take(log: _Log, fields: list[str]) -> bool:
    if len(fields) < _LEAST_FIELDS:
        raise Problem(f"has {len(fields)} fields", remedy="Expected epoch|callid|queue|agent|event|data…")
    epoch, call_id, queue, agent, event, *data = fields
    handler = _HANDLERS.get(event)
    if handler is None:
        return False
    try:
        at = datetime.fromtimestamp(float(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise Problem(f"the time is {cut(epoch)}", remedy="Expected seconds since 1970") from None
    if not call_id or not queue:
        raise Problem(f"{event} without a call or a queue")
    try:
        handler(log, at, call_id, queue, agent, data)
    except IndexError:
        raise Problem(f"{event} with {len(data)} fields of data", remedy="Is the line cut short?") from None
    return True


def _seconds(what: str, text: str) -> float:
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        raise Problem(f"{what} is {cut(text)}", remedy="Expected whole seconds, 0 or more")
    return float(text)


def _from_end(data: list[str]) -> tuple[str, str]:
    """Hold and talk, of events that end with hold, talk and the original position."""
    return data[-3], data[-2]


_Handler = Callable[[_Log, datetime, str, str, str, list[str]], None]
_HANDLERS: dict[str, _Handler] = {
    "ENTERQUEUE": lambda log, at, call, queue, _agent, _data: log.entered(at, call, queue),
    "CONNECT": lambda log, at, call, queue, agent, data: log.answered(at, call, queue, data[0], agent),
    "ABANDON": lambda log, at, call, queue, _agent, data: log.left(at, call, queue, data[2], "abandoned"),
    "EXITWITHTIMEOUT": lambda log, at, call, queue, _agent, data: log.left(at, call, queue, data[2], "timeout"),
    "EXITWITHKEY": lambda log, at, call, queue, _agent, data: log.left(at, call, queue, data[3], "transferred"),
    "EXITEMPTY": lambda log, at, call, queue, _agent, data: log.left(at, call, queue, data[2], "no_agents"),
    "COMPLETEAGENT": lambda log, at, call, queue, _agent, data: log.ended(at, call, queue, data[0], data[1]),
    "COMPLETECALLER": lambda log, at, call, queue, _agent, data: log.ended(at, call, queue, data[0], data[1]),
    "TRANSFER": lambda log, at, call, queue, _agent, data: log.ended(at, call, queue, data[2], data[3]),
    "BLINDTRANSFER": lambda log, at, call, queue, _agent, data: log.ended(at, call, queue, data[2], data[3]),
    "ATTENDEDTRANSFER": lambda log, at, call, queue, _agent, data: log.ended(at, call, queue, *_from_end(data)),
}
