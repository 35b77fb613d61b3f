"""A real call on a real Asterisk: the menu's commands, both legs heard apart, transferred by our verbs.

The caller hums at 440 Hz, the first agent at 880, the one a call is transferred to at 620.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import numpy as np
import pytest
from real_house import House, house, listen, loudness
from waiting import until

from memberline.demo.phone import Call, CallOver, Phone
from telephony.ami.agi import CallerGone, parse_environment
from telephony.audio import SAMPLE_RATE
from telephony.pbx.runner import PrivateAsterisk

pytestmark = pytest.mark.pbx

CALLER_HZ, AGENT_HZ, ANALYST_HZ = 440, 880, 620
LOUD, SILENT = 4000, 200  # of an amplitude of 8000
PIN = "4711"
ANALYST_KEYS = "901"


def tone(hertz: float, seconds: float = 60.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (8000 * np.sin(2 * np.pi * hertz * t)).astype(np.int16)


async def hum(call: Call, hertz: float) -> None:
    with suppress(CallOver):
        await call.play(tone(hertz))


@dataclass
class World:
    """The house, and the telephones of a caller, an agent and an analyst."""

    house: House
    trunk: Phone
    dana: Phone
    priya: Phone
    stack: AsyncExitStack

    async def caller_in_menu(self) -> tuple[Call, dict[str, str]]:
        """A call that the dialplan has handed to us, and its AsyncAGIStart."""
        self.house.forget()
        call = await self.trunk.call(self.house.asterisk.site.number, number="5551234", name="Caller")
        self.stack.push_async_callback(call.hang_up)
        await call.answered(5.0)
        return call, await self.house.heard("AsyncAGIStart")

    async def talking(self) -> tuple[Call, Call, dict[str, str]]:
        """A caller and dana in conversation, both humming; and the AgentConnect that tells of it."""
        caller, started = await self.caller_in_menu()
        await self.house.agi(started["Channel"], "SET VARIABLE ML_QUEUE member_services")
        await self.house.agi(started["Channel"], "ASYNCAGI BREAK")
        agent = await self.rung(self.dana)
        connected = await self.house.heard("AgentConnect")
        self.hum(caller, CALLER_HZ)
        self.hum(agent, AGENT_HZ)
        return caller, agent, connected

    async def rung(self, phone: Phone) -> Call:
        """The next call of a telephone, answered."""
        async with asyncio.timeout(10):
            call = await anext(phone.incoming())
        await call.answer()
        self.stack.push_async_callback(call.hang_up)
        return call

    def hum(self, call: Call, hertz: float) -> None:
        humming = asyncio.create_task(hum(call, hertz))
        self.stack.callback(humming.cancel)


@pytest.fixture
async def world(asterisk: PrivateAsterisk) -> AsyncIterator[World]:
    server = ("127.0.0.1", asterisk.ports.sip)
    async with house(asterisk) as here, AsyncExitStack() as stack:
        trunk = Phone("trunk", None, server, trunk_secret=asterisk.site.trunk_secret)
        dana, priya = (Phone(name, f"{name}-secret", server) for name in ("dana", "priya"))
        for phone in (trunk, dana, priya):
            await phone.start()
            stack.push_async_callback(phone.stop)
        for phone in (dana, priya):
            await phone.register()
        yield World(here, trunk, dana, priya, stack)


# The menu's commands


async def test_a_command_and_its_result(world: World) -> None:
    _, started = await world.caller_in_menu()
    assert parse_environment(started["Env"])["agi_callerid"] == "5551234"
    result = await world.house.agi(started["Channel"], "GET VARIABLE CALLERID(num)")
    assert (result.code, result.result, result.data) == (200, "1", "5551234")


async def test_a_pin_is_known_to_who_asked_and_to_nobody_else(world: World) -> None:
    call, started = await world.caller_in_menu()
    asking = asyncio.create_task(
        world.house.agi(started["Channel"], "GET DATA memberline/sorry 8000 4", sensitive=True)
    )
    await asyncio.sleep(0.5)  # the prompt plays; keys pressed before it would be lost
    call.press(PIN)
    assert (await asking).result == PIN
    await world.house.heard("AsyncAGIExec", Result="***")
    for message in (*world.house.told, *world.house.acted):
        carried = {name: value for name, value in message.items() if name in {"Result", "Digit", "Value", "AppData"}}
        assert PIN not in " ".join(carried.values()), message["Event"]


async def test_a_caller_who_hangs_up_in_mid_command(world: World) -> None:
    call, started = await world.caller_in_menu()
    asking = asyncio.create_task(world.house.agi(started["Channel"], "WAIT FOR DIGIT 20000", within=10))
    await asyncio.sleep(0.3)
    await call.hang_up()
    with pytest.raises(CallerGone):
        await asking


# The snapshot


async def test_a_snapshot_while_a_call_is_up(world: World) -> None:
    _, _, connected = await world.talking()
    await world.house.listening.stop()
    await world.house.listening.start()
    snapshot = world.house.snapshots[-1]
    legs = {connected["Uniqueid"], connected["DestUniqueid"]}
    assert {channel["Uniqueid"] for channel in snapshot.channels} == legs
    assert {channel["Linkedid"] for channel in snapshot.channels} == {connected["Linkedid"]}
    [bridge] = snapshot.bridges
    assert {(row["Uniqueid"], row["BridgeUniqueid"]) for row in snapshot.bridge_channels} == {
        (leg, bridge["BridgeUniqueid"]) for leg in legs
    }


# Taps


async def test_each_tap_hears_its_own_leg_only(world: World) -> None:
    _, _, connected = await world.talking()
    caller, agent = await asyncio.gather(
        world.house.taps.start(connected["Uniqueid"]), world.house.taps.start(connected["DestUniqueid"])
    )
    heard_caller, heard_agent = await asyncio.gather(listen(caller.stream, 1.0), listen(agent.stream, 1.0))
    assert loudness(heard_caller, CALLER_HZ) > LOUD
    assert loudness(heard_caller, AGENT_HZ) < SILENT
    assert loudness(heard_agent, AGENT_HZ) > LOUD
    assert loudness(heard_agent, CALLER_HZ) < SILENT
    await world.house.taps.stop(caller)
    await world.house.taps.stop(agent)
    await until(lambda: caller.stream.ended and agent.stream.ended)


async def test_a_tap_ends_with_its_leg(world: World) -> None:
    caller, _, connected = await world.talking()
    tap = await world.house.taps.start(connected["Uniqueid"])
    await caller.hang_up()
    await until(lambda: tap.stream.ended)


# Transfers


async def test_a_blind_transfer_frees_the_agent_and_the_callers_tap_goes_on(world: World) -> None:
    _, agent, connected = await world.talking()
    tap = await world.house.taps.start(connected["Uniqueid"])
    await world.house.control.blind_transfer(connected["Channel"], "memberline-transfer", "pension_analyst")
    await agent.ended(5.0)
    analyst = await world.rung(world.priya)
    world.hum(analyst, ANALYST_HZ)
    await world.house.heard("AgentConnect", Queue="pension_analysis")
    heard = await listen(tap.stream, 1.0)
    assert loudness(heard, CALLER_HZ) > LOUD
    assert loudness(heard, ANALYST_HZ) < SILENT


async def test_an_attended_transfer_consults_and_then_connects(world: World) -> None:
    caller, agent, connected = await world.talking()
    await world.house.control.attended_transfer(connected["DestChannel"], "memberline-transfer", ANALYST_KEYS)
    analyst = await world.rung(world.priya)
    await world.house.heard("AgentConnect", Queue="pension_analysis")
    await agent.hang_up()
    transferred = await world.house.heard("AttendedTransfer")
    assert transferred["Result"] == "Success"
    assert not caller.over
    assert not analyst.over


async def test_a_cancelled_consultation_brings_the_agent_back(world: World) -> None:
    caller, agent, connected = await world.talking()
    await world.house.control.attended_transfer(connected["DestChannel"], "memberline-transfer", ANALYST_KEYS)
    analyst = await world.rung(world.priya)
    await world.house.heard("AgentConnect", Queue="pension_analysis")
    await world.house.control.cancel_attended_transfer(connected["DestChannel"])
    await analyst.ended(5.0)
    assert not caller.over
    assert not agent.over


async def test_hanging_up(world: World) -> None:
    caller, _, connected = await world.talking()
    await world.house.control.hang_up(connected["Channel"])
    await caller.ended(5.0)
