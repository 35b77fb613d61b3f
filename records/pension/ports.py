"""What Memberline asks of a pension system, and how one fails.

Profiles are looked up as in our own tables (`records.directory.Directory`); changes go through `PensionChanges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.errors import DatabaseGone, Problem
from core.events import Message
from records.directory import Matches
from records.outbox import NotTaken
from records.profile import MemberProfile


class PensionGone(DatabaseGone):
    """It does not answer, or not in time, or not us. Whoever handles a database that is away handles this."""


class PensionUnclear(Problem):
    """It answers, and nobody can tell what: not in the shape that the mapping file describes."""


class PensionRefused(NotTaken):
    """It understood a change and will not have it."""


class PensionChange(Message, frozen=True, kw_only=True):
    """One change to be made there. `key` is the same in every try; parts are named as in `records.change_fields`.

    `old` has the parts that are known; a field of which nothing is known has none.
    """

    key: str
    member_id: str
    field: str
    old: Mapping[str, str]
    new: Mapping[str, str]
    at: datetime  # approved, or as soon as it was confirmed


class PensionProfiles(Protocol):
    """Looks members up, within its own time limit. Raises `PensionGone` and `PensionUnclear`."""

    async def by_phone(self, e164: str) -> Matches: ...

    async def by_number(self, member_number: str) -> MemberProfile | None: ...

    async def profile(self, member_id: str) -> MemberProfile | None: ...


class PensionChanges(Protocol):
    """Makes changes, each key once however often it is told."""

    async def apply(self, change: PensionChange) -> None:
        """Make it; also returns where it was made in an earlier try. The caller limits the time.

        Raises `PensionRefused` for a no that stands, `PensionGone` where nobody knows yet, `PensionUnclear`.
        """
