"""The rows of call backs, on both databases: one for each number, and only one who may dial."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from core.database import Database
from core.ids import new_id
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import CallBack, Change
from records.references import is_reference

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
LATER = T0 + timedelta(minutes=5)


@pytest.fixture
def store(db: Database) -> CallbackStore:
    return CallbackStore(db)


def wish(number: str = "+14045550123", **fields: object) -> CallBack:
    values: dict[str, object] = {
        "id": new_id(),
        "reference": "",
        "call_id": new_id(),
        "queue": "member_services",
        "number": number,
        "facts": {"verification": "pin", "chosen": "payments"},
        "place_at": T0,
        "due_at": T0,
        "expires_at": T0 + timedelta(hours=3),
        "changed_at": T0,
    }
    return CallBack(**(values | fields))  # type: ignore[arg-type]


async def test_what_is_kept_is_what_was_asked_for(store: CallbackStore) -> None:
    asked = wish(member_id="m1", language="es")
    kept = await store.add(asked)
    assert kept is not None
    assert is_reference(kept.reference)
    assert replace(kept, reference="") == asked
    assert await store.open() == (kept,)
    assert await store.get(kept.id) == kept
    assert await store.waits(kept.number) == kept


async def test_a_number_waits_once(store: CallbackStore) -> None:
    first = await store.add(wish())
    assert first is not None
    assert await store.add(wish()) is None
    assert await store.add(wish("+14045550124")) is not None
    again = await store.add(wish(call_id=first.call_id))  # the same wish, told again
    assert again == first
    await store.change(first, Change("done"), T0)
    assert await store.add(wish()) is not None


async def test_twenty_wishes_at_once_for_one_number_are_one(store: CallbackStore) -> None:
    kept = await asyncio.gather(*(store.add(wish()) for _ in range(20)))
    assert sum(row is not None for row in kept) == 1


async def test_of_many_who_would_dial_one_may(store: CallbackStore) -> None:
    row = await store.add(wish())
    assert row is not None
    begun = [each for each in await asyncio.gather(*(store.begin(row, LATER) for _ in range(10))) if each]
    assert [(each.state, each.attempt, each.changed_at) for each in begun] == [("dialling", 1, LATER)]
    assert await store.get(row.id) == begun[0]


async def test_a_change_that_is_too_late_changes_nothing(store: CallbackStore) -> None:
    row = await store.add(wish())
    assert row is not None
    first = await store.begin(row, T0)
    assert first is not None
    assert await store.change(first, Change("waiting", "nobody answered", LATER), T0)
    waiting = await store.get(row.id)
    assert waiting is not None
    assert (waiting.state, waiting.attempt, waiting.due_at, waiting.why) == ("waiting", 1, LATER, "nobody answered")
    second = await store.begin(waiting, LATER)
    assert second is not None
    assert not await store.change(first, Change("failed"), LATER)  # the end of the first attempt, told again
    assert await store.get(row.id) == second


async def test_what_is_over_is_not_open(store: CallbackStore) -> None:
    row = await store.add(wish())
    assert row is not None
    assert await store.change(row, Change("expired", "x" * 200), T0)
    assert await store.open() == ()
    assert await store.begin(row, T0) is None


async def test_they_come_in_the_order_of_their_places(store: CallbackStore) -> None:
    for minutes in (3, 1, 2):
        await store.add(wish(f"+1404555010{minutes}", place_at=T0 + timedelta(minutes=minutes)))
    assert [row.number[-1] for row in await store.open()] == ["1", "2", "3"]


async def test_a_closed_queue_gives_up_those_who_wait_for_it(store: CallbackStore) -> None:
    waiting, other, ringing = (
        await store.add(wish("+14045550101")),
        await store.add(wish("+14045550102", queue="other")),
        await store.add(wish("+14045550103")),
    )
    assert waiting
    assert other
    assert ringing
    await store.begin(ringing, T0)
    assert await store.cancel("member_services", "closed for the day", LATER) == 1
    assert [(row.number[-1], row.state) for row in await store.open()] == [("2", "waiting"), ("3", "dialling")]
    assert await store.cancel("", "closed for the day", LATER) == 1
