"""Words that do not show, encrypted one by one: opened only where somebody may see them, which is put on record."""

from __future__ import annotations

from records.recording_keys import MasterKeys


class Sealing:
    """With the master key that also wraps the keys of recordings. What was sealed opens only in its own place."""

    def __init__(self, keys: MasterKeys) -> None:
        self._keys = keys

    def seal(self, call_id: str, utterance_id: str, first: int, text: str) -> str:
        """`text` is words of that utterance, from its word `first` on."""
        return self._keys.wrap(_place(call_id, utterance_id, first), text.encode())

    def open(self, call_id: str, utterance_id: str, first: int, sealed: str) -> str:
        """Raises `Problem` where another key sealed it, or it is of another place."""
        return self._keys.unwrap(_place(call_id, utterance_id, first), sealed).decode()


def _place(call_id: str, utterance_id: str, first: int) -> str:
    return f"words {call_id} {utterance_id} {first}"
