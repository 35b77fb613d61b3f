from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import Problem
from memberline.demo import voices


@pytest.mark.parametrize("voice", ["espeak:Alicia", "flite:slt"])
def test_a_line_is_spoken_at_telephone_rate_and_a_sure_level(tmp_path: Path, voice: str) -> None:
    samples = voices.render("good morning, how can i help you", voice, tmp_path)
    assert samples.dtype == np.int16
    assert 1.0 < voices.duration_s(samples) < 4.0
    assert abs(int(np.abs(samples.astype(int)).max()) - 16384) <= 2


async def test_a_line_is_synthesised_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await voices.rendered("thank you", "espeak:Alicia", tmp_path)
    monkeypatch.setenv("PATH", "")
    again = await voices.rendered("thank you", "espeak:Alicia", tmp_path)
    assert np.array_equal(first, again)
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(Problem, match="apt-get install espeak-ng"):
        await voices.rendered("another line", "espeak:Alicia", tmp_path)


def test_two_people_have_two_voices(tmp_path: Path) -> None:
    assert not np.array_equal(
        voices.render("hello", "espeak:Alicia", tmp_path)[:4000], voices.render("hello", "flite:slt", tmp_path)[:4000]
    )
    assert len(set(voices.AGENTS.values())) == len(voices.AGENTS)
    assert voices.of_agent("somebody new") == voices.of_agent("somebody new")


@pytest.mark.parametrize("voice", ["espeak:nobody", "flite:nobody", "parrot:polly", "espeak:", ""])
def test_an_unknown_voice_is_refused_instead_of_another_one_taken(tmp_path: Path, voice: str) -> None:
    with pytest.raises(Problem, match="no such voice"):
        voices.render("hello", voice, tmp_path)


def test_letters_that_stand_alone_are_spelled() -> None:
    assert voices.for_synthesiser("ten ninety nine r") == "ten ninety nine R"
    assert voices.for_synthesiser("i don't have a part b letter") == "i don't have a part B letter"
