"""What the measurements of the menu count as lost or wrong, and that they run: a few calls on a real Asterisk."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import ivr_latency, ivr_load
from benchmarks.ivr_callers import MENU_KEYS, MENUS, PROMPTS, SILENT, WRONG, Caller, Report, Tones, leads_to, tone_hz
from benchmarks.ivr_house import menu, native
from ivr.document.model import Menu
from memberline.demo.phone import rtp


def tone(prompt: int) -> bytes:
    """A packet of it."""
    samples = 3000 * np.sin(2 * np.pi * tone_hz(prompt) * np.arange(rtp.FRAME) / 8000)
    return rtp.frames(samples.astype(np.int16))[0]


class Walk:
    """A caller in menu 0 and what is told them; the clock goes on by 10 ms with whatever happens."""

    def __init__(self) -> None:
        self.report = Report()
        self.caller = Caller(self.report, Tones())
        self.now = 100.0
        self.hears(0)

    def hears(self, *prompts: int) -> None:
        for prompt in prompts:
            self.now += 0.01
            self.caller.on_frame(tone(prompt), self.now)

    def presses(self, keys: str) -> None:
        self.caller.press(keys)
        for key in keys:
            self.now += 0.01
            self.caller.on_key_end(key, self.now)

    @property
    def counted(self) -> tuple[int, int, int]:
        """Answered, lost, wrong."""
        return len(self.report.waits_ms), self.report.lost, self.report.wrong


def test_each_prompt_is_known_by_a_single_packet_and_silence_by_none() -> None:
    tones = Tones()
    assert [tones.of(tone(prompt)) for prompt in range(PROMPTS)] == list(range(PROMPTS))
    assert tones.of(rtp.SILENCE) is None
    assert tones.of(tone(3)[:138]) is None  # the end of a file: its waves say nothing


def test_what_still_comes_of_the_prompt_before_is_no_answer() -> None:
    walk = Walk()
    walk.presses("4")
    walk.hears(0, 0, 4, 4)
    assert walk.counted == (1, 0, 0)
    assert walk.report.waits_ms == [pytest.approx(30.0)]


def test_a_prompt_that_the_key_does_not_lead_to_is_a_wrong_branch() -> None:
    for other in (5, WRONG):
        walk = Walk()
        walk.presses("4")
        walk.hears(other)
        assert walk.counted == (0, 0, 1)
        assert walk.report.faults == [f"prompt 0, then 4 10 ms ago: prompt {other}"]


def test_a_caller_who_is_told_that_nothing_was_pressed_has_lost_their_key() -> None:
    walk = Walk()
    walk.presses("4")
    walk.hears(SILENT, 0)
    assert walk.counted == (0, 1, 0)


def test_of_two_keys_at_once_the_last_prompt_says_whether_both_came() -> None:
    both = Walk()
    both.presses("49")
    both.hears(4, 13)
    quick = Walk()
    quick.presses("49")
    quick.hears(13)  # the first prompt was cut short before its first packet
    first_lost = Walk()
    first_lost.presses("49")
    first_lost.hears(9)
    assert (both.counted, quick.counted, first_lost.counted) == ((2, 0, 0), (1, 0, 0), (0, 1, 0))


def test_a_prompt_out_of_nowhere_is_a_wrong_branch_and_asking_again_is_not() -> None:
    walk = Walk()
    walk.hears(SILENT, 0)
    assert walk.counted == (0, 0, 0)
    walk.hears(7)
    assert walk.counted == (0, 0, 1)


def test_both_menus_lead_the_same_ways(tmp_path_factory: pytest.TempPathFactory) -> None:
    document = menu(tmp_path_factory.getbasetemp())
    dialplan = native({prompt: f"/sounds/{prompt}" for prompt in range(PROMPTS)}).split("[native-")[1:]
    assert len(dialplan) == MENUS
    for n, lines in enumerate(dialplan):
        step = document.steps[f"menu-{n}"]
        assert isinstance(step, Menu)
        assert f"Background(/sounds/{n})" in lines
        for key in MENU_KEYS:
            assert step.options[key].next == f"menu-{leads_to(n, key)}"
            assert f"exten => {key},1,Goto(native-{leads_to(n, key)},s,1)\n" in lines
        assert len({leads_to(n, key) for key in MENU_KEYS}) == len(MENU_KEYS)


@pytest.mark.pbx
def test_the_latency_is_measured_on_both_menus() -> None:
    figures = ivr_latency.run(presses=8).figures
    assert figures["keys"] == figures["native_keys"] == 32  # eight a call, a call each on four lines
    for whose in ("", "native_"):
        assert 0 < figures[f"{whose}end_p50_ms"] <= figures[f"{whose}end_p99_ms"]
        assert figures[f"{whose}lost_keys"] + figures[f"{whose}wrong_branches"] + figures[f"{whose}dropped"] == 0
    assert figures["end_p50_ratio"] == figures["end_p50_ms"] / figures["native_end_p50_ms"]
    pressed = [rtp.KEY_MS + figures[f"{whose}end_p50_ms"] for whose in ("", "native_")]
    assert figures["p50_ratio"] == pressed[0] / pressed[1]
    assert figures["p99_ms"] == rtp.KEY_MS + figures["end_p99_ms"]


@pytest.mark.pbx
def test_the_load_is_measured_stage_by_stage() -> None:
    figures = ivr_load.run(callers=2, most=2, seconds=6.0).figures
    assert figures["callers"] == 2
    assert figures["keys"] > 0
    assert figures["lost_keys"] + figures["wrong_branches"] + figures["dropped"] == 0
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert min(figures[f"{whose}_cores"] for whose in ("asterisk", "memberline", "simulator")) > 0
    assert {"held", "simulator_late_p99_ms", "load_before"} <= figures.keys()
