"""The tables of the handbook: its documents in every edition that was imported, and their passages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Json, Utc


class StoredEdition(Base):
    """A `DocumentVersion`, who imported it and when. Rows are never changed nor deleted: from when to when an edition
    applies follows from the others of its document (see `model.days_in_force`)."""

    __tablename__ = "handbook_editions"
    __table_args__ = (Index(None, "document"),)

    version: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the file and the one beside it
    number: Mapped[int] = mapped_column(unique=True)  # counts imports, from 1
    document: Mapped[str] = mapped_column(String(255))  # the file's name
    label: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    effective: Mapped[date]
    until: Mapped[date | None]
    plans: Mapped[Any] = mapped_column(Json)
    tiers: Mapped[Any] = mapped_column(Json)
    passages: Mapped[int]
    pages: Mapped[int | None]
    remarks: Mapped[Any] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(Utc)
    imported_by: Mapped[str] = mapped_column(String(80))


class StoredPassage(Base):
    """A `Passage` with what it is found by: the questions it answers, and vectors as half floats, row by row, those of
    its sentences before those of the questions. Only what it is found by is ever replaced."""

    __tablename__ = "handbook_passages"
    __table_args__ = (Index(None, "version", "position", unique=True),)

    passage_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("handbook_editions.version"))
    position: Mapped[int]
    anchor: Mapped[str] = mapped_column(Text)
    headings: Mapped[Any] = mapped_column(Json)
    page: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)
    tiers: Mapped[Any] = mapped_column(Json)
    asked: Mapped[Any] = mapped_column(Json)
    vectors: Mapped[bytes]
