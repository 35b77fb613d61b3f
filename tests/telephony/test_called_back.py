"""A call back in the tracker and in the PBX's own record: a call once somebody answers, with the number called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.ids import call_id
from telephony.calls.tracker import CallTracker
from telephony.cel import CelRow, calls
from telephony.events import CalledBack, CallEnded, CallEvent, CallStarted
from telephony.snapshot import RawSnapshot

CHANNEL = "callback-019aaf3e-1c2b-7def-8123-456789abcdef-1"
START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
LEG = {"Uniqueid": CHANNEL, "Linkedid": CHANNEL, "Channel": "PJSIP/trunk-00000001", "Timestamp": "100.0"}
NEW = {**LEG, "Event": "Newchannel", "ChannelState": "0", "CallerIDNum": "<unknown>", "Exten": "s"}
HANGUP = {**LEG, "Event": "Hangup", "Timestamp": "160.0"}


def pressed(result: str, **headers: str) -> dict[str, str]:
    return {
        **LEG,
        "Event": "UserEvent",
        "UserEvent": "MemberlineCallback",
        "Result": result,
        "CallerIDNum": "+14045550123",
        "Exten": "s",
        **headers,
    }


def told(*messages: dict[str, str]) -> list[CallEvent]:
    tracker = CallTracker("pbx")
    return [event for message in messages for event in tracker.feed(message)]


def test_a_call_that_nobody_answers_is_none() -> None:
    assert told(NEW, {**LEG, "Event": "DialBegin", "Uniqueid": "", "DestUniqueid": CHANNEL}, HANGUP) == []


def test_whoever_answers_makes_it_a_call_with_their_number() -> None:
    started, answered, silent, ended = told(NEW, pressed("answered"), pressed("silent"), HANGUP)
    assert isinstance(started, CallStarted)
    assert (started.caller_number, started.dialled, started.linkedid) == ("+14045550123", "", CHANNEL)
    assert isinstance(answered, CalledBack)
    assert isinstance(silent, CalledBack)
    assert (answered.result, silent.result) == ("answered", "silent")
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.answered) == ("ivr_only", False)


@pytest.mark.parametrize(
    "message",
    [
        pressed("anything else"),
        pressed("accepted", Uniqueid="pbx-1.0", Linkedid="pbx-1.0"),  # some other call that says so
        pressed("accepted", Linkedid="pbx-1.0"),
    ],
)
def test_what_is_no_call_back_is_not_taken_for_one(message: dict[str, str]) -> None:
    assert told(NEW, message) == []


def test_one_that_goes_on_is_found_again_after_a_restart() -> None:
    tracker = CallTracker("pbx")
    asking = {**LEG, "Application": "Read", "CallerIDNum": "+14045550123", "Context": "memberline-callback"}
    ringing = {**asking, "Uniqueid": "callback-b-1", "Linkedid": "callback-b-1", "Application": "AppDial2"}
    [started] = tracker.reconcile(RawSnapshot(channels=(asking, ringing)), START)
    assert isinstance(started, CallStarted)
    assert (started.linkedid, started.incomplete) == (CHANNEL, True)
    assert [type(event) for event in tracker.feed(pressed("accepted"))] == [CalledBack]


def test_its_id_is_dated_as_the_wish() -> None:
    first, second = (UUID(call_id("pbx", CHANNEL[:-1] + attempt)) for attempt in "12")
    assert first != second
    assert first.int >> 80 == second.int >> 80 == int("019aaf3e1c2b", 16)
    assert UUID(call_id("pbx", "callback-1-1")).int >> 80 == 0


def row(event: str, at: float, number: str, context: str, app: str = "") -> CelRow:
    return CelRow(
        event=event,
        at=START + timedelta(seconds=at),
        number=number,
        context=context,
        exten="s",
        channel="PJSIP/trunk-00000001",
        app=app,
        data="member_services,t" if app == "Queue" else "",
        uniqueid=CHANNEL,
        linkedid=CHANNEL,
        bridge="",
    )


RUNG = [row("CHAN_START", 0, "", "from-trunk")]
ANSWERED = [*RUNG, row("ANSWER", 5, "5550100", "from-trunk")]


def test_in_the_record_too_only_what_was_answered_is_a_call() -> None:
    unanswered = [*RUNG, row("HANGUP", 30, "5550100", "from-trunk"), row("CHAN_END", 30, "5550100", "from-trunk")]
    assert calls(unanswered, entered="memberline") == []
    [machine] = calls([*ANSWERED, row("CHAN_END", 9, "+14045550123", "memberline-callback")], entered="memberline")
    assert (machine.caller_number, machine.outcome) == ("+14045550123", "ivr_only")


def test_in_the_record_one_who_pressed_1_waited_in_the_queue() -> None:
    queue = [
        row("APP_START", 10, "+14045550123", "memberline-queue", "Queue"),
        row("APP_END", 40, "+14045550123", "memberline-queue", "Queue"),
        row("CHAN_END", 40, "+14045550123", "memberline-queue"),
    ]
    [call] = calls([*ANSWERED, *queue], entered="memberline")
    assert ([each.name for each in call.queues], call.outcome, call.wait_s) == (["member_services"], "abandoned", 30)
