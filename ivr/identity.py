"""Who calls: what the calling number suggests, what a number that was keyed in names, and what proves it.

All that is known comes from `records.directory.Accounts`, so another pension system can answer. A secret goes in and
only the result comes out; it is never kept, logged or told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Literal

from core.clock import Clock
from ivr.calling_numbers import CallingNumbers
from ivr.dialog.actions import Arrival, Found, MemberFacts, birth_date
from ivr.document.model import Way
from records.authority import is_minor, may_not_act, represented
from records.contact import Represented
from records.directory import AccessCode, Account, Accounts, Knowledge, LockedOut, NotProved, Pin, Proof, Verified
from records.phones import e164
from records.profile import MemberProfile

_RESULTS: dict[type, Literal["right", "wrong", "locked"]] = {
    Verified: "right",
    NotProved: "wrong",
    LockedOut: "locked",
}


class Identity:
    """What the menu asks about its caller. May raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`.

    `zone` is the site's: whether an authority holds, and who is a minor, is so on a day there.
    """

    def __init__(self, members: Accounts, calling: CallingNumbers, clock: Clock, *, zone: tzinfo) -> None:
        self._members, self._calling, self._clock, self._zone = members, calling, clock, zone

    async def arrival(self, number: str, dialled: str) -> Arrival:
        """The caller as the call arrives. The member where the number is one member's; it proves nothing."""
        known = e164(number)
        matches = await self._members.by_phone(known) if known else None
        if matches is None or matches.total == 0:
            return Arrival(number=number, dialled=dialled)
        member = await self._facts(matches.members[0]) if matches.total == 1 else None
        return Arrival(number=number, dialled=dialled, member=member, matches=matches.total)

    async def find(self, keys: str) -> Found:
        """Whom a member number names; or for whom somebody acts, by an access number that holds today."""
        if member := await self._members.by_number(keys):
            return Found(member=await self._facts(member))
        acting = await self._members.by_access(keys)
        if acting is None or may_not_act(acting.authority, acting.member, self._today()):
            return Found(member=None)
        return Found(member=await self._facts(acting.member), authority=acting.authority.authority_id)

    async def prove(
        self, way: Way, secret: Sequence[str], found: Found, number: str
    ) -> Literal["right", "wrong", "locked", "nothing"]:
        """Whether `secret` is that of who was found: a PIN, an access code, or the SSN's last four and the birth date
        (month, day, year). Nobody's secret takes as long. Failures count against the calling number too."""
        proof = _proof(way, secret, found)
        if proof is None:
            return "nothing"
        if not await self._calling.try_from(number):
            return "locked"
        member_id = found.member.member_id if found.member else ""
        result = _RESULTS[type(await self._members.prove(member_id, proof))]
        if result != "wrong":
            await self._calling.take_back(number)
        return result

    async def remember_language(self, member_id: str, language: str) -> None:
        """The language that the member chose, for their next call."""
        await self._members.remember_language(member_id, language)

    async def acting(self, member_id: str, authority_id: str) -> Represented | None:
        """The step for the contact's course, once the caller has proved that they act for the member."""
        member = await self._members.profile(member_id)
        authorities = member.authorities if member else ()
        theirs = next((one for one in authorities if one.authority_id == authority_id), None)
        return None if theirs is None else represented(theirs, self._clock.now())

    async def _facts(self, member: MemberProfile) -> MemberFacts:
        account = await self._members.account(member.member_id) or Account()
        return facts(member, account.language, self._today())

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()


def facts(member: MemberProfile, language: str, today: date) -> MemberFacts:
    """What a menu may know of a member: of a protected one neither name nor relation."""
    return MemberFacts(
        member_id=member.member_id,
        first_name="" if member.protected else member.name.partition(" ")[0],
        relation="" if member.protected else member.relation,
        language=language,
        protected=member.protected,
        minor=is_minor(member, today),
    )


def _proof(way: Way, secret: Sequence[str], found: Found) -> Proof | None:
    """None where nothing, or only a part, was keyed in. A date that is none is wrong like any other."""
    if not secret or not all(secret):
        return None
    if found.authority:
        return AccessCode(found.authority, secret[0])
    if way == "pin":
        return Pin(secret[0])
    if len(secret) < 2:
        return None
    return Knowledge(secret[0], birth_date(secret[1]) or date.min)
