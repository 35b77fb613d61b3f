"""How long numbers of each kind are, and their check digits."""

from __future__ import annotations

from assist.redaction.model import Kind
from assist.redaction.numerals import Run
from records import member_number

_SECRET = {  # digits of the whole, the usual one first
    Kind.SSN: (9,),
    Kind.BANK_ACCOUNT: tuple(range(6, 18)),
    Kind.ROUTING_NUMBER: (9,),
    Kind.CARD_NUMBER: (16, 15, 14, 19),
    Kind.CARD_CODE: (3, 4),
    Kind.CARD_EXPIRY: (4, 3, 6),
    Kind.PIN: (4, 5, 6, 8),
    Kind.ONE_TIME_CODE: (6, 4, 5, 7, 8),
}
_PIECES = 4  # digits said in one go, at most, where a number comes in pieces
_MOST_EXPECTED = {Kind.BANK_ACCOUNT: 8}


def expected(kind: Kind) -> int:
    """Digits after which an answer may be complete."""
    if kind in _MOST_EXPECTED:
        return _MOST_EXPECTED[kind]
    return _SECRET.get(kind, (10,))[0]


def exact(kind: Kind, run: Run, *, four: bool) -> bool:
    """Is `run` a whole number of this kind? `four`: only the last four digits were asked for."""
    digits = run.digits
    length = len(digits)
    if four and length == 4 and kind in (Kind.SSN, Kind.TELEPHONE, Kind.BANK_ACCOUNT, Kind.CARD_NUMBER):
        return True
    match kind:
        case Kind.ROUTING_NUMBER:
            return is_routing_number(digits)
        case Kind.TELEPHONE:
            return length in (7, 10) or (length == 11 and digits[0] == "1")
        case Kind.MEMBER_NUMBER:
            return member_number.is_valid(digits)
        case Kind.ZIP_CODE:
            return length == 5
        case Kind.HOUSE_NUMBER:
            return length <= 4
        case Kind.DATE:
            return is_date(digits) or _is_date_in_words(run)
        case Kind.REFERENCE:
            return length <= 8
        case Kind.AMOUNT | Kind.PERCENTAGE:
            return (length <= 4 and len(run.atoms) <= 3) or run.cardinal
        case Kind.YEAR:
            return (length == 4 and digits[:2] in ("19", "20")) or length == 2
        case Kind.COUNT | Kind.AGE | Kind.TIME:
            return length <= 3 or run.cardinal
    return length in _SECRET.get(kind, ())


def may_be(kind: Kind, run: Run, *, four: bool) -> bool:
    """Is `run` a whole number of this secret kind, or a piece of one?"""
    length = len(run.digits)
    return length <= _PIECES or (not four and (exact(kind, run, four=False) or kind not in _SECRET))


def is_routing_number(digits: str) -> bool:
    """Nine digits with the check of the American Bankers Association: 3, 7, 1 times the digits make a ten."""
    if len(digits) != 9:
        return False
    if not (digits[:2] <= "12" or "21" <= digits[:2] <= "32"):  # the Federal Reserve districts
        return False
    return sum(int(digit) * (3, 7, 1)[place % 3] for place, digit in enumerate(digits)) % 10 == 0


def _is_date_in_words(run: Run) -> bool:
    """ "five twelve twenty five", "three nine nineteen fifty two"."""
    atoms = [atom.digits for atom in run.atoms]
    if not 3 <= len(atoms) <= 4 or any(len(atom) > 2 for atom in atoms[:2]):
        return False
    year = "".join(atoms[2:])
    return 1 <= int(atoms[0]) <= 12 and 1 <= int(atoms[1]) <= 31 and (len(year) == 2 or year[:2] in ("19", "20"))


def is_date(digits: str) -> bool:
    """Month and day in figures, with two or four digits of a year: 3952 is none, 030952 and 03091952 are."""
    return len(digits) in (6, 8) and 1 <= int(digits[:2]) <= 12 and 1 <= int(digits[2:4]) <= 31
