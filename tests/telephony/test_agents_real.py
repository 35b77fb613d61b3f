"""Agents on a real Asterisk: what is chosen here, at the console, or by rule is what its queues do.

Each test's visit is recorded, and the recording must replay to the states that were told live. The traces `agent_*`
were recorded from these very visits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from agent_story import replayed_states
from waiting import until

from core.bus import Delivery
from core.clock import SystemClock
from core.errors import Problem
from memberline.demo.phone import Call, Phone
from realtime.bus import InProcessBus
from telephony.agents.rules import AgentRules
from telephony.agents.service import AgentsOnPhones
from telephony.agents.states import AgentStateChanged
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.ami.recorder import Recorder
from telephony.pbx.runner import PrivateAsterisk
from telephony.phone_system import PhoneSystem, acting_needs

pytestmark = pytest.mark.pbx

MARIA, NED, NOSUCH = "PJSIP/maria", "PJSIP/ned", "PJSIP/nosuch"


@dataclass
class Floor:
    """The agents' telephones, their states, and a caller whom the menu sends where a test wants."""

    phones: PhoneSystem
    agents: AgentsOnPhones
    trunk: Phone
    telephones: dict[str, Phone]
    number: str
    waiting: asyncio.Queue[str] = field(default_factory=asyncio.Queue)  # channels in the menu
    told: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # states by device, in order

    def tell(self, delivery: Delivery) -> None:
        event = delivery.event
        assert isinstance(event, AgentStateChanged)
        told = self.told.setdefault(event.device, [])
        now = (event.state.presence, event.state.reason)
        if told[-1:] != [now]:
            told.append(now)

    async def calls(self, queue: str, priority: int | None = None) -> Call:
        call = await self.trunk.call(self.number, number="5551234", name="Caller")
        channel = await asyncio.wait_for(self.waiting.get(), 10)
        await self.phones.agi(channel, f"SET VARIABLE ML_QUEUE {queue}")
        if priority is not None:
            await self.phones.agi(channel, f"SET VARIABLE ML_PRIORITY {priority}")
        await self.phones.agi(channel, "ASYNCAGI BREAK")
        return call

    async def rings(self, device: str, within: float = 10) -> Call:
        async with asyncio.timeout(within):
            return await anext(self.telephones[device].incoming())

    def presence(self, device: str) -> tuple[str, str]:
        state = self.agents.state(device)
        return ("", "") if state is None else (state.presence, state.reason)

    async def becomes(self, device: str, presence: str, reason: str = "") -> None:
        await until(lambda: self.presence(device) == (presence, reason), 10)

    async def console(self, **action: str) -> None:
        """Somebody else's hand on the PBX."""
        await self.phones.control._link.action(dict(action))


@pytest.fixture
async def floor(asterisk: PrivateAsterisk, tmp_path: Path) -> AsyncIterator[Floor]:
    recorder = Recorder(tmp_path / "recorded.ami")
    ami, sip = ("127.0.0.1", asterisk.ports.ami), ("127.0.0.1", asterisk.ports.sip)
    bus, clock = InProcessBus(), SystemClock()
    phones = PhoneSystem(
        system="pbx",
        bus=bus,
        clock=clock,
        listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
        act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
        audio=("127.0.0.1", 0),
        transfer_context="memberline-transfer",
        record=recorder.record,
    )
    rules = AgentRules(wrap_up_s=30, no_answers=1, away_after_s=30)
    agents = AgentsOnPhones(system="pbx", bus=bus, clock=clock, control=phones.control, rules=rules)
    async with AsyncExitStack() as stack:
        telephones = {}
        trunk = Phone("trunk", None, sip, trunk_secret=asterisk.site.trunk_secret)
        await trunk.start()
        stack.push_async_callback(trunk.stop)
        for name in ("maria", "ned"):
            phone = telephones[f"PJSIP/{name}"] = Phone(name, f"{name}-secret", sip)
            await phone.start()
            stack.push_async_callback(phone.stop)
            await phone.register()
        made = Floor(phones, agents, trunk, telephones, asterisk.site.number)
        bus.listen("states.*", made.tell)
        phones.on_acting_event(
            lambda message: made.waiting.put_nowait(message["Channel"]) if message["Event"] == "AsyncAGIStart" else None
        )
        stack.push_async_callback(agents.stop)
        await agents.start()
        stack.push_async_callback(phones.stop)
        await phones.start()
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made
        for device in (MARIA, NED):
            await agents.sign_off(device)
            if agents.state(device):
                await made.becomes(device, "signed_out")
        told = {device: states for device, states in made.told.items() if device in (MARIA, NED, NOSUCH)}
    await asyncio.to_thread(recorder.close)
    assert replayed_states(recorder.path.read_bytes()) == told


async def test_signed_on_in_a_state_and_off_again(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"nobody": 0, "routed": 2})
    await floor.becomes(MARIA, "available")
    await floor.agents.choose(MARIA, "lunch")
    await floor.becomes(MARIA, "paused", "lunch")
    await floor.agents.choose(MARIA, "available")
    await floor.becomes(MARIA, "available")
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 1})  # other rights
    await until(lambda: dict(floor.agents._rules.queues(MARIA)) == {"routed": 1}, 5)


