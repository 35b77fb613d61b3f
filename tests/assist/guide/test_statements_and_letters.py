"""The sample plan's statements and letters, and files with mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assist.advice import directory as directories
from assist.guide import letters, statements
from assist.guide.statements import Checklist
from core.errors import Problem

TOPICS = [topic.id for topic in directories.load().topics]
STATEMENTS, LETTERS = statements.load(topics=TOPICS), letters.load(topics=TOPICS)

RULE = """
- id: one
  kind: must_say
  topics: [refund]
  from_level: 1
  to_level: 4
  text: "Say it."
  heard: ["say it"]
"""
LETTER = """
fields: {member_name: "a name"}
letters:
  - id: one
    title: "One"
    kind: form
    topics: [refund]
    forms: [M-1]
    tiers: []
    for: "one thing"
    needs: [member_name]
"""


def shown(topics: list[str], *said: str, level: int = 1, verified: bool = True) -> dict[str, bool]:
    checklist = Checklist(STATEMENTS, level)
    for text in said:
        checklist.hear(text)
    return {each.statement_id: each.said for each in checklist.shown(topics, verified=verified)}


def test_what_an_agent_says_ticks_it() -> None:
    assert shown([])["recorded_line"] is False
    assert shown([], "just so you know this call is being recorded")["recorded_line"] is True


def test_a_question_of_identity_is_asked_only_of_who_is_not_verified() -> None:
    assert "verify_birth_date" not in shown([])
    assert shown([], "and what's your date of birth", verified=False)["verify_birth_date"] is True


def test_a_topic_brings_what_belongs_to_it() -> None:
    assert "bank_not_by_phone" not in shown([])
    assert "bank_not_by_phone" in shown(["direct_deposit"])


def test_questions_come_first_and_what_must_not_be_said_last() -> None:
    kinds = [each.kind for each in Checklist(STATEMENTS, 1).shown(["direct_deposit"], verified=False)]
    assert kinds == sorted(kinds, key=["verify", "must_say", "must_not"].index)
    assert set(kinds) == {"verify", "must_say", "must_not"}


def test_every_statement_can_be_heard_said() -> None:
    labels = {hit.label for rule in STATEMENTS.rules for hit in STATEMENTS.cues.find([])}
    assert labels == set()
    assert len(STATEMENTS.rules) == len({rule.id for rule in STATEMENTS.rules}) > 40


def test_letters_fit_topic_and_tier() -> None:
    found = LETTERS.fitting(["service_credit"], "")
    assert "service_review" in {each.letter_id for each in found}
    assert LETTERS.fitting([], "") == ()
    of_some = next(model for model in LETTERS.models if model.tiers)
    topic, tier = min(of_some.topics), min({"1", "2", "3"} - of_some.tiers)
    everybody = {model.letter.letter_id for model in LETTERS.models if topic in model.topics and not model.tiers}
    assert {each.letter_id for each in LETTERS.fitting([topic], tier)} <= everybody | {
        model.letter.letter_id for model in LETTERS.models if tier in model.tiers
    }


def test_the_later_topic_comes_first_and_never_more_than_fit_on_the_desk() -> None:
    found = LETTERS.fitting(["refund", "address_change"], "")
    assert len(found) <= letters.MOST
    first = next(model for model in LETTERS.models if model.letter == found[0])
    assert "address_change" in first.topics


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULE.replace("must_say", "may_say"), "a kind"),
        (RULE.replace("refund", "lottery"), "lottery"),
        (RULE.replace("from_level: 1", "from_level: none"), "from_level|none"),
        (RULE.replace('"say it"', '".. it"'), "begins with a word"),
        (RULE + RULE.strip(), "twice"),
        (RULE.replace('  text: "Say it."\n', ""), "text"),
    ],
    ids=["kind", "topic", "level", "pattern", "twice", "missing"],
)
def test_a_mistake_in_the_statements_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / statements.NAME).write_text(text)
    with pytest.raises(Problem, match=told) as problem:
        statements.of_plan(tmp_path / "directory.yaml", topics=TOPICS)
    assert statements.NAME in str(problem.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LETTER.replace("kind: form", "kind: song"), "song"),
        (LETTER.replace("refund", "lottery"), "lottery"),
        (LETTER.replace("needs: [member_name]", "needs: [shoe_size]"), "shoe_size"),
        (LETTER + LETTER.split("letters:\n")[1], "twice"),
    ],
    ids=["kind", "topic", "field", "twice"],
)
def test_a_mistake_in_the_letters_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / letters.NAME).write_text(text)
    with pytest.raises(Problem, match=told) as problem:
        letters.of_plan(tmp_path / "directory.yaml", topics=TOPICS)
    assert letters.NAME in str(problem.value)


def test_a_plan_without_these_files_has_none(tmp_path: Path) -> None:
    assert statements.of_plan(tmp_path / "directory.yaml", topics=TOPICS).rules == ()
    assert letters.of_plan(tmp_path / "directory.yaml", topics=TOPICS).models == ()
