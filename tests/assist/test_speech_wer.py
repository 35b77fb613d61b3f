"""The word error rates are measured: in a quick form, whose figures mean little."""

from __future__ import annotations

import pytest

from benchmarks import wer

pytestmark = pytest.mark.speech


def test_word_error_rates_are_measured() -> None:
    figures = wer.run(sentences=24, calls=1).figures
    assert figures["words"] > 100
    assert figures["wer_as_committed"] < figures["wer"] < 60
    assert 0 <= figures["call_wer_caller"] < 50
    assert 0 <= figures["dialogue_wer_agent"] < 90
