"""`memberline handbook`: documents are checked, imported, listed and searched; what is wrong is told all at once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_importing import MATTER, pdf

from assist.handbook import asked
from core.errors import Problem
from memberline.commands.handbook import command

REFUNDS = """---
title: Refunds
effective: 2026-01-01
plans: [db]
tiers: [1, 2]
---
# Refunds

## How long it takes

A refund is paid within sixty days. It cannot be hurried.

## Later members
<!-- tiers: 2 -->

Members of the second tier wait ninety days.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "refunds.md").write_text(REFUNDS)
    (folder / asked.NAME).write_text("refunds.md:\n  how-long-it-takes: [when do I get my money]\n")
    return folder


def run(tmp_path: Path, *arguments: str) -> str:
    environment = {"MEMBERLINE_DATABASE_URL": f"sqlite:///{tmp_path / 'site.db'}"}
    result = CliRunner(env=environment).invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(tmp_path: Path, *arguments: str) -> str:
    environment = {"MEMBERLINE_DATABASE_URL": f"sqlite:///{tmp_path / 'site.db'}"}
    with pytest.raises(Problem) as problem:
        CliRunner(env=environment).invoke(command, arguments, catch_exceptions=False)
    return str(problem.value)


def test_a_handbook_is_imported_once_listed_and_searched(tmp_path: Path, folder: Path) -> None:
    assert run(tmp_path, "list") == "no document was imported\n"
    assert run(tmp_path, "import", str(folder)) == "refunds.md: 2 passages, in force from 2026-01-01\n"
    again = run(tmp_path, "import", str(folder / "refunds.md"))
    assert again == "refunds.md: is there already, in force from 2026-01-01\n"
    (edition,) = [json.loads(line) for line in run(tmp_path, "list", "--json").splitlines()]
    assert (edition["document"]["title"], edition["document"]["plans"]) == ("Refunds", ["db"])
    head, row = run(tmp_path, "list").splitlines()
    assert head.split()[:3] == ["document", "edition", "from"]
    assert row.split()[0] == "refunds.md"

    found = run(tmp_path, "search", "when", "will", "my", "money", "come", "--on", "2026-03-01")
    assert found.splitlines()[0] == "1. Refunds > How long it takes"
    assert "A refund is paid within sixty days." in found
    assert "Later members" in run(
        tmp_path, "search", "second tier members wait", "--tier", "Tier 2", "--on", "2026-03-01"
    )
    assert "Later members" not in run(
        tmp_path, "search", "second tier members wait", "--tier", "1", "--on", "2026-03-01"
    )
    assert run(tmp_path, "search", "refund", "--plan", "savings", "--on", "2026-03-01") == "nothing is found\n"
    assert "no document applies on 2025-12-31" in refused(tmp_path, "search", "refund", "--on", "2025-12-31")


def test_a_changed_document_follows_the_one_before(tmp_path: Path, folder: Path) -> None:
    run(tmp_path, "import", str(folder))
    changed = REFUNDS.replace("sixty", "thirty").replace("2026-01-01", "2026-07-01")
    (folder / "refunds.md").write_text(changed)
    assert run(tmp_path, "import", str(folder)) == "refunds.md: 2 passages, in force from 2026-07-01\n"
    old, new = [json.loads(line) for line in run(tmp_path, "list", "--json").splitlines()]
    assert (old["ends"], new["begins"], new.get("ends")) == ("2026-07-01", "2026-07-01", None)
    assert "sixty days" in run(tmp_path, "search", "how long is a refund", "--on", "2026-06-30")
    assert "thirty days" in run(tmp_path, "search", "how long is a refund", "--on", "2026-07-01")


def test_an_edition_that_was_replaced_says_how_to_bring_it_back(tmp_path: Path, folder: Path) -> None:
    run(tmp_path, "import", str(folder))
    (folder / "refunds.md").write_text(REFUNDS.replace("sixty", "thirty"))
    run(tmp_path, "import", str(folder))
    (folder / "refunds.md").write_text(REFUNDS)
    told = run(tmp_path, "import", str(folder))
    assert "never in force" in told
    assert "change its effective date" in told


