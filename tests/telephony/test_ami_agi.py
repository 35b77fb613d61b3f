"""One AGI command on a caller's channel, awaited to its result, whatever becomes of the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Problem
from telephony.ami.agi import AgiCommands, AgiResult, CallerGone, parse_environment, parse_result
from telephony.ami.connection import Fields
from telephony.ami.errors import ActionFailed, ActionTimeout, LinkDown
from telephony.ami.masking import Mask

CHANNEL = "PJSIP/trunk-00000001"


class Pbx:
    """The acting link of a PBX that does `then` with each command it takes."""

    def __init__(self) -> None:
        self.agi = AgiCommands(self, Mask())
        self.then: Callable[[str], None] = lambda command_id: None
        self.refusal = ""

    async def action(self, fields: Fields, *, within: float = 5.0) -> dict[str, str]:
        if self.refusal:
            raise ActionFailed(self.refusal)
        asyncio.get_running_loop().call_soon(self.then, str(fields["CommandID"]))
        return {"Response": "Success"}

    def results_in(self, result: str) -> None:
        self.then = lambda command_id: self.agi.on_event(
            {"Event": "AsyncAGIExec", "Channel": CHANNEL, "CommandId": command_id, "Result": result}
        )


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ("200%20result%3D49%20endpos%3D4800%0A", AgiResult(200, "49", endpos=4800)),
        ("200%20result%3D1234%0A", AgiResult(200, "1234")),
        ("200%20result%3D%20%28timeout%29%0A", AgiResult(200, "", "timeout")),
        ("200 result=12 (timeout)", AgiResult(200, "12", "timeout")),
        ("200 result=1 (a (b) c) endpos=7", AgiResult(200, "1", "a (b) c", 7)),
        ("200 result=*9#", AgiResult(200, "*9#")),
        ("510 Invalid or unknown command", AgiResult(510, data="Invalid or unknown command")),
        (
            "520-Invalid syntax.  Usage:\nGET DATA\n520 End",
            AgiResult(520, data="Invalid syntax.  Usage:\nGET DATA\n520 End"),
        ),
    ],
)
def test_results_taken_apart(raw: str, parsed: AgiResult) -> None:
    assert parse_result(raw) == parsed


@given(st.text())
def test_an_odd_result_is_a_problem_at_worst(raw: str) -> None:
    with suppress(Problem):
        parse_result(raw)


def test_the_environment() -> None:
    raw = "agi_request%3A%20async%0Aagi_callerid%3A%205551234%0Aagi_calleridname%3A%20Zo%C3%A9%0Aagi_rdnis%3A%20%0A%0A"
    assert parse_environment(raw) == {
        "agi_request": "async",
        "agi_callerid": "5551234",
        "agi_calleridname": "Zoé",
        "agi_rdnis": "",
    }


async def test_a_command_and_its_result() -> None:
    pbx = Pbx()
    pbx.results_in("200%20result%3D49%20endpos%3D4800%0A")
    assert await pbx.agi(CHANNEL, 'STREAM FILE welcome "12"') == AgiResult(200, "49", endpos=4800)


async def test_results_find_their_own_command() -> None:
    pbx = Pbx()
    pbx.then = lambda command_id: pbx.agi.on_event(
        {"Event": "AsyncAGIExec", "CommandId": command_id, "Result": f"200 result={command_id.rpartition('-')[2]}"}
    )
    results = await asyncio.gather(*(pbx.agi(f"PJSIP/{n}", "ANSWER") for n in range(20)))
    assert [result.result for result in results] == [str(n) for n in range(1, 21)]


@pytest.mark.parametrize(
    "result", ["200 result=-1", "200 result=-1 endpos=0", "511 Command Not Permitted on a dead channel"]
)
async def test_a_result_of_minus_one_means_the_caller_is_gone(result: str) -> None:
    pbx = Pbx()
    pbx.results_in(result)
    with pytest.raises(CallerGone):
        await pbx.agi(CHANNEL, "WAIT FOR DIGIT 5000", sensitive=True)


@pytest.mark.parametrize("event", ["Hangup", "AsyncAGIEnd"])
async def test_a_hangup_in_mid_command(event: str) -> None:
    pbx = Pbx()
    pbx.then = lambda command_id: pbx.agi.on_event({"Event": event, "Channel": CHANNEL})
    with pytest.raises(CallerGone):
        await pbx.agi(CHANNEL, "GET DATA welcome 5000 1", within=1)


async def test_a_hangup_of_somebody_else_is_none_of_ours() -> None:
    pbx = Pbx()
    pbx.then = lambda command_id: pbx.agi.on_event({"Event": "Hangup", "Channel": "PJSIP/other"})
    with pytest.raises(ActionTimeout, match="GET did not end within"):
        await pbx.agi(CHANNEL, "GET DATA welcome 5000 1", within=0.02)


async def test_a_channel_that_is_gone_already() -> None:
    pbx = Pbx()
    pbx.refusal = f"Channel {CHANNEL} does not exist."
    with pytest.raises(CallerGone):
        await pbx.agi(CHANNEL, "ANSWER")


async def test_a_refusal_is_told() -> None:
    pbx = Pbx()
    pbx.refusal = "Permission denied"
    with pytest.raises(ActionFailed, match="Permission denied"):
        await pbx.agi(CHANNEL, "ANSWER")


async def test_the_link_goes_down_in_mid_command() -> None:
    pbx = Pbx()
    pbx.then = lambda command_id: pbx.agi.on_disconnected()
    with pytest.raises(LinkDown):
        await pbx.agi(CHANNEL, "GET DATA welcome 5000 1", within=1)
