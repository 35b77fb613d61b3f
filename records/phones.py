"""Telephone numbers in one form: E.164."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=4096)
def e164(number: str, region: str = "US") -> str | None:
    """`number` as people, trunks and forms write it, in E.164 (`+14045550123`); None when it is no telephone number.

    A number without a country is one of `region` (ISO 3166). "anonymous" and the like are None.
    """
    try:
        parsed = phonenumbers.parse(number[:32], region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
