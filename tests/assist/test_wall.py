"""The wall: drawn from desks, calls and queues, told as what became another, and true from every place on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from one_call import asked
from test_desk_service import CALL, NOW, RUTH, Centre, answered, at, known, queued, started
from waiting import until

from assist.desk.board_routes import BoardRoutes
from assist.desk.wall import AgentLine, CallLine, WaitingLine, Wall, WallChanged, apply, changes
from core.access import User
from core.bus import Delivery, Position
from core.errors import BusGone
from core.events import Event
from realtime.bus import InProcessBus
from telephony import events as pbx
from telephony.agents.states import AgentState
from telephony.queue import QueueSeen, QueueState

SUE = User(agent_id="sue", name="Sue", role="supervisor", cleared=True)
FREE = AgentState(presence="available", since=NOW)
CALLED = CallLine(
    call_id="c",
    caller="",
    member_id=None,
    protected=False,
    queue="",
    phase="menu",
    agent="",
    started_at=NOW,
    chosen="",
)

KEYS = st.sampled_from(["a", "b", "c", "d"])


def lines(kind: st.SearchStrategy[object], key: str) -> st.SearchStrategy[tuple[object, ...]]:
    """Lines with different keys, in their order."""
    of = lambda line: getattr(line, key)  # noqa: E731
    return st.lists(kind, unique_by=of).map(lambda found: tuple(sorted(found, key=of)))


WALLS = st.builds(
    Wall,
    queues=lines(st.builds(WaitingLine, name=KEYS, waiting=st.integers(0, 2)), "name"),
    agents=lines(
        st.builds(AgentLine, agent_id=KEYS, name=KEYS, device=KEYS, state=st.just(FREE)),
        "agent_id",
    ),
    calls=lines(st.builds(lambda call_id, queue: replace(CALLED, call_id=call_id, queue=queue), KEYS, KEYS), "call_id"),
)


@given(WALLS, WALLS)
def test_a_change_makes_one_wall_of_the_other_also_where_it_comes_twice(before: Wall, after: Wall) -> None:
    change = changes(before, after, NOW)
    if change is None:
        assert before == after
        return
    assert apply(before, change) == after
    assert apply(after, change) == after


@given(WALLS, WALLS)
def test_a_change_that_begins_anew_makes_it_of_any_wall(whatever: Wall, after: Wall) -> None:
    change = changes(whatever, after, NOW, anew=True)
    assert change is not None
    assert apply(whatever, change) == after


@given(st.lists(WALLS, min_size=1, max_size=8), st.data())
def test_from_every_snapshot_on_the_changes_lead_to_the_same(told: list[Wall], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(told) - 1))
    wall = told[place]
    for before, after in zip(told[place:], told[place + 1 :], strict=False):
        if change := changes(before, after, NOW):
            wall = apply(wall, change)
    assert wall == told[-1]


def test_a_line_that_stays_as_it_is_is_not_told_again() -> None:
    before = Wall(calls=(replace(CALLED, call_id="a"), replace(CALLED, call_id="b"), replace(CALLED, call_id="c")))
    after = Wall(calls=(replace(CALLED, call_id="a"), replace(CALLED, call_id="b", phase="waiting")))
    change = changes(before, after, NOW)
    assert change is not None
    assert [line.call_id for line in change.calls] == ["b"]
    assert change.calls_gone == ("c",)


class Watched(Centre):
    """A centre whose wall is kept, and everything that was told of it."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[Delivery] = []
        self.bus.listen("wall", self.changes.append)

    @property
    def wall(self) -> Wall:
        """As who heard everything has it."""
        wall = Wall()
        for delivery in self.changes:
            assert isinstance(delivery.event, WallChanged)
            wall = apply(wall, delivery.event)
        return wall


