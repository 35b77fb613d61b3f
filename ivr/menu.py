"""The one built-in menu. Menus as documents take its place later; the dialog knows only this value."""

from __future__ import annotations

from core.events import Message


class Option(Message, frozen=True, kw_only=True):
    """A key of the main menu: what it is for, in words, and the queue it leads to.

    Callers of a higher `priority` are served first; None: as the queue says.
    """

    key: str
    chosen: str
    queue: str
    priority: int | None = None


class Menu(Message, frozen=True, kw_only=True):
    """What the dialog needs to know. `tries` counts the first attempt; waits are in seconds."""

    options: tuple[Option, ...]
    otherwise: Option  # where a caller lands who pressed nothing useful
    refuse_key: str = "9"
    tries: int = 3
    number_digits: int = 10
    pin_digits: int = 8
    wait_s: float = 6.0

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


_ANYTHING = Option(key="0", chosen="Something else", queue="member_services")

BUILT_IN = Menu(
    options=(
        Option(key="1", chosen="Change of address", queue="member_services"),
        Option(key="2", chosen="Payments, taxes or direct deposit", queue="member_services"),
        Option(key="3", chosen="Benefit, service credit or retirement", queue="member_services"),
        Option(key="4", chosen="Report of a death", queue="member_services", priority=5),
        _ANYTHING,
    ),
    otherwise=_ANYTHING,
)
