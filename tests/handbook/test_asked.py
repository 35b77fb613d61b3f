"""The questions beside a handbook: read, given to their passages, and what is wrong told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from assist.handbook import asked, importing
from core.errors import Problem


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / asked.NAME
    file.write_text(text, encoding="utf-8")
    return file


def test_the_sample_asks_of_every_section_and_of_no_other() -> None:
    passages = [each for path in importing.SAMPLE.glob("*.md") for each in importing.read_file(path).passages]
    anchors: dict[str, set[str]] = {}
    for each in passages:
        anchors.setdefault(each.document, set()).add(each.anchor)
    questions = asked.read(importing.SAMPLE / asked.NAME, anchors)
    assert {document: set(sections) for document, sections in questions.items()} == anchors
    assert all(len(own) >= 5 for own in asked.of(passages, questions))


def test_a_section_in_two_passages_gives_its_questions_once(tmp_path: Path) -> None:
    page = b"<h2>Refunds</h2><p>" + b"refund " * 300 + b"</p><p>" + b"refund " * 300 + b"</p>"
    passages = importing.read("a.html", page, b"title: Money\neffective: 2026-01-01\n").passages
    questions = asked.read(written(tmp_path, "a.html:\n  refunds: [can I  have it, '401']\nb.html:\n  x: [y]\n"))
    assert asked.of(passages, questions) == [("can I have it", "401"), ()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.html:\n  refnds: [x]\n", "asked.yaml:2:3: found the section 'refnds', expected the anchor of a section"),
        ("a.html:\n  refunds: ['']\n", "asked.yaml:2:13: found '', expected a question of 1 to 300 characters"),
        ("a.html:\n  refunds: words\n", "expected a list"),
        ("a.html: [x]\n", "expected a mapping"),
    ],
    ids=["unknown section", "empty question", "no list", "no sections"],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Problem) as refused:
        asked.read(written(tmp_path, text), {"a.html": {"refunds"}})
    assert told in str(refused.value)
