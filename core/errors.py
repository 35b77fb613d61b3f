"""Errors meant for people: what is wrong, where, and what was expected."""

from __future__ import annotations


class Problem(Exception):
    """Something a person can put right. The text is shown as it is, without a traceback."""

    def __init__(self, what: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what, self.place, self.remedy = what, place, remedy

    def __str__(self) -> str:
        text = f"{self.place}: {self.what}" if self.place else self.what
        return f"{text}. {self.remedy}" if self.remedy else text
