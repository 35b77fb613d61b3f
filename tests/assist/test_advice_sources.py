"""What the adviser is made of: the plan's own files, checked with their lines, and a model learnt from them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from assist.advice import directory as directories
from assist.advice import model as models
from assist.advice import sources
from assist.advice.remembering import Remembering
from core.errors import Problem
from memberline.cli import cli

PHRASES = "phrases/temper.yaml"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan's own copy of the sample."""
    folder = directories.SAMPLE.parent
    for name in ("directory.yaml", "cues.yaml", sources.MODEL):
        shutil.copy(folder / name, tmp_path / name)
    for name in ("phrases", "examples"):
        shutil.copytree(folder / name, tmp_path / name)
    return tmp_path / "directory.yaml"


def test_the_model_that_ships_was_learnt_from_the_files_that_ship() -> None:
    """After a change of phrases, examples, cues or directory: memberline adviser train."""
    told = CliRunner().invoke(cli, ["adviser", "check"], catch_exceptions=False)
    assert told.exit_code == 0
    assert "a model that was learnt from them" in told.output


def test_a_phrase_more_makes_the_model_old(plan: Path) -> None:
    with (plan.parent / PHRASES).open("a") as file:
        file.write('    - "one more way to say it"\n')
    told = CliRunner().invoke(cli, ["adviser", "check", "--directory", str(plan)])
    assert isinstance(told.exception, Problem)
    assert "older than the files" in str(told.exception)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {id: a, topics: [], destination: moon, say: [a, b, c, d, e]}", "moon"),
        ("- {id: a, topics: [weather], destination: none, say: [a, b, c, d, e]}", "weather"),
        ("- {id: a, topics: [], destination: supervisor, say: [a, b, c, d, e]}", "because"),
        ("- {id: a, topics: [], destination: none, say: [a]}", "at least 5"),
        ("- {id: hostile, topics: [], destination: none, say: [a, b, c, d, e]}", "hostile twice"),
    ],
    ids=["destination", "topic", "reason", "few", "twice"],
)
def test_a_bad_matter_is_told_with_its_line(plan: Path, text: str, says: str) -> None:
    (plan.parent / "phrases" / "zz.yaml").write_text(text)
    with pytest.raises(Problem, match=says) as problem:
        sources.load(plan)
    assert "zz.yaml:1" in str(problem.value)


def test_a_plan_without_phrases_or_calls_or_model_is_told_what_to_do(plan: Path) -> None:
    (plan.parent / sources.MODEL).unlink()
    with pytest.raises(Problem, match="adviser train"):
        sources.adviser(plan)
    shutil.rmtree(plan.parent / "examples")
    with pytest.raises(Problem, match="no labelled calls"):
        sources.examples(plan, directories.load(plan))
    shutil.rmtree(plan.parent / "phrases")
    with pytest.raises(Problem, match="no phrase files"):
        sources.load(plan)


def test_a_model_of_other_matters_is_refused(plan: Path) -> None:
    (plan.parent / "phrases" / "zz.yaml").write_text("- {id: a, topics: [], destination: none, say: [a, b, c, d, e]}")
    with pytest.raises(Problem, match="other matters"):
        sources.adviser(plan)


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"nothing of the kind")
    with pytest.raises(Problem, match=r"model\.npz"):
        models.load(tmp_path / "model.npz")


def test_a_model_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    model = models.load(directories.SAMPLE.parent / sources.MODEL)
    models.save(model, tmp_path / "model.npz")
    again = models.load(tmp_path / "model.npz")
    assert again.learnt == model.learnt
    np.testing.assert_array_equal(again.matters.weights, model.matters.weights)
    np.testing.assert_array_equal(again.weighing.weights, model.weighing.weights)


def test_a_phrase_is_read_once_while_it_is_remembered() -> None:
    read: list[str] = []

    def embed(phrases: list[str]) -> np.ndarray:
        read.extend(phrases)
        return np.array([[len(phrase)] for phrase in phrases], np.float32)

    remembering = Remembering(embed, kept=2)  # type: ignore[arg-type]
    assert remembering(["a", "bb", "a"]).tolist() == [[1], [2], [1]]
    assert remembering(["bb", "ccc"]).tolist() == [[2], [3]]
    assert read == ["a", "bb", "ccc"]
    remembering(["a"])
    assert read[-1] == "a"