@pytest.fixture
async def centre(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr("assist.desk.boards.EVERY_S", 0.01)
    made = Watched()
    await made.desks.wall.start()
    yield made
    await made.desks.stop()


async def same_as_a_fresh_look(centre: Watched) -> None:
    wall, position = await centre.desks.wall.snapshot()
    assert (wall, position) == (centre.wall, centre.changes[-1].position)


async def test_what_happens_is_on_the_wall_and_who_heard_it_has_what_a_fresh_look_has(centre: Watched) -> None:
    await until(lambda: len(centre.wall.agents) == 2)
    empty = QueueState(queue="member_services", waiting=(), members=())
    waits = pbx.QueueChanged(at=at(30), queue="member_services", waiting=("pbx-1.1",))
    await centre.happens(started(), known(), QueueSeen(at=NOW, state=empty), queued(), waits)
    await until(lambda: [line.phase for line in centre.wall.calls] == ["waiting"])
    await until(lambda: centre.wall.queues == (WaitingLine(name="member_services", waiting=1),))
    await same_as_a_fresh_look(centre)
    await centre.happens(answered(), pbx.QueueChanged(at=at(35), queue="member_services", waiting=()))
    await until(lambda: [(line.agent, line.caller) for line in centre.wall.calls] == [("Dana", RUTH.name)])
    ended = pbx.CallEnded(at=at(90), **CALL, outcome="answered", answered=True, wait_s=2, talk_s=55)
    await centre.happens(ended)
    await until(lambda: centre.wall.calls == ())
    await same_as_a_fresh_look(centre)


async def test_much_that_happens_at_once_is_one_change(centre: Watched) -> None:
    await until(lambda: len(centre.changes) == 1)
    for length in range(50):
        line = tuple(f"pbx-1.{number}" for number in range(length))
        await centre.desks.handle(pbx.QueueChanged(at=NOW, queue="q", waiting=line))
    await until(lambda: centre.wall.queues == (WaitingLine(name="q", waiting=49),))
    assert len(centre.changes) < 10


async def test_a_wall_from_before_a_restart_begins_anew(centre: Watched) -> None:
    await until(lambda: len(centre.changes) == 1)
    await centre.happens(started(), known())
    await until(lambda: len(centre.wall.calls) == 1)
    centre.changes.clear()
    another = Watched()  # the next process, on a bus that outlived this one
    another.desks.wall._bus = centre.bus
    await another.desks.wall.start()
    await until(lambda: bool(centre.changes))
    assert centre.changes[0].event.anew  # type: ignore[attr-defined]
    assert centre.wall.calls == ()
    await another.desks.stop()


class Away(InProcessBus):
    """A bus that can be away."""

    away = False

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        if self.away:
            raise BusGone("away for the test")
        return await super().publish(subject, event, kept=kept)


async def test_while_the_bus_is_away_the_wall_stays_what_was_told_and_catches_up(
    centre: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.following.RETRY_S", 0.01)
    bus = Away()
    centre.desks.wall._bus = bus
    bus.listen("wall", centre.changes.append)
    await until(lambda: len(centre.changes) == 1)
    before = await centre.desks.wall.snapshot()
    bus.away = True
    await centre.desks.handle(pbx.QueueChanged(at=NOW, queue="q", waiting=("1",)))
    await asyncio.sleep(0.05)
    assert await centre.desks.wall.snapshot() == before
    bus.away = False
    await until(lambda: centre.wall.queues == (WaitingLine(name="q", waiting=1),))


async def test_who_reads_the_wall_or_is_pushed_it_is_on_record_once_a_call(centre: Watched) -> None:
    routes = BoardRoutes(wall=centre.desks.wall, queues=None, looks=centre.desks.looks)  # type: ignore[arg-type]
    looks = centre.desks.looks
    looks.of_other(SUE, "wall", None)
    await centre.happens(started(), known())
    await until(lambda: [line.caller for line in centre.wall.calls] == [RUTH.name])
    for delivery in (*centre.changes, *centre.changes):
        looks.of_other(SUE, "wall", delivery.event)
    await routes.wall(asked(SUE))
    await looks.stop()
    assert centre.notes.actions == [("sue", "wall", "m1")]
    assert centre.notes.reasons == ["report: the wall, call c1"]
