"""Nothing said is lost on a desk: while the bus is away it waits, and what was missed is set right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from one_call import asked
from test_desk_service import CALL, NOW, Centre, answered, at, known, offered, queued, said, started
from waiting import until

from assist.desk.messages import ContactConfirmed, DeskReplaced
from assist.desk.routes import DeskRoutes
from core.access import User
from core.bus import Position
from core.errors import BusGone
from core.events import Event
from core.routes import Refusal
from realtime.bus import InProcessBus
from realtime.problems import as_http
from records.agents import Agent
from records.contact import ContactDraft
from records.events import AgentChanged
from telephony import events as pbx
from telephony.agents.states import AgentState

LUNCH = AgentState(presence="paused", reason="lunch", since=NOW)


class Away(InProcessBus):
    """A bus that can be away."""

    away = False

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        if self.away:
            raise BusGone("away for the test")
        return await super().publish(subject, event, kept=kept)

    async def position(self, subject: str) -> Position:
        if self.away:
            raise BusGone("away for the test")
        return await super().position(subject)


@pytest.fixture
async def centre(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Centre]:
    monkeypatch.setattr("core.following.RETRY_S", 0.01)
    monkeypatch.setattr("assist.desk.deeds.TOLD_WITHIN_S", 0.05)
    made = Centre(Away())
    yield made
    await made.desks.stop()


def bus_of(centre: Centre) -> Away:
    assert isinstance(centre.bus, Away)
    return centre.bus


async def test_what_happens_while_the_bus_is_away_is_told_in_its_order_when_it_is_back(centre: Centre) -> None:
    await centre.happens(started(), known(), queued(), offered())
    before = centre.desk("dana"), await centre.bus.position("agent.dana")
    bus_of(centre).away = True
    happening = asyncio.create_task(centre.happens(answered(), said("my ad", final=False), said("my address")))
    await asyncio.sleep(0.05)
    assert await centre.desks.snapshot("dana") == before
    bus_of(centre).away = False
    await happening
    call = centre.desk("dana").call
    assert call is not None
    assert (call.phase, [line.text for line in call.transcript]) == ("talking", ["my address"])


async def test_a_desk_that_was_never_told_of_cannot_be_shown_without_the_bus(centre: Centre) -> None:
    bus_of(centre).away = True
    with pytest.raises(BusGone) as gone:
        await centre.desks.snapshot("dana")
    assert (as_http(gone.value).status, as_http(gone.value).headers) == (503, {"Retry-After": "1"})


async def test_words_still_being_spoken_wait_for_no_bus(centre: Centre) -> None:
    await centre.happens(started(), queued(), offered(), answered())
    bus_of(centre).away = True
    async with asyncio.timeout(1):
        await centre.happens(said("my ad", final=False))
    assert centre.desk("dana").call is not None


async def test_what_an_agent_does_is_answered_and_told_when_the_bus_is_back(centre: Centre) -> None:
    await centre.happens(started(), known(), queued(), offered(), answered())
    file = centre.desks.file("c1")
    assert file is not None
    bus_of(centre).away = True
    draft = ContactDraft(summary="Moved.")
    async with asyncio.timeout(2):
        await centre.desks.deeds.draft_edited("dana", file, draft)
        await centre.desks.deeds.acting(file, "y-1")
        await centre.desks.deeds.confirmed("dana", "c1", "contact-1")
    shown = await centre.desks.snapshot("dana")
    assert shown is not None
    assert shown[0].call is not None
    bus_of(centre).away = False
    await until(lambda: centre.desks.desk("dana").call is None)
    assert [type(event).__name__ for event in centre.told["dana"][-3:]] == [
        "DraftChanged",
        "ActingChanged",
        ContactConfirmed.__name__,
    ]


async def test_who_hangs_up_while_their_command_waits_does_not_take_it_back(centre: Centre) -> None:
    await centre.happens(started(), known(), queued(), offered(), answered())
    file = centre.desks.file("c1")
    assert file is not None
    bus_of(centre).away = True
    asking = asyncio.create_task(centre.desks.deeds.draft_edited("dana", file, ContactDraft(summary="Moved.")))
    await asyncio.sleep(0.02)
    asking.cancel()
    bus_of(centre).away = False
    await until(lambda: (call := centre.desks.desk("dana").call) is not None and call.draft.summary == "Moved.")


async def test_after_falling_behind_desks_are_as_the_telephones_are_and_what_ended_has_ended(centre: Centre) -> None:
    second = {"call_id": "c2", "linkedid": "pbx-2.1"}
    ringing = replace(offered("PJSIP/p1"), **second)
    await centre.happens(started(), known(), queued(), offered(), answered())
    await centre.happens(replace(started(), **second), ringing)
    centre.notes.states = {"PJSIP/a1": LUNCH}
    centre.notes.live = set()
    await centre.desks._begin_anew()
    dana, ann = centre.desk("dana"), centre.desk("ann")
    assert dana.state == LUNCH
    assert dana.call is not None
    assert dana.call.phase == "wrap_up"
    assert ann.call is None
    told = {name: len(events) for name, events in centre.told.items()}
    await centre.desks._begin_anew()  # what is right already is not told again
    assert {name: len(events) for name, events in centre.told.items()} == told


async def test_the_service_falls_behind_and_its_desks_are_set_right(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe = type(centre.bus).subscribe
    monkeypatch.setattr(type(centre.bus), "subscribe", lambda bus, pattern: subscribe(bus, pattern, bound=10))
    await centre.desks.start()
    await asyncio.sleep(0)
    centre.notes.states = {"PJSIP/a1": LUNCH}
    for _ in range(50):
        await centre.bus.publish("call.c9", pbx.CallHeld(at=at(1), **CALL, device="PJSIP/a1"))
    await until(lambda: centre.desks.desk("dana").state == LUNCH)


async def test_a_desk_from_before_a_restart_begins_anew(centre: Centre) -> None:
    """The bus outlived the process: a browser that comes back with what it had is told what there is now."""
    await centre.happens(started(), known(), queued(), offered(), answered())
    assert centre.desk("dana").call is not None
    another = Centre(centre.bus)
    await another.desks.start()
    await until(lambda: isinstance(centre.told["dana"][-1], DeskReplaced))
    centre.desks = another.desks
    assert centre.desk("dana").call is None


async def test_who_has_left_has_no_desk(centre: Centre) -> None:
    facts = {"username": "dana", "name": "Dana", "role": "agent", "level": 1, "specialties": (), "device": None}
    gone = Agent(agent_id="dana", active=False, **facts)  # type: ignore[arg-type]
    await centre.happens(started(), queued(), offered(), answered(), AgentChanged(at=NOW, agent=gone, revoked=True))
    nothing = dict.fromkeys(
        (
            "contacts",
            "members",
            "audit",
            "phone",
            "dismiss",
            "end_alarm",
            "call_for",
            "confirm",
            "clock",
            "zone",
            "directory",
        )
    )
    nothing["directory"] = type("None", (), {"destinations": ()})  # type: ignore[assignment]
    routes = DeskRoutes(desks=centre.desks, **nothing)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="no desk of yours") as refused:
        await routes.desk(asked(User(agent_id="dana", name="Dana", role="agent")))
    assert refused.value.status == 404
    file = centre.desks.file("c1")
    assert file is not None
    await centre.desks.deeds.transfer_begun(file, "analyst", "Analyst", "dana")  # what they had begun ends without harm
    await centre.desks.deeds.confirmed("dana", "c1", "contact-1")
    assert centre.notes.let_in == []
