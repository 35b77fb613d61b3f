"""espeak-ng with a memory."""

from __future__ import annotations

import threading

from ivr.sounds.programs import Speech
from ivr.sounds.voices import Espeak


class Counting(Espeak):
    """espeak-ng itself; keeps what was spoken and in which thread."""

    def __init__(self, voice: str = "") -> None:
        super().__init__(voice)
        self.spoken: list[tuple[str, str, float]] = []  # text, language, pace
        self.threads: set[str] = set()

    def speak(self, text: str, language: str, pace: float) -> Speech:
        self.spoken.append((text, language, pace))
        self.threads.add(threading.current_thread().name)
        return super().speak(text, language, pace)
