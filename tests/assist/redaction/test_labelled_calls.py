"""The labelled calls: that they are what they should be, and what the redactor makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from assist.redaction.labelled import Call, load, score, spoken
from assist.redaction.model import SECRETS, Kind
from benchmarks.redaction import calls
from core.errors import Problem

LABELLED = SECRETS - {Kind.UNDECIDED}


def test_there_are_enough_of_every_kind() -> None:
    english = calls()
    assert len(english) >= 150
    assert len({call.call_id for call in english}) == len(english)
    for half in (True, False):
        turns = [turn for call in english if call.held_out is half for turn in call.turns]
        assert {kind for turn in turns for kind in turn.secrets.values()} == LABELLED
        assert {turn.speaker for turn in turns if turn.secrets} == {"caller", "agent"}
    assert sum(not turn.secrets for call in english for turn in call.turns) > 300


@pytest.mark.parametrize("held_out", [True, False])
def test_secrets_are_masked_and_little_else(held_out: bool) -> None:
    result = score([call for call in calls() if call.held_out is held_out])
    assert result.recall >= 0.99
    assert result.precision >= 0.95


def test_spanish() -> None:
    result = score(calls(spanish=True), "es")
    assert result.recall >= 0.99
    assert result.precision >= 0.95


def test_word_by_word_comes_to_the_same() -> None:
    whole, growing = score(calls()), score(calls(), partials=True)
    assert (whole.right, whole.masked, whole.right_kind) == (growing.right, growing.masked, growing.right_kind)
    assert growing.shown_meanwhile <= growing.secret * 0.02


def test_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "calls.yaml"
    path.write_text('- id: x-7\n  turns:\n    - [caller, "it\'s <ssn four one> no <ssn two>"]\n')
    (call,) = load(path)
    assert isinstance(call, Call)
    assert call.held_out
    (turn,) = call.turns
    assert [word.text for word in turn.words] == ["it's", "four", "one", "no", "two"]
    assert turn.secrets == {1: Kind.SSN, 2: Kind.SSN, 4: Kind.SSN}


def test_everything_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.yaml"
    path.write_text('- id: x-1\n  turns:\n    - [caller, "<amount four>"]\n    - [caller]\n- id: x-1\n  turns: []\n')
    with pytest.raises(Problem) as told:
        load(path)
    assert f"{path}:3:16: found the kind 'amount'" in str(told.value)
    assert f"{path}:4:7: found 1 elements" in str(told.value)
    assert "the id x-1 twice" in str(told.value)


def test_words_are_said_one_after_another() -> None:
    first, second = spoken(["four", "one"], 2.0)
    assert (first.start_s, first.end_s) == (2.0, second.start_s)
