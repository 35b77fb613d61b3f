"""While the bus is away the PBX is told all the same, states are told later in their order, and the clock goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from waiting import until

from core.bus import Position
from core.clock import ManualClock
from core.errors import BusGone
from core.events import Event
from realtime.bus import InProcessBus
from telephony.agents.rules import AgentRules, Outcome
from telephony.agents.service import AgentsOnPhones
from telephony.agents.states import AgentStateChanged
from telephony.events import AgentLeft, CallAnswered, DeviceState, PhoneSystemChanged, QueueMemberChanged
from telephony.queue import whole

A1 = "PJSIP/a1"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CALL = {"call_id": "c1", "linkedid": "pbx-1.1"}


class Away(InProcessBus):
    """A bus that can be away for who publishes."""

    away = False

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        if self.away:
            raise BusGone("away for the test")
        return await super().publish(subject, event, kept=kept)


class Control:
    """The PBX's verbs, written down."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def queue_pause(self, device: str, *, reason: str) -> None:
        self.asked.append(reason)

    async def queue_unpause(self, device: str) -> None:
        self.asked.append("")


class Floor:
    def __init__(self) -> None:
        self.bus, self.clock, self.control = Away(), ManualClock(NOW), Control()
        self.rules = AgentRules(wrap_up_s=60, no_answers=2, away_after_s=0)
        control: Any = self.control
        self.agents = AgentsOnPhones(
            system="pbx", bus=self.bus, clock=self.clock, control=control, rules=self.rules, retell=self.retell
        )
        self.whole: tuple[QueueMemberChanged, ...] = ()  # as the phone system has it
        self.told: list[str] = []
        self.bus.listen("states.pbx", self._hear)

    def _hear(self, delivery: Any) -> None:
        assert isinstance(delivery.event, AgentStateChanged)
        state = delivery.event.state
        self.told.append(f"{state.presence} {state.next}".strip())

    def retell(self) -> None:
        members = {(each.queue, each.device): each for each in self.whole}
        for seen in whole(members, {"q": ()}, NOW):
            self.told_anew = asyncio.ensure_future(self.bus.publish("queue.q", seen))

    async def heard(self, *events: Event) -> None:
        """As the service hears them."""
        for event in events:
            await self.agents._do(self.rules.feed(event))


def member(state: DeviceState = "not_in_use", reason: str = "") -> QueueMemberChanged:
    told = {"paused": bool(reason), "paused_reason": reason, "penalty": 0}
    return QueueMemberChanged(at=NOW, queue="q", device=A1, member=True, state=state, **told)  # type: ignore[arg-type]


def answered() -> CallAnswered:
    legs = {"caller_uniqueid": "1.1", "agent_uniqueid": "1.2", "agent_channel": "x"}
    return CallAnswered(at=NOW, **CALL, device=A1, queue="q", **legs)


@pytest.fixture
async def floor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Floor]:
    monkeypatch.setattr("core.following.RETRY_S", 0.01)
    monkeypatch.setattr("telephony.agents.service.TOLD_WITHIN_S", 0.05)
    monkeypatch.setattr("telephony.agents.service.FAILED_S", 0.01)
    made = Floor()
    await made.heard(PhoneSystemChanged(at=NOW, system="pbx", up=True), member())
    yield made
    await made.agents.stop()


async def test_states_are_told_in_their_order_when_the_bus_is_back(floor: Floor) -> None:
    floor.bus.away = True
    async with asyncio.timeout(2):
        await floor.heard(member("ringing"), member("in_use"))
        await floor.agents.choose(A1, "lunch")  # for after the call
    assert floor.told == ["available"]
    floor.bus.away = False
    await until(lambda: floor.told == ["available", "ringing", "on_call", "on_call lunch"])


async def test_who_is_gone_before_their_command_was_told_does_not_take_it_back(floor: Floor) -> None:
    await floor.heard(member("in_use"))
    floor.bus.away = True
    choosing = asyncio.create_task(floor.agents.choose(A1, "lunch"))
    await asyncio.sleep(0.01)
    choosing.cancel()
    floor.bus.away = False
    await until(lambda: floor.told[-1] == "on_call lunch")


async def test_the_pbx_lets_calls_in_after_a_wrap_up_that_ends_while_the_bus_is_away(floor: Floor) -> None:
    await floor.agents.start()
    left = AgentLeft(at=NOW, **CALL, device=A1, agent_uniqueid="1.2", talk_s=5)
    await floor.heard(answered(), member("in_use", "wrap-up"), left, member("not_in_use", "wrap-up"))
    assert floor.told[-1] == "wrap_up"
    floor.bus.away = True
    floor.clock.advance(61)
    floor.agents._woken.set()
    await until(lambda: floor.control.asked[-1] == "")


async def test_what_was_missed_of_memberships_is_asked_for_anew(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    there = structs.replace(member("in_use"), device="PJSIP/a2")
    await floor.heard(there)
    await floor.agents.start()
    await asyncio.sleep(0)
    floor.whole = (member("not_in_use", "lunch"),)  # a1 went to lunch, a2 signed off, and nobody was told
    for _ in range(10_100):
        await floor.bus.publish("words.x", PhoneSystemChanged(at=NOW, system="other", up=True))
    await until(lambda: floor.told[-2:] == ["paused", "signed_out"])
    assert "the agents' states fell behind" in caplog.text
    assert floor.agents.queues("PJSIP/a2") == {}


async def test_the_clock_survives_a_failure(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ticks = 0

    def tick(now: datetime) -> Outcome:
        nonlocal ticks
        ticks += 1
        if ticks == 1:
            raise ValueError("the name of a member")
        return Outcome()

    monkeypatch.setattr(floor.rules, "tick", tick)
    monkeypatch.setattr(floor.rules, "due", lambda: NOW - timedelta(seconds=1) if ticks < 2 else None)
    await floor.agents.start()
    await until(lambda: ticks == 2)
    assert "the clock of the agents' states failed, and goes on: ValueError" in caplog.text
    assert "name of a member" not in caplog.text
