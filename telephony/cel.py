"""The PBX's own record (CEL), read afterwards: which calls there were, whoever was watching.

`read_cel` is the I/O and blocks: run it in a thread. `calls` is pure. Cost: one pass over the rows, a few microseconds
each; a week of 10,000 calls a day is 2 million rows, so ask for the days you need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import DateTime, MetaData, Table, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchTableError, SQLAlchemyError

from core.errors import Problem
from telephony.calls.legs import CALLBACK

Outcome = Literal["answered", "abandoned", "timeout", "no_agents", "ivr_only"]

COLUMNS = (
    *("eventtype", "eventtime", "cid_num", "context", "exten", "channame", "appname", "appdata", "uniqueid"),
    *("linkedid", "extra"),
)
AT_ONCE_S = 1.0  # who is sent on from a queue within this time was never let in
GOES_ON_S = 0.05  # who is still there this long after the queue was not the one who hung up
REMEDY = "See that Asterisk's CEL is on and that cel_url names its database"


@dataclass(frozen=True, slots=True)
class CelRow:
    """One event of the record."""

    event: str
    at: datetime
    number: str
    context: str
    exten: str
    channel: str
    app: str
    data: str
    uniqueid: str
    linkedid: str
    bridge: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When a caller came to a queue, or to the agent at a device."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class CelCall:
    """One visit. `ended_at` is None for a call that goes on, and for one that a killed PBX left without an end."""

    linkedid: str
    caller_number: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    last_at: datetime
    queues: tuple[Moment, ...]
    answers: tuple[Moment, ...]
    outcome: Outcome
    wait_s: float
    talk_s: float


def read_cel(url: str, table: str, since: datetime) -> list[CelRow]:
    """The rows since `since`, in the order they were written. Raises `Problem`."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise Problem("found no database address, expected a SQLAlchemy URL", place="cel_url", remedy=REMEDY) from None
    place = address.render_as_string(hide_password=True)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise Problem("the PBX's own record is not there", place=place, remedy=REMEDY)
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            record = Table(table, MetaData(), autoload_with=connection)
            if missing := [name for name in COLUMNS if name not in record.columns]:
                raise Problem(f"found no column {', '.join(missing)}", place=f"{place} table {table}", remedy=REMEDY)
            times = record.columns["eventtime"]
            begin = since if isinstance(times.type, DateTime) else f"{since.timestamp():.6f}"
            asked = select(*(record.columns[name] for name in COLUMNS)).where(times >= begin).order_by(times)
            return [_row(tuple(values)) for values in connection.execute(asked)]
    except NoSuchTableError:
        raise Problem(f"found no table {table}", place=place, remedy=REMEDY) from None
    except SQLAlchemyError as error:
        raise Problem(f"cannot be read: {type(error).__name__}", place=place, remedy=REMEDY) from error
    finally:
        engine.dispose()


def calls(rows: Iterable[CelRow], *, entered: str) -> list[CelCall]:
    """Every call whose caller entered the dialplan context `entered`, one for each visit, by their beginning.

    Taps, Local halves and calls between agents never come in there, so they are none. Call backs that somebody answered
    are calls, too: an answer leads into our own context at once.
    """
    visits: dict[str, list[CelRow]] = {}
    for row in rows:
        visits.setdefault(row.linkedid, []).append(row)
    found = [_call(linkedid, legs) for linkedid, legs in visits.items() if _entered(linkedid, legs, entered)]
    return sorted(found, key=lambda call: call.started_at)


def _row(values: Sequence[object]) -> CelRow:
    event, time, *rest = values
    number, context, exten, channel, app, data, uniqueid, linkedid, extra = (str(value or "") for value in rest)
    at = time.astimezone(UTC) if isinstance(time, datetime) else datetime.fromtimestamp(float(str(time)), UTC)
    bridge = ""
    if extra and event in ("BRIDGE_ENTER", "BRIDGE_EXIT"):
        try:
            bridge = str(json.loads(extra).get("bridge_id", ""))
        except (ValueError, AttributeError):
            bridge = ""  # the record says nothing of which bridge: time together is then not counted
    return CelRow(str(event), at, number, context, exten, channel, app, data, uniqueid, linkedid, bridge)


