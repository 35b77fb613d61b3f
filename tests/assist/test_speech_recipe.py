"""New words for a finished acoustic model: the recipe's graph step, as `make speech-model` runs it."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assist.speech import models
from assist.speech.recipe import __main__ as recipe
from assist.speech.recipe import language_model, lexicon, texts
from assist.speech.recordings import Recording
from core.errors import Problem
from memberline.commands import transcribe
from memberline.demo import scripts, voices

NEW = "the kangaroo ate my marmalade sandwich"
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The recipe's command for the graph; gives the folder of the model."""

    def made(*arguments: object, folder: Path = tmp_path / "model") -> Path:
        command = ["recipe", "graph", *map(str, arguments), "--model", str(folder)]
        monkeypatch.setattr(sys, "argv", command)
        recipe.main()
        return folder

    return made


def written(folder: Path, content: str | bytes, name: str = "new.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def heard(model: Path, text: str, folder: Path) -> str:
    spoken = np.pad(voices.render(text, "espeak:Alicia", folder), 4000)
    results = transcribe.listen(Recording(spoken, voices.RATE), models.load(str(model)).recogniser())
    return " ".join(result.text for result in results)


@pytest.mark.speech
def test_new_words_are_heard_and_those_of_the_demo_still(make: Make, tmp_path: Path) -> None:
    assert heard(models.DEMO_MODEL, NEW, tmp_path) != NEW
    model = make(written(tmp_path, f"{NEW.capitalize()}.\n"))
    assert heard(model, NEW, tmp_path) == NEW
    assert heard(model, "my service credit is wrong", tmp_path) == "my service credit is wrong"


@pytest.mark.speech
def test_the_committed_model_is_what_the_recipe_makes_of_its_own_text(make: Make) -> None:
    graph = make() / "graph"
    files = [path.relative_to(graph) for path in graph.rglob("*") if path.is_file()]
    assert len(files) >= 5
    for file in files:
        assert (graph / file).read_bytes() == (models.DEMO_MODEL / "graph" / file).read_bytes(), file


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.txt", None, "missing.txt: cannot be read: No such file"),
        ("empty.txt", "\n \n", "empty.txt: holds no sentence"),
        ("digits.txt", "good morning\ncall 911", "digits.txt, line 2: '9' cannot be pronounced"),
        ("accent.txt", "café", "accent.txt, line 1: 'é' cannot be pronounced"),
        ("binary.txt", b"\xff\xfe\x00", "binary.txt: is no text in UTF-8"),
        ("unspeakable.txt", "hello qwrtz and\nxyzzyq", "no pronunciation is known for: qwrtz, xyzzyq"),
        ("broken.yaml", "turns: [", "broken.yaml: is no call's script"),
        ("list.yaml", "[a, b]", "list.yaml: is no call's script"),
        ("turns.yaml", "turns: [[caller]]", "turns.yaml: is no call's script"),
        ("none.yaml", "caller: x", "none.yaml: holds no sentence"),
    ],
)
def test_bad_text_is_one_clear_line_and_changes_nothing(
    make: Make, tmp_path: Path, name: str, content: str | bytes | None, says: str
) -> None:
    model = Path(shutil.copytree(models.DEMO_MODEL, tmp_path / "model"))
    before = (model / "graph" / "words.txt").read_bytes()
    path = tmp_path / name if content is None else written(tmp_path, content, name)
    with pytest.raises(SystemExit) as refused:
        make(path)
    message = str(refused.value.code)
    assert message.startswith("speech model: ")
    assert says in message
    assert "\n" not in message
    assert (model / "graph" / "words.txt").read_bytes() == before
    assert sorted(each.name for each in model.iterdir()) == ["am", "conf", "graph"]


def test_a_folder_with_something_else_is_left_alone(make: Make, tmp_path: Path) -> None:
    written(tmp_path, "precious")
    with pytest.raises(SystemExit, match=r"is no speech model: it has no am/final\.mdl"):
        make(folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new.txt"]


def test_a_reduced_training_does_not_replace_the_demo_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["recipe", "train", "--reduced"])
    with pytest.raises(SystemExit, match="a reduced training makes no usable model"):
        recipe.main()


def test_missing_programs_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["recipe", "train", "--model", str(tmp_path / "model")])
    with pytest.raises(SystemExit, match="apt-get install libfst-tools espeak-ng flite"):
        recipe.main()


def test_sentences_as_a_transcript_has_them(tmp_path: Path) -> None:
    text = "Hello, it\N{RIGHT SINGLE QUOTATION MARK}s me!\n\n'Yes' - (an ex-wife).\n"
    assert texts.read(written(tmp_path, text)) == ["hello it's me", "yes an ex-wife"]


def test_every_demo_script_is_read_to_the_words_of_its_turns() -> None:
    files = sorted(Path(scripts.__file__).parent.glob("*.yaml"))
    for file, script in zip(files, scripts.load(), strict=True):
        assert texts.read(file) == [turn.words for turn in (*script.turns, *script.after_transfer)]


def test_a_wrong_line_among_the_pronunciations_is_named(tmp_path: Path) -> None:
    for line in ("copay", "copay K OW PEY"):
        with pytest.raises(Problem, match="is no pronunciation") as refused:
            lexicon.read(written(tmp_path, f"# more\nweems W IY M Z\n{line}\n"))
        assert refused.value.place.endswith("new.txt, line 3")


def test_after_every_history_the_probabilities_of_what_follows_sum_to_one() -> None:
    words = {"my", "pension", "check", "is", "late", "kangaroo"}
    sentences = ["my pension is late", "my pension check is late", "my check is late"] * 3
    acceptor = language_model.estimate(sentences, words)
    back_off = {arc.source: (arc.target, math.exp(-arc.cost)) for arc in acceptor.arcs if arc.word is None}

    def following(state: int) -> dict[str, float]:
        here = {arc.word: math.exp(-arc.cost) for arc in acceptor.arcs if arc.source == state and arc.word}
        if state in acceptor.ends:
            here[language_model.END] = math.exp(-acceptor.ends[state])
        if state in back_off:
            shorter, weight = back_off[state]
            here = {word: weight * share for word, share in following(shorter).items()} | here
        return here

    for state in {arc.source for arc in acceptor.arcs}:
        shares = following(state)
        assert set(shares) == words | {language_model.END}
        assert sum(shares.values()) == pytest.approx(1)
    assert following(0)["my"] > 0.8 > 0.05 > following(0)["kangaroo"] > 0
