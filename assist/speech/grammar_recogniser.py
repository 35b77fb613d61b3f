"""A recogniser that hears only what it is told to expect: the sentences of a menu, and `[unk]` for anything else.

vosk makes of the sentences which word may follow which, with a way out: words may come in an order that no sentence
has, so whoever listens checks the order. Making one takes about a millisecond (measured, the demo model; 40 sentences).
A model with one fixed graph for the whole language cannot be told; it hears everything, and never says `[unk]`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import vosk

from assist.speech.recogniser import TELEPHONE_RATE, VoskRecogniser


class GrammarRecogniser(VoskRecogniser):
    """For one speaker, like every recogniser."""

    def __init__(self, model: vosk.Model, sentences: Sequence[str], rate: int = TELEPHONE_RATE) -> None:
        """`sentences` in the model's own words: what it does not know is not heard. `rate` is the audio's, in Hz."""
        super().__init__(model, rate, grammar=json.dumps(list(sentences), ensure_ascii=False))
