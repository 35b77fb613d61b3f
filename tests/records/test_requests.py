"""What callers asked for: kept once, decided once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from records import requests as module
from records.references import is_reference
from records.requests import AlreadyDecided, Asked, Requests
from records.tables import Request as RequestTable

WEEK = timedelta(days=7)


@pytest.fixture
def requests(db: Database, clock: ManualClock) -> Requests:
    return Requests(db, clock)


async def ask(requests: Requests, clock: ManualClock, **told) -> Asked:
    asked = {"call_id": "c1", "member_id": "m1", "details": {"year": "2025"}, "at": clock.now(), **told}
    return await requests.ask("tax_form", **asked)


async def how_many(db: Database) -> int:
    return await db.read(lambda session: session.scalar(select(func.count(RequestTable.id))))


async def test_a_request_is_kept_with_the_reference_told(requests: Requests, clock: ManualClock):
    asked = await ask(requests, clock, authority_id="a1")
    assert is_reference(asked.request.reference)
    assert await requests.by_reference(asked.request.reference) == asked.request
    assert await requests.of_member("m1") == (asked.request,)
    assert (asked.request.details, asked.request.state, asked.request.authority_id) == ({"year": "2025"}, "open", "a1")
    assert await requests.by_reference("0") is None


async def test_one_call_that_asks_twice_is_told_the_same(requests: Requests, clock: ManualClock, db: Database):
    first = await ask(requests, clock)
    clock.advance(30)
    assert await ask(requests, clock) == first
    at_once = await asyncio.gather(*(ask(requests, clock, call_id="c2", member_id="m2") for _ in range(10)))
    assert len({asked.request.reference for asked in at_once}) == 1
    assert await how_many(db) == 2


@pytest.mark.parametrize("other", [{"details": {"year": "2024"}}, {"member_id": "m2"}, {"member_id": None}])
async def test_something_else_is_another_request(requests: Requests, clock: ManualClock, other: dict):
    first, second = await ask(requests, clock), await ask(requests, clock, **other)
    assert first.request.reference != second.request.reference
    assert not second.before


async def test_a_later_call_is_told_of_what_waits_or_was_done_lately(requests: Requests, clock: ManualClock):
    first = await ask(requests, clock)
    clock.advance(86_400)
    again = await ask(requests, clock, call_id="c2", stands=WEEK)
    assert again == Asked(request=first.request, before=True)

    done = await requests.decide(first.request.request_id, "dana", "done")
    clock.advance(86_400)
    assert await ask(requests, clock, call_id="c3", stands=WEEK) == Asked(request=done, before=True)
    clock.advance(WEEK.total_seconds())
    new = await ask(requests, clock, call_id="c4", stands=WEEK)
    assert not new.before
    assert new.request.reference != first.request.reference


async def test_what_was_refused_can_be_asked_for_again(requests: Requests, clock: ManualClock):
    first = await ask(requests, clock)
    await requests.decide(first.request.request_id, "dana", "refused")
    assert not (await ask(requests, clock, call_id="c2", stands=WEEK)).before


async def test_a_proposal_waits_for_an_agent_who_decides_once(requests: Requests, clock: ManualClock):
    proposed = (await ask(requests, clock, state="proposed")).request
    clock.advance(1)
    opened = (await ask(requests, clock, call_id="c2", member_id="m2")).request
    assert await requests.waiting() == (proposed, opened)
    assert await requests.waiting(state="proposed") == (proposed,)

    done = await requests.decide(proposed.request_id, "dana", "done")
    assert (done.state, done.decided_by, done.decided_at) == ("done", "dana", clock.now())
    clock.advance(1)
    assert await requests.decide(proposed.request_id, "dana", "done") == done
    with pytest.raises(AlreadyDecided, match="done already"):
        await requests.decide(proposed.request_id, "dana", "refused")
    with pytest.raises(AlreadyDecided):
        await requests.decide(proposed.request_id, "luis", "done")
    with pytest.raises(Problem, match="no such request"):
        await requests.decide("nothing", "dana", "done")
    assert await requests.waiting() == (opened,)


async def test_a_reference_that_somebody_has_is_drawn_again(
    requests: Requests, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    taken = (await ask(requests, clock)).request.reference
    drawn = iter([taken, taken, "48219930"])
    monkeypatch.setattr(module, "new_reference", lambda: next(drawn))
    assert (await ask(requests, clock, call_id="c2", member_id="m2")).request.reference == "48219930"
    monkeypatch.setattr(module, "new_reference", lambda: taken)
    with pytest.raises(Problem, match="no free reference"):
        await ask(requests, clock, call_id="c3", member_id="m3")
