"""What a pension system says, as a member's profile; and what goes there, in the parts it may want. Pure.

A value that is not what its field must be is told by the field's name and never by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import phonenumbers

from core.yaml_places import Place
from records.pension.mapping import FieldForm, Fields
from records.pension.ports import PensionRefused, PensionUnclear
from records.phones import e164
from records.profile import Beneficiary, MemberProfile, Payment
from records.quality import as_address

Get = Callable[[str], Any]
"""What stands under a column or a dotted path; None: nothing."""

_LONGEST = 400  # characters of one field
_BENEFICIARIES = 50
_TRUTHS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", ""), False),
}


def profile(fields: Fields, get: Get, *, phone: str = "", beneficiaries: Iterable[Beneficiary] = ()) -> MemberProfile:
    """A member from one row or document. `phone`: where the row has none. Raises `PensionUnclear`."""
    row = _Row(fields, get)
    number = row.text("phone") or phone
    return MemberProfile(
        member_id=row.needed("member_id"),
        member_number=row.needed("member_number"),
        name=row.needed("name"),
        relation=row.text("relation"),
        status=row.text("status"),
        birth_date=row.day("birth_date"),
        plan=row.text("plan"),
        tier=row.text("tier"),
        employer=row.text("employer"),
        service_years=row.number("service_years"),
        address=row.lines("address"),
        phone=e164(number) or number,
        email=row.text("email"),
        benefit_cents=row.cents("benefit"),
        next_payment=row.payment(),
        beneficiaries=tuple(beneficiaries),
        open_matters=(),
        flags=row.lines("flags"),
        last_contacts=(),
        protected=row.truth("protected"),
    )


def beneficiaries(fields: Fields, rows: Iterable[Get]) -> tuple[Beneficiary, ...]:
    """At most fifty."""
    found = (_Row(fields, get) for get in islice(rows, _BENEFICIARIES))
    return tuple(
        Beneficiary(
            name=row.needed("name"),
            relation=row.text("relation"),
            share_percent=round(row.number("share_percent") or 0),
        )
        for row in found
    )


def at_path(document: Any, path: str) -> Any:
    """What stands in a JSON document at a dotted path (`addresses.0.street`); None where it has no such place."""
    for step in path.split(".") if path else ():
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, Sequence) and not isinstance(document, str) and step.isdecimal():
            document = document[int(step)] if int(step) < len(document) else None
        else:
            return None
    return document


def at_path_set(document: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path of a document that is being made."""
    *steps, last = path.split(".")
    for step in steps:
        document = document.setdefault(step, {})
    document[last] = value


def spellings(e164_number: str) -> tuple[str, ...]:
    """How a telephone number may be written in somebody's column, the likeliest first; for a search with an index."""
    national = _national(e164_number)
    if national is None:
        return (e164_number, e164_number.removeprefix("+"))
    area, exchange, line = national[:3], national[3:6], national[6:]
    return (
        e164_number,
        national,
        f"1{national}",
        f"{area}-{exchange}-{line}",
        f"({area}) {exchange}-{line}",
        f"({area}){exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"{area} {exchange} {line}",
        f"1-{area}-{exchange}-{line}",
        f"+1 {area} {exchange} {line}",
        f"+1 {area}-{exchange}-{line}",
        f"+1-{area}-{exchange}-{line}",
    )


def value_of(part: str, given: Mapping[str, str]) -> str | None:
    """A part of a change, or one made of another (`mailing_address.zip`); None where it was not given.

    Raises `PensionRefused` where it was and cannot be taken apart.
    """
    whole, dot, made = part.partition(".")
    value = given.get(whole)
    if value is None or not dot:
        return value
    if whole == "phone":
        if (national := _national(value)) is not None:
            return national
        raise PensionRefused("the pension system takes numbers of the United States only", remedy="Enter it there")
    address = as_address(value)
    if address is None:
        raise PensionRefused(
            "the address cannot be taken apart",
            remedy="Write it as number and street, city, state ZIP, with commas between",
        )
    parts = {"street": address.street, "city": address.city, "state": address.state, "zip": address.zip}
    return parts[made]


def _national(e164_number: str) -> str | None:
    """The ten digits of a number in North America."""
    try:
        parsed = phonenumbers.parse(e164_number)
    except phonenumbers.NumberParseException:
        return None
    number = str(parsed.national_number)
    return number if parsed.country_code == 1 and len(number) == 10 else None


class _Row:
    def __init__(self, fields: Fields, get: Get) -> None:
        self._fields, self._get = fields, get

    def text(self, name: str) -> str:
        form = self._fields.get(name)
        if form is None:
            return ""
        return self._bounded(name, form, " ".join(part for part in self._parts(name, form) if part))

    def needed(self, name: str) -> str:
        if text := self.text(name):
            return text
        form = self._fields.get(name)
        raise PensionUnclear(f"a member has no {name}", place=str(form.place if form else Place("mapping")))

    def lines(self, name: str) -> tuple[str, ...]:
        """Each source a line or several; a list is lines too."""
        form = self._fields.get(name)
        if form is None:
            return ()
        lines = [line.strip() for part in self._parts(name, form) for line in part.split("\n")]
        return tuple(self._bounded(name, form, line) for line in lines if line)[:20]

    def day(self, name: str) -> str:
        text = self.text(name)
        if not text:
            return ""
        try:
            return date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            raise self._wrong(name, "a day as 2026-03-10") from None

    def number(self, name: str) -> float | None:
        text = self.text(name)
        try:
            number = float(text) if text else None
        except ValueError:
            raise self._wrong(name, "a number") from None
        if number is not None and not -1e12 < number < 1e12:
            raise self._wrong(name, "a number")
        return number

    def cents(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            amount = Decimal(text) * (100 if self._fields[name].dollars else 1)
            whole = amount.to_integral_value()
        except InvalidOperation:
            raise self._wrong(name, "an amount") from None
        if not amount.is_finite() or amount != whole or abs(whole) > 10**15:
            raise self._wrong(name, "an amount in whole cents")
        return int(whole)

    def payment(self) -> Payment | None:
        day, cents = self.day("next_payment_date"), self.cents("next_payment")
        return Payment(date=day, amount_cents=cents) if day and cents is not None else None

    def truth(self, name: str) -> bool:
        truth = _TRUTHS.get(self.text(name).casefold())
        if truth is None:
            raise self._wrong(name, "yes or no")
        return truth

    def _parts(self, name: str, form: FieldForm) -> list[str]:
        parts = []
        for source in form.sources:
            value = self._get(source.text)
            for each in value if isinstance(value, list | tuple) else (value,):
                text = self._as_text(name, each)
                if form.values and text and text not in form.values:
                    raise self._wrong(name, f"one of {', '.join(form.values)}")
                parts.append(form.values.get(text, text))
        return parts

    def _as_text(self, name: str, value: Any) -> str:
        match value:
            case None:
                return ""
            case bool():
                return "true" if value else "false"
            case datetime() | date():
                return value.isoformat()
            case float() if value.is_integer():
                return str(int(value))
            case str() | int() | float() | Decimal():
                return str(value).strip()
        if isinstance(value, Mapping) or not hasattr(value, "hex"):
            raise self._wrong(name, "a plain value")
        return str(value)  # a UUID

    def _bounded(self, name: str, form: FieldForm, text: str) -> str:
        if len(text) > _LONGEST:
            raise self._wrong(name, f"at most {_LONGEST} characters")
        return text.replace("\0", "")

    def _wrong(self, name: str, expected: str) -> PensionUnclear:
        return PensionUnclear(f"a member's {name} is not {expected}", place=str(self._fields[name].place))
