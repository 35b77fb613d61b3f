"""The tables. Values go in and out through the services; nobody outside records writes a statement of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from core.tables import Base, Json, Utc


class Employer(Base):
    __tablename__ = "employers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    city: Mapped[str] = mapped_column(String(60))


class Member(Base):
    """The plan's member. `relation`: active_member, retiree or survivor. Money in cents."""

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    member_number: Mapped[str] = mapped_column(String(8), unique=True)
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))
    birth_date: Mapped[date]
    relation: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(60))
    plan: Mapped[str] = mapped_column(String(80))
    tier: Mapped[str] = mapped_column(String(20))
    employer_id: Mapped[str | None] = mapped_column(ForeignKey("employers.id"))
    service_years: Mapped[float | None]
    address: Mapped[list[str]] = mapped_column(Json)
    email: Mapped[str] = mapped_column(String(120))
    benefit_cents: Mapped[int | None] = mapped_column(Integer)
    next_payment_date: Mapped[date | None]
    next_payment_cents: Mapped[int | None] = mapped_column(Integer)
    last_payment_date: Mapped[date | None]
    last_payment_cents: Mapped[int | None] = mapped_column(Integer)
    last_payment_returned: Mapped[bool] = mapped_column(default=False, server_default=false())  # by the bank
    flags: Mapped[list[str]] = mapped_column(Json)
    protected: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str] = mapped_column(String(10), default="", server_default="")  # chosen by telephone; "": never


