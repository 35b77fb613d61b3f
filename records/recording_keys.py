"""The keys of recordings: one for each contact, kept only as the master key has wrapped it.

The master key is a setting, outside the database. To renew it, name the new one, keep the old one beside it until
`records.recordings.Recordings.rewrap` has gone through, then throw it away: copies of wrapped keys that were made
before (backups) are worth nothing from then on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import Problem

KEY_BYTES = 32
_NONCE = 12
_REMEDY = "Make one with: openssl rand -base64 32"


class MasterKeys:
    """Wraps and unwraps. `current` and `old` are in base64, 32 bytes each; raises `Problem` where one is not."""

    def __init__(self, current: str, old: Sequence[str] = ()) -> None:
        keys = [_read(current, "recording_key"), *(_read(text, "recording_old_keys") for text in old)]
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self.current = _name(keys[0])

    def wrap(self, contact_id: str, key: bytes) -> str:
        nonce = os.urandom(_NONCE)
        wrapped = nonce + self._ciphers[self.current].encrypt(nonce, key, contact_id.encode())
        return f"{self.current}.{base64.b64encode(wrapped).decode()}"

    def unwrap(self, contact_id: str, wrapped: str) -> bytes:
        """The contact's key. Raises `Problem`: another master key wrapped it, or it was changed."""
        place = f"the key of recording {contact_id}"
        name, _, text = wrapped.partition(".")
        if name not in self._ciphers:
            remedy = "Name that key in recording_old_keys"
            raise Problem(f"was wrapped with master key {name}, which is not set", place=place, remedy=remedy)
        try:
            sealed = base64.b64decode(text, validate=True)
            return self._ciphers[name].decrypt(sealed[:_NONCE], sealed[_NONCE:], contact_id.encode())
        except (binascii.Error, ValueError, InvalidTag):
            raise Problem("was changed, or is another contact's", place=place) from None


def fresh() -> bytes:
    """A key for a contact."""
    return secrets.token_bytes(KEY_BYTES)


def _read(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Problem("is not base64", place=place, remedy=_REMEDY) from None
    if len(key) != KEY_BYTES:
        raise Problem(f"has {len(key)} bytes, {KEY_BYTES} expected", place=place, remedy=_REMEDY)
    return key


def _name(key: bytes) -> str:
    """What a master key is called beside what it wrapped; says nothing of the key."""
    return hashlib.sha256(b"memberline master key\0" + key).hexdigest()[:16]
