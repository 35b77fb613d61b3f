"""The services by which the centre is closed and opened by telephone, as menus name them. See `ivr.closing_phone`.

They are for the staff and not for members: what proves who calls is a `code`, given by `memberline staff closing-pin`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.self_service.service import Spec

_REFUSED: Mapping[str, tuple[str, ...]] = {"wrong": (), "locked": (), "not_allowed": ()}


def _spec(name: str, about: str, outcomes: Mapping[str, tuple[str, ...]]) -> Spec:
    """`wrong`: no code of ours. `locked`: too many of them. `not_allowed`: not from this telephone, or not any more."""
    return Spec(name=name, about=about, level="none", outcomes={**outcomes, **_REFUSED}, inputs=("code",))


STATE = _spec(
    "closing_state",
    "Is the whole centre closed, until when; or until when closing it now would last",
    {"is_open": ("day", "time"), "is_closed": ("day", "time")},
)
CLOSE = _spec("close_centre", "Close the whole centre now until the next day's opening", {"closed": ("day", "time")})
OPEN = _spec("open_centre", "End what closes the whole centre now", {"opened": (), "is_open": ()})

ALL = (STATE, CLOSE, OPEN)
