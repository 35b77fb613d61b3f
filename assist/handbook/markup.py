"""Markdown, HTML and Word documents cut at their headings; the first and the last become HTML, so that one walk reads
all three. What a browser would not show as text (scripts, styles, pictures) is left out."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import mammoth
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from assist.handbook.model import Section, tier_id
from core.errors import Problem

UNPACKED_AT_MOST = 400_000_000  # bytes of a Word document, which is a ZIP archive

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr"),
        *("li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"),
        *("tbody", "tfoot", "thead", "tr", "ul"),
    ]
)
_LEFT_OUT = frozenset(
    [
        *("audio", "button", "canvas", "head", "iframe", "noscript", "object", "script", "select"),
        *("style", "svg", "template", "video"),
    ]
)
_TIERS = re.compile(r"<!--\s*tiers:\s*(?P<tiers>[^>]*?)\s*-->")
_NO_SLUG = re.compile(r"[^\w\- ]")
_TITLE = "p[style-name='Title'] => h1:fresh"


def of_markdown(name: str, text: str) -> list[Section]:
    """The sections of Markdown without its front matter. `<!-- tiers: 2, 3 -->` narrows the section it stands in, and
    those below it. Raises `Problem`."""
    return of_html(name, _MARKDOWN.render(text))


def of_word(name: str, content: bytes) -> list[Section]:
    """The sections of a .docx file, whose headings are paragraphs in the styles "Heading 1" to "Heading 6"."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > UNPACKED_AT_MOST:
            raise Problem(f"unpacks to {unpacked:,} bytes, more than {UNPACKED_AT_MOST:,}", place=name)
        html = mammoth.convert_to_html(
            BytesIO(content), style_map=_TITLE, convert_image=mammoth.images.img_element(lambda _: {})
        ).value
    except Problem:
        raise
    except Exception as error:  # of a damaged file the library raises whatever it stumbles over
        raise Problem(
            f"cannot be read as a Word document ({type(error).__name__})",
            place=name,
            remedy="Open it in a word processor and save it as .docx again",
        ) from error
    return of_html(name, html)


def of_html(name: str, html: str) -> list[Section]:
    """The sections of a page, in their order."""
    cutter = _Cutter(name)
    root = LexborHTMLParser(html).body
    if root is not None:
        for node, entering in _walk(root):
            cutter.see(node, entering)
    cutter.end_section()
    return cutter.sections


def slug(heading: str) -> str:
    """A heading as addresses have it: "What's paid?" is "whats-paid"."""
    return _NO_SLUG.sub("", heading.casefold()).strip().replace(" ", "-")


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node twice: entering and leaving. Without recursion: a damaged page may be nested without end."""
    waiting = [(root, True)]
    while waiting:
        node, entering = waiting.pop()
        yield node, entering
        if entering and node.tag not in _LEFT_OUT:
            waiting.append((node, False))
            waiting += [(child, True) for child in reversed(list(node.iter(include_text=True, skip_empty=False)))]


@dataclass
class _Cutter:
    """Gathers text line by line, and begins a new section at each heading."""

    name: str
    sections: list[Section] = field(default_factory=list)
    path: list[tuple[int, str, tuple[str, ...] | None]] = field(default_factory=list)  # level, heading, tiers
    anchor: str = ""
    taken: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    cells: list[str] | None = None  # of the table row that is being read
    level: int = 0  # of the heading that is being read; 0: none is

    def see(self, node: LexborNode, entering: bool) -> None:
        tag = node.tag or ""
        if tag == "-text":
            if entering:
                self.words.append(node.text_content or "")
        elif tag == "-comment":
            if entering and (found := _TIERS.fullmatch((node.html or "").strip())):
                self._narrow(found["tiers"])
        elif tag in _HEADINGS:
            self._heading(node, _HEADINGS[tag], entering)
        elif self.level:
            return  # whatever stands in a heading is its text
        elif tag in {"td", "th"} and self.cells is not None:
            if not entering:
                self.cells.append(self._said())
        elif tag == "tr":
            self._line()
            if not entering and self.cells is not None:
                self.lines += [" | ".join(self.cells)] if any(self.cells) else []
            self.cells = [] if entering else None
        elif tag == "br":
            self.words.append(" ")
        elif tag in _BLOCKS and self.cells is None:
            self._line("• " if tag == "li" and not entering else "")

    def end_section(self) -> None:
        self._line()
        if self.lines:
            headings = tuple(heading for _, heading, _ in self.path)
            tiers = self.path[-1][2] if self.path else None
            self.sections.append(Section(headings, self.anchor, "\n".join(self.lines), tiers))
        self.lines = []

    def _heading(self, node: LexborNode, level: int, entering: bool) -> None:
        if entering:
            self.end_section()
            self.level = level
            return
        heading, self.level = self._said(), 0
        if not heading:
            return
        while self.path and self.path[-1][0] >= level:
            self.path.pop()
        self.path.append((level, heading, self.path[-1][2] if self.path else None))
        anchor = str(node.attributes.get("id") or slug(heading))
        again = self.taken.get(anchor, 0)
        self.taken[anchor] = again + 1
        self.anchor = f"{anchor}-{again}" if again else anchor

    def _narrow(self, told: str) -> None:
        if not self.path:
            raise Problem(
                "found tiers before the first heading", place=self.name, remedy="Say them in the front matter"
            )
        level, heading, _ = self.path[-1]
        tiers = tuple(tier_id(each) for each in told.split(",") if each.strip())
        if not tiers:
            raise Problem(
                "found no tier in <!-- tiers: -->", place=f"{self.name}, {heading}", remedy="Name one or more"
            )
        self.path[-1] = (level, heading, tiers)

    def _said(self) -> str:
        said = " ".join("".join(self.words).split())
        self.words = []
        return said

    def _line(self, mark: str = "") -> None:
        if said := self._said():
            self.lines.append(f"{mark}{said}")
