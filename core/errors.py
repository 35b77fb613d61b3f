"""Errors meant for people: what is wrong, where, and what was expected."""

from __future__ import annotations

import traceback


class Problem(Exception):
    """Something a person can put right. The text is shown as it is, without a traceback."""

    def __init__(self, what: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what, self.place, self.remedy = what, place, remedy

    def __str__(self) -> str:
        text = f"{self.place}: {self.what}" if self.place else self.what
        return f"{text}. {self.remedy}" if self.remedy else text


class BusGone(Problem):
    """What carries the events cannot be reached. It is tried again by itself; what was not taken is not kept there."""


class DatabaseGone(Problem):
    """The file or the server cannot be reached, is locked by somebody else, or was closed. Try again later."""


class DatabaseBusy(Problem):
    """Too much is waiting already, or the turn did not come in time. The work was never begun."""


class DatabaseLate(Problem):
    """The work was begun but did not end in time. A write may or may not be stored: repeat it."""


def place_of(failure: BaseException) -> str:
    """Kind and place of a failure, for logs: its text may quote a member's data."""
    frames = traceback.extract_tb(failure.__traceback__)
    return (
        f"{type(failure).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(failure).__name__
    )
