"""Every look at a member is on record: once a call for each who sees them, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from one_call import DANA, Call, asked, one_call
from test_desk_service import CALL, NOW, RUTH, Centre, answered, at, centre, known, offered, queued, started
from waiting import until

from assist.desk.messages import CallOffered
from core.access import User
from core.clock import ManualClock
from core.errors import DatabaseGone
from core.paging import Paging
from records.contact import ContactDraft
from records.look_keeper import LookKeeper
from telephony import events as pbx

SUE = User(agent_id="sue", name="Sue", role="supervisor", cleared=True)


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    async with one_call(tmp_path, RUTH) as made:
        yield made


async def test_a_member_found_after_the_pop_is_on_record_like_one_in_it() -> None:
    async with centre() as c:
        c.directory.open.clear()
        await c.happens(started(), queued(), offered())
        assert c.notes.actions == []
        c.directory.open.set()
        await c.happens(answered())
        assert c.notes.actions == [("dana", "screen_pop", "m1")]


async def test_who_sees_the_same_member_again_in_one_call_is_on_record_once() -> None:
    async with centre() as c:
        ended = pbx.AgentOfferEnded(at=at(50), **CALL, device="PJSIP/a1", result="no_answer", ring_s=15)
        await c.happens(started(), known(), queued(), offered(), ended, offered(), answered(), known(chosen="Refunds"))
        await c.happens(offered("PJSIP/p1"))
        assert c.notes.actions == [("dana", "screen_pop", "m1"), ("ann", "screen_pop", "m1")]
        assert set(c.notes.reasons) == {"call c1"}


async def test_who_looks_on_at_a_colleagues_desk_is_on_record_with_whom_they_saw() -> None:
    async with centre() as c:
        await c.happens(started(), known(), queued(), offered())
        c.desks.looks.of_other(SUE, "agent.dana", None)
        (offer,) = (event for event in c.told["dana"] if isinstance(event, CallOffered))
        for _ in range(2):
            c.desks.looks.of_other(SUE, "agent.dana", offer)
        c.desks.looks.of_other(SUE, "agent.nobody", None)
        await c.desks.looks.stop()
        assert c.notes.actions[1:] == [("sue", "desk", None), ("sue", "desk", "m1"), ("sue", "desk", None)]
        assert c.notes.reasons[1:] == ["call c1", "call c1", "report"]


async def test_what_is_done_to_a_contact_names_its_call_and_member(call: Call) -> None:
    draft = ContactDraft(reason="asks")
    for summary in ("As", "Asks", "Asks when."):  # saved as it is typed
        await call.routes.draft(asked(DANA, ContactDraft(summary=summary)))
    await call.routes.history(asked(DANA, query=Paging(), member_id="m1"))
    await call.routes.history(asked(DANA, query=Paging(), member_id="m2"))
    await call.confirm(draft)
    contact = await call.contacts.of_call("c1")
    assert contact is not None
    assert [(look.action, look.why, look.member_id, look.contact_id) for look in await call.looks()] == [
        ("draft", "call c1", "m1", contact.contact_id),
        ("history", "call c1", "m1", None),
        ("history", "search", "m2", None),
        ("confirm", "call c1", "m1", contact.contact_id),
    ]
    assert len((await call.audit.looks(limit=9, member_id="m1")).items) == 3


class Patchy:
    """An audit log whose database is away as often as told."""

    def __init__(self) -> None:
        self.away = 0
        self.broken: str | None = None
        self.written: list[tuple[str, datetime]] = []

    async def looked(self, agent_id: str, action: str, *, at: datetime, **_: Any) -> None:
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise DatabaseGone("away for the test")
        if action == self.broken:
            raise ValueError("the name of a member")
        self.written.append((action, at))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Patchy:
    monkeypatch.setattr("records.look_keeper.RETRY_S", 0.01)
    return Patchy()


async def test_looks_wait_for_a_database_that_is_away_and_keep_their_order_and_time(log: Patchy) -> None:
    clock, log.away = ManualClock(NOW), 3
    keeper = LookKeeper(log, clock)  # type: ignore[arg-type]
    times = []
    for action in ("one", "two", "three"):
        keeper.looked("dana", action, why="call c1")
        times.append(clock.now())
        clock.advance(1)
    await until(lambda: len(log.written) == 3)
    assert log.written == list(zip(("one", "two", "three"), times, strict=True))
    keeper.looked("dana", "four", why="call c1")
    await keeper.stop()
    assert log.written[-1][0] == "four"  # what waits when the service stops is written


async def test_what_cannot_be_written_at_all_holds_nothing_up_and_is_said_without_its_text(
    log: Patchy, caplog: pytest.LogCaptureFixture
) -> None:
    log.broken = "two"
    keeper = LookKeeper(log, ManualClock(NOW))  # type: ignore[arg-type]
    for action in ("one", "two", "three"):
        keeper.looked("dana", action, why="call c1")
    await keeper.stop()
    assert [action for action, _ in log.written] == ["one", "three"]
    assert "a look (two) of dana could not be written: ValueError" in caplog.text
    assert "name of a member" not in caplog.text


async def test_beyond_the_bound_the_oldest_look_is_given_up_and_that_is_said(
    log: Patchy, caplog: pytest.LogCaptureFixture
) -> None:
    log.away = 10**6
    keeper = LookKeeper(log, ManualClock(NOW), bound=2)  # type: ignore[arg-type]
    for action in ("one", "two", "three"):
        keeper.looked("dana", action, why="call c1")
        await asyncio.sleep(0.02)
    assert "a look (one) of dana is lost" in caplog.text
    log.away = 0
    await keeper.stop()
    assert [action for action, _ in log.written] == ["two", "three"]


async def test_a_desk_waits_for_no_look(log: Patchy) -> None:
    c = Centre()
    log.away = 5
    c.notes.looked = log.looked  # type: ignore[method-assign]
    await c.happens(started(), known(), queued(), offered())
    assert c.desk("dana").call is not None
    assert log.written == []
    await c.desks.stop()
    assert [action for action, _ in log.written] == ["screen_pop"]
