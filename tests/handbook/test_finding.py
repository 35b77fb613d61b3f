"""The right passages by words and by meaning: said, typed, mistyped, half typed, for this plan and tier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from counting_model import counted

from assist.handbook import importing, likeness, words
from assist.handbook.finding import Finder
from assist.handbook.meaning import DIMENSIONS, Embed, Prepared, prepare, sentences
from assist.handbook.ranking import Reader

ANYBODY = Reader(plan=None, tier=None, today=date(2026, 11, 1))


def places(finder: Finder, typed: str, reader: Reader = ANYBODY) -> list[str]:
    return [each.passage.anchor for each in finder.search(typed, reader, limit=3)]


@pytest.mark.parametrize(
    ("said", "anchor"),
    [
        (
            "the two of us called it quits and the court says part of my retirement goes to her",
            "divorce-and-your-pension",
        ),
        ("grandma signed papers so that i can look after her affairs", "power-of-attorney"),
        ("groceries keep going up will my monthly amount too", "cost-of-living-adjustments"),
        ("ive checked with my credit union and the money never showed up", "a-payment-that-is-missing-or-was-returned"),
    ],
    ids=["divorce", "power of attorney", "cost of living", "missing payment"],
)
def test_what_is_meant_is_found_without_the_handbooks_words(finder: Finder, said: str, anchor: str) -> None:
    assert anchor in places(finder, said)


@pytest.mark.parametrize("typed", ["power of atorney", "power of attor", "POWER OF ATTORNEY", "attorn"])
def test_what_is_mistyped_or_half_typed_is_found(finder: Finder, typed: str) -> None:
    assert "power-of-attorney" in places(finder, typed)


@pytest.mark.parametrize("typed", ["", "   ", "?!", "the of and", "zzqqxxvv wwkkjj", "\u0000", "什么时候"])
def test_what_says_nothing_finds_nothing(finder: Finder, typed: str) -> None:
    assert finder.search(typed, ANYBODY) == []


@pytest.mark.parametrize("tier", ["1", "2", "3"])
def test_only_what_applies_to_the_tier_is_found(finder: Finder, tier: str) -> None:
    found = finder.search("how much is taken off for going early", replace(ANYBODY, tier=f"Tier {tier}"), limit=50)
    assert found[0].passage.anchor in {f"early-reduction-in-tier-{tier}", "who-can-retire-early"}
    assert all(not each.passage.tiers or tier in each.passage.tiers for each in found)


def test_only_what_applies_to_the_plan_and_on_the_day_is_found(finder: Finder) -> None:
    assert finder.search("new bank account", replace(ANYBODY, plan="some other plan")) == []
    assert finder.search("new bank account", replace(ANYBODY, today=date(2025, 12, 31))) == []
    assert finder.search("new bank account", replace(ANYBODY, plan="DB"))


def test_better_comes_first_and_no_section_twice(finder: Finder) -> None:
    found = finder.search("somebody cashed my pension check", ANYBODY, limit=20)
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert len({(each.passage.version, each.passage.anchor) for each in found}) == len(found) == 20


def test_the_topic_tells_apart_what_the_words_leave_open(finder: Finder) -> None:
    said = "so how long is that going to take "
    first = {
        topic: finder.search(said, ANYBODY, topics=[topic], limit=1)[0].passage.document
        for topic in ("Direct deposit", "Divorce order")
    }
    assert first == {"Direct deposit": "17-payments.md", "Divorce order": "16-legal-orders.md"}


def test_the_telling_sentences_stand_in_the_passage(finder: Finder) -> None:
    said = "by when must a change reach you to take effect with the next payment"
    passage = next(each for each in finder.passages if each.anchor == "the-tenth-of-the-month")
    telling = finder.telling(passage, said)
    assert 1 <= len(telling) <= 2
    assert all(sentence in passage.text for sentence in telling)
    assert "10th" in " ".join(telling)


def test_a_handbook_without_questions_is_searched_too(chapters: tuple[Prepared, ...], embed: Embed) -> None:
    bare = [replace(each, asked=(), questions=each.questions[:0]) for each in chapters]
    finder = Finder(bare, words.synonyms(), embed, likeness.load())
    assert places(finder, "when do changes of direct deposit take effect")[0] == "the-tenth-of-the-month"


def test_an_empty_handbook_finds_nothing() -> None:
    finder = Finder([], words.synonyms(), counted, likeness.load())
    assert finder.search("lost my check", ANYBODY) == []


def test_numbers_are_found_as_they_are_said() -> None:
    assert words.figured("Four oh one K at sixty five") == "401k at 65"
    assert words.figured("my ten ninety nine ") == "my 1099 "


def test_passages_are_prepared_sentence_by_sentence() -> None:
    page = b"<h2>Refunds</h2><p>First one. Second one!</p><ul><li>A point</ul>"
    (passage,) = importing.read("a.html", page, b"title: Money\neffective: 2026-01-01\n").passages
    assert sentences(passage.text) == ["First one.", "Second one!", "A point"]
    done: list[int] = []
    (prepared,) = prepare([passage], [["how much", "how long"]], counted, done.append)
    assert (len(prepared.texts), len(prepared.questions), done) == (3, 2, [1])
    expected = counted(["Refunds: First one. Second one!"]).astype(np.float16)
    assert np.array_equal(prepared.texts[:1], expected)


def test_questions_of_one_section_are_brought_together() -> None:
    """Of two words in each question the first names its section and the second does not."""
    rng = np.random.default_rng(7)
    basis = np.linalg.qr(rng.normal(size=(DIMENSIONS, DIMENSIONS)))[0].astype(np.float32)
    sections = [number % 3 for number in range(24)]
    vectors = np.array([basis[section] + 1.5 * basis[10 + at % 8] for at, section in enumerate(sections)], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = likeness.learn(vectors, sections)(vectors)
    same = np.equal.outer(sections, sections) & ~np.eye(24, dtype=bool)
    other = ~np.equal.outer(sections, sections)

    def lead(some: np.ndarray) -> float:
        near = some @ some.T
        return float(near[same].mean() - near[other].mean())

    assert lead(turned) > lead(vectors) + 0.2


def test_nothing_is_learnt_from_nothing() -> None:
    learnt = likeness.learn(np.zeros((0, DIMENSIONS), np.float32), [])
    assert np.array_equal(learnt.matrix, np.eye(DIMENSIONS))
