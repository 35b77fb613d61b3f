"""What is spelled: names letter by letter ("b as in boy"), and e-mail addresses."""

from __future__ import annotations

from collections.abc import Sequence

from assist.spoken import figure_at, is_number
from assist.written.piece import Piece

_ALONE = frozenset("aio")  # letters that are words of their own
_AFTER_I = frozenset(
    ("think", "am", "was", "have", "did", "want", "need", "don't", "can", "got", "know", "just", "mean", "guess", "do")
)
_SIGNS = {"underscore": "_", "dot": ".", "period": ".", "dash": "-", "hyphen": "-", "plus": "+"}
_ENDINGS = frozenset(("com", "org", "net", "gov", "edu", "us", "mil", "info", "biz", "co", "io"))
_NOT_IN_EMAIL = frozenset(
    (
        *("it's", "is", "my", "email", "e-mail", "mail", "address", "to", "that's", "yes", "the", "use", "on", "there"),
        *("would", "be", "okay", "so", "and", "sure", "yeah", "at", "with", "it", "me", "you", "your", "we", "this"),
        *("her", "his", "their", "have", "has", "got", "new", "of", "by", "reach", "send", "no", "sorry", "um", "uh"),
        *("now", "was", "for", "can", "right", "actually", "put", "down", "mean", "just", "well"),
    )
)
LOCAL_AT_MOST = 14  # words before the "at"
DOMAIN_AT_MOST = 8  # words between the "at" and the last "dot"


def letter_at(words: Sequence[str], at: int) -> tuple[str, int]:
    """A letter said at `at`, perhaps with its word ("b as in boy", "b like boy"), and where it ends; "" where none is.

    "double l" is two of them.
    """
    if at + 1 < len(words) and words[at] == "double" and _is_letter(words[at + 1]):
        return words[at + 1] * 2, at + 2
    if at >= len(words) or not _is_letter(words[at]):
        return "", at
    if at + 3 < len(words) and tuple(words[at + 1 : at + 3]) == ("as", "in"):
        return words[at], at + 4
    named = at + 2 < len(words) and words[at + 1] in ("like", "for") and words[at + 2].startswith(words[at])
    return words[at], at + 3 if named and len(words[at + 2]) > 1 else at + 1


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isascii() and word.isalpha()


def spelled(words: Sequence[str], at: int) -> Piece | None:
    """Two letters or more, or one with its word: "l e e" as LEE, "b as in boy" as B."""
    text, end, named = "", at, False
    while True:
        letter, after = letter_at(words, end)
        if not letter:
            break
        named = named or after - end > 1
        text, end = text + letter, after
    if len(text) > 1 and words[end - 1] == "i" and words[end : end + 1] and (len(text) == 2 or words[end] in _AFTER_I):
        text, end = text[:-1], end - 1  # "ten ninety nine r i think": no letter any more
    if not text or not (named or (len(text) > 1 and set(text) - _ALONE)):
        return None
    return Piece(text.upper(), "spelled", at, end)


def emails(words: Sequence[str]) -> list[Piece]:
    """The e-mail addresses said: found by their "at" and "dot", then looked back for where they begin."""
    found: list[Piece] = []
    for at, word in enumerate(words):
        end = _domain_end(words, at + 1) if word == "at" else 0
        if not end:
            continue
        begin = at
        first = found[-1].end if found else 0
        while begin > first and at - begin < LOCAL_AT_MOST and not _ends_local(words, begin - 1):
            begin -= 1
        local = joined(words[begin:at])
        if local:
            found.append(Piece(f"{local}@{joined(words[at + 1 : end])}", "email", begin, end))
    return found


def _ends_local(words: Sequence[str], at: int) -> bool:
    """Is this word before the address? "in" and "as" belong to it within "b as in boy"."""
    return words[at] in _NOT_IN_EMAIL and not (at >= 2 and tuple(words[at - 2 : at]) == ("as", "in"))


def _domain_end(words: Sequence[str], at: int) -> int:
    """Where the domain that begins at `at` ends: behind the last "dot" with an ending; 0 where it is none."""
    for place in range(at + 1, min(at + DOMAIN_AT_MOST, len(words) - 1)):
        if words[place] == "at":
            return 0
        if words[place] == "dot" and words[place + 1] in _ENDINGS:
            return place + 2
    return 0


def joined(words: Sequence[str]) -> str:
    """ "d as in dog underscore okafor nine two" as d_okafor92."""
    text, at = "", 0
    while at < len(words):
        letter, end = letter_at(words, at)
        number = figure_at(words, at) if is_number(words[at]) and not letter else None
        if letter:
            text, at = text + letter, end
        elif number is not None:
            text, at = text + number.text, number.end
        else:
            text, at = text + _SIGNS.get(words[at], words[at]), at + 1
    return text
