"""The tables of what callers meet: failed proofs, call backs, closures, what is set of queues, versions of the menu."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Json, Utc


class CallingNumber(Base):
    """Failed proofs by calling number (E.164; `anonymous` for all that hide theirs): one telephone, many members."""

    __tablename__ = "calling_numbers"

    e164: Mapped[str] = mapped_column(String(16), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    first_at: Mapped[datetime] = mapped_column(Utc)  # of the failures counted


class Callback(Base):
    """Somebody who is to be called back. `dialling` is stored before the PBX is told, so that nobody is called twice.

    `place_at` is when they began to wait: a call back that keeps the place stands in the queue from then on; one that
    was asked for out of hours has no place before `due_at`. `attempt` counts the calls that were begun; the channel of
    each is named after callback and attempt.
    """

    __tablename__ = "callbacks"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "number"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    call_id: Mapped[str] = mapped_column(String(36))  # the visit in which it was asked for
    queue: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(16))  # E.164
    member_id: Mapped[str | None] = mapped_column(String(36))
    language: Mapped[str] = mapped_column(String(10), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(Json)  # what the caller had said and proved by then
    place_at: Mapped[datetime] = mapped_column(Utc)
    due_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[str] = mapped_column(String(10))  # waiting | dialling | talking | done | failed | expired | cancelled
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    why: Mapped[str] = mapped_column(String(120), default="")


class Closure(Base):
    """A queue ("": the whole centre) closed by announcement. Ends by itself at `ends_at`, or when somebody ends it.

    `begun_at` is set once what goes with its beginning was done: call backs cancelled, counsellors told.
    """

    __tablename__ = "closures"
    __table_args__ = (Index(None, "ends_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    queue: Mapped[str] = mapped_column(String(40))
    message: Mapped[dict[str, str]] = mapped_column(Json)  # by language
    begins_at: Mapped[datetime] = mapped_column(Utc)
    ends_at: Mapped[datetime] = mapped_column(Utc)
    waiting: Mapped[str] = mapped_column(String(10))  # what becomes of who waits: stay | leave | callback
    callbacks: Mapped[str] = mapped_column(String(10))  # keep | cancel
    appointments: Mapped[str] = mapped_column(String(10))  # keep | tell
    why: Mapped[str] = mapped_column(String(120))  # in a few words, for colleagues
    closed_by: Mapped[str] = mapped_column(String(36))
    closed_at: Mapped[datetime] = mapped_column(Utc)
    begun_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by: Mapped[str | None] = mapped_column(String(36))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)


class ClosingCode(Base):
    """With what somebody closes the centre by telephone: three digits that say who, then a secret.

    `failures` are those in a row; a new code forgives them.
    """

    __tablename__ = "closing_codes"

    agent_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(3), unique=True)
    digest: Mapped[str] = mapped_column(String(200))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Utc)
    given_at: Mapped[datetime] = mapped_column(Utc)


class QueueSetting(Base):
    """What is set of a queue without touching a file."""

    __tablename__ = "queue_settings"

    queue: Mapped[str] = mapped_column(String(40), primary_key=True)
    target_s: Mapped[int | None]
    target_share: Mapped[float | None]
    overflow_to: Mapped[str] = mapped_column(String(40), default="")
    overflow_after_s: Mapped[int | None]
    callback_above_s: Mapped[int | None]  # instead of the menu's own
    changed_by: Mapped[str] = mapped_column(String(36))
    changed_at: Mapped[datetime] = mapped_column(Utc)


class MenuVersion(Base):
    """A menu document that callers have met, whole, so that it can be rolled back to and a call replayed."""

    __tablename__ = "menu_versions"
    __table_args__ = (Index(None, "used_at"),)

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    files: Mapped[dict[str, str]] = mapped_column(Json)  # name -> text
    main: Mapped[str] = mapped_column(String(200))  # the name of the one that includes the others
    used_at: Mapped[datetime] = mapped_column(Utc)  # when it was last put to use
