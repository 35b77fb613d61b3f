"""Taking back what was just said: "four one two no four one three", "i mean", "sorry", "make that"."""

from __future__ import annotations

from collections.abc import Sequence

_MARKS = (
    *(("no", "wait"), ("i", "mean"), ("i'm", "sorry"), ("make", "that"), ("make", "it"), ("or", "rather")),
    *(("scratch", "that"), ("excuse", "me"), ("pardon", "me"), ("let", "me", "see"), ("no", "i'm", "sorry")),
    *(("no",), ("sorry",), ("wait",), ("rather",), ("correction",), ("actually",)),
)
_LEADS = frozenset(("it's", "its", "is", "that's", "it", "was", "the", "should", "be"))
MARKS_AT_MOST = 3
LEADS_AT_MOST = 3
LONG = 7  # digits from which on a shorter correction mends the end alone, as in a telephone number


def correction_at(words: Sequence[str], at: int) -> int:
    """Where what replaces the words before begins, when they are taken back at `at`; 0 when they are not."""
    place = at
    for _ in range(MARKS_AT_MOST):
        mark = next((mark for mark in _MARKS if tuple(words[place : place + len(mark)]) == mark), None)
        if mark is None:
            break
        place += len(mark)
    if place == at:
        return 0
    for _ in range(LEADS_AT_MOST):
        if place < len(words) and words[place] in _LEADS:
            place += 1
    return place if place < len(words) else 0


def mended(before: str, after: str) -> str:
    """`before` with its correction: the end of a long number when the correction is shorter, else all of it."""
    plain = before.isdigit() and after.isdigit()
    if plain and len(before) >= LONG and len(after) < len(before):
        return before[: -len(after)] + after
    return after
