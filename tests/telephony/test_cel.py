"""The PBX's own record, read as calls: from rows as Asterisk writes them, and from bad databases."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import Problem
from telephony.cel import COLUMNS, CelCall, CelRow, calls, read_cel

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
CALLER, AGENT = "pbx-1.0", "pbx-2.1"


def row(event: str, at: float, leg: str = CALLER, *, app: str = "", data: str = "", bridge: str = "") -> CelRow:
    caller = leg == CALLER
    return CelRow(
        event=event,
        at=START + timedelta(seconds=at),
        number="+14785550127" if caller else "1001",
        context="memberline-queue" if app == "Queue" else "memberline" if caller else "agents",
        exten="5550100" if event == "CHAN_START" else "s",
        channel="PJSIP/trunk-00000000" if caller else "PJSIP/dana-00000001",
        app=app,
        data=data,
        uniqueid=leg,
        linkedid=CALLER,
        bridge=bridge,
    )


MENU = [row("CHAN_START", 0), row("ANSWER", 0.1), row("APP_START", 0.2, app="AGI"), row("APP_END", 20, app="AGI")]
QUEUED = [*MENU, row("APP_START", 20, app="Queue", data="member_services,t,,,600")]
TALKING = [
    *QUEUED,
    row("CHAN_START", 21, AGENT),
    row("BRIDGE_ENTER", 25, AGENT, bridge="b1"),
    row("BRIDGE_ENTER", 25, CALLER, bridge="b1"),
]
GONE = [row("CHAN_END", 85), row("CHAN_END", 85, AGENT)]


def one(rows: list[CelRow]) -> CelCall:
    [call] = calls(rows, entered="memberline")
    return call


def test_a_call_through_the_menu_and_a_queue_to_an_agent() -> None:
    left = [row("BRIDGE_EXIT", 84, CALLER, bridge="b1"), row("BRIDGE_EXIT", 84, AGENT, bridge="b1")]
    call = one([*TALKING, *left, *GONE])
    assert (call.caller_number, call.dialled, call.started_at) == ("+14785550127", "5550100", START)
    assert [queue.name for queue in call.queues] == ["member_services"]
    assert [answer.name for answer in call.answers] == ["PJSIP/dana"]
    assert (call.outcome, call.wait_s, call.talk_s) == ("answered", 5.0, 59.0)
    assert call.ended_at == START + timedelta(seconds=85)


@pytest.mark.parametrize(
    ("rest", "outcome"),
    [
        ([row("CHAN_END", 50)], "abandoned"),
        ([row("APP_END", 50, app="Queue"), row("CHAN_END", 50)], "abandoned"),
        ([row("APP_END", 50, app="Queue"), row("CHAN_END", 56)], "timeout"),
        ([row("APP_END", 20, app="Queue"), row("CHAN_END", 26)], "no_agents"),
    ],
)
def test_a_caller_nobody_answered(rest: list[CelRow], outcome: str) -> None:
    call = one([*QUEUED, *rest])
    assert (call.outcome, call.answered_at, call.talk_s) == (outcome, None, 0.0)


def test_a_caller_who_never_left_the_menu() -> None:
    assert one([*MENU, row("CHAN_END", 21)]).outcome == "ivr_only"


def test_a_call_that_a_killed_pbx_left_without_an_end() -> None:
    call = one(TALKING)
    assert call.ended_at is None
    assert call.last_at == START + timedelta(seconds=25)


def test_what_did_not_come_in_through_our_context_is_no_call() -> None:
    tap = CelRow("CHAN_START", START, "tap", "default", "s", "AudioSocket/127.0.0.1:1", "", "", "tap-1", "tap-1", "")
    inner = CelRow("CHAN_START", START, "1001", "agents", "1002", "PJSIP/dana-2", "", "", "pbx-9.9", "pbx-9.9", "")
    assert calls([tap, inner], entered="memberline") == []


def recorded(path: Path, columns: str = ",".join(COLUMNS)) -> str:
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE cel ({columns})")
    return f"sqlite:///{path}"


def test_rows_of_a_database(tmp_path: Path) -> None:
    url = recorded(tmp_path / "master.db")
    extra = '{"bridge_id":"b7","bridge_technology":"simple_bridge"}'
    with sqlite3.connect(tmp_path / "master.db") as database:
        values = ("BRIDGE_ENTER", "1773151200.25", "1001", "agents", "s", "PJSIP/dana-1", "", "", "u", "l", extra)
        early = ("CHAN_START", "1773100000.0", *values[2:])
        database.executemany(f"INSERT INTO cel VALUES ({','.join('?' * len(COLUMNS))})", [early, values])
    [read] = read_cel(url, "cel", START)
    assert (read.event, read.at, read.bridge) == ("BRIDGE_ENTER", START + timedelta(seconds=0.25), "b7")


@pytest.mark.parametrize(
    ("url", "table", "told"),
    [
        ("sqlite:////nowhere/master.db", "cel", "not there"),
        ("no address", "cel", "SQLAlchemy URL"),
        ("sqlite:///{folder}/master.db", "other", "no table other"),
        ("sqlite:///{folder}/short.db", "cel", "no column linkedid, extra"),
        ("sqlite:///{folder}/garbage.db", "cel", "cannot be read"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(tmp_path: Path, url: str, table: str, told: str) -> None:
    recorded(tmp_path / "master.db")
    recorded(tmp_path / "short.db", ",".join(COLUMNS[:-2]))
    (tmp_path / "garbage.db").write_bytes(b"this is no database " * 100)
    with pytest.raises(Problem, match=told):
        read_cel(url.format(folder=tmp_path), table, START)
    assert not Path("/nowhere").exists()