async def test_rights_that_change_at_lunch_let_no_call_in(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"nobody": 0})
    await floor.agents.sign_on(NED, "Ned", {"routed": 0})
    for device in (MARIA, NED):
        await floor.agents.choose(device, "lunch")
        await floor.becomes(device, "paused", "lunch")
    call = await floor.calls("routed")
    await until(lambda: bool(floor.phones.queues.waiting.get("routed")), 5)
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 0})
    with pytest.raises(TimeoutError):
        await floor.rings(MARIA, within=3)
    assert floor.told[MARIA] == [("available", ""), ("paused", "lunch")]
    await call.hang_up()


async def test_the_codes_of_a_desk_telephone_are_as_good_as_a_click(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"nobody": 0, "routed": 2})
    for code, *state in (("*47", "paused", "lunch"), ("*45", "paused", "break"), ("*46", "available")):
        call = await floor.telephones[MARIA].call(code)
        await call.answered(5)
        await call.ended(5)
        await floor.becomes(MARIA, *state)
    none = await floor.telephones[NED].call("*45")  # in no queue: it hears the other sound
    await none.ended(5)
    assert floor.presence(NED) in (("", ""), ("signed_out", ""))


async def test_what_is_done_at_the_console_shows(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 0})
    await floor.console(Action="QueuePause", Interface=MARIA, Paused="true", Reason="dentist")
    await floor.becomes(MARIA, "paused", "dentist")
    await floor.console(Action="QueuePause", Interface=MARIA, Paused="false")
    await floor.becomes(MARIA, "available")


async def test_a_telephone_that_is_not_there_is_refused(floor: Floor) -> None:
    with pytest.raises(Problem, match="knows no telephone PJSIP/nosuch"):
        await floor.agents.sign_on(NOSUCH, "Nobody", {"routed": 0})
    await floor.becomes(NOSUCH, "signed_out")
    with pytest.raises(Problem, match="not signed on"):
        await floor.agents.choose(NOSUCH, "lunch")


async def test_a_telephone_that_is_gone_without_a_word_is_away_and_is_not_rung(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 0})
    await floor.becomes(MARIA, "available")
    floor.telephones[MARIA]._wire.close()  # as when its network is gone: it still counts as registered
    await until(lambda: floor.presence(MARIA) == ("away", "telephone"), 40)
    call = await floor.calls("routed")
    await call.ended(10)  # nobody works in that queue: the caller is told so, and waits for nobody
    assert ("ringing", "") not in floor.told[MARIA]


async def test_no_call_is_offered_in_wrap_up_and_the_next_one_comes_with_its_end(floor: Floor) -> None:
    await floor.agents.sign_on(NED, "Ned", {"routed": 0})
    first = await floor.calls("routed")
    ringing = await floor.rings(NED)
    await ringing.answer()
    await floor.becomes(NED, "on_call")
    second = await floor.calls("routed")
    await ringing.hang_up()
    await first.ended(5)
    await floor.becomes(NED, "wrap_up")
    with pytest.raises(TimeoutError):  # the second caller waits, and no telephone rings
        await floor.rings(NED, within=4)
    await floor.agents.end_wrap_up(NED)
    await (await floor.rings(NED)).answer()
    await floor.becomes(NED, "on_call")
    await second.hang_up()


async def test_who_does_not_answer_is_paused_and_the_caller_goes_on_to_another(floor: Floor) -> None:
    await floor.agents.sign_on(NED, "Ned", {"routed": 0})
    call = await floor.calls("routed")
    await floor.rings(NED)  # and nobody picks it up; the queue rings for 3 s
    await floor.becomes(NED, "paused", "not-answering")
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 0})
    await (await floor.rings(MARIA)).answer()
    await floor.becomes(MARIA, "on_call")
    await call.hang_up()


async def test_the_right_specialist_first_and_wider_after_the_stated_seconds(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 0})
    await floor.agents.sign_on(NED, "Ned", {"routed": 2})
    await floor.agents.choose(MARIA, "meeting")
    await floor.becomes(MARIA, "paused", "meeting")
    call = await floor.calls("routed")
    with pytest.raises(TimeoutError):  # he is free, and not asked yet
        await floor.rings(NED, within=2)
    await (await floor.rings(NED)).answer()
    await call.hang_up()


async def test_callers_of_a_higher_priority_go_first(floor: Floor) -> None:
    await floor.agents.sign_on(MARIA, "Maria", {"routed": 0})
    await floor.agents.choose(MARIA, "meeting")
    await floor.becomes(MARIA, "paused", "meeting")
    usual = await floor.calls("routed")
    urgent = await floor.calls("routed", priority=5)
    await until(lambda: len(floor.phones.queues.waiting.get("routed", ())) == 2, 5)
    await floor.agents.choose(MARIA, "available")
    await (await floor.rings(MARIA)).answer()
    await urgent.answered(5)
    await until(lambda: len(floor.phones.queues.waiting.get("routed", ())) == 1, 5)
    assert not usual.over
    for call in (usual, urgent):
        await call.hang_up()
