"""Numbers as people say them on the telephone. Each function draws one, given a random source."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

from num2words import num2words

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def cardinal(number: int) -> str:
    """2140 -> "two thousand one hundred forty"."""
    return _plain(num2words(number))


def ordinal(number: int) -> str:
    return _plain(num2words(number, to="ordinal"))


def _plain(words: str) -> str:
    return " ".join(word for word in words.replace("-", " ").replace(",", "").split() if word != "and")


def digit(draw: Random) -> str:
    return "oh" if draw.random() < 0.05 else draw.choice(DIGITS)


def digits(count: int) -> Callable[[Random], str]:
    """One after the other, now and then a pair said as "double"."""

    def drawn(draw: Random) -> str:
        said: list[str] = []
        left = count
        while left:
            pair = left > 1 and draw.random() < 0.05
            said += ["double", digit(draw)] if pair else [digit(draw)]
            left -= 2 if pair else 1
        return " ".join(said)

    return drawn


def pairs(draw: Random) -> str:
    """A house number: "two fourteen", "eleven twenty"."""
    number = draw.randrange(10, 9999)
    if number < 100:
        return cardinal(number)
    head, tail = divmod(number, 100)
    if draw.random() < 0.4:
        return " ".join(DIGITS[int(character)] for character in str(number))
    return f"{cardinal(head)} {'hundred' if tail == 0 else 'oh ' + DIGITS[tail] if tail < 10 else cardinal(tail)}"


def telephone(draw: Random) -> str:
    return f"{digits(3)(draw)} {digits(3)(draw)} {digits(4)(draw)}"


def money(draw: Random) -> str:
    scale = draw.choice((10, 100, 1000, 10000, 100000))
    dollars = draw.randrange(1, scale) * draw.choice((1, 1, 5)) + 1
    hundreds = 1100 <= dollars < 10000 and draw.random() < 0.4
    if hundreds:
        dollars = dollars // 100 * 100 + 100 * (dollars // 100 % 10 == 0)
    amount = f"{cardinal(dollars // 100)} hundred" if hundreds else cardinal(dollars)
    if 100 < dollars < 1000 and dollars % 100 and draw.random() < 0.4:
        amount = amount.replace("hundred ", "hundred and ", 1)
    cents = f" and {cardinal(draw.randrange(2, 100))} cents" if draw.random() < 0.15 else ""
    return f"{amount} dollars{cents}"


def year(draw: Random) -> str:
    number = draw.randrange(1938, 2032)
    if 2000 <= number < 2010:
        return draw.choice(("two thousand", "two thousand and")) + f" {DIGITS[number - 2000]}" * (number > 2000)
    head, tail = divmod(number, 100)
    return f"{cardinal(head)} {'hundred' if tail == 0 else 'oh ' + DIGITS[tail] if tail < 10 else cardinal(tail)}"


def clock(draw: Random) -> str:
    hour = cardinal(draw.randrange(1, 13))
    minute = draw.choice(("", "", " fifteen", " thirty", " forty five"))
    return hour + minute + draw.choice((" o'clock" if not minute else "", "", " a m", " p m", " in the morning"))


def letter(draw: Random) -> str:
    return draw.choice(string.ascii_lowercase)


def spelled(draw: Random) -> str:
    return " ".join(letter(draw) for _ in range(draw.randrange(3, 8)))


def percent(draw: Random) -> str:
    return f"{cardinal(draw.choice((draw.randrange(1, 100), 5 * draw.randrange(1, 21))))} percent"


SPOKEN: dict[str, Callable[[Random], str]] = {
    "digit": digit,
    **{f"digits{count}": digits(count) for count in (2, 3, 4, 5, 6, 7, 9, 10)},
    "small": lambda draw: cardinal(draw.choice((draw.randrange(2, 12), draw.randrange(2, 40)))),
    "age": lambda draw: cardinal(draw.randrange(18, 95)),
    "ordinal": lambda draw: ordinal(draw.randrange(1, 32)),
    "year": year,
    "money": money,
    "percent": percent,
    "clock": clock,
    "letter": letter,
    "spelled": spelled,
    "house": pairs,
    "phone": telephone,
}