def test_new_questions_are_taken_over(tmp_path: Path, folder: Path) -> None:
    run(tmp_path, "import", str(folder))
    (folder / asked.NAME).write_text("refunds.md:\n  later-members: [what about newer folks]\n")
    assert "what it is found by is new" in run(tmp_path, "import", str(folder))


def test_a_check_tells_what_is_there_and_keeps_nothing(tmp_path: Path, folder: Path) -> None:
    (folder / "long.pdf").write_bytes(pdf("Words of the first page stand here", ""))
    (folder / "long.pdf.yaml").write_bytes(MATTER)
    told = run(tmp_path, "check", str(folder))
    assert "refunds.md: Refunds, from 2026-01-01, 2 passages, plans db; tiers 1, 2" in told
    assert "  no question of callers leads to: later-members" in told
    assert "long.pdf: Refunds, from 2026-01-01, 2 pages, 1 passages" in told
    assert "  no text on 1 of 2 pages: 2" in told
    assert told.endswith("2 documents, 3 passages, found by 1 questions of callers\n")
    assert not (tmp_path / "site.db").exists()


@pytest.mark.parametrize("doing", ["check", "import"])
def test_all_that_is_wrong_is_told_at_once_and_nothing_is_imported(tmp_path: Path, folder: Path, doing: str) -> None:
    (folder / "bad.md").write_text("---\ntitle: A\neffective: soon\n---\n# A\nWords")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    (folder / "scan.pdf").write_bytes(pdf("", ""))
    for name in ("broken.pdf", "scan.pdf"):
        (folder / f"{name}.yaml").write_bytes(MATTER)
    (folder / asked.NAME).write_text("refunds.md:\n  how-long: [when]\n")
    (tmp_path / "empty").mkdir()
    told = refused(tmp_path, doing, str(folder), str(tmp_path / "empty"), str(tmp_path / "nowhere.md"))
    for expected in (
        "bad.md:3:12: found 'soon', expected a date as 2026-01-01",
        "broken.pdf: cannot be read as a PDF",
        "scan.pdf: has no text on any of its 2 pages",
        "asked.yaml:2:3: found the section 'how-long'",
        "empty: holds no document",
        "nowhere.md: cannot be read: No such file or directory",
    ):
        assert expected in told
    assert run(tmp_path, "list") == "no document was imported\n"


def test_two_documents_of_one_name_are_refused(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "refunds.md").write_text(REFUNDS.replace("sixty", "thirty"))
    told = refused(tmp_path, "check", str(folder), str(other))
    assert f"{other / 'refunds.md'}: has the name of {folder / 'refunds.md'}" in told


def test_without_questions_there_is_nothing_to_learn(tmp_path: Path, folder: Path) -> None:
    output = tmp_path / "likeness.npz"
    assert "no questions to learn from" in refused(tmp_path, "learn", str(folder), "-o", str(output))
    (folder / asked.NAME).write_text(
        "refunds.md:\n  how-long-it-takes: [when is it paid, how long]\n  later-members: [second tier, tier two]\n"
    )
    told = run(tmp_path, "learn", str(folder), "-o", str(output))
    assert told == "Learnt from 4 questions of 2 sections.\n"
    assert output.stat().st_size > 1000


def test_the_pages_of_a_long_pdf_are_told_one_by_one(tmp_path: Path) -> None:
    from assist.handbook import importing

    file = tmp_path / "long.pdf"
    file.write_bytes(pdf(*[f"Page {number} tells of refunds and rollovers" for number in range(1, 31)]))
    file.with_name("long.pdf.yaml").write_bytes(MATTER)
    pages: list[tuple[int, int]] = []
    read = importing.read_file(file, progress=lambda page, count: pages.append((page, count)))
    assert pages == [(number, 30) for number in range(1, 31)]
    assert read.document.effective == date(2026, 1, 1)
