"""What happens to a change on its way to the pension system: told after it is stored."""

from __future__ import annotations

from core.events import Event
from records.change_rules import State


class ChangeMoved(Event, frozen=True, kw_only=True):
    """A change stands otherwise now. `lacking`: what it waits for, in words; `why`: how it ended.

    What is missed is asked for: `ChangeRequests.of_contact` says the same.
    """

    change_id: str
    member_id: str
    contact_id: str | None
    field: str
    state: State
    lacking: tuple[str, ...] = ()
    why: str = ""
