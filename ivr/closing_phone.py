"""Closing and opening the whole centre by telephone: three services for a menu that only the staff knows of.

Two things prove who calls: the calling number is one that may (numbers can be faked), and the code is somebody's who
may close still. What is closed is closed as by the page, with the standard message, until the opening of the next day
that has one; a call back keeps the place of whoever waits.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from datetime import datetime, tzinfo

from core.access import allowed
from core.clock import Clock
from core.errors import Problem
from ivr.calling_numbers import CallingNumbers
from ivr.closing_codes import ClosingCodes, Whose
from ivr.closing_service import ClosingService
from ivr.closing_texts import texts
from ivr.closures import EVERYTHING, LONGEST, CloseAsked, Closure, spoken
from ivr.dialog.actions import Served
from ivr.self_service import closing_specs
from ivr.self_service.service import Customer, Service, Spec
from ivr.speaking.values import AnyValue, Day
from ivr.speaking.values import Clock as SpokenTime
from ivr.waiting.openings import ALWAYS_OPEN_FOR, Openings
from records.agents import Agents
from records.phones import e164

WHY = "closed by telephone"


class ClosingByTelephone:
    """`numbers` are those that may (E.164, or extensions). `hours`, of `queue`, say when the next day begins, whatever
    is closed."""

    def __init__(
        self,
        *,
        closing: ClosingService,
        codes: ClosingCodes,
        calling: CallingNumbers,
        agents: Agents,
        numbers: Collection[str],
        hours: Openings,
        queue: Callable[[], str],
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        """Raises `Problem` for a number that is none."""
        self.closing, self.hours, self.queue, self.clock, self.zone = closing, hours, queue, clock, zone
        self._codes, self._calling, self._agents = codes, calling, agents
        self._numbers = frozenset(map(_number, numbers))

    def services(self) -> tuple[Service, ...]:
        return State(self), Close(self), Open(self)

    async def who(self, customer: Customer) -> str | Served:
        """The agent's id; or why nothing is done. From elsewhere nobody learns whether a code is good."""
        if _in_one_form(customer.number) not in self._numbers:
            return Served(outcome="not_allowed")
        if not await self._calling.try_from(customer.number):
            return Served(outcome="locked")
        checked = await self._codes.check(customer.inputs.get("code", ""))
        if checked == "wrong":
            return Served(outcome="wrong")
        await self._calling.take_back(customer.number)
        if not isinstance(checked, Whose):
            return Served(outcome="locked")
        agent = await self._agents.get(checked.agent_id)
        if agent is None or not agent.active or not allowed(agent.role, "closure", "change"):
            return Served(outcome="not_allowed")
        return agent.agent_id

    def standing(self) -> tuple[Closure, ...]:
        """What closes the whole centre now."""
        now = self.clock.now()
        return tuple(each for each in self.closing.current() if each.queue == EVERYTHING and each.in_force(now))

    def until(self, now: datetime) -> datetime:
        """The opening after the present, or else the coming, stretch of hours."""
        first = now if self.hours.is_open(self.queue(), now) else self.hours.opens(self.queue(), now)
        after = self.hours.opens(self.queue(), first) if first is not None else None
        return min(after or now + ALWAYS_OPEN_FOR, now + LONGEST)

    def told(self, outcome: str, moment: datetime) -> Served:
        local = moment.astimezone(self.zone)
        values: dict[str, AnyValue] = {
            "day": Day(day=local.date()),
            "time": SpokenTime(time=local.time().replace(second=0, microsecond=0)),
        }
        return Served(outcome=outcome, values=values)


class _Part(ABC):
    """One of the services: who calls is made sure of before anything else."""

    spec: Spec

    def __init__(self, phone: ClosingByTelephone) -> None:
        self._phone = phone

    async def __call__(self, customer: Customer, now: datetime) -> Served:
        who = await self._phone.who(customer)
        return who if isinstance(who, Served) else await self.serve(who, now)

    @abstractmethod
    async def serve(self, agent_id: str, now: datetime) -> Served:
        """What agent `agent_id`, who may, is told."""


class State(_Part):
    spec = closing_specs.STATE

    async def serve(self, agent_id: str, now: datetime) -> Served:
        if standing := self._phone.standing():
            return self._phone.told("is_closed", max(each.ends_at for each in standing))
        return self._phone.told("is_open", self._phone.until(now))


class Close(_Part):
    spec = closing_specs.CLOSE

    async def serve(self, agent_id: str, now: datetime) -> Served:
        closing, until = self._phone.closing, self._phone.until(now)
        message = spoken(texts().standard, closing.languages)
        asked = CloseAsked(ends_at=until, message=message, why=WHY, waiting="callback")
        closure = await closing.close(asked, agent_id)
        return self._phone.told("closed", max(each.ends_at for each in (closure, *self._phone.standing())))


class Open(_Part):
    spec = closing_specs.OPEN

    async def serve(self, agent_id: str, now: datetime) -> Served:
        standing = self._phone.standing()
        for closure in standing:
            await self._phone.closing.end(closure.closure_id, agent_id)
        return Served(outcome="opened" if standing else "is_open")


def _number(number: str) -> str:
    found = _in_one_form(number)
    if not re.fullmatch(r"\+?\d{2,15}", found):
        raise Problem(
            f"{number!r} is no telephone number",
            place="closing_numbers",
            remedy="Write it as +14045550100, or a telephone of your own by its extension",
        )
    return found


def _in_one_form(number: str) -> str:
    """E.164, or an extension of our own as it is."""
    return e164(number) or number.strip()
