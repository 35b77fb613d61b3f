"""Which numbers we call back: pure. A caller's key presses must never make the plan pay for a call to a premium line.

Do-not-call lists are another matter, and come in where the wish is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

_ORDINARY = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.TOLL_FREE,
    }
)
UNITED_STATES = ("US", "PR", "VI", "GU", "AS", "MP")  # with the territories, but not all that begins with +1


@dataclass(frozen=True)
class Dialable:
    """The setting. `regions` (ISO 3166), the first being where a number without a country is; empty: all the world.

    `never` are numbers in E.164 that are not called whoever asks: the centre's own.
    """

    regions: tuple[str, ...] = UNITED_STATES
    premium: bool = False
    never: frozenset[str] = frozenset()

    def e164(self, number: str) -> str | None:
        """The number in E.164 if we call it back; None if not."""
        home = self.regions[0] if self.regions else "US"
        if shortnumberinfo.is_emergency_number(number[:32], home):
            return None
        try:
            parsed = phonenumbers.parse(number[:32], home)
        except phonenumbers.NumberParseException:
            return None
        if parsed.extension or not phonenumbers.is_valid_number(parsed):
            return None
        kind = phonenumbers.number_type(parsed)
        if kind not in _ORDINARY and not (self.premium and kind != PhoneNumberType.UNKNOWN):
            return None
        if self.regions and phonenumbers.region_code_for_number(parsed) not in self.regions:
            return None
        found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        return None if found in self.never else found


def dial_string(pattern: str, number: str) -> str:
    """The channel to dial `number` (E.164) through: `{number}` with its plus, `{digits}` without, `{national}`."""
    parsed = phonenumbers.parse(number)
    national = phonenumbers.national_significant_number(parsed)
    return pattern.format(number=number, digits=number.removeprefix("+"), national=national)