class MemberPhone(Base):
    """A telephone number (E.164) of a member; several members may share one. `position` 0 is the one to call first."""

    __tablename__ = "member_phones"
    __table_args__ = (Index(None, "e164"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    e164: Mapped[str] = mapped_column(String(16))


class Beneficiary(Base):
    __tablename__ = "beneficiaries"

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    relation: Mapped[str] = mapped_column(String(30))
    share_percent: Mapped[int] = mapped_column(Integer)


class Matter(Base):
    """Something under way for a member: an application, a dispute, a form that is awaited."""

    __tablename__ = "matters"
    __table_args__ = (Index(None, "member_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    topic: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(Utc)
    closed_at: Mapped[datetime | None] = mapped_column(Utc)


class MemberPin(Base):
    """How a member proves who they are by telephone. Without a digest nobody can, but failures still count.

    `knowledge_digest` is of the SSN's last four digits and the birth date together; `code_digest` of the code that was
    mailed, or given by an agent, to set a PIN with. `failures` are those in a row; `tries` all since `tries_since`,
    whatever was right between them (see `records.proofs`).
    """

    __tablename__ = "member_pins"

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    digest: Mapped[str | None] = mapped_column(String(200))
    knowledge_digest: Mapped[str | None] = mapped_column(String(200))
    code_digest: Mapped[str | None] = mapped_column(String(200))
    code_until: Mapped[datetime | None] = mapped_column(Utc)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Utc)
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    tries_since: Mapped[datetime | None] = mapped_column(Utc)


class Agent(Base):
    """A person who works here. `device` is the SIP endpoint they signed on with (`PJSIP/a1`); `queues` their rights,
    each with its penalty (0 is rung first); `cleared`: may see protected members; `totp`: the second factor's secret,
    encrypted. `changed_at` and `rights_at` say when anything, and when what they may do, last became another."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))  # one of core.access.ROLES
    level: Mapped[int] = mapped_column(Integer)
    specialties: Mapped[list[str]] = mapped_column(Json)
    device: Mapped[str | None] = mapped_column(String(80), unique=True)
    password_digest: Mapped[str | None] = mapped_column(String(200))
    languages: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    queues: Mapped[dict[str, int]] = mapped_column(Json, default=dict, server_default="{}")
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    cleared: Mapped[bool] = mapped_column(default=False, server_default=false())
    totp: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime | None] = mapped_column(Utc)
    rights_at: Mapped[datetime | None] = mapped_column(Utc)


class Contact(Base):
    """One row a call (or letter, fax, e-mail, visit), written from the first ring on. Lists read only this table.

    `member_id` is no foreign key: the members may live in the plan's own system. `summary`, `topics` and `resolution`
    are those of the documentation as it stands (see `ContactDocument`).
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("system", "linkedid"),
        Index("ix_contacts_member_id_started_at", "member_id", "started_at"),
        Index("ix_contacts_ended_at", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    call_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    system: Mapped[str | None] = mapped_column(String(60))
    linkedid: Mapped[str | None] = mapped_column(String(150))
    channel: Mapped[str] = mapped_column(String(10), default="call")
    caller_number: Mapped[str] = mapped_column(String(80), default="")
    dialled: Mapped[str] = mapped_column(String(80), default="")
    started_at: Mapped[datetime] = mapped_column(Utc)
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    member_id: Mapped[str | None] = mapped_column(String(36))
    verification: Mapped[str] = mapped_column(String(20), default="none")
    consent: Mapped[str] = mapped_column(String(10), default="pending")
    language: Mapped[str] = mapped_column(String(10), default="")
    course: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    outcome: Mapped[str | None] = mapped_column(String(20))
    wait_s: Mapped[float | None]
    talk_s: Mapped[float | None]
    incomplete: Mapped[bool] = mapped_column(default=False)
    speech_model: Mapped[str] = mapped_column(String(120), default="")
    menu_version: Mapped[str] = mapped_column(String(16), default="", server_default="")
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    summary: Mapped[str] = mapped_column(String(1000), default="")
    resolution: Mapped[str] = mapped_column(String(20), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(Utc)
    confirmed_by: Mapped[str | None] = mapped_column(String(36))


class ContactDocument(Base):
    """What was written of a contact: the machine's draft, the agent's corrections so far, and what was confirmed."""

    __tablename__ = "contact_documents"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)
    corrected: Mapped[dict[str, Any] | None] = mapped_column(Json)
    corrected_by: Mapped[str | None] = mapped_column(String(36))
    confirmed: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Utterance(Base):
    """One line of a transcript: kept only with the caller's consent."""

    __tablename__ = "utterances"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    utterance_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    speaker: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    start_s: Mapped[float]
    end_s: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float]
    words: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)  # null: kept before words were
    masks: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)


class SealedWords(Base):
    """Words that do not show in their utterance, encrypted (see `records.sealing`)."""

    __tablename__ = "sealed_words"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    utterance_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[str] = mapped_column(Text)


class Authority(Base):
    """Who may act for a member, by which document, in which matters (`topics` empty: in all), and until when.

    A record is never deleted: what was said under it must stay explicable. By telephone they identify themselves with
    an access number and a code of their own, never with the member's secrets.
    """

    __tablename__ = "authorities"
    __table_args__ = (Index(None, "member_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))
    may_change: Mapped[bool]
    topics: Mapped[list[str]] = mapped_column(Json)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    document: Mapped[str] = mapped_column(String(120), default="", server_default="")
    revoked_on: Mapped[date | None]
    access_number: Mapped[str | None] = mapped_column(String(10), unique=True)  # keyed instead of a member number
    access_digest: Mapped[str | None] = mapped_column(String(200))


class Request(Base):
    """What somebody asked for by telephone: a form, an estimate, a change of address. `details` as the kind needs them.

    A change is `proposed` until an agent has decided; the rest is `open` until it is `done`. The reference is what the
    caller was told. `member_id` is None where nobody knows yet whom it is about. `once` is a hash of the call and of
    all that was asked, so that asking twice is asking once.
    """

    __tablename__ = "requests"
    __table_args__ = (Index(None, "member_id", "at"), Index(None, "state", "at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    once: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[str | None] = mapped_column(String(36))
    call_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(30))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    authority_id: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(10))  # proposed | open | done | refused
    at: Mapped[datetime] = mapped_column(Utc)
    decided_by: Mapped[str | None] = mapped_column(String(36))
    decided_at: Mapped[datetime | None] = mapped_column(Utc)


class Appointment(Base):
    """A time that a counsellor offers; with a member it is booked. Two can never book the same one."""

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("counsellor_id", "begins_at"),
        Index(None, "begins_at"),
        Index(None, "member_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    counsellor_id: Mapped[str] = mapped_column(String(36))
    begins_at: Mapped[datetime] = mapped_column(Utc)
    ends_at: Mapped[datetime] = mapped_column(Utc)
    place: Mapped[str] = mapped_column(String(80), default="")
    member_id: Mapped[str | None] = mapped_column(String(36))
    reference: Mapped[str | None] = mapped_column(String(12), unique=True)
    booked_at: Mapped[datetime | None] = mapped_column(Utc)


class AgentTime(Base):
    """How long an agent was in a state: the row is written when the state begins and completed when it ends."""

    __tablename__ = "agent_times"
    __table_args__ = (Index(None, "agent_id", "began_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    agent_id: Mapped[str] = mapped_column(String(36))
    presence: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)


class SignedIn(Base):
    """A session of somebody signed in. `token` is a hash of the cookie's value; both ends hold, whichever is first."""

    __tablename__ = "sessions"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    agent_id: Mapped[str] = mapped_column(String(36))
    opened: Mapped[datetime] = mapped_column(Utc)
    ends: Mapped[datetime] = mapped_column(Utc)
    idle_ends: Mapped[datetime] = mapped_column(Utc)


class AuditEntry(Base):
    """Who looked at or changed what, when and why. Only ever added to, and pruned from its beginning by rule.

    `chained` is a hash of the entry and of the one before it: who changes or removes one in between is found out.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "member_id"), Index(None, "contact_id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    agent_id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(40))
    member_id: Mapped[str | None] = mapped_column(String(36))
    contact_id: Mapped[str | None] = mapped_column(String(36))
    about: Mapped[str] = mapped_column(String(80), default="", server_default="")
    why: Mapped[str] = mapped_column(String(200))
    chained: Mapped[str] = mapped_column(String(64), default="", server_default="")


class AuditEnd(Base):
    """Where the audit log begins and ends: one row. What was pruned is represented by the hash of its last entry."""

    __tablename__ = "audit_ends"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pruned: Mapped[str] = mapped_column(String(64))
    last: Mapped[str] = mapped_column(String(64))
    last_id: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[str] = mapped_column(String(64))


class KeptValue(Base):
    """A small value that outlives a restart (see `records.kept_values`)."""

    __tablename__ = "kept_values"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Utc)


class Task(Base):
    """Something promised in a contact, or to be sent after it. `due` None: no time was said.

    `once` hashes the contact and what is to be done, so that keeping it twice is once. `member_id` is no foreign key:
    the members may live in the plan's own system.
    """

    __tablename__ = "tasks"
    __table_args__ = (Index(None, "owner", "state", "due"), Index(None, "state", "due"), Index(None, "contact_id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    once: Mapped[str] = mapped_column(String(64), unique=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    member_id: Mapped[str | None] = mapped_column(String(36))
    what: Mapped[str] = mapped_column(String(400))
    due: Mapped[date | None]
    kind: Mapped[str] = mapped_column(String(20))  # promise | correspondence
    medium: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(10))  # open | done | dropped
    made_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by: Mapped[str | None] = mapped_column(String(36))
