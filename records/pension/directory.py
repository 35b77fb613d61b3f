"""Members from a pension system that may answer slowly, wrongly or never, so that a call never waits for it.

What is asked again within moments is answered from memory. Where the system fails, the last known profile is shown,
with a flag that says as of when; where nothing is known, `PensionGone`, as for a database of our own that is away: the
caller is served as one who is not known yet. A system that keeps failing is left alone for a while. What is answered,
but in no shape that the mapping knows, counts as no answer for the call, and is said in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from core.clock import Clock
from core.errors import DatabaseGone, place_of
from records.directory import Account, Accounts, Acting, Matches, Proof, ProofResult
from records.pension.ports import PensionGone, PensionProfiles, PensionUnclear
from records.profile import MemberProfile

log = logging.getLogger(__name__)

T = TypeVar("T")
_NOBODY = Matches(members=(), total=0)


class Breaker:
    """Whether to ask at all. Pure: monotonic seconds are passed in.

    After `failures` in a row nobody is asked for `rest_s`; then one is let through, and its answer decides.
    """

    def __init__(self, *, failures: int = 5, rest_s: float = 10.0) -> None:
        self._limit, self._rest_s = failures, rest_s
        self._failures, self._until = 0, 0.0

    def lets(self, now: float) -> bool:
        if self._failures < self._limit:
            return True
        if now < self._until:
            return False
        self._until = now + self._rest_s  # this one tries; the others go on resting
        return True

    def answered(self) -> None:
        self._failures = 0

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._failures >= self._limit:
            self._until = now + self._rest_s


class Known(NamedTuple, Generic[T]):
    at: datetime
    answer: T


class Local(Protocol):
    """What Memberline itself knows of a member, whose profile comes from elsewhere."""

    async def enrich(self, member: MemberProfile) -> MemberProfile:
        """With the last contacts, and what was asked for by telephone."""


class PensionDirectory:
    """`records.directory.Directory` over a pension system.

    `within_s`: how long a call waits. `fresh_s`: how long an answer counts as just given. `known_s` and `bound`: how
    long, and how many answers, are remembered for when the system fails.
    """

    def __init__(
        self,
        source: PensionProfiles,
        clock: Clock,
        *,
        local: Local | None = None,
        breaker: Breaker | None = None,
        within_s: float = 1.0,
        fresh_s: float = 10.0,
        known_s: float = 24 * 3600.0,
        bound: int = 10_000,
    ) -> None:
        self._source, self._clock, self._local, self._breaker = source, clock, local, breaker or Breaker()
        self._within_s, self._bound = within_s, bound
        self._fresh, self._known = timedelta(seconds=fresh_s), timedelta(seconds=known_s)
        self._phones: OrderedDict[str, Known[Matches]] = OrderedDict()
        self._members: OrderedDict[str, Known[MemberProfile | None]] = OrderedDict()
        self._away, self._unclear = False, ""

    async def by_phone(self, e164: str) -> Matches:
        known, as_of = await self._answer(self._phones, e164, lambda: self._source.by_phone(e164))
        members = [await self._whole(member, as_of) for member in known.members]
        return Matches(members=tuple(members), total=known.total)

    async def by_number(self, member_number: str) -> MemberProfile | None:
        ask = lambda: self._source.by_number(member_number)  # noqa: E731
        return await self._one(f"number {member_number}", ask)

    async def profile(self, member_id: str) -> MemberProfile | None:
        return await self._one(f"id {member_id}", lambda: self._source.profile(member_id))

    def forget(self, member_id: str) -> None:
        """A change of this member was made there: what was known is known no longer. Call it when a change is done."""
        for name in [name for name, known in self._members.items() if _is(known.answer, member_id)]:
            del self._members[name]
        for number in [
            number
            for number, known in self._phones.items()
            if any(_is(each, member_id) for each in known.answer.members)
        ]:
            del self._phones[number]

    async def _one(self, name: str, ask: Callable[[], Awaitable[MemberProfile | None]]) -> MemberProfile | None:
        member, as_of = await self._answer(self._members, name, ask)
        return None if member is None else await self._whole(member, as_of)

    async def _answer(
        self, memory: OrderedDict[str, Known[T]], name: str, ask: Callable[[], Awaitable[T]]
    ) -> tuple[T, datetime | None]:
        """The answer, and None; or the last known one, and of when it is."""
        now = self._clock.now()
        known = memory.get(name)
        if known is not None and now - known.at <= self._fresh:
            return known.answer, None
        try:
            answer = await self._asked(ask)
        except PensionGone:
            nobody = known is None or known.answer is None or known.answer == _NOBODY
            if known is None or nobody or now - known.at > self._known:
                raise  # that nobody was there is no knowledge to serve a caller by
            return known.answer, known.at
        memory[name] = Known(self._clock.now(), answer)
        memory.move_to_end(name)
        while len(memory) > self._bound:
            memory.popitem(last=False)
        return answer, None

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Raises `PensionGone` whatever went wrong."""
        if not self._breaker.lets(self._clock.monotonic()):
            raise PensionGone("the pension system does not answer")
        try:
            async with asyncio.timeout(self._within_s):
                answer = await ask()
        except TimeoutError:
            raise self._failed(f"no answer within {self._within_s:g} s") from None
        except DatabaseGone as gone:
            raise self._failed(str(gone)) from None
        except PensionUnclear as unclear:
            self._answered()
            if str(unclear) != self._unclear:
                log.error("the pension system's answer cannot be used: %s", unclear)
            self._unclear = str(unclear)
            raise PensionGone(str(unclear)) from unclear
        except Exception as failure:
            raise self._failed(place_of(failure)) from failure
        self._answered()
        return answer

    def _answered(self) -> None:
        self._breaker.answered()
        if self._away:
            log.info("the pension system answers again")
        self._away = False

    def _failed(self, why: str) -> PensionGone:
        self._breaker.failed(self._clock.monotonic())
        if not self._away:
            log.error("members are shown as last known, or not at all: %s", why)
        self._away = True
        return PensionGone(why)

    async def _whole(self, member: MemberProfile, as_of: datetime | None) -> MemberProfile:
        if as_of is not None:
            flag = f"as of {as_of:%Y-%m-%d %H:%M} UTC: the pension system gives no answer now"
            member = msgspec.structs.replace(member, flags=(*member.flags, flag))
        return member if self._local is None else await self._local.enrich(member)


class PensionAccounts(PensionDirectory):
    """`records.directory.Accounts`: profiles from the pension system, proofs and the rest from our own tables."""

    def __init__(self, source: PensionProfiles, clock: Clock, own: Accounts, *, local: Local | None = None) -> None:
        super().__init__(source, clock, local=local)
        self._own = own

    async def by_access(self, access_number: str) -> Acting | None:
        acting = await self._own.by_access(access_number)
        if acting is None:
            return None
        member = await self.profile(acting.member.member_id)
        return None if member is None else Acting(member=member, authority=acting.authority)

    async def account(self, member_id: str) -> Account | None:
        return await self._own.account(member_id)

    async def prove(self, member_id: str, proof: Proof) -> ProofResult:
        return await self._own.prove(member_id, proof)

    async def remember_language(self, member_id: str, language: str) -> None:
        await self._own.remember_language(member_id, language)


def _is(member: MemberProfile | None, member_id: str) -> bool:
    return member is not None and member.member_id == member_id
