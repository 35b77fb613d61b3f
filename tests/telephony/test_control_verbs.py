"""Verbs as the PBX hears them; and what it says when it will not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from telephony.ami.connection import Fields
from telephony.ami.errors import ActionFailed
from telephony.control import Control


class Pbx:
    def __init__(self) -> None:
        self.heard: list[Fields] = []
        self.refusal = ""

    async def action(self, fields: Fields, *, within: float = 5.0) -> dict[str, str]:
        self.heard.append(fields)
        if self.refusal:
            raise ActionFailed(self.refusal)
        return {"Response": "Success"}


VERBS: list[tuple[Callable[[Control], Awaitable[None]], Fields]] = [
    (
        lambda control: control.blind_transfer("PJSIP/trunk-1", "memberline-transfer", "2001"),
        {
            "Action": "Redirect",
            "Channel": "PJSIP/trunk-1",
            "Context": "memberline-transfer",
            "Exten": "2001",
            "Priority": "1",
        },
    ),
    (
        lambda control: control.attended_transfer("PJSIP/a1-1", "memberline-transfer", "2001"),
        {"Action": "Atxfer", "Channel": "PJSIP/a1-1", "Context": "memberline-transfer", "Exten": "2001"},
    ),
    (
        lambda control: control.cancel_attended_transfer("PJSIP/a1-1"),
        {"Action": "CancelAtxfer", "Channel": "PJSIP/a1-1"},
    ),
    (lambda control: control.hang_up("PJSIP/a1-1"), {"Action": "Hangup", "Channel": "PJSIP/a1-1", "Cause": "16"}),
    (
        lambda control: control.press("PJSIP/trunk-1", "#"),
        {"Action": "PlayDTMF", "Channel": "PJSIP/trunk-1", "Digit": "#", "Receive": "true", "Duration": "40"},
    ),
    (
        lambda control: control.set_variable("PJSIP/trunk-1", "CHANNEL(language)", "es"),
        {"Action": "Setvar", "Channel": "PJSIP/trunk-1", "Variable": "CHANNEL(language)", "Value": "es"},
    ),
    (
        lambda control: control.queue_add("PJSIP/a1", "pensions", penalty=2),
        {
            "Action": "QueueAdd",
            "Queue": "pensions",
            "Interface": "PJSIP/a1",
            "MemberName": "PJSIP/a1",
            "Penalty": "2",
        },
    ),
    (
        lambda control: control.call_back(
            "PJSIP/+14045550123@trunk",
            "memberline-callback",
            channel_id="callback-a-1",
            shown="Services <5550100>",
            variables={"ML_QUEUE": "pensions", "ML_NUMBER": "+14045550123"},
            ring_s=30,
        ),
        {
            "Action": "Originate",
            "Channel": "PJSIP/+14045550123@trunk",
            "Context": "memberline-callback",
            "Exten": "s",
            "Priority": "1",
            "ChannelId": "callback-a-1",
            "CallerID": "Services <5550100>",
            "Timeout": "30000",
            "Variable": ["ML_QUEUE=pensions", "ML_NUMBER=+14045550123"],
            "Async": "true",
        },
    ),
    (
        lambda control: control.remember("overflow_to/pensions", ""),
        {"Action": "DBPut", "Family": "memberline", "Key": "overflow_to/pensions", "Val": ""},
    ),
    (
        lambda control: control.queue_remove("PJSIP/a1", "pensions"),
        {"Action": "QueueRemove", "Queue": "pensions", "Interface": "PJSIP/a1"},
    ),
    (
        lambda control: control.queue_pause("PJSIP/a1", reason="lunch"),
        {"Action": "QueuePause", "Interface": "PJSIP/a1", "Paused": "true", "Reason": "lunch"},
    ),
    (
        lambda control: control.queue_unpause("PJSIP/a1", "pensions"),
        {"Action": "QueuePause", "Interface": "PJSIP/a1", "Paused": "false", "Reason": "", "Queue": "pensions"},
    ),
]


@pytest.mark.parametrize(
    ("verb", "action"), VERBS, ids=lambda value: value["Action"] if isinstance(value, dict) else ""
)
async def test_what_the_pbx_is_asked(verb: Callable[[Control], Awaitable[None]], action: dict[str, str]) -> None:
    pbx = Pbx()
    await verb(Control(pbx))
    assert pbx.heard == [action]


@pytest.mark.parametrize("verb", [verb for verb, _ in VERBS])
async def test_a_refusal_is_in_the_words_of_the_pbx(verb: Callable[[Control], Awaitable[None]]) -> None:
    pbx = Pbx()
    pbx.refusal = "Channel does not exist: PJSIP/gone"
    with pytest.raises(ActionFailed, match="Channel does not exist: PJSIP/gone"):
        await verb(Control(pbx))


async def test_a_channel_that_is_not_there_is_no_error_and_anything_else_is() -> None:
    pbx = Pbx()
    assert await Control(pbx).is_up("callback-a-1")
    assert pbx.heard == [{"Action": "Getvar", "Channel": "callback-a-1", "Variable": "UNIQUEID"}]
    pbx.refusal = "No such channel"
    assert not await Control(pbx).is_up("callback-a-1")
    pbx.refusal = "Permission denied"
    with pytest.raises(ActionFailed, match="Permission denied"):
        await Control(pbx).is_up("callback-a-1")
