"""What is offered while a caller talks: it follows the call without flickering, and is never another tier's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from assist.handbook.finding import Finder
from assist.handbook.offering import Offered, Offering
from assist.handbook.ranking import Reader

ANYBODY = Reader(plan=None, tier=None, today=date(2026, 11, 1))
BANK = ["hi how are you", "i opened an account at a different bank", "and i want my pension to go there"]


@pytest.fixture
def offering(finder: Finder) -> Offering:
    return Offering(finder)


def anchors(offered: tuple[Offered, ...]) -> list[str]:
    return [each.anchor for each in offered]


def test_two_or_three_passages_with_the_sentences_that_matter(offering: Offering) -> None:
    offered = offering.offer(BANK, [], ANYBODY)
    assert 2 <= len(offered) <= 3
    first = offered[0]
    assert (first.anchor, first.document, first.label) == ("changing-your-bank", "17-payments.md", "2026.1")
    assert first.path[-1] == "Changing your bank"
    assert (first.title, first.effective) == (first.path[0], date(2026, 1, 1))
    assert len(first.version) == 64
    for each in offered:
        assert 1 <= len(each.highlights) <= 2
        assert all(sentence in each.text for sentence in each.highlights)


@pytest.mark.parametrize(
    "heard",
    [
        [],
        ["hello"],
        ["yeah", "uh okay"],
        ["let me get a pen"],
        ["can you hear me"],
        ["thank you so much have a nice day"],
    ],
    ids=["nothing", "hello", "okay", "a pen", "hear me", "thanks"],
)
def test_small_talk_offers_nothing(offering: Offering, heard: list[str]) -> None:
    assert offering.offer(heard, [], ANYBODY) == ()


def test_small_talk_takes_nothing_away(offering: Offering) -> None:
    offered = offering.offer(BANK, [], ANYBODY)
    for said in ("okay", "uh huh yes ma'am", "let me get a pen", "can you hear me"):
        assert offering.offer([*BANK, said], [], ANYBODY) is offered


def test_more_words_on_the_same_do_not_flicker(offering: Offering) -> None:
    heard, seen = [], []
    for said in (
        *BANK,
        "the old bank closed its branch",
        "so do i send you a voided check",
        "i have the new numbers here",
    ):
        heard.append(said)
        seen.append(anchors(offering.offer(heard, [], ANYBODY)))
    shown = [each for each in seen if each]
    assert all("changing-your-bank" in each for each in shown)
    assert sum(before != after for before, after in pairwise(shown)) <= 1


def test_another_matter_changes_what_is_offered(offering: Offering) -> None:
    before = offering.offer(BANK, [], ANYBODY)
    after = offering.offer(
        [*BANK, "also my wife and i are getting a divorce does she get half of my pension"], [], ANYBODY
    )
    assert after[0].anchor == "divorce-and-your-pension"
    assert after != before


def test_what_is_shown_already_keeps_its_highlights(offering: Offering) -> None:
    before = {each.anchor: each for each in offering.offer(["somebody stole my pension check"], [], ANYBODY)}
    after = offering.offer(["somebody stole my pension check", "i never got the deposit in my bank"], [], ANYBODY)
    assert all(before[each.anchor] is each for each in after if each.anchor in before)


def test_nothing_of_another_tier_or_plan_is_offered(offering: Offering) -> None:
    said = ["i was hired in twenty ten", "how much do they take off if i retire early at fifty nine"]
    for tier in ("1", "2", "3"):
        offered = offering.offer(said, [], replace(ANYBODY, tier=tier))
        assert offered
        others = {f"early-reduction-in-tier-{each}" for each in "123" if each != tier}
        assert not others & set(anchors(offered))
    assert offering.offer(said, [], replace(ANYBODY, plan="some other plan")) == ()


def test_what_does_not_apply_goes_as_soon_as_the_tier_is_known(offering: Offering) -> None:
    said = ["what is the factor in tier three if i go early at sixty three"]
    assert "early-reduction-in-tier-3" in anchors(offering.offer(said, [], ANYBODY))
    known = offering.offer([*said, "okay"], [], replace(ANYBODY, tier="1"))
    assert "early-reduction-in-tier-3" not in anchors(known)
    assert known


def test_the_topic_of_the_call_helps(finder: Finder) -> None:
    said = ["i sent it three weeks ago", "how long does the review take and did you approve the order"]
    offered = Offering(finder).offer(said, ["Divorce order"], ANYBODY)
    assert offered[0].anchor == "review-of-a-draft-and-of-the-final-order"


def test_calls_do_not_know_of_each_other(finder: Finder) -> None:
    one, other = Offering(finder), Offering(finder)
    one.offer(BANK, [], ANYBODY)
    assert other.offer(["okay"], [], ANYBODY) == ()
    assert anchors(one.offer([*BANK, "okay"], [], ANYBODY))[0] == "changing-your-bank"
