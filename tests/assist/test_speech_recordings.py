from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from assist.speech import recordings
from core.errors import Problem


def tone(rate: int, seconds: float = 0.5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW"])
def test_any_usual_wav_is_read_to_sixteen_bit_at_its_own_rate(tmp_path: Path, rate: int, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate), rate, subtype=subtype)
    recording = recordings.read(tmp_path / "a.wav")
    assert recording.rate == rate
    assert recording.samples.dtype == np.int16
    assert len(recording.samples) == rate // 2
    assert np.abs(recording.samples - tone(rate) * 32767).max() < 700


def test_two_channels_are_mixed_to_one(tmp_path: Path) -> None:
    left = tone(8000)
    soundfile.write(tmp_path / "a.wav", np.stack([left, np.zeros_like(left)], axis=1), 8000)
    assert np.abs(recordings.read(tmp_path / "a.wav").samples - left * 16384).max() < 2


def test_more_than_a_block_is_read_whole(tmp_path: Path) -> None:
    samples = tone(8000, seconds=20)
    soundfile.write(tmp_path / "a.wav", samples, 8000)
    assert len(recordings.read(tmp_path / "a.wav").samples) == len(samples) > recordings.BLOCK


def test_a_recording_cut_off_in_the_middle_gives_what_there_is(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(8000), 8000)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    assert 0 < len(recordings.read(tmp_path / "a.wav").samples) < 4000


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "is empty"), (b"hello there, no sound", "cannot be read as sound"), (b"RIFF", "cannot")]
)
def test_what_is_no_recording_is_named_with_what_was_expected(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(Problem, match=says) as refused:
        recordings.read(tmp_path / "a.wav")
    assert "a.wav" in refused.value.place
    assert "Expected a WAV file" in refused.value.remedy


def test_nothing_there_a_folder_no_samples_and_an_odd_rate(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 8000)
    soundfile.write(tmp_path / "slow.wav", tone(4000), 4000)
    for name, says in (
        ("missing.wav", "no such file"),
        ("", "is a folder"),
        ("none.wav", "holds no sound"),
        ("slow.wav", "4000 Hz"),
    ):
        with pytest.raises(Problem, match=says):
            recordings.read(tmp_path / name)
