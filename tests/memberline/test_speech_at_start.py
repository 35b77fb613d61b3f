"""`memberline serve` says which speech model it uses, or stops at once and says what is wrong with it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest

from core.errors import Problem
from memberline.service import running
from memberline.settings import Settings

pytestmark = pytest.mark.speech


async def problem_at_start(folder: Path, speech_model: str) -> str:
    """There is no Asterisk either, which is noticed after the model."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        chosen = Settings(
            database_url=f"sqlite:///{folder / 'start.db'}",
            speech_model=speech_model,
            ami_port=closed.getsockname()[1],
            http_port=0,
            gateway_port=0,
            pepper="of the tests",
        )
        with pytest.raises(Problem) as refused:
            async with running(chosen):
                pass
    return str(refused.value)


async def test_the_model_in_use_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert (await problem_at_start(tmp_path, "")).startswith("AMI")
    assert "speech model: demo speech model" in caplog.messages


async def test_without_its_model_it_does_not_start(tmp_path: Path) -> None:
    message = await problem_at_start(tmp_path, str(tmp_path / "nowhere"))
    assert message.startswith(f"{tmp_path / 'nowhere'}: there is no such folder for the speech model. Set speech_model")


async def test_with_a_folder_that_is_no_model_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    message = await problem_at_start(tmp_path, str(tmp_path / "empty"))
    assert message.startswith(f"{tmp_path / 'empty'}: is no vosk model: it has no am/final.mdl. Set speech_model")
