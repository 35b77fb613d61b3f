from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import numpy as np
import pytest
from toy_recogniser import FRAME, FRAME_S, Broken, ToyRecogniser, sound

from assist.speech.pool import MOST_BEHIND_S, DecoderPool, SpeechStream
from assist.speech.stream import MOST_AHEAD_S, SILENT_S
from assist.speech.words import Heard
from core.threads import Overloaded


class Leg:
    """Feeds a stream as fast as it takes frames, with the times they would have had."""

    def __init__(self, pool: DecoderPool, started_at: float = 0.0, call: str = "", watched: bool = True) -> None:
        self.results: list[Heard] = []
        self.gaps: list[tuple[float, float]] = []
        self.delivered_at: list[float] = []
        self.now = started_at
        self._news = asyncio.Event()
        self.stream: SpeechStream = pool.stream(self._on_result, started_at, self._on_gap, call=call, watched=watched)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def until_decoded(self) -> None:
        """Until less waits than a turn begins with."""
        async with asyncio.timeout(5):
            while self.stream.in_line or self.stream.waiting_s >= SILENT_S:  # noqa: ASYNC110 no result, no event
                await asyncio.sleep(0.001)

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


# --- what the machine carries ---------------------------------------------------------------------


async def test_a_call_beyond_what_the_machine_carries_is_refused_and_those_inside_are_taken_whole() -> None:
    async with DecoderPool(ToyRecogniser, threads=1, most_calls=2) as pool:
        first = [Leg(pool, call="first"), Leg(pool, call="first")]
        second = Leg(pool, call="second")
        with pytest.raises(Overloaded, match="carries 2 calls"):
            Leg(pool, call="third")
        with pytest.raises(Overloaded, match="carries 2 calls"):
            Leg(pool)  # nobody's: half a call
        conference = [Leg(pool, call="second"), Leg(pool, call="second")]
        assert pool.figures().calls == 2.5
        assert pool.figures().refused == 2
        for leg in (*first, second, *conference):
            assert await leg.stream.finish()
        assert pool.figures().calls == 0
        Leg(pool, call="third")


async def test_nobodys_legs_count_half_a_call_each() -> None:
    async with DecoderPool(ToyRecogniser, threads=1, most_calls=1) as pool:
        Leg(pool)
        with pytest.raises(Overloaded):
            Leg(pool, call="a whole one")
        Leg(pool)
        with pytest.raises(Overloaded):
            Leg(pool)


async def test_the_number_of_calls_may_be_set_while_it_runs_and_ends_none() -> None:
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        legs = [Leg(pool, call=name) for name in ("first", "second")]
        pool.most_calls = 1
        with pytest.raises(Overloaded):
            Leg(pool, call="third")
        for leg in legs:
            leg.say(1, 0.3)
            assert await leg.stream.finish()
            assert leg.finals == ["w1"]
        Leg(pool, call="third")


async def test_a_machine_that_measures_as_full_takes_no_more_whatever_the_number_says() -> None:
    """The calibration may be wrong, or the machine busy with other things than it was."""
    async with DecoderPool(lambda: ToyRecogniser(costs_s=2.2), threads=1, most_calls=100) as pool:
        leg, _ = Leg(pool, call="first"), Leg(pool, call="first")
        leg.say(1, 4.9)
        assert await leg.stream.finish(timeout=30)
        assert pool.figures().load > 0.9
        with pytest.raises(Overloaded, match="no time left"):
            Leg(pool, call="second")
        Leg(pool, call="first")


async def test_the_figures_tell_how_far_behind_it_is() -> None:
    async with DecoderPool(lambda: ToyRecogniser(costs_s=0.3), threads=1) as pool:
        assert pool.figures().lag_p95_s == 0.0
        legs = [Leg(pool, call="one") for _ in range(3)]
        for leg in legs:
            leg.say(1, 1.0)
        figures = pool.figures()
        assert figures.streams == 3
        assert figures.turns_waiting == 2
        assert 2.0 <= figures.waiting_s < 3.01
        assert 0.5 <= figures.furthest_behind_s < 1.01
        for leg in legs:
            assert await leg.stream.finish()
        figures = pool.figures()
        assert figures.decoded_s == pytest.approx(3.0)
        assert figures.waiting_s == pytest.approx(0.0)
        assert figures.lag_p95_s >= 0.5  # the last leg waited for the others
        assert 0.0 < figures.load < 1.0
        assert figures.lost_s == 0.0
        assert (figures.threads, figures.most_calls) == (1, None)


async def test_another_model_is_for_those_who_come_after() -> None:
    made: list[str] = []

    def maker(name: str) -> Callable[[], ToyRecogniser]:
        def make() -> ToyRecogniser:
            made.append(name)
            return ToyRecogniser()

        return make

    async with DecoderPool(maker("old"), threads=1) as pool:
        before = Leg(pool)
        before.say(1, 0.5)
        pool.use(maker("new"))
        after = Leg(pool)
        after.say(2, 0.5)
        before.say(0, 2.0)
        before.say(3, 0.5)  # a new sentence, and still the model that it began with
        for leg in (before, after):
            assert await leg.stream.finish()
        assert before.finals == ["w1", "w3"]
        assert after.finals == ["w2"]
    assert sorted(made) == ["new", "old", "old"]


# --- who watches ----------------------------------------------------------------------------------


class Counting(ToyRecogniser):
    asked = 0

    def partial(self) -> Heard:
        Counting.asked += 1
        return super().partial()


