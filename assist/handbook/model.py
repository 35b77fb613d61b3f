"""What the handbook is made of: documents in their versions, and the passages that an agent is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.events import Message


@dataclass(frozen=True)
class About:
    """What a document says of itself. `plans` and `tiers` empty: it applies to all. `until`: the first day on which it
    applies no longer. `label` is what the plan calls this version."""

    title: str
    effective: date
    until: date | None = None
    plans: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Section:
    """A stretch under one heading. `tiers` narrow the document's; None: they do not. `page` counts from 1."""

    headings: tuple[str, ...]
    anchor: str
    text: str
    tiers: tuple[str, ...] | None = None
    page: int | None = None


class Passage(Message, frozen=True, kw_only=True):
    """A piece of the handbook as it was on its `effective` date: what a search finds and a contact refers to.

    `document` is the file's name and `version` the hash of what was in it, so a passage id means the same words for
    ever. `label` is the plan's own name of the version. `headings` lead from the document's to the passage's own;
    `page` is None where the file has no pages. `text` is plain, a paragraph, list item or table row a line.
    `plans` and `tiers` empty: it applies to all.
    """

    passage_id: str
    document: str
    version: str
    label: str
    title: str
    headings: tuple[str, ...]
    anchor: str
    page: int | None
    text: str
    effective: date
    until: date | None
    plans: tuple[str, ...]
    tiers: tuple[str, ...]


class DocumentVersion(Message, frozen=True, kw_only=True):
    """One version of a document. `remarks` are what its import found odd."""

    document: str
    version: str
    label: str
    title: str
    effective: date
    until: date | None
    plans: tuple[str, ...]
    tiers: tuple[str, ...]
    passages: int
    pages: int | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imported:
    """A document as it was read."""

    document: DocumentVersion
    passages: tuple[Passage, ...]


def tier_id(text: str) -> str:
    """A tier as the handbook names it, whatever a member's record calls it: "Tier 2" is "2"."""
    return re.sub(r"^tier\s+", "", text.strip().casefold())


def plan_id(text: str) -> str:
    return text.strip().casefold()


def days_in_force(versions: Sequence[DocumentVersion]) -> dict[str, tuple[date, date]]:
    """By version the days on which it applies: from the first (inclusive) to the last (exclusive).

    `versions` are in the order of their import. Of a document the version that became effective last applies; of two
    effective on the same day the one imported later, and the other has no day at all.
    """
    spans: dict[str, tuple[date, date]] = {}
    by_document: dict[str, list[DocumentVersion]] = {}
    for each in versions:
        by_document.setdefault(each.document, []).append(each)
    for of_one in by_document.values():
        following = date.max
        in_order = sorted(of_one, key=lambda version: version.effective)  # of one day in the order of their import
        for each in in_order[::-1]:
            spans[each.version] = (each.effective, max(each.effective, min(each.until or date.max, following)))
            following = min(following, each.effective)
    return spans


class Offered(Message, frozen=True, kw_only=True):
    """A passage on the agent's card. `path` leads from the document's heading to the passage's own; `highlights` stand
    in `text` word for word. `version` names the edition for ever, `label` is the plan's own name of it; it is in force
    since `effective`."""

    passage_id: str
    document: str
    anchor: str
    title: str
    path: tuple[str, ...]
    page: int | None
    text: str
    highlights: tuple[str, ...]
    version: str
    label: str
    effective: date


def offered(passage: Passage, highlights: tuple[str, ...]) -> Offered:
    """A passage as it is shown, with the sentences in it that are marked."""
    return Offered(
        passage_id=passage.passage_id,
        document=passage.document,
        anchor=passage.anchor,
        title=passage.title,
        path=passage.headings,
        page=passage.page,
        text=passage.text,
        highlights=highlights,
        version=passage.version,
        label=passage.label,
        effective=passage.effective,
    )
