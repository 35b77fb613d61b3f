"""Which parts make a field of the pension system, which of them are secrets, and what is known of their old values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from core.events import Message
from records.contact import ProposedUpdate
from records.profile import MemberProfile
from records.quality import normalised

_FIELD_OF: Mapping[str, str] = {"bank_routing": "bank_details", "bank_account": "bank_details"}
_WHOLE: Mapping[str, tuple[str, ...]] = {"bank_details": ("bank_routing", "bank_account")}
FIELDS = (
    *("mailing_address", "phone", "email", "name", "birth_date", "ssn", "marital_status", "beneficiary"),
    *("bank_details", "tax_withholding", "date_of_death", "employment_end_date", "retirement_date"),
    *("marriage_date", "divorce_date"),
)
"""Those that rules may name. What a caller gives beyond them goes by no safeguard but the agent who confirms it."""
SECRET = frozenset(("bank_details", "ssn"))
"""Fields whose values are kept encrypted and shown with their last four characters only."""
CONTACT = ("mailing_address", "phone", "email")
"""Where a member can be reached."""
_LAST = 4


class Given(Message, frozen=True, kw_only=True):
    """One part as somebody gave it, and the words it came from."""

    part: str
    value: str
    heard: str = ""


def grouped(given: Iterable[Given]) -> dict[str, dict[str, Given]]:
    """The parts by field, in the order they came; of a part that is there twice the last counts."""
    fields: dict[str, dict[str, Given]] = {}
    for one in given:
        fields.setdefault(_FIELD_OF.get(one.part, one.part), {})[one.part] = one
    return fields


def missing(field: str, parts: Iterable[str]) -> tuple[str, ...]:
    """What a field lacks to be whole: a routing number without an account is no bank."""
    have = set(parts)
    return tuple(part for part in _WHOLE.get(field, ()) if part not in have)


def old_parts(field: str, member: MemberProfile) -> dict[str, str]:
    """What the profile says of the field now; nothing where it does not know it."""
    known = {"name": member.name, **contact(member)}
    return {field: normalised(field, known[field])} if known.get(field) else {}


def contact(member: MemberProfile) -> dict[str, str]:
    """Where the member can be reached, as far as known."""
    said = {"mailing_address": "\n".join(member.address), "phone": member.phone, "email": member.email}
    return {part: value for part, value in said.items() if value}


def without_secret(update: ProposedUpdate) -> ProposedUpdate:
    """What a contact keeps of an update: of secrets the last characters, and none of the words."""
    field = _FIELD_OF.get(update.field, update.field)
    if field not in SECRET:
        return update
    value = masked(field, {update.field: update.value})[update.field]
    return replace(update, value=value, old_value="", written="")


def masked(field: str, parts: Mapping[str, str]) -> dict[str, str]:
    """As lists show them: of secrets the last four characters, and of short ones none."""
    if field not in SECRET:
        return dict(parts)
    return {part: "••••" + (value[-_LAST:] if len(value) > 2 * _LAST else "") for part, value in parts.items()}
