"""Closing and announcing, and what is set of queues, put together around the callers' side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from ivr.calling_numbers import CallingNumbers
from ivr.closed_hours import ClosedOpenings
from ivr.closing_codes import ClosingCodes
from ivr.closing_line import ClosingLine, TakeBack, waiters
from ivr.closing_phone import ClosingByTelephone
from ivr.closing_promises import Promises
from ivr.closing_service import ClosingService, KnownClosures
from ivr.closure_store import ClosureStore
from ivr.document.model import Queue
from ivr.parts import Sounds
from ivr.queue_settings import QueueSettings
from ivr.routes import ClosingRoutes
from ivr.self_service.service import Service
from ivr.versions import Versions
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.dialable import Dialable
from ivr.waiting.openings import DocumentOpenings
from ivr.waiting.overflow import Overflow
from records.agents import Agents
from records.appointments import Appointments
from records.audit import Audit
from records.contacts import Contacts
from records.directory import Accounts
from records.passwords import Passwords
from records.requests import Requests
from telephony.phone_system import PhoneSystem
from telephony.snapshot import RawSnapshot


@dataclass(frozen=True)
class Kept:
    """What is kept that closing concerns, and who may close."""

    database: Database
    members: Accounts
    contacts: Contacts
    appointments: Appointments
    requests: Requests
    calling: CallingNumbers
    audit: Audit
    agents: Agents
    passwords: Passwords


class Closing:
    """Made before the menu, which has to know what is closed; `take_back` is used once somebody waits."""

    def __init__(
        self,
        kept: Kept,
        *,
        versions: Versions,
        callbacks: CallbackStore,
        dialable: Dialable,
        sounds: Sounds,
        take_back: TakeBack,
        phones: PhoneSystem,
        bus: Bus,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._kept, self._versions, self._phones, self._clock, self._zone = kept, versions, phones, clock, zone
        self._site: tuple[str, ...] = ()
        self.known = KnownClosures(clock)
        self.hours = DocumentOpenings(versions.current)
        self.openings = ClosedOpenings(self.hours, lambda: self.known.all)
        self.settings = QueueSettings(
            kept.database, clock=clock, audit=kept.audit, queues=self.queues, changed=self.overflow
        )
        line = ClosingLine(
            waiting=lambda: waiters(phones.calls.open_calls()),
            take_back=take_back,
            current=versions.current,
            contacts=kept.contacts,
            members=kept.members,
            callbacks=callbacks,
            dialable=dialable,
            openings=self.openings,
            clock=clock,
            zone=zone,
        )
        promises = Promises(
            callbacks=callbacks,
            appointments=kept.appointments,
            requests=kept.requests,
            contacts=kept.contacts,
            openings=self.openings,
            clock=clock,
        )
        self.service = ClosingService(
            store=ClosureStore(kept.database),
            known=self.known,
            line=line,
            promises=promises,
            audit=kept.audit,
            bus=bus,
            clock=clock,
            queues=self.queues,
            languages=lambda: versions.current().languages,
            sounds=sounds,
            changed=(self.overflow,),
        )
        self._bus = bus

    async def start(self) -> None:
        """Once there is a menu, and before calls come in."""
        await self.settings.load()
        await self.service.start()

    async def stop(self) -> None:
        await self.service.stop()

    def routes(self, name: Callable[[str], str]) -> ClosingRoutes:
        """`name` gives the name of whom an agent's id is."""
        return ClosingRoutes(
            closing=self.service,
            settings=self.settings,
            bus=self._bus,
            clock=self._clock,
            name=name,
            zone=self._zone.key,
        )

    def by_telephone(self, numbers: tuple[str, ...]) -> tuple[Service, ...]:
        """The services of the menu for closing. Raises `Problem` for a number that is none."""
        kept = self._kept
        return ClosingByTelephone(
            closing=self.service,
            codes=ClosingCodes(kept.database, self._clock, kept.passwords),
            calling=kept.calling,
            agents=kept.agents,
            numbers=numbers,
            hours=self.hours,
            queue=self._person,
            clock=self._clock,
            zone=self._zone,
        ).services()

    def queues(self) -> tuple[str, ...]:
        """Those of the phone system; before it has told any, those that the menu leads to."""
        steps = self._versions.current().steps.values()
        return self._site or tuple(sorted({step.queue for step in steps if isinstance(step, Queue)}))

    async def on_snapshot(self, snapshot: RawSnapshot) -> None:
        self._site = tuple(sorted({row["Queue"] for row in snapshot.queue_params if row.get("Queue")}))
        await self.overflow()

    async def overflow(self) -> None:
        """Tell the phone system where callers go on to, once it is known which queues it has."""
        if self._site:
            remember = self._phones.control.remember
            await Overflow(self._kept.database, remember, self._site, closed=self.known.closed).apply()

    def _person(self) -> str:
        document = self._versions.current()
        step = document.steps[document.person]
        assert isinstance(step, Queue)
        return step.queue
