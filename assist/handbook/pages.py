"""PDF files, page by page: the outline gives the headings. A scan, pictures of words without words, is refused."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from pypdf import PdfReader
from pypdf.generic import Destination

from assist.handbook.markup import slug
from assist.handbook.model import Section
from core.errors import Problem

PAGES_AT_MOST = 3_000
_LETTERS_AT_LEAST = 20  # on a page that has words; a page number alone is fewer


def of_pdf(
    name: str, content: bytes, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Section], int, tuple[str, ...]]:
    """The sections of a PDF file (one for each page with words), the number of pages, and what was odd.

    `progress` is told the page that was read and how many there are.

    Raises `Problem` where it is damaged, encrypted, too long, or a scan."""
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Problem("is locked with a password", place=name, remedy="Save it without one")
        count = len(reader.pages)
        if count > PAGES_AT_MOST:
            raise Problem(f"has {count:,} pages, more than {PAGES_AT_MOST:,}", place=name, remedy="Split it")
        texts = []
        for number, page in enumerate(reader.pages, start=1):
            texts.append(page.extract_text())
            if progress is not None:
                progress(number, count)
        marks = _marks(reader, reader.outline)
    except Problem:
        raise
    except Exception as error:  # of a damaged file the library raises whatever it stumbles over
        raise Problem(
            f"cannot be read as a PDF ({type(error).__name__})", place=name, remedy="Save or export it again"
        ) from error
    return _sections(name, texts, marks), count, _remarks(texts)


def _sections(name: str, texts: list[str], marks: list[tuple[int, int, str]]) -> list[Section]:
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    waiting = sorted(marks, key=lambda mark: mark[0])
    for page, text in enumerate(texts, start=1):
        while waiting and waiting[0][0] <= page:
            _, level, heading = waiting.pop(0)
            path = [*(above for above in path if above[0] < level), (level, heading)]
        lines = [said for line in text.splitlines() if (said := " ".join(line.split()))]
        if _has_words(text):
            headings = tuple(heading for _, heading in path)
            anchor = f"page-{page}" if not headings else f"{slug(headings[-1])}-page-{page}"
            sections.append(Section(headings, anchor, "\n".join(lines), page=page))
    if not sections:
        raise Problem(
            f"has no text on any of its {len(texts)} pages: it is a scan, pictures of words",
            place=name,
            remedy="Import the document it was printed from, or run it through text recognition (OCR) first",
        )
    return sections


def _remarks(texts: list[str]) -> tuple[str, ...]:
    silent = [str(page) for page, text in enumerate(texts, start=1) if not _has_words(text)]
    if not silent:
        return ()
    shown = ", ".join(silent[:10]) + (", …" if len(silent) > 10 else "")
    return (f"no text on {len(silent)} of {len(texts)} pages: {shown}",)


def _has_words(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= _LETTERS_AT_LEAST


def _marks(reader: PdfReader, outline: object, level: int = 1) -> list[tuple[int, int, str]]:
    """Page (from 1), level and heading of each entry of the outline."""
    marks: list[tuple[int, int, str]] = []
    for entry in outline if isinstance(outline, list) else []:
        if isinstance(entry, list):
            marks += _marks(reader, entry, level + 1)
        elif isinstance(entry, Destination) and entry.title:
            page = reader.get_destination_page_number(entry)
            if page is not None and page >= 0:
                marks.append((page + 1, level, " ".join(str(entry.title).split())))
    return marks
