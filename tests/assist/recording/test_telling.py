"""What the recorder does reaches the desks, in order, and a bus that is away costs nothing but time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from waiting import until

from assist.desk.messages import RecordingChanged
from assist.recording import telling
from assist.recording.telling import Teller
from core.bus import Delivery, Position
from core.clock import ManualClock
from core.errors import BusGone
from core.events import Event
from realtime.bus import InProcessBus


class Bus(InProcessBus):
    """`away`: it takes nothing."""

    away = False

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        if self.away:
            raise BusGone("away")
        return await super().publish(subject, event, kept=kept)


class Desk:
    def __init__(self, bus: Bus) -> None:
        self.told: list[tuple[str, str]] = []
        bus.listen("call.*", self._take)

    def _take(self, delivery: Delivery) -> None:
        assert isinstance(delivery.event, RecordingChanged)
        assert delivery.subject == f"call.{delivery.event.call_id}"
        self.told.append((delivery.event.call_id, delivery.event.recording))


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def desk(bus: Bus) -> Desk:
    return Desk(bus)


@pytest.fixture
async def teller(bus: Bus, desk: Desk) -> AsyncIterator[Teller]:
    teller = Teller(bus, ManualClock(datetime(2026, 3, 10, 14, 0, tzinfo=UTC)))
    await teller.start()
    yield teller
    await teller.stop()


async def test_each_change_is_told_in_its_order(teller: Teller, desk: Desk) -> None:
    for state in ("on", "secret", "paused", "on", "off"):
        teller.changed("a", state)  # type: ignore[arg-type]
        await until(lambda state=state: desk.told[-1:] == [("a", state)])  # type: ignore[misc]
    assert [state for _, state in desk.told] == ["on", "secret", "paused", "on", "off"]


async def test_a_bus_that_comes_back_hears_the_latest_of_each_call(
    teller: Teller, bus: Bus, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.following.RETRY_S", 0.01)
    bus.away = True
    for call_id, state in (("a", "on"), ("b", "on"), ("a", "paused"), ("b", "secret"), ("b", "on")):
        teller.changed(call_id, state)  # type: ignore[arg-type]
    bus.away = False
    await until(lambda: len(desk.told) == 2)
    assert desk.told == [("a", "paused"), ("b", "on")]


async def test_of_too_many_calls_the_oldest_is_left_out(
    teller: Teller, bus: Bus, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_WAITING", 2)
    for call_id in ("a", "b", "c"):
        teller.changed(call_id, "on")
    await until(lambda: len(desk.told) == 2)
    assert desk.told == [("b", "on"), ("c", "on")]
