from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import pytest
from toy_recogniser import FRAME_S, Broken, ToyRecogniser, sound

from assist.speech.pool import MOST_BEHIND_S, DecoderPool, SpeechStream
from assist.speech.words import Heard
from core.threads import Overloaded


class Leg:
    """Feeds a stream as fast as it takes frames, with the times they would have had."""

    def __init__(self, pool: DecoderPool, started_at: float = 0.0) -> None:
        self.results: list[Heard] = []
        self.gaps: list[tuple[float, float]] = []
        self.delivered_at: list[float] = []
        self.now = started_at
        self._news = asyncio.Event()
        self.stream: SpeechStream = pool.stream(self._on_result, started_at, self._on_gap)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                self._news.clear()
                await self._news.wait()

    def _on_result(self, heard: Heard) -> None:
        self.results.append(heard)
        self._news.set()
        self.delivered_at.append(time.monotonic())

    def _on_gap(self, start: float, end: float) -> None:
        self.gaps.append((start, end))
        self._news.set()

    def say(self, word: int, seconds: float) -> None:
        for pcm in sound(word, seconds):
            self.now += FRAME_S
            self.stream.feed(pcm, self.now)

    @property
    def finals(self) -> list[str]:
        return [heard.text for heard in self.results if heard.final]


async def test_results_come_on_the_event_loop_and_count_from_the_start() -> None:
    async with DecoderPool(ToyRecogniser, threads=2) as pool:
        leg = Leg(pool, started_at=1000.0)
        leg.say(0, 1)
        leg.say(1, 0.5)
        leg.say(0, 2)
        assert await leg.stream.finish()
        assert leg.finals == ["w1"]
        assert leg.results[-1].start_s == pytest.approx(1.0)
        assert leg.results[-1].end_s == pytest.approx(1.5)
        assert leg.gaps == []


async def test_a_leg_may_have_recognisers_of_its_own() -> None:
    heard: list[Heard] = []
    async with DecoderPool(Broken, threads=1) as pool:
        stream = pool.stream(heard.append, 0.0, recogniser=ToyRecogniser)
        for number, pcm in enumerate([*sound(1, 0.5), *sound(0, 2)], 1):
            stream.feed(pcm, number * FRAME_S)
        assert await stream.finish()
    assert [each.text for each in heard if each.final] == ["w1"]


async def test_finish_waits_for_the_last_words_and_then_the_stream_is_gone() -> None:
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        leg = Leg(pool)
        leg.say(1, 0.25)
        assert len(pool) == 1
        assert await leg.stream.finish()
        assert leg.finals == ["w1"]
        assert len(pool) == 0
        leg.say(2, 1)
        assert await leg.stream.finish()
        assert leg.finals == ["w1"]


async def test_one_leg_with_much_to_decode_does_not_hold_up_another() -> None:
    """One thread, 0.2 s of work for each second: the small leg is done long before the large one."""
    async with DecoderPool(lambda: ToyRecogniser(costs_s=0.2), threads=1) as pool:
        large, small = Leg(pool), Leg(pool)
        large.say(1, 4.5)
        small.say(2, 0.3)
        await asyncio.gather(large.stream.finish(), small.stream.finish())
        assert small.delivered_at[-1] < large.delivered_at[-1] - 0.3


async def test_a_leg_too_far_behind_loses_its_oldest_audio_and_says_which() -> None:
    async with DecoderPool(lambda: ToyRecogniser(costs_s=0.05), threads=1) as pool:
        leg = Leg(pool)
        for word in range(1, 25):
            leg.say(word, 1.0)  # all in one instant: nothing can be decoded in between
        assert await leg.stream.finish()
        assert leg.gaps
        first_lost, last_lost = leg.gaps[0][0], leg.gaps[-1][1]
        assert first_lost >= 0.0
        assert 24.0 - MOST_BEHIND_S <= last_lost <= 24.0
        heard = [word for each in leg.results if each.final for word in each.words]
        assert heard[-1].text == "w24"
        assert all(
            word.end_s <= start + 0.02 or word.start_s >= end - 0.02 for word in heard for start, end in leg.gaps
        )


async def test_a_leg_that_sends_no_more_frames_has_ended_its_sentence() -> None:
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        leg = Leg(pool)
        leg.say(1, 0.55)
        await leg.until(lambda: leg.finals == ["w1"])
        assert len(pool) == 1


async def test_a_decoder_that_fails_costs_what_it_had_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    made: list[ToyRecogniser] = []

    def make() -> ToyRecogniser:
        made.append(ToyRecogniser() if made else Broken())
        return made[-1]

    async with DecoderPool(make, threads=1) as pool:
        leg = Leg(pool)
        with caplog.at_level(logging.ERROR):
            leg.say(1, 0.1)
            await leg.until(lambda: bool(leg.gaps))
        assert "out of order" in caplog.text
        leg.say(0, 1)
        leg.say(2, 0.5)
        assert await leg.stream.finish()
        assert leg.finals == ["w2"]
        assert leg.gaps == [(pytest.approx(0.0), pytest.approx(0.1))]


async def test_finishing_has_a_time_limit(caplog: pytest.LogCaptureFixture) -> None:
    async with DecoderPool(lambda: ToyRecogniser(costs_s=2.0), threads=1) as pool:
        leg = Leg(pool)
        leg.say(1, 0.5)
        assert not await leg.stream.finish(timeout=0.05)
        assert len(pool) == 0
    assert leg.results == []


async def test_closing_leaves_no_thread_and_delivers_nothing_afterwards() -> None:
    async with DecoderPool(lambda: ToyRecogniser(costs_s=0.5), threads=1) as pool:
        leg = Leg(pool)
        leg.say(1, 3)
    before = list(leg.results)
    await asyncio.sleep(0.1)
    assert leg.results == before
    leg.say(1, 1)  # a frame still on its way finds the door shut, not an error


async def test_more_legs_than_the_bound_are_refused_at_once() -> None:
    async with DecoderPool(ToyRecogniser, threads=1, most_streams=1) as pool:
        first = Leg(pool)
        with pytest.raises(Overloaded):
            Leg(pool)
        await first.stream.finish()
        Leg(pool)
