"""The outbox: in order in each line, once, again after failures, and a poison entry stops nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from waiting import until

from core.clock import ManualClock
from core.database import Database
from core.errors import DatabaseGone, Problem
from records.outbox import Ending, Entry, NotTaken, Outbox, OutboxFull, Retrying
from records.outbox_worker import OutboxWorker

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


class Post:
    """Carries letters: each is answered with what is planned for it, then taken."""

    def __init__(self, **planned: Sequence[Exception | float]) -> None:
        self.plans = {name: list(plan) for name, plan in planned.items()}
        self.taken: list[str] = []
        self.tried: list[str] = []
        self.ends: list[tuple[str, str, str]] = []
        self.told_of: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.no_begin: set[str] = set()

    def begin(self, session: Session, entry: Entry, at: datetime) -> bool:
        if plan := self.plans.get(f"begin_{entry.ref}"):
            assert isinstance(plan[0], Exception)
            raise plan.pop(0)
        return entry.ref not in self.no_begin

    async def carry(self, entry: Entry) -> None:
        self.tried.append(entry.ref)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            match self.plans.get(entry.ref):
                case [Exception() as failure, *_]:
                    self.plans[entry.ref].pop(0)
                    raise failure
                case [float() as seconds, *_]:
                    self.plans[entry.ref].pop(0)
                    await asyncio.sleep(seconds)
        finally:
            self.at_once -= 1
        self.taken.append(entry.ref)

    def ended(self, session: Session, entry: Entry, ending: Ending, why: str, at: datetime) -> None:
        self.ends.append((entry.ref, ending, why))

    async def told(self, entry: Entry, ending: Ending, why: str) -> None:
        self.told_of.append((entry.ref, ending))


class Office:
    def __init__(self, db: Database, clock: ManualClock, post: Post, bound: int = 100) -> None:
        self.db, self.clock, self.post = db, clock, post
        self.outbox = Outbox(db, clock, bound=bound, chance=lambda: 0.5, retrying=Retrying(first_s=2, unclear=3))
        self.worker = OutboxWorker(self.outbox, {"letter": post}, within_s=0.2, every_s=0.01)

    async def put(self, *refs: str) -> None:
        """Lines are called by the first letter: a1, a2, b1."""

        def put(session: Session) -> None:
            for ref in refs:
                at = self.clock.now()
                self.outbox.put(session, key=f"k-{ref}", line=ref[0], kind="letter", ref=ref, at=at)

        await self.db.write(put)

    async def settle(self, seconds: float = 0.0) -> None:
        self.clock.advance(seconds)
        while await self.worker.once():
            pass


async def test_each_line_in_its_order_and_each_letter_once(db: Database, clock: ManualClock):
    office = Office(db, clock, Post())
    await office.put("a1", "b1", "a2", "c1", "b2", "a3")
    await office.put("a1")
    await office.settle()
    assert sorted(office.post.taken) == ["a1", "a2", "a3", "b1", "b2", "c1"]
    assert [ref for ref in office.post.taken if ref[0] == "a"] == ["a1", "a2", "a3"]
    assert office.post.most_at_once > 1
    assert (await office.outbox.load()).waiting == 0


async def test_what_does_not_arrive_is_tried_again_later_and_its_line_waits(db: Database, clock: ManualClock):
    office = Office(db, clock, Post(a1=[DatabaseGone("away"), 5.0]))
    await office.put("a1", "a2", "b1")
    await office.settle()
    assert office.post.taken == ["b1"]
    await office.settle(1.9)
    assert office.post.tried.count("a1") == 1
    await office.settle(0.2)  # too slow this time
    assert office.post.tried.count("a1") == 2
    await office.settle(4)
    assert office.post.taken == ["b1", "a1", "a2"]
    assert office.post.ends == [("b1", "done", ""), ("a1", "done", ""), ("a2", "done", "")]


async def test_a_no_is_an_end_and_the_line_goes_on(db: Database, clock: ManualClock):
    office = Office(db, clock, Post(a1=[NotTaken("no such member")]))
    await office.put("a1", "a2")
    await office.settle()
    assert office.post.ends == [("a1", "failed", "no such member"), ("a2", "done", "")]
    assert office.post.told_of == [("a1", "failed"), ("a2", "done")]


async def test_poison_parks_its_line_alone_and_says_so(
    db: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
):
    office = Office(db, clock, Post(a1=[ValueError("secret 123"), Problem("half a word"), KeyError("x")]))
    await office.put("a1", "a2", "b1")
    for _ in range(10):
        await office.settle(600)
    assert office.post.taken == ["b1"]
    (parked,) = await office.outbox.parked()
    assert (parked.ref, parked.attempts, parked.behind) == ("a1", 3, 1)
    assert "KeyError at " in parked.why
    assert "the line of letter a1 is parked: KeyError at" in caplog.text
    assert "123" not in caplog.text
    load = await office.outbox.load()
    assert (load.waiting, load.parked, load.oldest_at) == (1, 1, START)
    await db.write(lambda session: office.outbox.release(session, "a1", clock.now()))
    await office.settle()
    assert office.post.taken == ["b1", "a1", "a2"]


async def test_what_is_given_up_lets_its_line_go_on(db: Database, clock: ManualClock):
    office = Office(db, clock, Post(a1=[ValueError("x")] * 3))
    await office.put("a1", "a2")
    for _ in range(4):
        await office.settle(600)
    assert await db.write(lambda session: office.outbox.give_up(session, "a1", clock.now()))
    assert not await db.write(lambda session: office.outbox.give_up(session, "a1", clock.now()))
    await office.settle()
    assert office.post.taken == ["a2"]


async def test_nobody_answers_for_days(db: Database, clock: ManualClock):
    """An outage is nobody's fault: only after three days a person has to look."""
    office = Office(db, clock, Post(a1=[DatabaseGone("away")] * 1000))
    await office.put("a1")
    for _ in range(24 * 3 - 1):
        await office.settle(3600)
    assert await office.outbox.parked() == ()
    await office.settle(3600)
    assert [parked.ref for parked in await office.outbox.parked()] == ["a1"]


