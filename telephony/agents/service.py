"""Agents on the phones: follows what the PBX says of them, does what the rules ask, and carries out what they choose.

Everything is told to the PBX and comes back from it; nothing is believed because it was clicked.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping

from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import Problem, place_of
from core.following import follow, tell
from core.tasks import TaskOwner
from telephony.agents.rules import AgentRules, Outcome, Pause
from telephony.agents.states import AgentState, AgentStateChanged
from telephony.control import Control
from telephony.events import QueueMemberChanged

log = logging.getLogger(__name__)

BEHIND = "the agents' states fell behind the phone system; it is asked to tell every queue anew"
SIGNED_ON_WITHIN_S = 5.0
TOLD_WITHIN_S = 2.0  # then whoever did something has their answer, though the bus is away
FAILED_S = 1.0
_IDLE_S = 3600.0


class AgentsOnPhones:
    """The states of all devices that take queue calls, and the verbs on them. Verbs raise `Problem` saying why not.

    `retell` has the phone system tell every queue as a whole: asked for where events were missed.
    """

    def __init__(
        self,
        *,
        system: str,
        bus: Bus,
        clock: Clock,
        control: Control,
        rules: AgentRules,
        retell: Callable[[], None] = lambda: None,
    ) -> None:
        self._subject = f"states.{system}"
        self._bus, self._clock, self._control, self._rules = bus, clock, control, rules
        self._retell = retell
        self._tasks = TaskOwner("agents")
        self._changed = asyncio.Event()  # a membership changed: who waits for one looks again
        self._woken = asyncio.Event()  # something was done: the clock looks again what is due
        self._untold: deque[AgentStateChanged] = deque()  # in their order; few, while the bus is away
        self._telling = asyncio.Lock()

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, ">", self._take, behind=BEHIND, again=self._again), name="events")
        self._tasks.start(self._keep_time(), name="clock")

    async def stop(self) -> None:
        await self._tasks.stop()

    def state(self, device: str) -> AgentState | None:
        """None for a device that was never in a queue."""
        return self._rules.states().get(device)

    def queues(self, device: str) -> Mapping[str, int]:
        """The queues that it signed on to, with its penalty in each."""
        return self._rules.queues(device)

    # --- verbs ----------------------------------------------------------------------------------

    async def sign_on(self, device: str, name: str, queues: Mapping[str, int]) -> None:
        """Make `device` a member of exactly these queues, each with its penalty (0 is rung first).

        Queues that it belongs to by the PBX's configuration count as joined. Who is in a pause is in it in the new
        queues, too. Raises `Problem` where the PBX knows no such telephone, or a queue is not there; nothing is joined
        then, and what is not among `queues` is left all the same.
        """
        now, fixed, pause = dict(self._rules.queues(device)), self._rules.fixed(device), self._rules.pause(device)
        joined: list[str] = []
        try:
            try:  # joined before others are left: who is in no queue for a moment loses pause and wrap-up
                for queue, penalty in queues.items():
                    if queue not in now and queue not in fixed:
                        await self._control.queue_add(device, queue, name=name, penalty=penalty, pause=pause)
                        joined.append(queue)
                    elif queue in now and now[queue] != penalty:
                        await self._control.queue_penalty(device, queue, penalty)
            finally:
                for queue in now.keys() - queues.keys():
                    await self._control.queue_remove(device, queue)
            await self._seen(device, queues)
        except Problem:
            for queue in joined:
                await self._control.queue_remove(device, queue)
            raise

    async def sign_off(self, device: str) -> None:
        """Take `device` out of all its queues; a call it has goes on. Raises `Problem` while the PBX is not heard."""
        if not self._rules.up:
            raise Problem("the PBX is not heard of", remedy="Wait until the connection is back")
        for queue in list(self._rules.queues(device)):
            await self._control.queue_remove(device, queue)
        if self._rules.fixed(device):
            await self.desk(device, True)  # no desk is missed there any more

    async def tell(self, device: str) -> None:
        """Publish the state once more: somebody else is to know it, though nothing changed."""
        if state := self.state(device):
            self._untold.append(AgentStateChanged(at=self._clock.now(), device=device, state=state))
            await self._told()

    async def choose(self, device: str, name: str) -> None:
        """`available`, or a state off the phones; while talking it is kept for after the wrap-up."""
        self._need_seat(device)
        await self._do(self._rules.choose(device, name, self._clock.now()))

    async def extend_wrap_up(self, device: str, seconds: float) -> None:
        state = self._need_seat(device)
        if state.presence != "wrap_up":
            raise Problem("there is no wrap-up to extend")
        await self._do(self._rules.extend(device, seconds, self._clock.now()))

    async def end_wrap_up(self, device: str) -> None:
        """Let calls in again (or begin the state chosen for now); nothing where there is no wrap-up."""
        await self._do(self._rules.end_wrap_up(device, self._clock.now()))

    async def desk(self, device: str, there: bool) -> None:
        """The agent's desk is there (again), or its last connection broke."""
        await self._do(self._rules.desk(device, there, self._clock.now()))

    def _need_seat(self, device: str) -> AgentState:
        state = self.state(device)
        if state is None or state.presence == "signed_out":
            raise Problem("this telephone is not signed on to the queues", remedy="Sign on first")
        return state

    async def _seen(self, device: str, queues: Mapping[str, int]) -> None:
        """Wait until the PBX has said that the memberships are there. It takes any name for a telephone, too."""
        try:
            async with asyncio.timeout(SIGNED_ON_WITHIN_S):
                while not queues.keys() <= self._rules.queues(device).keys() | self._rules.fixed(device):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise Problem(f"the PBX did not confirm the queues of {device} in time") from None
        if queues and self._rules.telephone(device) == "invalid":
            raise Problem(f"the PBX knows no telephone {device}", remedy="Check the device's name, like PJSIP/1001")

    # --- following ------------------------------------------------------------------------------

    async def _take(self, delivery: Delivery) -> None:
        if delivery.subject == self._subject:
            return
        await self._do(self._rules.feed(delivery.event))
        if isinstance(delivery.event, QueueMemberChanged):
            self._changed.set()

    async def _again(self) -> None:
        self._retell()

    async def _keep_time(self) -> None:
        while True:
            due = self._rules.due()
            wait_s = _IDLE_S if due is None else max(0.0, (due - self._clock.now()).total_seconds())
            try:
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
                    self._woken.clear()
            except TimeoutError:
                try:
                    await self._do(self._rules.tick(self._clock.now()))
                except Exception as failure:  # noqa: BLE001
                    log.error("the clock of the agents' states failed, and goes on: %s", place_of(failure))
                    await asyncio.sleep(FAILED_S)

    async def _do(self, out: Outcome) -> None:
        """The PBX is told first: it is there while the bus may not be."""
        for command in out.commands:
            self._tasks.start(self._tell(command), name="pause")
        self._woken.set()
        if out.events:
            self._untold.extend(out.events)
            await self._told()

    async def _told(self) -> None:
        """Until all is told; while the bus is away not for long, and it is told in its order when it is back."""
        await asyncio.wait([self._tasks.start(self._tell_all(), name="tell")], timeout=TOLD_WITHIN_S)

    async def _tell_all(self) -> None:
        async with self._telling:
            while self._untold:
                await tell(self._bus, self._subject, self._untold[0])
                self._untold.popleft()

    async def _tell(self, command: Pause) -> None:
        try:
            if command.reason:
                await self._control.queue_pause(command.device, reason=command.reason)
            else:
                await self._control.queue_unpause(command.device)
        except Problem as problem:  # it stays unconfirmed: the rules ask again
            log.warning("%s could not be paused or let in again: %s", command.device, problem)
