"""A service of call backs on a real database, with a clock that the test turns and a PBX that the test plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.bus import Delivery
from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from core.ids import call_id
from ivr.parts import Wish
from ivr.waiting.callback_service import CallbackService, Trunk
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import CallBack, Traced
from ivr.waiting.queues import Queues
from realtime.bus import InProcessBus
from records.events import CallerKnown
from telephony.events import CallEvent, QueueChanged, QueueMemberChanged

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
OPENS, CLOSES = T0 - timedelta(hours=1), T0 + timedelta(hours=8)
QUEUE, NUMBER = "member_services", "4045550123"


class Hours:
    """Open from one to ten, and the next day again."""

    def is_open(self, queue: str, now: datetime) -> bool:
        return any(OPENS + day <= now < CLOSES + day for day in (timedelta(0), timedelta(days=1)))

    def opens(self, queue: str, now: datetime) -> datetime | None:
        return OPENS if now < OPENS else OPENS + timedelta(days=1)

    def closes(self, queue: str, now: datetime) -> datetime:
        return (CLOSES if now < CLOSES else CLOSES + timedelta(days=1)) if self.is_open(queue, now) else now


@dataclass
class Pbx:
    """What it was told to dial, in order; what is up; what its record says."""

    dialled: list[dict[str, object]] = field(default_factory=list)
    up: set[str] = field(default_factory=set)
    record: dict[str, Traced] = field(default_factory=dict)
    fails: Exception | None = None
    fails_after: Exception | None = None  # it did it, and the answer is lost
    blind: Problem | None = None  # neither can be asked

    async def call_back(
        self, dial: str, context: str, *, channel_id: str, shown: str, variables: Mapping[str, str], ring_s: float
    ) -> None:
        if self.fails:
            raise self.fails
        assert channel_id not in {each["channel"] for each in self.dialled}
        self.dialled.append({"channel": channel_id, "dial": dial, "context": context, **variables})
        self.up.add(channel_id)
        if self.fails_after:
            raise self.fails_after

    async def is_up(self, channel: str) -> bool:
        if self.blind:
            raise self.blind
        return channel in self.up

    async def trace(self, channel: str, since: datetime) -> Traced:
        if self.blind:
            raise self.blind
        return self.record.get(channel, "never")


@dataclass
class House:
    db: Database
    clock: ManualClock = field(default_factory=lambda: ManualClock(T0))
    bus: InProcessBus = field(default_factory=InProcessBus)
    pbx: Pbx = field(default_factory=Pbx)
    announced: dict[str, dict[str, str]] = field(default_factory=dict)
    known: list[CallerKnown] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = CallbackStore(self.db)
        self.bus.listen("call.*", self._heard)
        self.restart()

    def restart(self) -> None:
        """Another process: it knows what is in the database, and nothing else."""
        self.queues = Queues(bus=self.bus, clock=self.clock, announced=lambda: self.announced)
        self.service = CallbackService(
            store=self.store,
            queues=self.queues,
            openings=Hours(),
            dialler=self.pbx,
            trace=self.pbx.trace,
            bus=self.bus,
            clock=self.clock,
            trunk=Trunk(dial="PJSIP/{number}@trunk", shown="Member Services <5550100>"),
        )
        self.queues.feed(QueueChanged(at=self.clock.now(), queue=QUEUE, waiting=()))

    async def asks(self, number: str = NUMBER, *, place: bool = True, **facts: str) -> str:
        wish = Wish(
            call_id=f"visit-{number}",
            queue=QUEUE,
            number=number,
            place=place,
            member_id="m1",
            language="es",
            facts={"verification": "pin", "consent": "given", "chosen": "payments", "version": "v1"} | facts,
        )
        return (await self.service.keep(wish)).reference

    def agent(self, device: str = "PJSIP/dana", *, free: bool = True) -> None:
        self.queues.feed(
            QueueMemberChanged(
                at=self.clock.now(),
                queue=QUEUE,
                device=device,
                member=True,
                state="not_in_use" if free else "in_use",
                paused=False,
                paused_reason="",
                penalty=0,
            )
        )

    def waiting(self, *linkedids: str) -> None:
        self.queues.feed(QueueChanged(at=self.clock.now(), queue=QUEUE, waiting=linkedids))

    async def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.service.look()

    async def tells(self, event: type[CallEvent], channel: str, **facts: object) -> None:
        """The phone system says something of a call back's call."""
        told = event(at=self.clock.now(), call_id=call_id("pbx", channel), linkedid=channel, **facts)
        position = await self.bus.position("call.x")
        await self.service._take(Delivery(f"call.{told.call_id}", position, told))

    async def row(self) -> CallBack:
        """The only one."""
        [row] = await self.store._select(True)
        return row

    def channels(self) -> list[object]:
        return [each["channel"] for each in self.pbx.dialled]

    def _heard(self, delivery: Delivery) -> None:
        if isinstance(delivery.event, CallerKnown):
            self.known.append(delivery.event)
