"""Tickets, sessions and the brake, with the clock in hand."""

from __future__ import annotations

import asyncio

import pytest
from wire_house import ANN, NOW, SUE

from core.clock import ManualClock
from realtime.idempotency import Answer, Idempotency
from realtime.sign_in import Brake, Sessions
from realtime.tickets import Pass, Tickets


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def test_tickets_that_nobody_redeems_are_bounded_the_oldest_void(clock: ManualClock) -> None:
    tickets = Tickets(clock, bound=3)
    issued = [tickets.issue(Pass(ANN, "s", 1)) for _ in range(4)]
    assert [tickets.redeem(ticket) is not None for ticket in issued] == [False, True, True, True]


def test_tickets_are_not_alike(clock: ManualClock) -> None:
    tickets = Tickets(clock)
    assert len({tickets.issue(Pass(ANN, "s", 1)) for _ in range(100)}) == 100


def test_one_person_has_a_bounded_number_of_sessions_the_oldest_ends(clock: ManualClock) -> None:
    sessions = Sessions(clock, per_user=2)
    tokens = []
    ended = []
    for _ in range(3):
        token, _, gone = sessions.open(ANN)
        tokens.append(token)
        ended += gone
    sue, _, _ = sessions.open(SUE)
    assert [sessions.find(token) is not None for token in [*tokens, sue]] == [False, True, True, True]
    assert [session.user for session in ended] == [ANN]


def test_sessions_that_ran_out_are_dropped_when_somebody_signs_in(clock: ManualClock) -> None:
    sessions = Sessions(clock)
    sessions.open(ANN)
    clock.advance(5 * 3600)
    _, _, ended = sessions.open(SUE)
    assert [session.user for session in ended] == [ANN]


def test_the_session_key_does_not_open_the_session(clock: ManualClock) -> None:
    sessions = Sessions(clock)
    token, session, _ = sessions.open(ANN)
    assert sessions.find(token) is session
    assert sessions.find(session.key) is None


def test_the_brake_counts_a_sliding_window_for_each_key(clock: ManualClock) -> None:
    brake = Brake(clock, limit=2, window_s=60)
    assert brake.attempt("a") == 0
    clock.advance(30)
    assert brake.attempt("a") == 0
    assert brake.attempt("a") == 30
    assert brake.attempt("b") == 0
    clock.advance(30)
    assert brake.attempt("a") == 0
    assert brake.attempt("a") == 30


def test_good_attempts_can_be_taken_back_one_or_all(clock: ManualClock) -> None:
    brake = Brake(clock, limit=2, window_s=60)
    for _ in range(2):
        brake.attempt("a")
    brake.take_back("a")
    assert [brake.attempt("a") for _ in range(2)] == [0, 60]
    brake.forget("a")
    assert [brake.attempt("a") for _ in range(3)] == [0, 0, 60]


def test_the_brake_remembers_a_bounded_number_of_keys(clock: ManualClock) -> None:
    brake = Brake(clock, limit=1, window_s=60, bound=2)
    for key in "abc":
        brake.attempt(key)
    assert brake.attempt("c") > 0
    assert brake.attempt("a") == 0


async def test_an_answer_of_500_is_not_remembered_so_that_trying_again_helps(clock: ManualClock) -> None:
    commands = Idempotency(clock)
    answers = iter([Answer(503, b"{}"), Answer(200, b"{}")])

    async def act() -> Answer:
        return next(answers)

    assert (await commands.once("s", "key", b"do", act)).status == 503
    await asyncio.sleep(0)  # the done callback runs in the next turn of the loop
    assert (await commands.once("s", "key", b"do", act)).status == 200


async def test_answers_are_kept_for_an_hour_and_in_a_bounded_number(clock: ManualClock) -> None:
    commands = Idempotency(clock, bound=2)
    acted: list[str] = []

    async def once(key: str) -> None:
        async def act() -> Answer:
            acted.append(key)
            return Answer(200, b"{}")

        await commands.once("s", key, b"do", act)

    for key in ("a", "b", "b", "c", "c", "a"):
        await once(key)
    assert acted == ["a", "b", "c", "a"]
    clock.advance(3600)
    await once("a")
    assert acted == ["a", "b", "c", "a", "a"]
