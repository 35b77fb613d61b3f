"""The phone system as the rest of Memberline sees it: events on the bus, verbs as methods. The shell of this room.

Asterisk ──listening link──▶ trackers ──▶ bus        Asterisk ◀──acting link── verbs, menu, taps
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from core.bus import Bus, word
from core.clock import Clock
from core.errors import Problem
from core.following import tell
from core.tasks import TaskOwner
from telephony import control, presence, queue, taps
from telephony.ami import agi, fetch
from telephony.ami.connection import Address
from telephony.ami.link import AmiLink
from telephony.ami.masking import Mask
from telephony.audio import AudioServer
from telephony.calls import tracker
from telephony.calls.call import Call
from telephony.events import CallEvent, PhoneSystemChanged
from telephony.snapshot import RawSnapshot

log = logging.getLogger(__name__)

BACKLOG = 100_000  # events that wait to be published; beyond, the link takes a new snapshot instead
HEARTBEAT_S = 5.0
KEPT_CLOSED = 1_000

AnyEvent = CallEvent | queue.AnyQueueEvent | PhoneSystemChanged


class PhoneSystem:
    """One Asterisk. `on_snapshot` is called with each snapshot, after the trackers have become what it says."""

    def __init__(
        self,
        *,
        system: str,
        bus: Bus,
        clock: Clock,
        listen: Address,
        act: Address,
        audio: tuple[str, int],
        transfer_context: str,
        record: Callable[[dict[str, str]], None] | None = None,
    ) -> None:
        self.system, self._bus, self._clock, self._transfer_context = system, bus, clock, transfer_context
        self.calls, self.queues = tracker.CallTracker(system), presence.PresenceTracker()
        mask = Mask()
        self._listening: AmiLink[RawSnapshot] = AmiLink(
            "listening",
            listen,
            on_event=self._heard,
            wanted=tracker.EVENTS | presence.EVENTS,
            mask=mask,
            record=record,
            snapshot=fetch.fetch_snapshot,
            on_connected=self._reconciled,
            on_disconnected=self._unheard,
        )
        self.acting: AmiLink[None] = AmiLink(
            "acting", act, on_event=self._answered, mask=mask, on_disconnected=self._unanswered
        )
        self.agi = agi.AgiCommands(self.acting, mask)
        self.control = control.Control(self.acting)
        self.audio = AudioServer(*audio, clock)
        self.taps = taps.Taps(self.acting, self.audio)
        self._listeners: list[Callable[[Mapping[str, str]], None]] = [self.agi.on_event, self.taps.on_event]
        self._on_snapshot: list[Callable[[RawSnapshot], Awaitable[object]]] = []
        self._unsaid: deque[AnyEvent] = deque()
        self._news = asyncio.Event()
        self._tasks = TaskOwner("phone-system")

    def on_acting_event(self, listener: Callable[[Mapping[str, str]], None]) -> None:
        """Have `listener` called with each event of the acting link (the menu's AsyncAGIStart among them)."""
        self._listeners.append(listener)

    def on_snapshot(self, listener: Callable[[RawSnapshot], Awaitable[object]]) -> None:
        self._on_snapshot.append(listener)

    async def start(self) -> None:
        """Connect both links and take the first snapshot; one clear `Problem` where that cannot be."""
        await self.audio.start()
        try:
            self._tasks.start(self._publish(), name="publish")
            await self.acting.start()
            await self._listening.start()
            self._tasks.start(self._beat(), name="heartbeat")
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Let go of the PBX; calls in progress go on there without us."""
        await self._tasks.stop()
        await self._listening.stop()
        await self.acting.stop()
        await self.audio.stop()

    @property
    def up(self) -> bool:
        return self._listening.up and self.acting.up

    def live(self) -> set[str]:
        """The ids of the calls that are going on."""
        return {call.call_id for call in self.calls.open_calls()}

    # --- verbs that know a call ---------------------------------------------------------------

    async def transfer(self, call_id: str, destination: str) -> None:
        """Send the caller to a destination of the directory; raises `Problem` saying why it could not be done."""
        call = self._call(call_id)
        if call is None or call.caller is None:
            raise Problem("the call is over")
        await self.control.blind_transfer(call.caller.channel, self._transfer_context, destination)

    async def redirect(self, channel: str, context: str, exten: str) -> None:
        await self.control.blind_transfer(channel, context, exten)

    def _call(self, call_id: str) -> Call | None:
        return next((call for call in self.calls.open_calls() if call.call_id == call_id), None)

    # --- events -------------------------------------------------------------------------------

    def _heard(self, message: dict[str, str]) -> None:
        now = self._clock.now()
        self._say([*self.calls.feed(message, now), *self.queues.feed(message, now)])

    def _answered(self, message: dict[str, str]) -> None:
        for listener in self._listeners:
            listener(message)

    def tell_queues(self) -> None:
        """Tell every queue as a whole, in its place among the events: what others know of it may be from before."""
        self._say([*queue.whole(self.queues.members, self.queues.waiting, self._clock.now())])

    def _unheard(self) -> None:
        self._say([PhoneSystemChanged(at=self._clock.now(), system=self.system, up=False)])

    def _unanswered(self) -> None:
        self.agi.on_disconnected()

    def _reconciled(self, snapshot: RawSnapshot) -> None:
        now = self._clock.now()
        up = PhoneSystemChanged(at=now, system=self.system, up=True)
        self._say([up, *self.calls.reconcile(snapshot, now), *self.queues.reconcile(snapshot, now)])
        self.tell_queues()
        for listener in self._on_snapshot:
            self._tasks.start(_awaited(listener, snapshot), name="snapshot")

    def _say(self, events: list[AnyEvent]) -> None:
        if not events:
            return
        if len(self._unsaid) > BACKLOG:
            log.error("%d events wait to be published: they are given up for a new snapshot", len(self._unsaid))
            self._unsaid.clear()
            self._listening.renew("too many events wait to be published")
        self._unsaid.extend(events)
        del self.calls.closed[:-KEPT_CLOSED]
        self._news.set()

    async def _publish(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._unsaid:
                event = self._unsaid.popleft()
                await tell(self._bus, subject_of(event), event)

    async def _beat(self) -> None:
        """Tell the dialplan that callers may be handed to us: it queues them by itself when this stops."""
        while True:
            try:
                alive = str(int(self._clock.now().timestamp()))
                await self.acting.action({"Action": "Setvar", "Variable": "ML_ALIVE", "Value": alive})
            except Problem as problem:
                log.debug("no heartbeat: %s", problem)
            await asyncio.sleep(HEARTBEAT_S)


def subject_of(event: AnyEvent) -> str:
    """Where an event is published: `call.<call id>`, `queue.<name>` or `phones.<system>`."""
    if isinstance(event, PhoneSystemChanged):
        return f"phones.{event.system}"
    return f"call.{event.call_id}" if isinstance(event, CallEvent) else f"queue.{word(queue.queue_of(event))}"


async def _awaited(listener: Callable[[RawSnapshot], Awaitable[object]], snapshot: RawSnapshot) -> None:
    await listener(snapshot)


def acting_needs() -> frozenset[str]:
    """The actions that the acting manager user must be allowed."""
    return agi.NEEDS | control.NEEDS | taps.NEEDS | {"Setvar"}
