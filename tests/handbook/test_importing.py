"""Handbooks of four kinds become passages; what cannot be read says why."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import docx
import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from assist.handbook import importing
from assist.handbook.model import days_in_force
from core.errors import Problem

MATTER = b"title: Refunds\neffective: 2026-01-01\nplans: [db]\ntiers: [Tier 1, 2]\nversion: '2026.1'\n"


def pdf(*pages: str) -> bytes:
    """A PDF file with these words on its pages, each of which is an entry of the outline."""
    writer = PdfWriter()
    font = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
    )
    for number, words in enumerate(pages, start=1):
        page = writer.add_blank_page(612, 792)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode() if words else b"")
        page[NameObject("/Contents")] = writer._add_object(stream)
        writer.add_outline_item(title=f"Chapter {number}", page_number=number - 1)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_sample_handbook_is_read_whole() -> None:
    files = sorted(importing.SAMPLE.glob("*.md"))
    read = [importing.read_file(path, tiers=("1", "2", "3")) for path in files]
    assert len(read) == 25
    passages = [passage for each in read for passage in each.passages]
    assert len({passage.passage_id for passage in passages}) == len(passages) >= 200
    assert all(passage.text and passage.headings and passage.anchor for passage in passages)
    assert {passage.tiers for passage in passages} >= {("1",), ("1", "2", "3"), ("3",)}


def test_markdown_has_headings_tiers_and_a_version_that_is_its_words() -> None:
    text = (
        b"---\n"
        + MATTER
        + b"---\n# Refunds\nAll of it.\n## Later members\n<!-- tiers: 2 -->\n| a | b |\n|--|--|\n| 1 | 2 |\n"
    )
    whole, narrow = importing.read("refunds.md", text).passages
    assert (whole.headings, whole.tiers, whole.text) == (("Refunds",), ("1", "2"), "All of it.")
    assert (narrow.headings, narrow.tiers) == (("Refunds", "Later members"), ("2",))
    assert narrow.text == "a | b\n1 | 2"
    assert narrow.anchor == "later-members"
    assert importing.read("refunds.md", text).document.version == whole.version
    assert importing.read("refunds.md", text + b"More.\n").document.version != whole.version


def test_html_leaves_out_what_no_browser_shows_as_text() -> None:
    page = b"<body><h1 id=top>Refunds</h1><script>alert(1)</script><p>You may <b>leave</b> it.<ul><li>One<li>Two</ul>"
    (passage,) = importing.read("refunds.html", page, MATTER).passages
    assert passage.text == "You may leave it.\n• One\n• Two"
    assert (passage.anchor, passage.label, passage.effective) == ("top", "2026.1", date(2026, 1, 1))


def test_a_word_document_is_cut_at_its_headings() -> None:
    document, out = docx.Document(), BytesIO()
    document.add_heading("Refunds", level=1)
    document.add_paragraph("Money back.")
    document.add_heading("How long it takes", level=2)
    document.add_paragraph("Sixty days.")
    document.save(out)
    first, second = importing.read("refunds.docx", out.getvalue(), MATTER).passages
    assert (first.text, second.text) == ("Money back.", "Sixty days.")
    assert second.headings == ("Refunds", "How long it takes")


def test_a_pdf_gives_its_pages_under_the_headings_of_its_outline() -> None:
    read = importing.read("refunds.pdf", pdf("A refund takes about sixty days", "", "It ends your membership"), MATTER)
    assert [(each.page, each.headings) for each in read.passages] == [(1, ("Chapter 1",)), (3, ("Chapter 3",))]
    assert read.document.pages == 3
    assert read.document.remarks == ("no text on 1 of 3 pages: 2",)


def test_a_pdf_of_300_pages_is_read_to_its_end() -> None:
    pages = [f"Page {number} tells of refunds and rollovers" for number in range(1, 301)]
    read = importing.read("long.pdf", pdf(*pages), MATTER)
    assert (read.document.passages, read.passages[-1].page) == (300, 300)


def test_a_scan_is_refused_with_what_to_do() -> None:
    with pytest.raises(Problem, match=r"scan\.pdf: has no text on any of its 2 pages: it is a scan.*OCR"):
        importing.read("scan.pdf", pdf("", ""), MATTER)


@pytest.mark.parametrize(
    ("name", "content", "matter", "told"),
    [
        ("a.txt", b"words", None, "not a kind that can be imported"),
        ("a.pdf", b"%PDF-1.4 and no more", MATTER, "cannot be read as a PDF"),
        ("a.docx", b"no archive", MATTER, "cannot be read as a Word document"),
        ("a.html", b"<p>Words", None, "a.html.yaml beside it"),
        ("a.html", b"<p>\xff", MATTER, "not UTF-8 at byte 3"),
        ("a.html", b"<script>x</script>", MATTER, "holds no text"),
        ("a.md", b"# Words", None, "does not say what it is"),
        ("a.md", b"---\ntitle: A\neffective: soon\n---\n# A\nWords", None, "a.md:3:12: found 'soon', expected a date"),
    ],
)
def test_what_cannot_be_imported_says_why(name: str, content: bytes, matter: bytes | None, told: str) -> None:
    with pytest.raises(Problem) as refused:
        importing.read(name, content, matter)
    assert told in str(refused.value)


def test_tiers_the_plan_has_not_are_told() -> None:
    with pytest.raises(Problem, match="tiers of the plan: 1, 3"):
        importing.read("a.html", b"<p>Words", MATTER, tiers=("1", "3"))


def test_a_long_section_becomes_several_passages_with_one_anchor() -> None:
    page = b"<h2>Long</h2>" + b"<p>" + b"word " * 400 + b"</p>" + b"<p>" + b"more " * 400 + b"</p>"
    passages = importing.read("a.html", page, MATTER).passages
    assert [passage.text[:4] for passage in passages] == ["word", "more"]
    assert {passage.anchor for passage in passages} == {"long"}


def test_a_version_applies_until_the_next_one_does() -> None:
    old = importing.read("a.html", b"<p>Old", MATTER).document
    new = importing.read("a.html", b"<p>New", MATTER.replace(b"2026-01-01", b"2027-01-01")).document
    days = days_in_force([old, new])
    assert days[old.version] == (date(2026, 1, 1), date(2027, 1, 1))
    assert days[new.version] == (date(2027, 1, 1), date.max)


def test_of_two_versions_of_one_day_the_later_import_applies() -> None:
    first = importing.read("a.html", b"<p>First", MATTER).document
    second = importing.read("a.html", b"<p>Second", MATTER).document
    for versions in ([first, second], [second, first]):
        days = days_in_force(versions)
        assert days[versions[0].version] == (date(2026, 1, 1), date(2026, 1, 1)), "no day at all"
        assert days[versions[1].version] == (date(2026, 1, 1), date.max)
