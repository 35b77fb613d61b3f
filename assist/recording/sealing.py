"""One second of sound, sealed: nobody reads or changes it, or puts it in another's place, without the key. Pure.

AES-256-GCM. What is authenticated beside the sound is whose it is and which second. A nonce is drawn for every sealing:
a second that is silenced later is sealed again under the same key, and a counter would repeat itself there.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from assist.recording.mixing import RATE
from core.errors import Problem

CHUNK_SAMPLES = RATE  # one second
CHUNK_BYTES = 2 * CHUNK_SAMPLES  # two sides, a byte each
_NONCE, _TAG = 12, 16
SEALED_BYTES = _NONCE + CHUNK_BYTES + _TAG  # always: how much is said in a second does not show
SALT_BYTES = 32


class DamagedChunk(Problem):
    """One second of a recording is not as it was written; the others are none the worse."""


class Seal:
    """Seals the chunks of one recording. `salt` lies in its file: a key without the file opens nothing, nor the file
    without the key."""

    def __init__(self, contact_id: str, key: bytes, salt: bytes) -> None:
        self._contact = contact_id
        about = b"memberline recording 1\0" + contact_id.encode()
        self._cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=about).derive(key))

    def sealed(self, number: int, kept: bytes) -> bytes:
        """`kept` is a whole chunk: two sides in turns, µ-law."""
        if len(kept) != CHUNK_BYTES:
            raise ValueError(f"a chunk has {CHUNK_BYTES} bytes, not {len(kept)}")
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, kept, self._about(number))

    def opened(self, number: int, sealed: bytes) -> bytes:
        """Raises `DamagedChunk`."""
        place = f"recording {self._contact}, second {number}"
        if len(sealed) != SEALED_BYTES:
            raise DamagedChunk(f"is cut short: {len(sealed)} of {SEALED_BYTES} bytes", place=place)
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._about(number))
        except InvalidTag:
            raise DamagedChunk("was changed, or is from elsewhere", place=place) from None

    def _about(self, number: int) -> bytes:
        return self._contact.encode() + b"\0" + number.to_bytes(8, "big")
