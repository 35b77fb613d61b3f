"""The tables of the history: visits to queues, and their sums for every 15 minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Utc


class StoredVisit(Base):
    """A `QueueVisit`. The row is written when the caller joins the queue and completed as more becomes known."""

    __tablename__ = "queue_visits"
    __table_args__ = (Index(None, "offered_at"),)

    call_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    queue: Mapped[str] = mapped_column(String(80), primary_key=True)
    offered_at: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    left_at: Mapped[datetime | None] = mapped_column(Utc)
    outcome: Mapped[str | None] = mapped_column(String(12))
    device: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    talk_s: Mapped[float | None]
    hold_s: Mapped[float | None]
    wrap_s: Mapped[float | None]


class StoredInterval(Base):
    """An `IntervalRow` that was imported. Those of our own visits are added up when they are asked for."""

    __tablename__ = "queue_intervals"
    __table_args__ = (Index(None, "start"),)

    queue: Mapped[str] = mapped_column(String(80), primary_key=True)
    start: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    offered: Mapped[int]
    answered: Mapped[int]
    abandoned: Mapped[int]
    handled: Mapped[int]
    handle_s: Mapped[float]
    wait_s: Mapped[float]
    answered_wait_s: Mapped[float]