async def test_an_entry_that_cannot_begin_is_parked_and_others_go(db: Database, clock: ManualClock):
    office = Office(db, clock, Post(begin_a1=[Problem("cannot be read")]))
    office.post.no_begin = {"c1"}
    await office.put("a1", "a2", "b1", "c1", "c2")
    await office.settle()
    assert sorted(office.post.taken) == ["b1", "c2"]
    assert [parked.ref for parked in await office.outbox.parked()] == ["a1"]


async def test_a_claim_that_runs_out_is_taken_over(db: Database, clock: ManualClock):
    office = Office(db, clock, Post())
    await office.put("a1", "a2")
    (dead,) = await office.outbox.claim(("letter",), 9, office.post.begin)
    assert await office.outbox.claim(("letter",), 9, office.post.begin) == ()
    clock.advance(61)
    (again,) = await office.outbox.claim(("letter",), 9, office.post.begin)
    assert (again.ref, again.key, again.attempts) == ("a1", dead.key, 1)
    assert not await office.outbox.again(dead, "late", unclear=False), "what its first sender says no longer counts"
    assert await office.outbox.end(again, "done", "", office.post.ended)
    assert not await office.outbox.end(dead, "failed", "", office.post.ended)
    assert office.post.ends == [("a1", "done", "")]


async def test_two_workers_send_everything_once_and_in_order(db: Database, clock: ManualClock):
    office = Office(db, clock, Post())
    second = OutboxWorker(office.outbox, {"letter": office.post}, within_s=0.2)
    refs = [f"{line}{number:02}" for number in range(10) for line in "abcd"]
    await office.put(*refs)
    while sum(await asyncio.gather(office.worker.once(), second.once())):
        pass
    assert sorted(office.post.taken) == sorted(refs)
    for line in "abcd":
        assert (ours := [ref for ref in office.post.taken if ref[0] == line]) == sorted(ours)


async def test_the_worker_runs_by_itself_and_a_slow_line_holds_up_no_other(db: Database, clock: ManualClock):
    office = Office(db, clock, Post(a1=[0.15]))
    await office.worker.start()
    await office.put("a1", "b1", "b2", "b3")
    office.worker.wake()
    await until(lambda: len(office.post.taken) == 4, within=10)
    await office.worker.stop()
    assert office.post.tried[0] == "a1"


async def test_at_the_bound_nothing_more_is_taken(db: Database, clock: ManualClock):
    office = Office(db, clock, Post(), bound=2)
    await office.put("a1", "a2")
    with pytest.raises(OutboxFull):
        await office.put("a3")
    await office.put("a1")  # it is there
    await office.settle()
    await office.put("a3")


async def test_what_ended_long_ago_is_forgotten(db: Database, clock: ManualClock):
    office = Office(db, clock, Post())
    await office.put("a1")
    await office.settle()
    clock.advance(10)
    await office.put("a2")
    await office.settle()
    assert await office.outbox.prune(clock.now()) == 1


def test_a_try_may_not_outlast_its_claim(db_less: Outbox):
    with pytest.raises(Problem, match="longer lease"):
        OutboxWorker(db_less, {}, within_s=60)


@pytest.fixture
def db_less(clock: ManualClock) -> Outbox:
    return Outbox(Database("sqlite:///nowhere.db"), clock)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_delays_grow_and_stay_within_bounds(attempts: int, chance: float):
    delay = Retrying().delay_s(attempts, chance)
    assert 1.0 <= delay <= 900.0
    assert delay <= Retrying().delay_s(attempts + 1, 1.0)