def _entered(linkedid: str, rows: Sequence[CelRow], context: str) -> bool:
    own = [row for row in rows if row.uniqueid == linkedid]
    if linkedid.startswith(CALLBACK):
        return any(row.event == "ANSWER" for row in own)
    return any(row.context == context for row in own)


def _call(linkedid: str, rows: Sequence[CelRow]) -> CelCall:
    own = [row for row in rows if row.uniqueid == linkedid]
    # Who is called back sees our number until they answer: theirs is the last one.
    numbered = reversed(own) if linkedid.startswith(CALLBACK) else own
    queues = tuple(
        Moment(row.at, row.data.partition(",")[0]) for row in own if row.event == "APP_START" and row.app == "Queue"
    )
    talks = _talks(linkedid, rows)
    ended = next((row.at for row in own if row.event == "CHAN_END"), None)
    last = max(row.at for row in rows)
    return CelCall(
        linkedid=linkedid,
        caller_number=next((row.number for row in numbered if row.number), ""),
        dialled=own[0].exten,
        started_at=own[0].at,
        answered_at=talks[0].begin if talks else None,
        ended_at=ended,
        last_at=last,
        queues=queues,
        answers=tuple(Moment(talk.begin, talk.device) for talk in talks),
        outcome=_outcome(own, queues, talks),
        wait_s=round(sum(_wait(own, queue, talks) for queue in queues), 3),
        talk_s=round(sum(((talk.end or last) - talk.begin).total_seconds() for talk in talks), 3),
    )


@dataclass(slots=True)
class _Talk:
    """The caller in one bridge with one device."""

    begin: datetime
    device: str
    end: datetime | None = None


def _talks(caller: str, rows: Sequence[CelRow]) -> list[_Talk]:
    """When the caller was in a bridge with somebody, holds included."""
    inside: dict[str, dict[str, str]] = {}  # bridge → uniqueid → device
    talks: list[_Talk] = []
    for row in rows:
        if row.event not in ("BRIDGE_ENTER", "BRIDGE_EXIT"):
            continue
        legs = inside.setdefault(row.bridge, {})
        if row.event == "BRIDGE_ENTER":
            legs[row.uniqueid] = row.channel.rpartition("-")[0]
        else:
            legs.pop(row.uniqueid, None)
        together = caller in legs and len(legs) > 1
        open_talk = talks[-1] if talks and talks[-1].end is None else None
        if together and open_talk is None:
            talks.append(_Talk(row.at, next(device for leg, device in legs.items() if leg != caller)))
        elif open_talk is not None and not any(caller in others and len(others) > 1 for others in inside.values()):
            open_talk.end = row.at
    return talks


def _wait(own: Sequence[CelRow], queue: Moment, talks: Sequence[_Talk]) -> float:
    """How long the caller was in this queue before somebody answered, or without."""
    ends = [row.at for row in own if row.at >= queue.at and (row.event == "CHAN_END" or _left_queue(row))]
    ends += [talk.begin for talk in talks if talk.begin >= queue.at]
    return (min(ends) - queue.at).total_seconds() if ends else (own[-1].at - queue.at).total_seconds()


def _outcome(own: Sequence[CelRow], queues: Sequence[Moment], talks: Sequence[_Talk]) -> Outcome:
    if not queues:
        return "answered" if talks else "ivr_only"
    last = queues[-1]
    if any(talk.begin >= last.at for talk in talks):
        return "answered"
    left = next((row.at for row in own if _left_queue(row) and row.at >= last.at), None)
    gone = next((row.at for row in own if row.event == "CHAN_END"), None)
    if left is None or gone is None or (gone - left).total_seconds() < GOES_ON_S:
        return "abandoned"
    return "no_agents" if (left - last.at).total_seconds() < AT_ONCE_S else "timeout"


def _left_queue(row: CelRow) -> bool:
    return row.event == "APP_END" and row.app == "Queue"
