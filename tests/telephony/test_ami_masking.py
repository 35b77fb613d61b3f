"""Secret digits reach nobody but the one who asked for them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fake_ami import FakeAmi
from waiting import until

from telephony.ami.agi import AgiCommands, AgiResult
from telephony.ami.link import AmiLink
from telephony.ami.masking import LINGER_S, MASKED, Mask
from telephony.ami.recorder import Recorder
from telephony.ami.wire import Framer

CHANNEL, UNIQUEID, PIN = "PJSIP/trunk-00000001", "pbx-1795424769.4711", "4711"
ON_CHANNEL = {"Channel": CHANNEL, "Uniqueid": UNIQUEID, "Linkedid": UNIQUEID}


def exec_result(command_id: str, result: str = f"200%20result%3D{PIN}%0A") -> dict[str, str]:
    return {"Event": "AsyncAGIExec", **ON_CHANNEL, "CommandId": command_id, "Result": result}


LEAKS = [
    {"Event": "DTMFEnd", **ON_CHANNEL, "Digit": "4"},
    {"Event": "DTMFBegin", **ON_CHANNEL, "Digit": "7"},
    {"Event": "VarSet", **ON_CHANNEL, "Variable": "PIN", "Value": PIN},
    {"Event": "Newexten", **ON_CHANNEL, "Application": "NoOp", "AppData": f"pin is {PIN}"},
    {"Event": "UserEvent", **ON_CHANNEL, "UserEvent": "Entered", "Pin": PIN},
    {"Event": "AGIExecEnd", **ON_CHANNEL, "Command": f"SET VARIABLE PIN {PIN}", "Result": "Success"},
]


def carried(message: dict[str, str]) -> str:
    return " ".join(value for name, value in message.items() if name not in ON_CHANNEL)


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak["Event"])
async def test_nothing_spells_digits_while_a_secret_is_read(leak: dict[str, str]) -> None:
    mask = Mask()
    mask.expect(CHANNEL, "secret-1")
    masked = mask.apply(leak)
    assert not set("4711") & set(carried(masked))
    assert MASKED in masked.values()
    assert {name: masked[name] for name in ON_CHANNEL} == ON_CHANNEL


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak["Event"])
async def test_what_lags_behind_on_the_other_link_is_masked_too(leak: dict[str, str]) -> None:
    mask = Mask()
    future = mask.expect(UNIQUEID, "secret-1")
    mask.apply(exec_result("secret-1"))
    assert future.result() == f"200%20result%3D{PIN}%0A"
    mask.over("secret-1")
    assert PIN not in carried(mask.apply(leak))
    assert mask.apply(leak) != leak


async def test_afterwards_the_call_is_told_as_it_is() -> None:
    now = 100.0
    mask = Mask(lambda: now)
    mask.expect(CHANNEL, "secret-1")
    mask.apply(exec_result("secret-1"))
    mask.over("secret-1")
    status = {"Event": "UserEvent", **ON_CHANNEL, "UserEvent": "QueueStatus", "Status": "TIMEOUT"}
    assert mask.apply(status) is status
    now += LINGER_S + 1
    assert mask.apply(LEAKS[0]) is LEAKS[0]


async def test_other_channels_are_not_touched() -> None:
    mask = Mask()
    mask.expect(CHANNEL, "secret-1")
    other = {"Event": "DTMFEnd", "Channel": "PJSIP/a1-00000002", "Uniqueid": "pbx-1.2", "Digit": "4"}
    assert mask.apply(other) is other


def test_a_marked_result_is_masked_even_by_those_who_never_heard_of_it() -> None:
    assert Mask().apply(exec_result("secret-of-another-run"))["Result"] == MASKED
    plain = exec_result("agi-1")
    assert Mask().apply(plain) is plain


def test_a_secret_read_needs_a_marked_id() -> None:
    with pytest.raises(ValueError, match="secret-"):
        Mask().expect(CHANNEL, "agi-1")


class World(NamedTuple):
    pbx: FakeAmi
    agi: AgiCommands
    seen: list[dict[str, str]]
    trace: Path


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Both links on one fake PBX, sharing a mask; everything recorded."""
    async with FakeAmi() as pbx:
        seen: list[dict[str, str]] = []
        mask, recorder = Mask(), Recorder(tmp_path / "trace.ami")

        def acting_event(message: dict[str, str]) -> None:
            seen.append(message)
            agi.on_event(message)

        acting = AmiLink[None]("acting", pbx.address, on_event=acting_event, mask=mask, record=recorder.record)
        listening = AmiLink[None]("listening", pbx.address, on_event=seen.append, mask=mask, record=recorder.record)
        agi = AgiCommands(acting, mask)
        await acting.start()
        await listening.start()
        pbx.answers["AGI"] = lambda action: [{"Response": "Success", "Message": "Added AGI command to queue"}]
        yield World(pbx, agi, seen, tmp_path / "trace.ami")
        await acting.stop()
        await listening.stop()
        recorder.close()


async def test_the_whole_way(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def command_given(action: dict[str, str]) -> list[dict[str, str]]:
        world.pbx.say(*LEAKS, exec_result(action["CommandID"]), *LEAKS)
        return [{"Response": "Success", "Message": "Added AGI command to queue"}]

    world.pbx.answers["AGI"] = command_given
    result = await world.agi(CHANNEL, "GET DATA enter-pin 5000 4", sensitive=True, within=2)
    assert result == AgiResult(code=200, result=PIN)
    world.pbx.say({"Event": "Last"})
    await until(lambda: [message["Event"] for message in world.seen].count("Last") == 2)
    assert len(world.seen) == 2 * (2 * len(LEAKS) + 3)  # and FullyBooted and Last
    assert not [message for message in world.seen if PIN in carried(message)]
    assert PIN not in caplog.text.replace(UNIQUEID, "")


async def test_the_trace_holds_no_digits(world: World, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "own.ami")
    mask = Mask()
    mask.expect(CHANNEL, "secret-1")
    for message in (*LEAKS, exec_result("secret-1"), {"Event": "A", "Output": "one\ntwo", "Odd": "a\rb"}):
        recorder.record(mask.apply(message))
    recorder.close()
    messages = Framer().feed((tmp_path / "own.ami").read_bytes())
    assert len(messages) == len(LEAKS) + 2
    assert not [message for message in messages if PIN in carried(message)]
    assert messages[-1] == {"Event": "A", "Output": "one\ntwo", "Odd": "a b"}


def test_a_trace_has_a_bound(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "own.ami", max_bytes=30)
    for _ in range(3):
        recorder.record({"Event": "Hangup"})
    recorder.close()
    assert (tmp_path / "own.ami").read_bytes() == b"Event: Hangup\r\n\r\n"
    assert recorder.lost == 2
