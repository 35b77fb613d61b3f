"""The recording is paused while a card or a PIN is taken, once for each question, and never for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from waiting import until

from assist.discretion import Awaited
from assist.recording.discreet import SecretPause
from assist.redaction.model import Kind
from core.errors import Problem
from core.tasks import TaskOwner

PIN, CARD, SSN = (Awaited((kind,), place) for place, kind in enumerate((Kind.PIN, Kind.CARD_NUMBER, Kind.SSN)))


class Recorder:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.broken = False
        self.held = asyncio.Event()
        self.held.set()

    async def pause(self, call_id: str, kind: Literal["secret"]) -> None:
        self.told.append("pause")
        await self.held.wait()
        if self.broken:
            raise Problem("the database is away")

    async def resume(self, call_id: str, kind: Literal["secret"]) -> None:
        self.told.append("resume")


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    owner = TaskOwner("test")
    yield owner
    await owner.stop()


async def test_it_is_paused_for_the_question_and_goes_on_with_the_answer(tasks: TaskOwner) -> None:
    recorder = Recorder()
    pause = SecretPause("call-1", recorder, tasks)
    for _ in range(3):
        pause.heard(PIN)
        await asyncio.sleep(0)
    pause.heard(None)
    await until(lambda: recorder.told == ["pause", "resume"])


async def test_a_number_that_no_rule_asks_silence_for_does_not_pause_it(tasks: TaskOwner) -> None:
    recorder = Recorder()
    SecretPause("call-1", recorder, tasks).heard(SSN)
    await asyncio.sleep(0.02)
    assert recorder.told == []


async def test_an_answer_that_comes_before_the_pause_is_made_still_ends_it(tasks: TaskOwner) -> None:
    recorder = Recorder()
    recorder.held.clear()
    pause = SecretPause("call-1", recorder, tasks)
    pause.heard(CARD)
    await until(lambda: recorder.told == ["pause"])
    pause.heard(None)
    recorder.held.set()
    await until(lambda: recorder.told == ["pause", "resume"])


async def test_a_second_question_pauses_again_what_an_agent_had_resumed(tasks: TaskOwner) -> None:
    recorder = Recorder()
    pause = SecretPause("call-1", recorder, tasks)
    pause.heard(PIN)
    await until(lambda: recorder.told == ["pause"])
    pause.heard(CARD)
    await until(lambda: recorder.told == ["pause", "pause"])


async def test_a_question_that_nobody_answers_is_given_up_once_and_for_all(tasks: TaskOwner) -> None:
    recorder = Recorder()
    pause = SecretPause("call-1", recorder, tasks, longest_s=0.02)
    pause.heard(PIN)
    await until(lambda: recorder.told == ["pause", "resume"])
    pause.heard(PIN)
    await asyncio.sleep(0.02)
    assert recorder.told == ["pause", "resume"]
    pause.heard(CARD)
    await until(lambda: recorder.told[2:] == ["pause", "resume"])


async def test_a_pause_of_before_a_restart_ends_too(tasks: TaskOwner) -> None:
    recorder = Recorder()
    SecretPause("call-1", recorder, tasks, longest_s=0.02).was_paused()
    await until(lambda: recorder.told == ["resume"])


async def test_a_recorder_that_cannot_is_asked_again_for_the_next_question(tasks: TaskOwner) -> None:
    recorder = Recorder()
    recorder.broken = True
    pause = SecretPause("call-1", recorder, tasks)
    pause.heard(PIN)
    await until(lambda: recorder.told == ["pause"])
    recorder.broken = False
    pause.heard(CARD)
    await until(lambda: recorder.told == ["pause", "pause"])
