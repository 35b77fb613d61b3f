"""What Memberline asks of a plan's pension system. `records.members` answers from our own tables; yours may differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from core.events import Message
from records.contact import Verification
from records.profile import Authority, MemberProfile


class Matches(Message, frozen=True, kw_only=True):
    """The members that a telephone number belongs to: the first few, and how many there are in all."""

    members: tuple[MemberProfile, ...]
    total: int


class Acting(Message, frozen=True, kw_only=True):
    """Whose access number it is, and for which member. Whether it holds on a day is said by `records.authority`."""

    member: MemberProfile
    authority: Authority


class LastPayment(Message, frozen=True, kw_only=True):
    """`returned`: the bank sent it back."""

    on: date
    amount_cents: int
    returned: bool = False


class MemberMatter(Message, frozen=True, kw_only=True):
    """Something under way for the member, or closed by now. `topic` is one of the plan's topics."""

    topic: str
    title: str
    opened_at: datetime
    closed_at: datetime | None = None


class Account(Message, frozen=True, kw_only=True):
    """What self-service tells beyond the profile. `language` is the one remembered ("": none)."""

    language: str = ""
    last_payment: LastPayment | None = None
    matters: tuple[MemberMatter, ...] = ()  # newest first


@dataclass(frozen=True)
class Pin:
    """The secrets of a proof are never shown, not even by a traceback."""

    digits: str = field(repr=False)


@dataclass(frozen=True)
class Knowledge:
    """Last four digits of the SSN, and the birth date."""

    ssn4: str = field(repr=False)
    birth_date: date = field(repr=False)


@dataclass(frozen=True)
class AccessCode:
    """The code of somebody who acts for the member by this authority."""

    authority_id: str
    digits: str = field(repr=False)


Proof = Pin | Knowledge | AccessCode


class Verified(Message, frozen=True, kw_only=True, tag="verified"):
    """Proved, this well."""

    level: Verification


class NotProved(Message, frozen=True, kw_only=True, tag="not_proved"):
    """Also said of a member who cannot prove it this way, and of nobody: from outside they are the same."""


class LockedOut(Message, frozen=True, kw_only=True, tag="locked_out"):
    """Too many failures; tried again after `seconds` at the earliest. Also said to the right proof."""

    seconds: float


ProofResult = Verified | NotProved | LockedOut


class Directory(Protocol):
    """Looks members up. Every method may raise `core.errors.DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    async def by_phone(self, e164: str) -> Matches:
        """Who has this telephone number (`+14045550123`), by name, at most five of them."""

    async def by_number(self, member_number: str) -> MemberProfile | None:
        """The member with this number, check digit included; None when there is none."""

    async def profile(self, member_id: str) -> MemberProfile | None:
        """The member with this id; None when there is none."""


class Accounts(Directory, Protocol):
    """What the callers' side asks beyond that: who acts, what proves a caller, what they may be told."""

    async def by_access(self, access_number: str) -> Acting | None:
        """Who keys in this access number, and for which member they act; None when it is nobody's."""

    async def account(self, member_id: str) -> Account | None:
        """What self-service tells of the member with this id; None when there is none."""

    async def prove(self, member_id: str, proof: Proof) -> ProofResult:
        """Whether `proof` is the member's ("" for nobody's). Works as long whatever the answer.

        Every try counts towards the member's lockout, in whichever way it proves; a right one forgives those in a row.
        """

    async def remember_language(self, member_id: str, language: str) -> None:
        """The language that the member chose, for their next call."""
