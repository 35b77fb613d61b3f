from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import vosk

from assist.speech import models
from core.errors import Problem

pytestmark = pytest.mark.speech


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(models.DEMO_MODEL, tmp_path / "copied"))


def test_without_a_setting_it_is_the_demo_model_and_says_so() -> None:
    assert models.load().label == "demo speech model"
    assert models.load(str(models.DEMO_MODEL)).label == "demo speech model"


def test_any_folder_with_a_model_may_be_named(copied: Path) -> None:
    assert models.load(str(copied)).label == "copied"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no such folder") as refused:
        models.load(str(tmp_path / "nowhere"))
    assert "nowhere" in refused.value.place
    assert "Set speech_model" in refused.value.remedy


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no vosk model"):
        models.load(str(tmp_path))


@pytest.mark.parametrize(
    "part", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt", "conf/mfcc.conf"]
)
def test_a_model_with_a_part_missing(copied: Path, part: str) -> None:
    (copied / part).unlink()
    with pytest.raises(Problem, match=r"no vosk model|damaged or incomplete"):
        models.load(str(copied))


@pytest.mark.parametrize("part", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
def test_a_model_cut_off_in_the_middle(copied: Path, part: str) -> None:
    whole = (copied / part).read_bytes()
    (copied / part).write_bytes(whole[: len(whole) // 3])
    with pytest.raises(Problem, match="damaged or incomplete"):
        models.load(str(copied))


@pytest.mark.parametrize(
    ("failure", "says"),
    [(ConnectionError("no route"), "cannot be downloaded"), (SystemExit(1), "no vosk model of this name")],
)
def test_a_published_name_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, failure: BaseException, says: str
) -> None:
    """vosk looks on the machine, then downloads; here both fail as they do in vosk."""

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(vosk.Model, "get_model_by_name", fail)
    monkeypatch.setattr(vosk.Model, "__del__", lambda _: None)  # vosk frees what it never made
    with pytest.raises(Problem, match=says):
        models.load("vosk-model-en-us-0.22-lgraph")
