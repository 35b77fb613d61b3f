"""What was heard becomes what was meant, with its times, and what was heard stays beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.speech import corrections
from assist.speech.corrections import LONGEST, MOST, Corrections
from assist.speech.words import Heard, Word
from core.errors import Problem

TERMS = Corrections(
    {"a new at he": "annuity", "new at": "newt", "for oh one k": "401k", "purse": "PERS", "in vest": "vested interest"}
)


def heard(text: str, *, final: bool = True) -> Heard:
    """Half a second a word, less and less sure of them."""
    words = tuple(Word(word, n * 0.5, n * 0.5 + 0.4, 0.9 - n * 0.01) for n, word in enumerate(text.split()))
    return Heard.of(words, final=final)


def test_several_words_become_one_that_has_all_of_their_time() -> None:
    corrected = TERMS.apply(heard("my a new at he is late"))
    assert corrected.text == "my annuity is late"
    annuity = corrected.words[1]
    assert (annuity.start_s, annuity.end_s) == (0.5, 2.4)
    assert annuity.heard == "a new at he"
    assert annuity.confidence == pytest.approx(0.86)  # that of the least sure
    assert [word.heard for word in corrected.words if word is not annuity] == [None] * 3


def test_what_was_heard_can_be_read_as_it_was() -> None:
    said = heard("the for oh one k and a new at he in vest purse")
    assert TERMS.apply(said).text == "the 401k and annuity vested interest PERS"
    assert TERMS.apply(said).original == said.text
    assert said.original == said.text


def test_the_longest_wins_and_a_part_of_it_alone_is_another() -> None:
    assert TERMS.apply(heard("a new at he")).text == "annuity"
    assert TERMS.apply(heard("a new at")).text == "a newt"


def test_what_came_of_a_correction_is_not_corrected_again() -> None:
    circular = Corrections({"tier": "tear", "tear": "tier", "one two": "tear", "tear off": "cut"})
    once = circular.apply(heard("one two off tier tear"))
    assert once.text == "tear off tear tier"
    assert circular.apply(once) == once


def test_partial_results_are_corrected_too_and_stay_partial() -> None:
    corrected = TERMS.apply(heard("a new at he", final=False))
    assert corrected.text == "annuity"
    assert not corrected.final


def test_a_result_without_such_words_is_the_same_object() -> None:
    said = heard("nothing to see here a new day")
    assert TERMS.apply(said) is said
    nothing = Heard.of((), final=True, at_s=3.0)
    assert TERMS.apply(nothing) is nothing


WORDS = st.sampled_from(["a", "b", "c", "d"])
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@given(st.dictionaries(PHRASES, PHRASES, max_size=5), st.lists(WORDS, max_size=12))
def test_whatever_the_table_times_run_on_and_the_original_is_kept(table: dict[str, str], words: list[str]) -> None:
    said = heard(" ".join(words))
    corrected = Corrections(table).apply(said)
    assert corrected.original == said.text
    assert corrected.text == " ".join(word.text for word in corrected.words)
    assert (corrected.start_s, corrected.end_s) == (said.start_s, said.end_s)
    assert corrected.confidence == said.confidence
    times = [time for word in corrected.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)


def table(folder: Path, text: str) -> Path:
    path = folder / "corrections.yaml"
    path.write_text(text)
    return path


def test_a_table_is_read(tmp_path: Path) -> None:
    read = corrections.load(table(tmp_path, "a new at he: annuity\nfor oh  one k: 401k\nseñor: senior\n"))
    assert len(read) == 3
    assert read.apply(heard("for oh one k señor")).text == "401k senior"


def test_everything_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "a new at he: annuity\n"
        "401 k: four\n"
        "Tier: tear\n"
        "one two:\n"
        "two three: ''\n"
        "same: same\n"
        "list: [a]\n"
        "a new at he: other\n"
        "bang: 'what?'\n"
        f"{'x ' * (LONGEST + 1)}: y\n",
    )
    with pytest.raises(Problem) as refused:
        corrections.load(path)
    told = str(refused.value)
    for line in range(2, 11):
        assert f"corrections.yaml:{line}:" in told, line
    assert "corrections.yaml:1:" not in told


@pytest.mark.parametrize("text", ["- a\n", "", "a: b: c\n", "just words\n"])
def test_what_is_no_table_is_told_as_such(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem, match=r"corrections\.yaml"):
        corrections.load(table(tmp_path, text))


def test_a_table_has_a_bound(tmp_path: Path) -> None:
    words = ["".join(chr(97 + (n // 26**place) % 26) for place in range(4)) for n in range(MOST + 1)]
    with pytest.raises(Problem, match=f"{MOST} at most"):
        corrections.load(table(tmp_path, "".join(f"{word}: meant\n" for word in words)))
