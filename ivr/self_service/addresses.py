"""The address on record: reading it back, and asking for another one.

A keypad gives digits, not streets. So a caller proposes a change with what identifies the new address for a
representative (ZIP code, house number, apartment), who calls back, writes it down and decides. Nothing changes before.
"""

from __future__ import annotations

import re

from ivr.dialog.actions import Served
from ivr.self_service.serving import Case, SelfService, spec
from ivr.self_service.words import plain
from ivr.speaking.values import AnyValue, Digits

_TOPICS = ("address_change",)
_CITY = re.compile(r"(?P<city>[^,]+), (?P<state>[A-Z]{2}) (?P<zip>\d{5})(-\d{4})?")
_ZIP, _HOUSE, _UNIT = re.compile(r"\d{5}"), re.compile(r"\d{1,6}"), re.compile(r"\d{0,6}")


class ConfirmAddress(SelfService):
    """Reads the address on record. By PIN only: a birth date and four digits are known to whoever lived with them."""

    spec = spec(
        "confirm_address",
        "Read the address on record back",
        "pin",
        {"told": ("street", "city", "state", "zip")},
        topics=_TOPICS,
    )

    async def serve(self, case: Case) -> Served:
        *street, last = case.member.address or ("",)
        city = _CITY.fullmatch(last)
        if not street or city is None:
            return Served(outcome="person")  # abroad, or none: nothing a machine reads well
        values: dict[str, AnyValue] = {
            "street": plain(", ".join(street)),
            "city": plain(city["city"]),
            "state": plain(" ".join(city["state"])),
            "zip": Digits(digits=city["zip"]),
        }
        return Served(outcome="told", values=values)


class ChangeAddress(SelfService):
    """Proposes a change; a representative confirms it with the member."""

    spec = spec(
        "change_address",
        "Propose another address: `zip`, `house` (number) and, if any, `unit`; a representative confirms it",
        "pin",
        {"proposed": ("reference",), "invalid": ()},
        topics=_TOPICS,
        inputs=("zip", "house"),
        optional=("unit",),
        changes=True,
    )

    async def serve(self, case: Case) -> Served:
        told = {name: case.given(name) for name in ("zip", "house", "unit")}
        patterns = {"zip": _ZIP, "house": _HOUSE, "unit": _UNIT}
        if not all(pattern.fullmatch(told[name]) for name, pattern in patterns.items()):
            return Served(outcome="invalid")
        asked = await self._ask(case, told, state="proposed")
        return Served(outcome="proposed", values={"reference": Digits(digits=asked.request.reference)})
