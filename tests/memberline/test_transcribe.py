"""`memberline transcribe`: recordings of all kinds that the tests make themselves, to words or to one clear error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from memberline import cli
from memberline.demo import voices

pytestmark = pytest.mark.speech

QUESTION, ANSWER = "my service credit is wrong", "let me pull up your account"
QUIET = np.zeros(voices.RATE, np.int16)
SPOKEN = [("caller", QUESTION), ("agent", ANSWER)]
Sides = dict[str, NDArray[np.int16]]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """A caller who speaks first and an agent who answers; both begin with the call."""
    cache = tmp_path_factory.mktemp("voices")
    question = voices.render(QUESTION, "espeak:Alicia", cache)
    answer = voices.render(ANSWER, "flite:slt", cache)
    return {
        "caller": np.concatenate([QUIET, question, QUIET, np.zeros_like(answer), QUIET]),
        "agent": np.concatenate([QUIET, np.zeros_like(question), QUIET, answer, QUIET]),
    }


def written(sides: Sides, folder: Path, rate: int = voices.RATE, subtype: str = "PCM_16") -> list[Path]:
    files = []
    for name, samples in sides.items():
        files.append(folder / f"{name}.wav")
        sound = soxr.resample(samples.astype(np.float32) / 32768, voices.RATE, rate)
        soundfile.write(files[-1], sound, rate, subtype=subtype)
    return files


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command as it is called from a shell; gives (exit code, standard output, standard error)."""

    def called(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["memberline", "transcribe", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return (int(left.value.code or 0), *capfd.readouterr())

    return called


def spoken(output: str) -> list[tuple[str, str]]:
    return [(each["speaker"], each["text"]) for each in json.loads(output)["utterances"]]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW"])
def test_both_sides_in_time_order(run: Run, sides: Sides, tmp_path: Path, rate: int, subtype: str) -> None:
    code, out, err = run(*written(sides, tmp_path, rate, subtype), "--json")
    assert (code, err) == (0, "")
    utterances = json.loads(out)["utterances"]
    assert [list(each) for each in utterances] == [["speaker", "start", "end", "text", "confidence"]] * 2
    assert spoken(out) == SPOKEN
    question, answer = utterances
    silent_until = 1.0
    assert silent_until - 0.1 < question["start"] < question["end"] < answer["start"] < answer["end"]
    assert answer["end"] < len(sides["agent"]) / voices.RATE
    assert all(0 < each["confidence"] <= 1 for each in utterances)


@pytest.mark.parametrize("subtype", ["ALAW", "PCM_U8", "PCM_24", "FLOAT"])
def test_other_kinds_of_wav(run: Run, sides: Sides, tmp_path: Path, subtype: str) -> None:
    assert spoken(run(*written(sides, tmp_path, subtype=subtype), "--json")[1]) == SPOKEN


def test_the_channels_of_a_stereo_recording_are_one_speaker(run: Run, sides: Sides, tmp_path: Path) -> None:
    """Mixed to one, so that words on either channel are heard."""
    caller, agent = written(sides, tmp_path)
    question = sides["caller"]
    for pair in ([question, question], [question, np.zeros_like(question)], [np.zeros_like(question), question]):
        soundfile.write(caller, np.stack(pair, axis=1), voices.RATE)
        assert spoken(run(caller, agent, "--json")[1]) == SPOKEN


def test_sides_of_different_length_and_rate(run: Run, sides: Sides, tmp_path: Path) -> None:
    caller, agent = written(sides, tmp_path)
    hung_up = np.trim_zeros(sides["caller"], "b")
    soundfile.write(caller, np.repeat(hung_up, 2), 2 * voices.RATE)
    soundfile.write(agent, np.concatenate([sides["agent"], *[QUIET] * 20]), voices.RATE)
    assert spoken(run(caller, agent, "--json")[1]) == SPOKEN


def test_words_up_to_the_end_of_a_recording_cut_off_in_the_middle(run: Run, sides: Sides, tmp_path: Path) -> None:
    caller, agent = written(sides, tmp_path)
    whole = agent.read_bytes()
    agent.write_bytes(whole[: len(whole) - 2 * len(QUIET) - 1])  # in the middle of a sample, the header promising more
    assert spoken(run(caller, agent, "--json")[1]) == SPOKEN


def test_nothing_said(run: Run, tmp_path: Path) -> None:
    files = written({"caller": QUIET, "agent": QUIET[:1]}, tmp_path)
    assert run(*files, "--json") == (0, '{"utterances": []}\n', "")
    assert run(*files) == (0, "\n", "")


def test_without_json_it_is_a_dialogue_to_read(run: Run, sides: Sides, tmp_path: Path) -> None:
    caller, agent = run(*written(sides, tmp_path))[1].splitlines()
    assert f"caller  {QUESTION}" in caller
    assert f"agent  {ANSWER}" in agent


def wrong(folder: Path, kind: str) -> Path:
    path = folder / "wrong.wav"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("hello there, this is no sound at all")
    elif kind == "header alone":
        soundfile.write(path, QUIET[:0], voices.RATE)
    elif kind == "cut-off header":
        path.write_bytes(b"RIFF\x24\x00")
    elif kind == "folder":
        path.mkdir()
    elif kind == "slow":
        soundfile.write(path, QUIET, 4000)
    return path


@pytest.mark.parametrize("side", ["caller", "agent"])
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "there is no such file"),
        ("empty", "is empty"),
        ("text", "cannot be read as sound"),
        ("header alone", "holds no sound"),
        ("cut-off header", "cannot be read as sound"),
        ("folder", "is a folder"),
        ("slow", "has a sample rate of 4000 Hz"),
    ],
)
def test_one_line_names_the_wrong_file_and_what_was_expected(
    run: Run, sides: Sides, tmp_path: Path, side: str, kind: str, says: str
) -> None:
    files = dict(zip(sides, written(sides, tmp_path), strict=True))
    path = files[side] = wrong(tmp_path, kind)
    code, out, err = run(*files.values(), "--json")
    assert (code, out) == (1, "")
    assert err.startswith(f"memberline: {path}: {says}")
    assert "Expected a WAV file" in err
    assert err.count("\n") == 1


def test_a_model_that_is_not_there_is_one_line_too(run: Run, sides: Sides, tmp_path: Path) -> None:
    code, out, err = run(*written(sides, tmp_path), "--json", "--model", tmp_path / "nowhere")
    assert (code, out) == (1, "")
    assert err.startswith(f"memberline: {tmp_path / 'nowhere'}: there is no such folder for the speech model")
    assert err.count("\n") == 1
