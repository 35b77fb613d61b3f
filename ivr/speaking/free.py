"""Numbers inside a text that somebody wrote: an address, a form's name, a prompt. None is left as digits.

What a number stands for is not known here, so it is said as people read it aloud: form 1099 in pairs, a ZIP code one
digit after the other, a telephone number in its groups.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import phonenumbers

from ivr.document.model import Language
from ivr.speaking import manners, numbers

HOME = "US"  # how telephone numbers without a country are read and grouped
LONGEST_NUMBER = 4  # digits that are said as one number; more are said one by one

_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Language], str]], ...] = (
    (
        re.compile(r"\$\s?(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:\.(\d\d))?(?!\d)"),
        lambda found, language: numbers.money(int(found[1].replace(",", "")) * 100 + int(found[2] or 0), language),
    ),
    (
        re.compile(r"(?<!\d)([1-9]\d{0,2})(?:st|nd|rd|th|\.?[ºª])(?!\w)"),
        lambda found, language: numbers.words(int(found[1]), language, "ordinal"),
    ),
    (
        re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])"),
        lambda found, language: f"{_number(found[1], language)} {_number(found[2], language)}",
    ),
    (
        re.compile(r"(?<![\d,.])(\d{1,3}(?:,\d{3})+)(?![\d,])"),
        lambda found, language: numbers.words(int(found[1].replace(",", "")), language),
    ),
    (
        re.compile(r"(?<![\d.])(\d{1,4}\.\d{1,4})(?![\d.])"),
        lambda found, language: numbers.words(Decimal(found[1]), language),
    ),
    (re.compile(r"\d+"), lambda found, language: _number(found[0], language)),
)


def speakable(text: str, language: Language) -> str:
    """`text` without digits, line breaks and what cannot be said. May be empty. Raises `Problem`, see `numbers`."""
    text = "".join(_plain(character) for character in text)
    for key, name in manners.of(language).keys.items():
        text = text.replace(key, f" {name} ")
    if re.search(r"\d", text):
        for match in reversed(list(phonenumbers.PhoneNumberMatcher(text, HOME, leniency=_POSSIBLE))):
            text = f"{text[: match.start]} {in_groups(match.raw_string, language)} {text[match.end :]}"
        text = _BESIDE_A_DIGIT.sub(" ", text)
        for pattern, say in _PATTERNS:
            text = pattern.sub(lambda found, say=say: f" {say(found, language)} ", text)  # type: ignore[misc]
    return re.sub(r" ([,.;:!?)])", r"\1", " ".join(text.split()))


def in_groups(digits: str, language: Language) -> str:
    """Digits (and letters) one by one, with a pause between the groups; "" where there are none.

    The groups are those of a telephone number where it is one; else as written (`47-301`), or threes.
    """
    plain = "".join(_plain(character) for character in digits)
    return ", ".join(
        " ".join(numbers.digit(each, language) if each.isdigit() else each.upper() for each in group)
        for group in _groups(plain)
    )


_POSSIBLE = phonenumbers.Leniency.POSSIBLE
_TELEPHONE = re.compile(r"\+[\d\s().-]+|\d{10}|1([\s().-]*\d){10}")
_BESIDE_A_DIGIT = re.compile(r"(?<=\d)[-–/](?=\w)|(?<=\w)[-–](?=\d)")  # no minus: form W-4, ZIP code 30030-1234


def _groups(digits: str) -> list[str]:
    written = [group for group in re.split(r"[\W_]+", digits) if group]
    if _TELEPHONE.fullmatch(digits) and (groups := _telephone_groups(digits)):
        return groups
    if len(written) == 1 and len(written[0]) > LONGEST_NUMBER:
        return _threes(written[0])
    return written


def _telephone_groups(digits: str) -> list[str]:
    """As people group them where the number belongs. Empty: no such number.

    The home country's code is left out where the writing says that it is one (+1, 1-800-…): digits alone that begin
    with a 1 may be a reference, of which every digit counts.
    """
    try:
        number = phonenumbers.parse(digits, HOME)
    except phonenumbers.NumberParseException:
        return []
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    country, *rest = [group for group in re.split(r"\D+", written) if group]
    at_home = country == str(phonenumbers.country_code_for_region(HOME))
    plain = re.sub(r"\D", "", digits)
    if len(rest) < 2 or plain not in ("".join([country, *rest]), "".join(rest) if at_home else ""):
        return []  # it has no groups, or something was dropped
    return rest if at_home and (plain != digits or plain == "".join(rest)) else [country, *rest]


def _threes(characters: str) -> list[str]:
    """Groups of three; what is left over makes the last ones a little longer, never a group of one."""
    left = len(characters) % 3
    ends = len(characters) - (4 if left == 1 else left)
    groups = [characters[at : at + 3] for at in range(0, ends, 3)]
    rest = characters[ends:]
    return groups + ([rest[:2], rest[2:]] if left == 1 else [rest] if rest else [])


def _number(digits: str, language: Language) -> str:
    if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits.startswith("0")):
        return " ".join(numbers.digit(each, language) for each in digits)
    return numbers.words(int(digits), language, "year" if manners.of(language).pairs else "cardinal")


def _plain(character: str) -> str:
    """Any digit of Unicode as 0 to 9, any space as a space, and nothing that is not to be seen."""
    value = unicodedata.digit(character, None)
    if value is not None:
        return str(value)
    numeric = unicodedata.normalize("NFKC", character) if character.isnumeric() else character
    return numeric if numeric.isprintable() else " "
