"""Changes between tables and values: what is kept, what of it is sealed. No I/O of its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from core.errors import Problem
from core.events import Message
from core.tables import AnyRow
from records.change_fields import SECRET, masked
from records.change_rules import Standing, due_at, lacking
from records.quality import Finding


class Values(Message, frozen=True, kw_only=True):
    """What a field was and shall be, part by part, and the words that each new part came from."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    heard: Mapping[str, str] = {}


class ChangeRequest(Message, frozen=True, kw_only=True):
    """A change as people see it: of secrets only the last four characters. `lacking`: what it waits for, in words."""

    change_id: str
    member_id: str
    contact_id: str | None
    request_id: str | None
    authority_id: str | None
    field: str
    old: Mapping[str, str]
    new: Mapping[str, str]
    heard: Mapping[str, str]
    findings: tuple[Finding, ...]
    standing: Standing
    lacking: tuple[str, ...]
    due_at: datetime | None
    old_contact: Mapping[str, str]  # where the notice goes: what was on record before recent changes


class Seal:
    """Encrypts values under the installation's pepper, for the columns of change requests."""

    def __init__(self, pepper: str) -> None:
        key = hashlib.sha256(f"change requests\0{pepper}".encode()).digest()
        self._box = Fernet(base64.urlsafe_b64encode(key))

    def closed(self, field: str, values: Values) -> dict[str, Any]:
        """As it is stored."""
        if field in SECRET:
            return {"sealed": self._box.encrypt(msgspec.json.encode(values)).decode()}
        stored: dict[str, Any] = msgspec.to_builtins(values)
        return stored

    def opened(self, stored: Mapping[str, Any]) -> Values:
        """Raises `Problem` where the pepper is another."""
        if "sealed" not in stored:
            return msgspec.convert(stored, Values)
        try:
            return msgspec.json.decode(self._box.decrypt(stored["sealed"].encode()), type=Values)
        except InvalidToken:
            raise Problem(
                "a change's values cannot be read", place="pepper", remedy="Propose it anew; was the pepper changed?"
            ) from None


def standing(row: AnyRow) -> Standing:
    return msgspec.convert(row.standing, Standing)


def stood(value: Standing) -> dict[str, Any]:
    """The columns that follow from a standing."""
    due = due_at(value) if value.state == "waiting" else None
    if due is not None and lacking(value, due):
        due = None  # time alone does not let it through
    return {"standing": msgspec.to_builtins(value), "state": value.state, "due_at": due}


def change(row: AnyRow, seal: Seal, at: datetime) -> ChangeRequest:
    values, stands = seal.opened(row.values), standing(row)
    secret = row.field in SECRET
    return ChangeRequest(
        change_id=row.id,
        member_id=row.member_id,
        contact_id=row.contact_id,
        request_id=row.request_id,
        authority_id=row.authority_id,
        field=row.field,
        old=masked(row.field, values.old),
        new=masked(row.field, values.new),
        heard={} if secret else values.heard,
        findings=msgspec.convert(row.findings, tuple[Finding, ...]),
        standing=stands,
        lacking=lacking(stands, at) if stands.state in ("proposed", "waiting") else (),
        due_at=row.due_at,
        old_contact=row.old_contact,
    )
