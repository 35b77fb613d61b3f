"""A centre on both kinds of database that can be closed: its menu is the shipped one, its callers are the test's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.bus import Delivery
from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from core.ids import new_id
from core.tables import AnyRow
from ivr.closed_hours import ClosedOpenings
from ivr.closing_line import ClosingLine, Waiter
from ivr.closing_promises import Promises
from ivr.closing_service import ClosingService, KnownClosures
from ivr.closure_store import ClosureStore
from ivr.closures import CloseAsked, Closure, NoticeChanged
from ivr.document import reading
from ivr.document.model import Document
from ivr.parts import Returned
from ivr.self_service.catalogue import SPECS
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import CallBack
from ivr.waiting.dialable import Dialable
from ivr.waiting.openings import DocumentOpenings
from memberline.paths import CLOSING_MENU, MENU
from realtime.bus import InProcessBus
from records.appointments import Appointments
from records.audit import Audit
from records.contact import Chose, Served
from records.contacts import Contacts
from records.members import MemberDirectory
from records.passwords import Passwords
from records.requests import Request, Requests
from records.tables import AuditEntry

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # a Tuesday, ten in the morning there; open from eight to five
FIVE = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
TOMORROW_AT_EIGHT = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
TOMORROW_AT_FIVE = datetime(2026, 3, 11, 21, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVICES, ANALYSIS, LATE_SHIFT = "member_services", "pension_analysis", "late_shift"
LORETTA = "demo-new_address"
ICE = {"en": "We are closed because of ice.", "es": "Estamos cerrados por el hielo."}


@cache
def menu() -> Document:
    return reading.load(MENU, SPECS)


@cache
def closing_menu() -> Document:
    return reading.load(CLOSING_MENU, SPECS)


def close(ends_at: datetime = NOW + 2 * HOUR, **asked: object) -> CloseAsked:
    return CloseAsked(**{"ends_at": ends_at, "message": ICE, "why": "ice storm", **asked})  # type: ignore[arg-type]


@dataclass
class House:
    """`waiting`: who waits now. `taken`: who was taken out of the queue, by channel."""

    db: Database
    clock: ManualClock
    passwords: Passwords
    bus: InProcessBus = field(default_factory=InProcessBus)
    waiting: list[Waiter] = field(default_factory=list)
    taken: dict[str, Returned] = field(default_factory=dict)
    refuses: Problem | None = None  # the phone system
    told: list[NoticeChanged] = field(default_factory=list)
    overflows: int = 0

    def __post_init__(self) -> None:
        self.contacts, self.requests = Contacts(self.db, self.clock), Requests(self.db, self.clock)
        self.appointments, self.callbacks = Appointments(self.db, self.clock), CallbackStore(self.db)
        self.audit = Audit(self.db, self.clock, "key")
        self.hours = DocumentOpenings(menu)
        self.bus.listen("notices", self._heard)
        self.restart()

    def restart(self) -> None:
        """Another process: it knows what is in the database, and who waits."""
        self.known = KnownClosures(self.clock)
        self.openings = ClosedOpenings(self.hours, lambda: self.known.all)
        line = ClosingLine(
            waiting=lambda: list(self.waiting),
            take_back=self._take_back,
            current=menu,
            contacts=self.contacts,
            members=MemberDirectory(self.db, self.clock, self.passwords),
            callbacks=self.callbacks,
            dialable=Dialable(never=frozenset({"+14045550100"})),
            openings=self.openings,
            clock=self.clock,
            zone=ZONE,
        )
        promises = Promises(
            callbacks=self.callbacks,
            appointments=self.appointments,
            requests=self.requests,
            contacts=self.contacts,
            openings=self.openings,
            clock=self.clock,
        )
        self.service = ClosingService(
            store=ClosureStore(self.db),
            known=self.known,
            line=line,
            promises=promises,
            audit=self.audit,
            bus=self.bus,
            clock=self.clock,
            queues=lambda: (SERVICES, ANALYSIS, LATE_SHIFT),
            languages=lambda: menu().languages,
            changed=(self._overflow,),
        )

    async def closes(self, asked: CloseAsked | None = None, **more: object) -> Closure:
        """A supervisor closes, and what goes with it is done."""
        closure = await self.service.close(asked or close(**more), "sue")
        await self.service.look()
        return closure

    async def at(self, moment: datetime) -> None:
        """The time is `moment` now, and the service has looked."""
        self.clock.advance((moment - self.clock.now()).total_seconds())
        await self.service.look()

    async def waits(
        self,
        name: str,
        *,
        number: str = "+14045550123",
        queue: str = SERVICES,
        since: datetime = NOW - timedelta(minutes=5),
        linkedid: str = "",
        language: str = "es",
    ) -> Waiter:
        """A caller who waits, with what the contact knows of them: Loretta, who has proved it, in Spanish."""
        waiter = Waiter(name, linkedid or f"{name}.1", f"PJSIP/trunk-{name}", number, queue, since)
        facts = {"linkedid": waiter.linkedid, "caller_number": number, "dialled": "5550100", "started_at": since}
        await self.contacts.open(name, system="pbx", **facts)  # type: ignore[arg-type]
        await self.contacts.identify(name, LORETTA, "pin", language, "0123456789abcdef")
        await self.contacts.set_consent(name, "refused")
        for second, option in enumerate(("Main menu", "A representative")):
            await self.contacts.progress(name, Chose(at=since + timedelta(seconds=second), option=option))
        self.waiting.append(waiter)
        return waiter

    async def callback(self, number: str, *, queue: str = SERVICES, **facts: object) -> CallBack:
        """Somebody who is to be called back, until five unless said otherwise."""
        row = CallBack(
            **{  # type: ignore[arg-type]
                "id": new_id(),
                "reference": "",
                "call_id": f"visit{number}",
                "queue": queue,
                "number": number,
                "place_at": NOW - timedelta(minutes=10),
                "due_at": NOW - timedelta(minutes=10),
                "expires_at": FIVE,
                "changed_at": NOW - timedelta(minutes=10),
                **facts,
            }
        )
        kept = await self.callbacks.add(row)
        assert kept is not None
        return kept

    async def called_back(self, number: str) -> CallBack:
        row = await self.callbacks.waits(number)
        assert row is not None
        return row

    async def appointment(self, begins_at: datetime, member_id: str = LORETTA) -> str:
        """One that the member has, at a time that nobody else is offered; its reference."""
        assert await self.appointments.offer("counsellor-1", begins_at, begins_at + HOUR, "Room 12")
        booked = await self.appointments.book(member_id, begins_at, self.clock.now())
        assert hasattr(booked, "slot")
        return str(booked.slot.reference)

    async def asked_of_counsellors(self) -> list[Request]:
        return [each for each in await self.requests.waiting(200) if each.kind == "look_after_appointment"]

    async def served(self, call_id: str) -> list[Served]:
        contact = await self.contacts.of_call(call_id)
        return [step for step in contact.course if isinstance(step, Served)] if contact else []

    async def log(self, *actions: str) -> list[AnyRow]:
        statement = select(AuditEntry.__table__).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        return await self.db.read(lambda session: list(session.execute(statement)))

    async def _take_back(self, channel: str, returned: Returned) -> None:
        if self.refuses:
            raise self.refuses
        assert channel not in self.taken, "nobody is taken out twice"
        self.taken[channel] = returned
        self.waiting = [each for each in self.waiting if each.channel != channel]

    async def _overflow(self) -> None:
        self.overflows += 1

    def _heard(self, delivery: Delivery) -> None:
        assert isinstance(delivery.event, NoticeChanged)
        self.told.append(delivery.event)


@pytest.fixture
def house(plan_db: Database, passwords: Passwords) -> House:
    return House(plan_db, ManualClock(NOW), passwords)
