"""The right passages for what is typed or said: mistyped, half typed, for this plan and tier, in force on the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assist.handbook import importing, words
from assist.handbook.ranking import Index, Reader, applies, passages_for

ANYBODY = Reader(plan=None, tier=None, today=date(2026, 11, 1))


@pytest.fixture(scope="module")
def index() -> Index:
    files = sorted(importing.SAMPLE.glob("*.md"))
    return Index([each for path in files for each in importing.read_file(path).passages], words.synonyms())


def places(index: Index, typed: str, reader: Reader = ANYBODY) -> list[str]:
    return [f"{each.passage.document}#{each.passage.anchor}" for each in index.search(typed, reader, limit=3)]


@pytest.mark.parametrize("typed", ["unused sick leave", "unusd sick leve", "unused sick lea"])
def test_what_is_mistyped_or_half_typed_is_found(index: Index, typed: str) -> None:
    assert places(index, typed)[0] == "03-service-credit.md#unused-sick-leave"


def test_words_of_the_same_meaning_are_found(index: Index) -> None:
    (first, *_) = index.search("qdro", ANYBODY)
    assert first.passage.document == "16-legal-orders.md"


@pytest.mark.parametrize("typed", ["", "   ", "?!", "the of and", "zzqqxxvv", "\u0000", "什么时候"])
def test_what_says_nothing_finds_nothing(index: Index, typed: str) -> None:
    assert index.search(typed, ANYBODY) == []


def test_only_what_applies_to_the_tier_is_found(index: Index) -> None:
    for tier in ("1", "2", "3"):
        reader = replace(ANYBODY, tier=f"Tier {tier}")
        found = index.search("unreduced retirement age and years of service", reader, limit=50)
        assert len(found) > 5
        assert all(not each.passage.tiers or tier in each.passage.tiers for each in found)
    first, later = (places(index, "unreduced retirement", replace(ANYBODY, tier=tier))[0] for tier in ("1", "2"))
    assert (first, later) == (
        "02-eligibility-and-vesting.md#unreduced-retirement",
        "02-eligibility-and-vesting.md#unreduced-retirement-for-later-members",
    )


def test_only_what_applies_to_the_plan_and_on_the_day_is_found(index: Index) -> None:
    assert index.search("refund", replace(ANYBODY, today=date(2025, 12, 31))) == []
    assert index.search("refund", replace(ANYBODY, plan="some other plan")) == []
    assert index.search("refund", replace(ANYBODY, plan="DB"))


def test_a_version_that_ended_applies_no_longer() -> None:
    matter = b"title: Refunds\neffective: 2026-01-01\nuntil: 2026-07-01\n"
    (passage,) = importing.read("a.html", b"<h1>Refunds</h1><p>Money back", matter).passages
    assert applies(passage, replace(ANYBODY, today=date(2026, 6, 30)))
    assert not applies(passage, replace(ANYBODY, today=date(2026, 7, 1)))


def test_a_section_in_two_pieces_is_shown_once() -> None:
    page = b"<h2>Refunds</h2><p>" + b"refund " * 300 + b"</p><p>" + b"refund " * 300 + b"</p>"
    read = importing.read("a.html", page, b"title: Money\neffective: 2026-01-01\n")
    assert len(read.passages) == 2
    assert len(Index(read.passages, {}).search("refund", ANYBODY)) == 1


def test_what_is_marked_stands_in_the_passage(index: Index) -> None:
    (found, *_) = index.search("direct deposit form", ANYBODY, limit=1)
    assert found.matched
    text = f"{' '.join(found.passage.headings)} {found.passage.text}".casefold()
    assert all(word in text for word in found.matched)


def test_the_topic_tells_apart_what_the_words_leave_open(index: Index) -> None:
    said = "so how long is that going to take"
    by_topic = {
        topic: passages_for([topic], said, index, ANYBODY)[0].passage.document
        for topic in ("Direct deposit", "Divorce order")
    }
    assert by_topic == {"Direct deposit": "17-payments.md", "Divorce order": "16-legal-orders.md"}


def test_at_most_three_are_shown_unasked_and_none_far_behind(index: Index) -> None:
    found = passages_for(["Refund"], "i want to take my money out and roll it into an ira", index, ANYBODY)
    assert 1 <= len(found) <= 3
    assert all(each.score >= found[0].score / 2 for each in found)
    assert passages_for([], "uh okay", index, ANYBODY) == []


def test_an_empty_handbook_finds_nothing() -> None:
    assert Index([], words.synonyms()).search("refund", ANYBODY) == []
