"""The tables of what goes to the pension system: the changes themselves, and the outbox they leave through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Json, Utc


class ChangeRequest(Base):
    """A change of one field of a member, made of one or more parts (a bank's routing and account number are one field).

    `values` has the old and the new parts and the words they came from; of secret fields it is encrypted. `standing` is
    `records.change_rules.Standing`; state, field and times beside it are its own, for the lists. `due_at`: when time
    alone lets it through. `once` hashes where it came from, so that proposing twice is once. `member_id` is no
    foreign key: the members may live in the plan's own system.
    """

    __tablename__ = "change_requests"
    __table_args__ = (
        Index(None, "member_id", "proposed_at"),
        Index(None, "state", "proposed_at"),
        Index(None, "contact_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    once: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[str] = mapped_column(String(36))
    contact_id: Mapped[str | None] = mapped_column(String(36))
    request_id: Mapped[str | None] = mapped_column(String(36))  # what a caller asked for in the menu
    authority_id: Mapped[str | None] = mapped_column(String(36))
    field: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(Json)
    old_contact: Mapped[dict[str, str]] = mapped_column(Json)
    findings: Mapped[list[Any]] = mapped_column(Json)
    standing: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime] = mapped_column(Utc)
    due_at: Mapped[datetime | None] = mapped_column(Utc)


class OutboxEntry(Base):
    """Something that must reach another system once, in the order of its line.

    `queued`, `sending` (claimed until `next_at`, by `claim`), `parked` (stops its line until a person decides); ended:
    `done`, `failed`. `why` is the last failure in words, without a member's data.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "next_at"), Index(None, "line", "id"), Index(None, "ref"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    line: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer)  # those that failed, or were cut off
    queued_at: Mapped[datetime] = mapped_column(Utc)
    next_at: Mapped[datetime] = mapped_column(Utc)
    claim: Mapped[str | None] = mapped_column(String(36))
    why: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
