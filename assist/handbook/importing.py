"""A file becomes a document in one of its versions, cut into passages. Reads nothing but what it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePath

from assist.handbook import about, markup, pages
from assist.handbook.model import About, DocumentVersion, Imported, Passage, Section
from core.errors import Problem

KINDS = (".md", ".html", ".htm", ".pdf", ".docx")
BYTES_AT_MOST = 100_000_000
_LONGEST = 2_400  # characters of a passage: what fits a card on the agent's screen, and one subject
SAMPLE = Path(__file__).parents[1] / "data" / "handbook"


Pages = Callable[[int, int], None]  # the page of a PDF that was read, and how many there are


def read_file(path: Path, *, tiers: Collection[str] = (), progress: Pages | None = None) -> Imported:
    """Read the file at `path` and, unless it is Markdown, the one beside it that says what it is (`NAME.yaml`).

    Blocks: a long PDF takes many seconds, and tells its `progress`. Raises `Problem`."""
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            raise Problem(f"is larger than {BYTES_AT_MOST:,} bytes", place=str(path), remedy="Split it")
        content = path.read_bytes()
        beside = path.with_name(path.name + ".yaml")
        matter = beside.read_bytes() if beside.exists() else None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
    return read(path.name, content, matter, tiers=tiers, progress=progress)


def read(
    name: str,
    content: bytes,
    matter: bytes | None = None,
    *,
    tiers: Collection[str] = (),
    progress: Pages | None = None,
) -> Imported:
    """The document in `content`; `matter` is the text of the file beside it. Raises `Problem`."""
    kind = PurePath(name).suffix.casefold()
    if kind not in KINDS:
        raise Problem(f"is not a kind that can be imported ({', '.join(KINDS)})", place=name)
    count: int | None = None
    remarks: tuple[str, ...] = ()
    if kind == ".md":
        front, body = about.split(name, _text(name, content))
        said = about.read(name, front, tiers=tiers)
        sections = markup.of_markdown(name, body)
    else:
        if matter is None:
            raise Problem(
                "does not say what it is",
                place=name,
                remedy=f"Put a file {name}.yaml beside it with title: and effective: (a date)",
            )
        said = about.read(f"{name}.yaml", _text(f"{name}.yaml", matter), tiers=tiers)
        if kind == ".pdf":
            sections, count, remarks = pages.of_pdf(name, content, progress)
        elif kind == ".docx":
            sections = markup.of_word(name, content)
        else:
            sections = markup.of_html(name, _text(name, content))
    if not sections:
        raise Problem("holds no text", place=name, remedy="Import a file with words in it")
    version = hashlib.sha256(content + b"\0" + (matter or b"")).hexdigest()
    passages = tuple(_passages(name, version, said, sections))
    document = DocumentVersion(
        document=name,
        version=version,
        label=said.label,
        title=said.title,
        effective=said.effective,
        until=said.until,
        plans=said.plans,
        tiers=said.tiers,
        passages=len(passages),
        pages=count,
        remarks=remarks,
    )
    return Imported(document, passages)


def _passages(name: str, version: str, said: About, sections: list[Section]) -> Iterator[Passage]:
    number = 0
    for section in sections:
        for text in _pieces(section.text):
            number += 1
            yield Passage(
                passage_id=f"{version[:24]}-{number}",
                document=name,
                version=version,
                label=said.label,
                title=said.title,
                headings=section.headings,
                anchor=section.anchor,
                page=section.page,
                text=text,
                effective=said.effective,
                until=said.until,
                plans=said.plans,
                tiers=said.tiers if section.tiers is None else section.tiers,
            )


def _pieces(text: str) -> Iterator[str]:
    """`text` cut between lines where it is longer than a passage; a line is cut only where it alone is too long."""
    piece: list[str] = []
    size = 0
    for whole in text.split("\n"):
        for line in (whole[start : start + _LONGEST] for start in range(0, len(whole), _LONGEST)):
            if piece and size + len(line) > _LONGEST:
                yield "\n".join(piece)
                piece, size = [], 0
            piece.append(line)
            size += len(line) + 1
    if piece:
        yield "\n".join(piece)


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(f"is not UTF-8 at byte {error.start}", place=name, remedy="Save it as UTF-8") from error
