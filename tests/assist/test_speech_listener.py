from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_recogniser import FRAME_S, Forgetful, ToyRecogniser, sound

from assist.speech.gate import TRAILING_S, Gate
from assist.speech.listener import LEAD_IN_S, Frame, Listener
from assist.speech.words import Heard

STARTED_AT = 500.0


class Leg:
    """A leg whose frames come on time unless said otherwise; keeps all results and all recognisers."""

    def __init__(self, kind: type[ToyRecogniser] = ToyRecogniser) -> None:
        self.recognisers: list[ToyRecogniser] = []
        self.now = STARTED_AT
        self.results: list[Heard] = []
        self._kind = kind
        self.listener = Listener(self._make, STARTED_AT)

    def _make(self) -> ToyRecogniser:
        self.recognisers.append(self._kind())
        return self.recognisers[-1]

    def say(self, word: int, seconds: float, *, late_s: float = 0.0) -> None:
        for pcm in sound(word, seconds):
            self.now += FRAME_S
            self.results += self.listener.hear([Frame(pcm, self.now + late_s)])

    def silent_line(self, seconds: float) -> None:
        """No frames at all."""
        self.now += seconds

    @property
    def finals(self) -> list[tuple[str, float, float]]:
        return [(heard.text, round(heard.start_s, 2), round(heard.end_s, 2)) for heard in self.results if heard.final]


def test_silence_is_not_decoded() -> None:
    leg = Leg()
    leg.say(0, 60)
    assert leg.recognisers == []
    assert leg.results == []


def test_words_are_on_the_clock_however_long_the_silence_before() -> None:
    leg = Leg()
    leg.say(0, 30)
    leg.say(1, 0.4)
    leg.say(0, 2)
    leg.say(2, 0.4)
    leg.say(0, 2)
    assert leg.finals == [("w1", 30.0, 30.4), ("w2", 32.4, 32.8)]


def test_speech_is_decoded_with_a_lead_in_and_the_silence_that_ends_it() -> None:
    leg = Leg()
    leg.say(0, 5)
    leg.say(1, 0.4)
    leg.say(0, 10)
    (recogniser,) = leg.recognisers
    assert recogniser.accepted / 16000 == pytest.approx(LEAD_IN_S + 0.4 + TRAILING_S, abs=0.05)


def test_partial_words_come_while_one_speaks_and_only_when_they_change() -> None:
    leg = Leg()
    leg.say(1, 0.6)
    leg.say(2, 2.0)
    partials = [heard.text for heard in leg.results]
    assert partials == ["w1", "w1 w2"]
    leg.say(0, 2)
    assert [heard.text for heard in leg.results if heard.final] == ["w1 w2"]


def test_words_in_the_middle_when_audio_goes_missing_are_not_joined_to_what_follows() -> None:
    leg = Leg()
    leg.say(1, 0.6)
    leg.silent_line(4)
    leg.say(2, 0.6)
    leg.say(0, 2)
    assert leg.finals == [("w1", 0.0, 0.6), ("w2", 4.6, 5.2)]


def test_frames_a_little_late_move_no_word() -> None:
    leg = Leg()
    for late in (0.1, 0.0, 0.15, 0.02):
        leg.say(1, 0.1, late_s=late)
    leg.say(0, 2)
    assert leg.finals == [("w1", 0.0, 0.4)]


def test_a_burst_after_a_stall_is_put_back_to_when_it_was_spoken() -> None:
    """The connection stood still for a second; then all of it came at once."""
    leg = Leg()
    leg.say(1, 0.6)
    leg.now += 1.0
    for pcm in sound(2, 1.0):
        leg.results += leg.listener.hear([Frame(pcm, leg.now)])
    leg.say(0, 2)
    assert leg.finals == [("w1", 0.0, 0.6), ("w2", 0.6, 1.6)]


def test_what_was_partly_heard_and_is_no_word_is_taken_back() -> None:
    leg = Leg(Forgetful)
    leg.say(1, 0.6)
    leg.say(0, 2)
    assert [(heard.text, heard.final) for heard in leg.results] == [("w1", False), ("", True)]


def test_a_pause_ends_the_sentence_and_a_second_one_says_nothing() -> None:
    leg = Leg()
    leg.say(1, 0.4)
    assert leg.listener.in_speech
    assert [heard.text for heard in leg.listener.pause()] == ["w1"]
    assert not leg.listener.in_speech
    assert leg.listener.pause() == []


def noise(level: float, seconds: float) -> list[bytes]:
    samples = np.random.default_rng(1).normal(0, level, (round(seconds / FRAME_S), 160))
    return [frame.astype(np.int16).tobytes() for frame in samples]


def test_the_gate_learns_a_noisy_line_and_still_hears_speech_over_it() -> None:
    gate = Gate()
    passed = [gate.passes(frame) for frame in noise(90, 30)]
    assert passed[0]
    assert not any(passed[-250:])
    assert all(gate.passes(frame) for frame in noise(400, 1))


def test_a_line_too_loud_to_tell_is_decoded_rather_than_dropped() -> None:
    gate = Gate()
    assert all(gate.passes(frame) for frame in noise(1000, 60))


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 3.0)), max_size=8), st.integers(0, 2**32 - 1))
def test_no_word_is_lost_or_moved_however_the_frames_are_grouped(script: list[tuple[int, float]], seed: int) -> None:
    """Frames one by one and frames in handfuls give the same words at the same times."""
    frames: list[Frame] = []
    for word, seconds in script:
        for pcm in sound(word, seconds):
            frames.append(Frame(pcm, STARTED_AT + (len(frames) + 1) * FRAME_S))

    def words(sizes: list[int]) -> list[tuple[str, float, float]]:
        listener = Listener(ToyRecogniser, STARTED_AT)
        results, at = list[Heard](), 0
        for size in sizes:
            results += listener.hear(frames[at : at + size])
            at += size
        results += listener.pause()
        spoken = [word for heard in results if heard.final for word in heard.words]
        return [(word.text, round(word.start_s, 3), round(word.end_s, 3)) for word in spoken]

    handfuls = np.random.default_rng(seed).integers(1, 25, len(frames) + 1).tolist()
    assert words(handfuls) == words([1] * len(frames))
