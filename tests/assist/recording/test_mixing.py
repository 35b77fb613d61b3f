"""Both sides on one clock: whatever the network does to the frames, the sound stays where it was spoken."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.recording.mixing import HOLD_S, RATE, TOLERANCE_S, Mixer, Samples

FRAME = 160


def numbered(first: int, count: int) -> bytes:
    """Samples that can be told apart: each has its own value."""
    return np.arange(first, first + count).astype("<i2").tobytes()


def heard(mixed: Samples, channel: int) -> tuple[list[int], list[int]]:
    """Where a channel is not silent, and what is there."""
    places = np.flatnonzero(mixed[:, channel])
    return places.tolist(), mixed[places, channel].tolist()


@given(
    begins=st.floats(0, 3),
    delays=st.lists(st.floats(0, HOLD_S - 0.05), min_size=1, max_size=190),
    takes=st.lists(st.integers(1, 8000), max_size=20),
)
def test_jitter_and_stalls_move_nothing(begins: float, delays: list[float], takes: list[int]) -> None:
    """A leg speaks without a break, each frame comes late, in order: all of it is there, once, in place."""
    mixer, arrived = Mixer(100.0), 0.0
    frames: list[tuple[float, bytes]] = []
    for number, delay in enumerate(delays):
        spoken = begins + (number + 1) * FRAME / RATE
        arrived = max(arrived, spoken + delay)
        frames.append((arrived, numbered(1 + number * FRAME, FRAME)))
    least = min(at - begins - (number + 1) * FRAME / RATE for number, (at, _) in enumerate(frames))
    out: list[Samples] = []
    for until in np.cumsum(takes):
        while frames and frames[0][0] <= until / RATE + HOLD_S:
            mixer.feed("caller", "1", 100.0 + frames[0][0], frames.pop(0)[1])
        out.append(mixer.take(int(until)))
    for at, pcm in frames:
        mixer.feed("caller", "1", 100.0 + at, pcm)
    out.append(mixer.take(mixer.taken + 10 * RATE))
    places, values = heard(np.concatenate(out), 0)
    assert values == list(range(1, 1 + len(delays) * FRAME))
    assert (mixer.late, mixer.surplus) == (0, 0)
    off = [place / RATE - begins - (value - 1) / RATE for place, value in zip(places, values, strict=True)]
    assert min(off) >= -TOLERANCE_S
    assert max(off) <= HOLD_S + TOLERANCE_S
    if not takes:  # all was known before anything was placed: the frame that was least late says where it begins
        assert off[0] == pytest.approx(least, abs=0.001 + TOLERANCE_S)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(-1, 12), st.integers(0, 1600)), max_size=60),
    st.lists(st.integers(0, 20_000), max_size=8),
)
def test_whatever_arrives_the_length_is_the_clocks_and_no_sample_comes_twice(
    arrivals: list[tuple[str, float, int]], takes: list[int]
) -> None:
    """Gaps, bursts of ten times real time, frames from before the beginning, frames without a sample."""
    mixer, told = Mixer(0.0), {"a": 1, "b": 1}
    fed = dict.fromkeys(told, 0)
    out, taken = [], 0
    arrivals = sorted(arrivals, key=lambda arrival: arrival[1])
    for until in [*sorted(takes), 13 * RATE]:
        while arrivals and arrivals[0][1] <= until / RATE:
            leg, at, count = arrivals.pop(0)
            count = min(count, 32_000 - told[leg])
            mixer.feed("caller" if leg == "a" else "agent", leg, at, numbered(told[leg], count))
            told[leg] += count
            fed[leg] += count
        block = mixer.take(until)
        assert len(block) == until - taken
        taken = until
        out.append(block)
    mixed = np.concatenate(out)
    there = 0
    for channel in (0, 1):
        _, values = heard(mixed, channel)
        assert all(before < after for before, after in pairwise(values))
        there += len(values)
    waiting = sum(leg.length for leg in mixer._legs.values())
    assert there + mixer.late + mixer.surplus + waiting == sum(fed.values())


def test_a_leg_that_pauses_comes_back_at_its_time() -> None:
    mixer = Mixer(0.0)
    for second in (1.0, 4.0):
        mixer.feed("agent", "2", second, numbered(int(second), 80))
    places, _ = heard(mixer.take(5 * RATE), 1)
    assert places == [*range(RATE - 80, RATE), *range(4 * RATE - 80, 4 * RATE)]


def test_two_on_one_side_are_mixed_and_loud_ones_are_clipped() -> None:
    mixer = Mixer(0.0)
    loud = np.full(80, 20_000, "<i2").tobytes()
    mixer.feed("agent", "dana", 0.02, loud)
    mixer.feed("agent", "morgan", 0.02, loud)
    mixer.feed("caller", "1", 0.02, loud)
    mixed = mixer.take(160)
    assert mixed[80:].tolist() == [[20_000, 32_767]] * 80
    assert not mixed[:80].any()


def test_what_comes_after_its_place_was_given_out_is_left_out_not_moved() -> None:
    mixer = Mixer(0.0)
    mixer.feed("caller", "1", 0.5, numbered(1, 160))
    mixer.take(2 * RATE)
    for number in range(100):  # a stall: two seconds of sound at once, one of them too late
        mixer.feed("caller", "1", 3.0, numbered(1 + number * 160, 160))
    places, values = heard(mixer.take(4 * RATE), 0)
    assert values == list(range(8001, 16_001))
    assert places == list(range(8000))
    assert mixer.late == 8000


def test_a_leg_that_sends_ten_times_too_much_does_not_push_itself_ahead() -> None:
    mixer, out = Mixer(0.0), []
    for frame in range(500):
        at = 1.0 + frame * 0.002
        mixer.feed("caller", "1", at, numbered(1, 160))
        out.append(mixer.take(round((at - HOLD_S) * RATE)))
    mixer.feed("caller", "1", 5.0, numbered(7000, 160))
    places, _ = heard(np.concatenate([*out, mixer.take(5 * RATE)]), 0)
    assert places[-160:] == list(range(5 * RATE - 160, 5 * RATE))
    assert len(places) <= 2.2 * RATE
    assert mixer.late + mixer.surplus == 501 * 160 - len(places)


def test_two_clocks_that_drift_stay_together() -> None:
    """0.1 % too slow for ten minutes: 0.6 s, of which the tolerance is never left."""
    mixer, out = Mixer(0.0), []
    for frame in range(30_000):
        at = (frame + 1) * 0.02002
        mixer.feed("caller", "1", at, np.full(160, 1 + frame % 1000, "<i2").tobytes())
        if frame % 50 == 49:
            out.append(mixer.take(max(0, round((at - HOLD_S) * RATE))))
    assert mixer.late + mixer.surplus == 0
    waiting = sum(leg.length for leg in mixer._legs.values())
    behind = mixer.taken - next(iter(mixer._legs.values())).next
    assert behind <= 0
    assert waiting / RATE <= HOLD_S + TOLERANCE_S + 0.02
