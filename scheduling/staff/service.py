"""The people who work here, live: every change is stored, carried out on the PBX, and told to everybody.

Order matters where rights go: first there is no way in, then what is held is void, then the telephone leaves its
queues. What cannot be told or carried out now (the bus or the PBX is gone) stays owed, and is tried again until it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import Problem
from core.following import follow
from core.tasks import TaskOwner
from records.agents import Agent, Agents, Change, Hired, Moved
from records.changes import Note, unnoted
from records.events import AgentChanged, DeskConnected
from telephony.agents.states import AgentState, AgentStateChanged, OffPhones
from telephony.events import PhoneSystemChanged

log = logging.getLogger(__name__)

AVAILABLE = "available"
CATCH_UP_S = 1.0  # how soon a change by another process holds
TRIED_AGAIN_S = 5.0  # what the PBX could not do
SETTLED_S = 2.0  # the word that the PBX is there comes before its memberships
_OVERLAP = timedelta(seconds=5)  # changes that were stored a little out of order


class Phones(Protocol):
    """The verbs of `telephony.agents.service`; each raises `Problem` saying why it could not be done."""

    def state(self, device: str) -> AgentState | None: ...
    def queues(self, device: str) -> Mapping[str, int]: ...
    async def tell(self, device: str) -> None: ...
    async def sign_on(self, device: str, name: str, queues: Mapping[str, int]) -> None: ...
    async def sign_off(self, device: str) -> None: ...
    async def choose(self, device: str, name: str) -> None: ...
    async def extend_wrap_up(self, device: str, seconds: float) -> None: ...
    async def end_wrap_up(self, device: str) -> None: ...
    async def desk(self, device: str, there: bool) -> None: ...


class Staff:
    """Everybody who works here. `states` are those that an agent can choose while taking no calls."""

    def __init__(
        self, *, agents: Agents, phones: Phones, bus: Bus, clock: Clock, states: tuple[OffPhones, ...]
    ) -> None:
        self._agents, self._phones, self._bus, self._clock = agents, phones, bus, clock
        self.states = states
        self._known: dict[str, Change] = {}
        self._seen_to: datetime | None = None  # changes up to here are known
        self._untold: dict[str, bool] = {}  # agents whose change is still to be published; whether rights went
        self._owed: dict[str, bool] = {}  # telephones whose queues are not as the rights say; whether the log has it
        self._tried = float("-inf")  # when that was last tried
        self._heard: float | None = None  # since when the PBX is there (again), until its memberships are compared
        self._desks: set[str] = set()  # whose desk is connected
        self._on: set[str] = set()  # telephones that are in queues
        self._catching_up, self._carrying_out = asyncio.Lock(), asyncio.Lock()
        self._signing: dict[str, asyncio.Lock] = {}  # one for each agent
        self._tasks = TaskOwner("staff")

    async def load(self) -> None:
        """Who works here now."""
        self._known = {change.agent.agent_id: change for change in await self._agents.changes(None)}
        self._seen_to = _latest(self._known.values())

    async def start(self) -> None:
        self._tasks.start(self._watch(), name="watch")
        behind = "the desks' connections fell behind: somebody may be away who is not, or the other way round"
        for pattern in ("desk.*", "states.*", "phones.*"):
            self._tasks.start(follow(self._bus, pattern, self._take, behind=behind), name=pattern)

    async def stop(self) -> None:
        await self._tasks.stop()

    @property
    def all(self) -> tuple[Agent, ...]:
        return tuple(change.agent for change in self._known.values() if change.agent.active)

    def get(self, agent_id: str) -> Agent:
        """Raises `Problem` where nobody of this id works here."""
        change = self._known.get(agent_id)
        if change is None or not change.agent.active:
            raise Problem(f"there is no agent {agent_id}")
        return change.agent

    def at(self, device: str) -> Agent | None:
        """Who is signed on with this telephone."""
        return next((agent for agent in self.all if agent.device == device), None)

    def name_at(self, device: str) -> tuple[str, str]:
        """Id and name of the agent at a telephone; the telephone itself where nobody is known there."""
        agent = self.at(device)
        return (agent.agent_id, agent.name) if agent else (device, device)

    def state(self, agent_id: str) -> AgentState | None:
        """What the PBX says of the agent's telephone; None where they are on none."""
        device = self.get(agent_id).device
        return self._phones.state(device) if device else None

    # --- on and off the phones ------------------------------------------------------------------

    async def sign_on(self, agent_id: str, device: str) -> None:
        """Take calls with this telephone, in the queues the agent has rights to. One telephone at a time."""
        async with self._one_at_a_time(agent_id):
            agent = self.get(agent_id)
            if not agent.queues:
                raise Problem(f"{agent.name} has a right to no queue", remedy="An administrator can give one")
            if agent.device and agent.device != device:
                self._need_free(agent.device)
            before = await self._agents.take_device(agent_id, device)
            await self.catch_up()
            try:
                await self._phones.sign_on(device, agent.name, agent.queues)
            except Problem:
                await self._agents.take_device(agent_id, before)
                await self.catch_up()
                if before is not None:
                    await self._phones.tell(before)
                if before != device:
                    self._owe(device)  # where it could not be taken out again
                raise
            await self._phones.desk(device, agent_id in self._desks)
            await self._phones.tell(device)
            if before is not None and before != device:
                self._owe(before)
                await self._carry_out()

    async def sign_off(self, agent_id: str) -> None:
        """Take no more calls; the one they have goes on until it ends."""
        async with self._one_at_a_time(agent_id):
            agent = self.get(agent_id)
            if agent.device:
                self._need_free(agent.device)
                await self._phones.sign_off(agent.device)
                await self._agents.take_device(agent_id, None)
                await self.catch_up()

    async def choose(self, agent_id: str, name: str) -> None:
        """`available` or one of `states`; raises `Problem` for another."""
        if name != AVAILABLE and name not in (state.name for state in self.states):
            known = ", ".join((AVAILABLE, *(state.name for state in self.states)))
            raise Problem(f"there is no state {name!r}", remedy=f"Choose one of: {known}")
        await self._phones.choose(self._device(agent_id), name)

    async def extend_wrap_up(self, agent_id: str, seconds: float) -> None:
        await self._phones.extend_wrap_up(self._device(agent_id), seconds)

    async def end_wrap_up(self, agent_id: str) -> None:
        await self._phones.end_wrap_up(self._device(agent_id))

    # --- hire, move, leave ----------------------------------------------------------------------

    async def hire(self, hired: Hired, note: Note = unnoted) -> Agent:
        agent = await self._agents.hire(hired, note)
        await self.catch_up()
        return agent

    async def move(self, agent_id: str, moved: Moved, note: Note = unnoted) -> Agent:
        """Other rights hold at once: sessions end, and the telephone is in the queues it now has a right to."""
        self.get(agent_id)
        agent = await self._agents.move(agent_id, moved, note)
        await self.catch_up()
        return agent

    async def leave(self, agent_id: str, note: Note = unnoted) -> None:
        self.get(agent_id)
        await self._agents.leave(agent_id, note)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Carry out what changed in the records since last time, whoever changed it: this process, the command line."""
        async with self._catching_up:
            changes = await self._agents.changes(self._seen_to and self._seen_to - _OVERLAP)
            for change in changes:
                if self._known.get(change.agent.agent_id) != change:
                    self._changed(change)
            self._seen_to = _latest(changes) or self._seen_to
        await self._carry_out()

    # --- inside ---------------------------------------------------------------------------------

    def _one_at_a_time(self, agent_id: str) -> asyncio.Lock:
        """Two tabs of one agent sign on one after the other."""
        self.get(agent_id)
        return self._signing.setdefault(agent_id, asyncio.Lock())

    def _need_free(self, device: str) -> None:
        state = self._phones.state(device)
        if state is not None and state.presence in ("on_call", "ringing"):
            raise Problem(f"{device} has a call", remedy="Sign off when it is over")

    def _device(self, agent_id: str) -> str:
        device = self.get(agent_id).device
        if device is None:
            raise Problem("you are signed on with no telephone", remedy="Sign on first")
        return device

    def _changed(self, change: Change) -> None:
        """From here on the person is what they now are; what follows from it is owed."""
        agent = change.agent
        before = self._known.get(agent.agent_id)
        self._known[agent.agent_id] = change
        revoked = before is not None and before.rights_at != change.rights_at
        self._untold[agent.agent_id] = self._untold.get(agent.agent_id, False) or revoked
        if agent.device and (not agent.active or (before is not None and agent.queues != before.agent.queues)):
            self._owe(agent.device)

    def _owe(self, device: str) -> None:
        self._owed[device] = False
        self._tried = float("-inf")

    def _compare(self) -> None:
        """What went wrong, or was changed, while the PBX and we did not hear of each other."""
        for change in self._known.values():
            agent = change.agent
            if agent.device is None:
                continue
            now = self._phones.queues(agent.device)
            if not agent.active or (now and dict(now) != agent.queues):
                self._owe(agent.device)

    async def _carry_out(self) -> None:
        """Tell and do what is owed; what fails stays so."""
        async with self._carrying_out:
            for agent_id in list(self._untold):
                revoked, agent = self._untold.pop(agent_id), self._known[agent_id].agent
                event = AgentChanged(at=self._clock.now(), agent=agent, revoked=revoked)
                try:
                    await self._bus.publish(f"staff.{agent_id}", event)
                except Problem as problem:
                    self._untold[agent_id] = self._untold.get(agent_id, False) or revoked
                    log.error("a change of %s could not be told: %s", agent_id, problem)
            if self._heard is not None or self._clock.monotonic() - self._tried < TRIED_AGAIN_S:
                return
            for device, logged in list(self._owed.items()):
                self._tried = self._clock.monotonic()
                try:
                    await self._place(device)
                except Problem as problem:
                    self._owed[device] = True
                    if not logged:
                        log.error("the queues of %s are not as the rights say: %s", device, problem)
                else:
                    self._owed.pop(device, None)

    async def _place(self, device: str) -> None:
        """Have the telephone in the queues that who sits there has a right to."""
        agent = next((each.agent for each in self._known.values() if each.agent.device == device), None)
        if agent is not None and agent.active:
            await self._phones.sign_on(device, agent.name, agent.queues)
            return
        await self._phones.sign_off(device)
        if agent is not None:  # only now is it free for somebody else
            await self._agents.take_device(agent.agent_id, None)

    async def _take(self, delivery: Delivery) -> None:
        match delivery.event:
            case DeskConnected(agent_id=agent_id, there=there):
                (self._desks.add if there else self._desks.discard)(agent_id)
                if (change := self._known.get(agent_id)) and change.agent.device:
                    await self._phones.desk(change.agent.device, there)
            case AgentStateChanged(device=device, state=state) if state.presence == "signed_out":
                self._on.discard(device)
            case AgentStateChanged(device=device) if device not in self._on:
                self._on.add(device)
                if agent := self.at(device):  # after a restart nobody has told yet whether a desk is there
                    await self._phones.desk(device, agent.agent_id in self._desks)
            case PhoneSystemChanged(up=True):
                self._heard = self._clock.monotonic()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CATCH_UP_S)
            if self._heard is not None and self._clock.monotonic() - self._heard >= SETTLED_S:
                self._heard = None
                self._compare()
            try:
                await self.catch_up()
            except Problem as problem:
                log.warning("the staff could not be read: %s", problem)


def _latest(changes: Iterable[Change]) -> datetime | None:
    return max((change.changed_at for change in changes if change.changed_at), default=None)
