"""Member numbers: seven digits and a check digit, so that one mistyped key or two swapped ones are noticed."""

from __future__ import annotations

LENGTH = 8

# The quasigroup of Damm's algorithm (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004): it finds every single
# wrong digit and every swap of neighbours, where Luhn's lets 09 and 90 pass.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits: str) -> str:
    """The digit to put behind `digits`."""
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def make(serial: int) -> str:
    """The member number of the `serial`-th member, 0 to 9,999,999."""
    digits = f"{serial:0{LENGTH - 1}d}"
    return digits + check_digit(digits)


def is_valid(number: str) -> bool:
    """Whether `number` has the right length and its check digit agrees."""
    return len(number) == LENGTH and number.isascii() and number.isdigit() and check_digit(number) == "0"
