"""The staff on a real database, with a phone system that a test plays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from realtime.bus import InProcessBus
from records.agents import Agent, Agents, Hired
from records.audit import Audit
from records.events import AgentChanged
from records.passwords import Passwords
from scheduling.staff.service import Staff
from telephony.agents.states import STANDARD, AgentState

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SECRET = "a long enough secret"


class Telephones:
    """The phone system, as far as the staff use it."""

    def __init__(self) -> None:
        self.members: dict[str, dict[str, int]] = {}
        self.presence: dict[str, str] = {}
        self.done: list[tuple[str, ...]] = []
        self.gone = False  # as while the link is down
        self.entered: list[str] = []  # sign-ons in the order that they began
        self.hold = asyncio.Event()  # they wait for it
        self.hold.set()

    def state(self, device: str) -> AgentState | None:
        if device not in self.members:
            return None
        return AgentState(presence=self.presence.get(device, "available"), since=NOW)  # type: ignore[arg-type]

    def queues(self, device: str) -> Mapping[str, int]:
        return self.members.get(device, {})

    async def tell(self, device: str) -> None:
        self.done.append(("tell", device))

    async def sign_on(self, device: str, name: str, queues: Mapping[str, int]) -> None:
        self.entered.append(device)
        await self.hold.wait()
        self._need_link()
        if device.endswith("nosuch"):
            raise Problem(f"the PBX knows no telephone {device}")
        self.members[device] = dict(queues)

    async def sign_off(self, device: str) -> None:
        self._need_link()
        self.members.pop(device, None)

    def _need_link(self) -> None:
        if self.gone:
            raise Problem("there is no connection to the PBX")

    async def choose(self, device: str, name: str) -> None:
        self.done.append(("choose", device, name))

    async def extend_wrap_up(self, device: str, seconds: float) -> None:
        self.done.append(("extend", device, str(seconds)))

    async def end_wrap_up(self, device: str) -> None:
        self.done.append(("end", device))

    async def desk(self, device: str, there: bool) -> None:
        self.done.append(("desk", device, str(there)))


class Centre:
    def __init__(self, url: str) -> None:
        self.db, self.bus, self.clock = Database(url), InProcessBus(), SystemClock()
        self.agents = Agents(self.db, Passwords("x"), self.clock)
        self.audit = Audit(self.db, self.clock, "x")
        self.phones = Telephones()
        self.staff = Staff(agents=self.agents, phones=self.phones, bus=self.bus, clock=self.clock, states=STANDARD)
        self.told: list[AgentChanged] = []
        self.bus.listen("staff.*", lambda delivery: self.told.append(delivery.event))  # type: ignore[arg-type]

    async def hire(self, username: str, **facts: object) -> Agent:
        hired = {"username": username, "name": username.title(), "queues": {"general": 0}, "password": SECRET, **facts}
        return await self.staff.hire(Hired(**hired))  # type: ignore[arg-type]
