"""What Memberline asks of a plan's pension system. `records.members` answers from our own tables; yours may differ."""

from __future__ import annotations

from typing import Protocol

from core.events import Message
from records.profile import MemberProfile


class Matches(Message, frozen=True, kw_only=True):
    """The members that a telephone number belongs to: the first few, and how many there are in all."""

    members: tuple[MemberProfile, ...]
    total: int


class Verified(Message, frozen=True, kw_only=True, tag="verified"):
    member_id: str


class WrongPin(Message, frozen=True, kw_only=True, tag="wrong_pin"):
    """Also said of a member who has no PIN: nobody can tell from outside who has one."""


class LockedOut(Message, frozen=True, kw_only=True, tag="locked_out"):
    """Too many failures; tried again after `seconds` at the earliest. Also said to the right PIN."""

    seconds: float


class NoSuchMember(Message, frozen=True, kw_only=True, tag="no_such_member"):
    """No member has this number. Callers are told the same as for a wrong PIN."""


PinResult = Verified | WrongPin | LockedOut | NoSuchMember


class Directory(Protocol):
    """Looks members up. Every method may raise `core.errors.DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    async def by_phone(self, e164: str) -> Matches:
        """Who has this telephone number (`+14045550123`), by name, at most five of them."""

    async def by_number(self, member_number: str) -> MemberProfile | None:
        """The member with this number, check digit included; None when there is none."""

    async def profile(self, member_id: str) -> MemberProfile | None:
        """The member with this id; None when there is none."""

    async def verify_pin(self, member_number: str, pin: str) -> PinResult:
        """Whether `pin` is the member's. Takes equally long whatever the answer; failures count towards a lockout."""
