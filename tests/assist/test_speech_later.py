"""What nobody could listen to live is decoded from its recording, when there is room and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from toy_recogniser import FRAME_S, ToyRecogniser, sound

from assist.speech.corrections import Corrections
from assist.speech.later import LaterDecoder, RecordedLeg
from assist.speech.pool import DecoderPool
from assist.speech.words import Heard
from core.threads import Overloaded


class Recording:
    """A leg's audio in pieces of `size` bytes, and what comes of it."""

    def __init__(
        self, *spoken: tuple[int, float], size: int = 1000, begun_s: float = 0.0, costs_s: float = 0.0
    ) -> None:
        self.audio = b"".join(frame for word, seconds in spoken for frame in sound(word, seconds))
        self.results: list[Heard] = []
        self.read = 0
        self._size = size
        self.leg = RecordedLeg(
            source=self._pieces,
            on_result=self.results.append,
            recogniser=lambda: ToyRecogniser(costs_s),
            begun_s=begun_s,
            table=Corrections({"w9": "nine"}),
        )

    async def _pieces(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self.audio), self._size):
            piece = self.audio[at : at + self._size]
            self.read += len(piece)
            yield piece

    @property
    def said(self) -> list[tuple[str, float, float]]:
        return [(each.text, round(each.start_s, 2), round(each.end_s, 2)) for each in self.results]


@pytest.mark.parametrize("size", [1, 319, 320, 1000, 8001, 10**6])
async def test_a_recording_gives_its_words_at_their_times_in_pieces_of_any_size(size: int) -> None:
    spoken = ((0, 1.0), (1, 0.4), (0, 2.0), (9, 0.5)) if size > 1 else ((1, 0.2), (0, 0.8), (9, 0.1))
    recording = Recording(*spoken, size=size, begun_s=10.0)
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        await LaterDecoder(pool).decode([recording.leg])
    expected = [("w1", 11.0, 11.4), ("nine", 13.4, 13.9)] if size > 1 else [("w1", 10.0, 10.2), ("nine", 11.0, 11.1)]
    assert recording.said == expected
    assert all(each.final for each in recording.results)


async def test_both_legs_and_one_recording_after_the_other() -> None:
    first, second, third = Recording((1, 0.5)), Recording((2, 0.5)), Recording((3, 0.5))
    order: list[str] = []
    async with DecoderPool(ToyRecogniser, threads=2) as pool:
        later = LaterDecoder(pool)

        async def decode(name: str, legs: Sequence[Recording]) -> None:
            await later.decode([each.leg for each in legs])
            order.append(name)

        await asyncio.gather(decode("one", [first, second]), decode("two", [third]))
        assert later.waiting == 0
        assert pool.figures().later_load > 0
    assert order == ["one", "two"]
    assert [each.said[0][0] for each in (first, second, third)] == ["w1", "w2", "w3"]


async def test_nothing_is_decoded_later_while_live_legs_need_the_threads() -> None:
    """One thread that live speech keeps busy; the recording waits until the leg has ended and the load has passed."""
    recording = Recording((1, 3.0))
    async with DecoderPool(lambda: ToyRecogniser(costs_s=0.9), threads=1) as pool:
        live: list[Heard] = []
        stream = pool.stream(live.append, 0.0)
        decoding = asyncio.create_task(LaterDecoder(pool, below=0.05).decode([recording.leg]))
        for number, frame in enumerate(sound(2, 2.0), 1):
            stream.feed(frame, number * FRAME_S)
        assert await stream.finish()
        assert [each.text for each in live if each.final] == ["w2"]
        assert recording.results == []
        assert pool.figures().load > 0.05
        decoding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await decoding
        relaxed = Recording((3, 1.0))
        await LaterDecoder(pool, below=1.0).decode([relaxed.leg])
        assert [text for text, *_ in relaxed.said] == ["w3"]


async def test_a_source_that_fails_fails_its_own_recording_and_not_the_next() -> None:
    class Torn(Recording):
        async def _pieces(self) -> AsyncIterator[bytes]:
            yield self.audio[:16000]
            raise OSError("the disk is gone")

    torn, whole = Torn((1, 0.2), (0, 2.0)), Recording((2, 0.5))
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        later = LaterDecoder(pool)
        with pytest.raises(OSError, match="the disk is gone"):
            await later.decode([torn.leg])
        await later.decode([whole.leg])
    assert [text for text, *_ in torn.said] == ["w1"]
    assert [text for text, *_ in whole.said] == ["w2"]


async def test_more_than_the_bound_are_refused() -> None:
    async with DecoderPool(ToyRecogniser, threads=1) as pool:
        later = LaterDecoder(pool, most_waiting=1)
        first, second = Recording((1, 2.0)), Recording((2, 0.5))
        decoding = asyncio.create_task(later.decode([first.leg]))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="1 recordings wait"):
            await later.decode([second.leg])
        await decoding
        await later.decode([second.leg])
    assert second.said
