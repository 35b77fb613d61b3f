from __future__ import annotations

import pytest
from toy_recogniser import ToyRecogniser

from assist.speech import models
from assist.speech.corrections import Corrections
from assist.speech.languages import Ear, Languages


def test_the_language_of_the_call_chooses_and_a_region_falls_back_on_it() -> None:
    english, mexican = Ear(ToyRecogniser, "english"), Ear(ToyRecogniser, "mexican")
    spanish = Ear(ToyRecogniser, "spanish")
    languages = Languages({"en": english, "es": spanish, "es-MX": mexican})
    assert languages.of("en") is english
    assert languages.of("en-US") is english
    assert languages.of("es_mx") is mexican
    assert languages.of("es-AR") is spanish
    assert languages.known == {"en", "es", "es-mx"}


@pytest.mark.parametrize("language", ["fr", "", "e", "fr-CA"])
def test_a_language_that_nobody_hears_is_not_transcribed(language: str) -> None:
    assert Languages({"en": Ear(ToyRecogniser, "english")}).of(language) is None


@pytest.mark.speech
def test_a_model_can_be_put_in_anothers_place() -> None:
    table = Corrections({"a": "b"})
    languages = Languages({"en": Ear(ToyRecogniser, "toy")})
    before = languages.of("en")
    languages.use("en", Ear.with_model(models.load(), table))
    after = languages.of("en")
    assert before is not None
    assert after is not None
    assert before.label == "toy"  # who began with it keeps it
    assert (after.label, after.table) == ("demo speech model", table)
    assert after.recogniser().finish() is None
