"""Which PINs are too easily guessed. Pure."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

LEAST, MOST = 4, 8
"""Digits of a PIN."""

_YEAR = re.compile(r"(19|20)\d\d")
_PATTERNS = frozenset({"2580", "0852", "1357", "2468", "1379", "147258", "159357"})  # how the keys lie
_DATES = ("%m%d", "%d%m", "%m%y", "%y%m", "%m%d%y", "%d%m%y", "%y%m%d", "%m%d%Y", "%d%m%Y", "%Y%m%d")


def weak(pin: str, *, born: date, member_number: str) -> str:
    """Why this is no PIN for this member, in words; empty: it may be. The SSN's digits are not known here."""
    if not (LEAST <= len(pin) <= MOST and pin.isascii() and pin.isdigit()):
        return f"a PIN has {LEAST} to {MOST} digits"
    if pin in pin[1:] + pin[:-1]:  # found in itself, shifted: 7777, 1212, 123123
        return "it repeats itself"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({1}, {9}) or pin in _PATTERNS:
        return "it is a sequence"
    if pin in {born.strftime(form) for form in _DATES} or _YEAR.fullmatch(pin):
        return "it is a date"
    if pin in member_number:
        return "it is in the member number"
    return ""
