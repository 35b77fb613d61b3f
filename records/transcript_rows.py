"""Transcripts between tables and values."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.tables import AnyRow
from records.contact import Line
from records.tables import SealedWords as SealedTable
from records.tables import Utterance
from records.transcript import Mask, SealedWords, SpokenWord


def line(row: AnyRow) -> Line:
    """A row of utterances."""
    return Line(
        utterance_id=row.utterance_id,
        speaker=row.speaker,
        name=row.name,
        start_s=row.start_s,
        end_s=row.end_s,
        text=row.text,
        confidence=row.confidence,
        words=msgspec.convert(row.words or (), tuple[SpokenWord, ...]),
        masks=msgspec.convert(row.masks or (), tuple[Mask, ...]),
    )


def sealed(row: AnyRow) -> tuple[str, SealedWords]:
    """A row of sealed words: the id of their utterance, and they."""
    return row.utterance_id, SealedWords(
        kind=row.kind, mode=row.mode, first=row.first, last=row.last, sealed=row.sealed
    )


def forget_words(session: Session, contact_id: str) -> None:
    """All that was said in a contact, what is sealed of it too."""
    for table in (SealedTable, Utterance):
        session.execute(delete(table).where(table.contact_id == contact_id))


def forget_sealed(session: Session, contact_id: str, utterance_ids: Sequence[str]) -> None:
    """What is sealed of these utterances: it is kept anew, or shows now."""
    theirs = (SealedTable.contact_id == contact_id) & SealedTable.utterance_id.in_(utterance_ids)
    session.execute(delete(SealedTable).where(theirs))
