"""Numbers told on the telephone, beside member numbers: references of what was requested, and the access numbers of
those who act for a member.

Each is eight digits with Damm's check digit, like a member number, but ends the check in another state: so one kind is
never valid as another, whatever is keyed in where. Drawn at random: nobody's number tells the next one.
"""

from __future__ import annotations

import secrets

from records.member_number import LENGTH, check_digit

_REFERENCE, _ACCESS = "5", "7"  # the states of Damm's check; a member number's is 0


def new_reference() -> str:
    """What the caller is told of something requested. Unique only once a table has taken it."""
    return _drawn(_REFERENCE)


def is_reference(digits: str) -> bool:
    """Whether these digits can be a reference, heard or keyed without a slip."""
    return _is(digits, _REFERENCE)


def new_access_number() -> str:
    """What somebody who acts for a member keys in instead of a member number."""
    return _drawn(_ACCESS)


def is_access_number(digits: str) -> bool:
    return _is(digits, _ACCESS)


def _drawn(state: str) -> str:
    most = 10 ** (LENGTH - 1)
    digits = str(most // 10 + secrets.randbelow(most - most // 10))  # no leading zero: people leave it out
    return digits + next(last for last in "0123456789" if check_digit(digits + last) == state)


def _is(digits: str, state: str) -> bool:
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit() and check_digit(digits) == state