async def test_words_that_may_still_change_are_made_only_while_somebody_watches() -> None:
    Counting.asked = 0
    async with DecoderPool(Counting, threads=1) as pool:
        leg = Leg(pool, watched=False)
        leg.say(1, 1.0)
        await leg.until_decoded()
        assert Counting.asked == 0
        assert leg.results == []
        leg.stream.watched = True
        leg.say(2, 1.0)
        await leg.until(lambda: bool(leg.results))
        assert not leg.results[0].final
        leg.stream.watched = False
        await leg.until_decoded()
        asked = Counting.asked
        assert asked >= 1
        leg.say(3, 1.0)
        assert await leg.stream.finish()
        assert Counting.asked == asked
        assert leg.finals == ["w1 w2 w3"]


async def test_nobody_is_asked_for_words_while_a_line_is_silent() -> None:
    Counting.asked = 0
    async with DecoderPool(Counting, threads=1) as pool:
        leg = Leg(pool)
        leg.say(0, 4.0)
        assert await leg.stream.finish()
    assert Counting.asked == 0


# --- legs that are not as they should be ----------------------------------------------------------


async def test_a_leg_that_never_sends_costs_nothing_and_ends_at_once() -> None:
    async with DecoderPool(Broken, threads=1) as pool:
        leg = Leg(pool)
        await asyncio.sleep(0)
        assert await leg.stream.finish()
        assert (leg.results, leg.gaps) == ([], [])
        assert pool.figures().decoded_s == 0.0


async def test_a_frame_with_half_a_sample_is_cut_and_an_empty_one_is_none() -> None:
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        leg = Leg(pool)
        for number, frame in enumerate([*sound(1, 0.5), *sound(0, 1.0)], 1):
            leg.stream.feed(frame + b"\x07", number * FRAME_S)
            leg.stream.feed(b"", number * FRAME_S)
            leg.stream.feed(b"\x07", number * FRAME_S)
        assert await leg.stream.finish()
        assert leg.finals == ["w1"]


async def test_a_leg_at_twice_the_rate_is_given_up_and_told_as_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    """16 kHz taken for 8: twice as much audio as time. A stall and a burst of up to a minute are not taken for that."""
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        leg = Leg(pool)
        for second in range(100):
            for number, frame in enumerate(sound(1 if second % 2 else 0, 2.0), 1):
                leg.now = second + number / 100
                leg.stream.feed(frame, leg.now)
            await leg.until_decoded()
        assert await leg.stream.finish()
    assert "a wrong rate?" in caplog.text
    assert caplog.text.count("a wrong rate?") == 1
    start, end = leg.gaps[0][0], leg.gaps[-1][1]
    assert MOST_AHEAD_S - 1 < start < 2 * MOST_AHEAD_S
    assert end == pytest.approx(100.0)
    assert all(before[1] == after[0] for before, after in zip(leg.gaps, leg.gaps[1:], strict=False))
    assert all(heard.end_s <= start + 0.1 for heard in leg.results)


async def test_ten_times_real_time_is_bounded_and_what_is_not_decoded_is_told() -> None:
    """A minute of audio in six seconds of time, with a decoder that could follow a minute in a minute."""
    async with DecoderPool(lambda: ToyRecogniser(costs_s=0.02), threads=1) as pool:
        leg = Leg(pool)
        for number in range(3000):
            leg.now = (number + 1) * FRAME_S / 10
            leg.stream.feed(sound(1 + number // 100 % 5, FRAME_S)[0], leg.now)
            assert leg.stream.waiting_s <= MOST_BEHIND_S + 2 * FRAME_S
        assert await leg.stream.finish()
        assert pool.figures().lost_s > 0
    assert leg.gaps
    # On the clock of arrival the audio that came too early lies before its time.
    assert all(start <= end <= 6.0 + 1e-6 for start, end in leg.gaps)


async def test_a_stall_and_all_that_waited_at_once_loses_nothing_that_the_bound_allows() -> None:
    """The connection stood still for four seconds."""
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        leg = Leg(pool)
        leg.say(1, 0.5)
        await leg.until_decoded()
        for frame in [*sound(0, 2.0), *sound(2, 0.5), *sound(0, 1.5)]:
            leg.stream.feed(frame, 4.5)
        assert await leg.stream.finish()
        assert leg.finals == ["w1", "w2"]
        assert leg.gaps == []
        last = leg.results[-1]
        assert last.start_s == pytest.approx(2.5, abs=0.45)


@pytest.mark.parametrize("level", [0, 1, 20])
async def test_an_hour_of_silence_is_not_decoded_and_not_kept(level: int) -> None:
    frame = (np.random.default_rng(0).normal(0, level, FRAME) if level else np.zeros(FRAME)).astype("<i2").tobytes()
    made: list[ToyRecogniser] = []

    def make() -> ToyRecogniser:
        made.append(ToyRecogniser())
        return made[-1]

    async with DecoderPool(make, threads=1) as pool:
        leg = Leg(pool)
        for minute in range(60):
            for number in range(3000):
                leg.now = minute * 60 + (number + 1) * FRAME_S
                leg.stream.feed(frame, leg.now)
                if number % 100 == 0:
                    await leg.until_decoded()
        leg.say(1, 0.5)
        leg.say(0, 1.0)
        assert await leg.stream.finish()
        assert leg.gaps == []
        (heard,) = [each for each in leg.results if each.final]
        assert (heard.text, heard.start_s) == ("w1", pytest.approx(3600.0))
    assert len(made) == 1
