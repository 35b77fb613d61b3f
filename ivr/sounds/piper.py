"""Piper (github.com/OHF-Voice/piper1-gpl): voices that sound like people, on the machine's own processor.

It is no requirement. Where the package `piper-tts` is installed beside Memberline the model is loaded once (half a
second) and a text takes a twelfth of the time that it lasts. Else the program `piper` is run for each text and loads
the model every time, which adds a second: good for prompts, slow for what is made while a caller waits.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import threading
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.errors import Problem
from ivr.document.model import Language
from ivr.sounds.programs import Speech, heard, run

PACKAGE = PROGRAM = "piper"


class _Inference(msgspec.Struct):
    length_scale: float = 1.0


class _Audio(msgspec.Struct):
    sample_rate: int


class _Config(msgspec.Struct):
    """What we need of a model's `.onnx.json`."""

    audio: _Audio
    inference: _Inference = msgspec.field(default_factory=_Inference)
    num_speakers: int = 1


class Piper:
    """One model, one speaker. It speaks the language that it was trained for, whatever is asked."""

    def __init__(self, model: Path, speaker: int = 0) -> None:
        """Reads the model through, for `revision`. Blocks. Raises `Problem` where a part of it is not there."""
        config = model.with_name(f"{model.name}.json")
        try:
            with model.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
            told = config.read_bytes()
            self._config = msgspec.json.decode(told, type=_Config)
        except OSError as error:
            found = f"cannot be read: {error.strerror or error}"
            raise Problem(
                found, place=str(error.filename or model), remedy="A voice is MODEL.onnx and MODEL.onnx.json"
            ) from error
        except msgspec.DecodeError as error:
            raise Problem(f"is no description of a voice: {error}", place=str(config)) from error
        if not 0 <= speaker < max(1, self._config.num_speakers):
            remedy = f"Expected 0 to {max(1, self._config.num_speakers) - 1}"
            raise Problem(f"the voice has no speaker {speaker}", place=str(model), remedy=remedy)
        digest.update(told)
        self._model, self._speaker = model, speaker
        self.name = f"piper:{model.stem}#{speaker}"
        self.revision = digest.hexdigest()[:16]
        self._loading = threading.Lock()
        self._loaded: Any = None
        self._package = importlib.util.find_spec(PACKAGE) is not None

    @classmethod
    def of(cls, setting: str) -> Piper:
        """`MODEL.onnx` or `MODEL.onnx#SPEAKER`."""
        model, _, speaker = setting.partition("#")
        if speaker and not speaker.isdecimal():
            raise Problem("no such speaker", place=setting, remedy="Expected a number after #")
        return cls(Path(model), int(speaker or 0))

    def speak(self, text: str, language: Language, pace: float) -> Speech:
        scale = self._config.inference.length_scale / pace
        return self._by_package(text, scale) if self._package else self._by_program(text, scale)

    def _by_package(self, text: str, scale: float) -> Speech:
        piper: Any = importlib.import_module(PACKAGE)
        with self._loading:
            if self._loaded is None:
                # It would write every text that it speaks into a debug log.
                logging.getLogger(PACKAGE).setLevel(logging.INFO)
                self._loaded = piper.PiperVoice.load(self._model)
        options = piper.SynthesisConfig(length_scale=scale, speaker_id=self._speaker)
        chunks = [chunk.audio_float_array for chunk in self._loaded.synthesize(text, options)]
        if not chunks:
            raise Problem("a voice gave no sound", place=self.name)
        return Speech(np.concatenate(chunks).astype(np.float32), self._config.audio.sample_rate)

    def _by_program(self, text: str, scale: float) -> Speech:
        options = ["--output_file", "-", "--length_scale", f"{scale:.3f}", "--speaker", str(self._speaker)]
        return heard(run([PROGRAM, "--model", str(self._model), *options], f"{text}\n"))
