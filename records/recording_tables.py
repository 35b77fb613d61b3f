"""The tables of recordings: what there is, what is silent in it, what keeps it. The sound itself lies in files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Utc


class Recording(Base):
    """The recording of a contact; second 0 is `began_at`. `wrapped`: its key (see `records.recording_keys`), empty once
    destroyed. A row stays when the recording was deleted: it says so. `sha256` and `bytes` are of the deleted file."""

    __tablename__ = "recordings"
    __table_args__ = (Index(None, "state", "ended_at"),)

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))  # recording | kept | deleted
    wrapped: Mapped[str] = mapped_column(String(120))
    began_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    length_s: Mapped[float | None]
    deleted_at: Mapped[datetime | None] = mapped_column(Utc)
    deleted_by: Mapped[str] = mapped_column(String(36), default="", server_default="")
    deleted_why: Mapped[str] = mapped_column(String(120), default="", server_default="")
    sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    removed: Mapped[bool] = mapped_column(default=False, server_default=false())  # the file, after its key


class RecordingSpan(Base):
    """Seconds that hold no sound, and why; without an end: still going on. Not `done`: still to be made silent."""

    __tablename__ = "recording_spans"
    __table_args__ = (Index(None, "contact_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("recordings.contact_id"))
    kind: Mapped[str] = mapped_column(String(10))  # paused | secret | redacted | gap
    start_s: Mapped[float]
    end_s: Mapped[float | None]
    by: Mapped[str] = mapped_column(String(36))
    done: Mapped[bool]


class RecordingHold(Base):
    """A legal hold: until it ends or is released the recording is not deleted, by rule or by hand."""

    __tablename__ = "recording_holds"
    __table_args__ = (Index(None, "contact_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    by: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(Utc)
    why: Mapped[str] = mapped_column(String(120))
    until: Mapped[datetime | None] = mapped_column(Utc)
    released_at: Mapped[datetime | None] = mapped_column(Utc)
    released_by: Mapped[str | None] = mapped_column(String(36))
