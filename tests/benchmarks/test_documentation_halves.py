"""The dialogues that documentation is measured on: what may be looked at, and what is held out."""

from __future__ import annotations

from benchmarks.documentation import SCORES, halves, run


def test_every_dialogue_is_in_one_half() -> None:
    tuned, held_out = ({each.dialogue_id for each in half} for half in halves())
    assert len(tuned) == len(held_out) == 20
    assert not tuned & held_out


def test_what_is_reported() -> None:
    figures = run(utterances=40).figures
    assert {*SCORES, *(f"tuned_{name}" for name in SCORES), "s_per_draft", "s_per_long_draft"} == set(figures)
    assert all(0.6 <= figures[name] <= 1 for name in SCORES)
