"""Telephone audio on the wire: G.711 µ-law in RTP, and keys as RFC 4733 events. Pure."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

FRAME = 160  # samples in 20 ms
SILENCE = b"\xff" * FRAME
KEYS = "0123456789*#ABCD"
_PCMU, _EVENT = 0, 101
_KEY_FRAMES = 5
KEY_MS = 20 * _KEY_FRAMES  # from a key's first packet to the first that ends it
_KEY_REPEATS = 3  # of the packet that ends a key
_KEY_GAP = 4  # frames of silence after a key

_code = np.arange(256, dtype=np.int32) ^ 0xFF
_magnitude = ((((_code & 0x0F) << 3) + 0x84) << ((_code >> 4) & 7)) - 0x84
_DECODED = np.where(_code & 0x80, -_magnitude, _magnitude).astype(np.int16)


def _encoder() -> NDArray[np.uint8]:
    """The code of every 16-bit sample, by ITU-T G.711."""
    sample = np.arange(-32768, 32768, dtype=np.int32)
    biased = np.minimum(np.abs(sample), 32635) + 0x84
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    code: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return code


_ENCODED = _encoder()


def decode(payload: bytes) -> NDArray[np.int16]:
    return _DECODED[np.frombuffer(payload, np.uint8)]


def frames(samples: NDArray[np.int16]) -> list[bytes]:
    """µ-law frames of 20 ms; the last one filled up with silence."""
    coded = _ENCODED[samples.astype(np.int32) + 32768].tobytes()
    coded += SILENCE[: -len(coded) % FRAME]
    return [coded[at : at + FRAME] for at in range(0, len(coded), FRAME)]


def audio_in(packet: bytes) -> bytes | None:
    """The µ-law payload of a packet; None for anything else."""
    return packet[12:] if len(packet) > 12 and packet[1] & 0x7F == _PCMU else None


def key_in(packet: bytes) -> tuple[str, int] | None:
    """The key of an event packet that ends it, and its timestamp."""
    if len(packet) < 16 or packet[1] & 0x7F != _EVENT or not packet[13] & 0x80 or packet[12] >= len(KEYS):
        return None
    return KEYS[packet[12]], int.from_bytes(packet[4:8], "big")


class Sender:
    """What to send in each 20 ms: audio that waits, else keys that wait, else silence."""

    def __init__(self, source: int) -> None:
        self._source, self._sequence, self._timestamp = source & 0xFFFFFFFF, source & 0x7FFF, source & 0xFFFFFF
        self._audio: list[bytes] = []
        self._keys: list[tuple[int, int, bool, bool]] = []  # code, duration, first, last
        self._gap = 0
        self._key_timestamp = 0

    @property
    def speaking(self) -> bool:
        return bool(self._audio)

    @property
    def pressing(self) -> bool:
        return bool(self._keys) or self._gap > 0

    def speak(self, samples: NDArray[np.int16]) -> None:
        """Say this after what is being said. The waiting frames lie with the next one last."""
        self._audio = [*reversed(frames(samples)), *self._audio]

    def press(self, keys: str) -> None:
        for key in keys:
            code = KEYS.index(key)
            for frame in range(_KEY_FRAMES):
                self._keys.append((code, FRAME * (frame + 1), frame == 0, False))
            self._keys += [(code, FRAME * _KEY_FRAMES, False, True)] * _KEY_REPEATS

    def hush(self) -> None:
        self._audio.clear()
        self._keys.clear()

    def next_packet(self) -> bytes:
        if self._keys and not self._gap:
            code, duration, first, last = self._keys.pop(0)
            if first:
                self._key_timestamp = self._timestamp
            payload = struct.pack(">BBH", code, (0x80 if last else 0) | 10, duration)
            packet = self._packet(_EVENT | (0x80 if first else 0), self._key_timestamp, payload)
            if last and (not self._keys or self._keys[0][2]):
                self._gap = _KEY_GAP
        else:
            self._gap = max(0, self._gap - 1)
            packet = self._packet(_PCMU, self._timestamp, self._audio.pop() if self._audio else SILENCE)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        return packet

    def _packet(self, kind: int, timestamp: int, payload: bytes) -> bytes:
        return struct.pack(">BBHII", 0x80, kind, self._sequence, timestamp, self._source) + payload
