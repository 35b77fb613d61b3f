"""The services of a small sample plan, on both kinds of database, and whoever asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from core.clock import ManualClock
from core.database import Database
from core.tables import AnyRow, Base
from ivr.dialog.actions import Served
from ivr.self_service.catalogue import SPECS, Services
from ivr.self_service.service import Customer
from ivr.self_service.serving import Office
from records.appointments import Appointments
from records.audit import Audit
from records.contact import Served as ServedStep
from records.contact import Verification
from records.contacts import Contacts
from records.members import MemberDirectory
from records.passwords import Passwords
from records.pins import Pins
from records.proofs import Proofs
from records.requests import Requests
from records.tables import AuditEntry, Authority, Member

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # a Tuesday, ten in the morning there

LORETTA, WALTER, BRENDA, MARCUS = "demo-new_address", "demo-closed_account", "demo-lost_1099r", "demo-layoff"
JAYLEN, TAMIKA = "demo-minor", "demo-protected"
VERNA, HAROLD, ROSALIND = "demo-new_address-0", "demo-new_address-1", "demo-minor-0"


@dataclass
class House:
    """The services, and what a test looks at and changes behind their back."""

    db: Database
    clock: ManualClock
    office: Office
    services: Services

    async def ask(
        self,
        service: str,
        member_id: str = LORETTA,
        *,
        call_id: str = "c1",
        verification: Verification = "pin",
        authority: str = "",
        **inputs: str,
    ) -> Served:
        """What a caller is told; the outcome and its values are always among those that the service's spec names."""
        customer = Customer(
            call_id=call_id,
            member_id=member_id,
            number="+14045550199",
            language="en",
            verification=verification,
            authority=authority,
            inputs=inputs,
        )
        served = await self.services.serve(service, customer)
        if served.outcome != "unverified":
            assert set(served.values) == set(SPECS[service].outcomes[served.outcome])
        return served

    async def change(self, table: type[Base], key: str, **values: Any) -> None:
        statement = update(table).where(table.__table__.c.id == key).values(values)
        assert await self.db.write(lambda session: session.execute(statement).rowcount) == 1

    async def add(self, table: type[Base], **values: Any) -> None:
        await self.db.write(lambda session: session.execute(insert(table).values(values)) and None)

    async def authorise(self, member_id: str, **values: Any) -> str:
        """Somebody who may act for the member in everything, unless `values` say less."""
        record: Mapping[str, Any] = {
            "id": f"acts-{member_id}",
            "member_id": member_id,
            "name": "Alma Hale",
            "kind": "power_of_attorney",
            "may_change": True,
            "topics": [],
            "valid_from": NOW.date(),
            **values,
        }
        await self.add(Authority, **record)
        return f"acts-{member_id}"

    async def steps(self, call_id: str = "c1") -> list[ServedStep]:
        contact = await self.office.contacts.of_call(call_id)
        return [step for step in contact.course if isinstance(step, ServedStep)] if contact else []

    async def looks(self) -> list[AnyRow]:
        statement = select(AuditEntry.__table__).order_by(AuditEntry.id)
        return await self.db.read(lambda session: list(session.execute(statement)))

    async def protect(self, member_id: str) -> None:
        await self.change(Member, member_id, protected=True)


@pytest.fixture
def house(plan_db: Database, passwords: Passwords) -> House:
    clock = ManualClock(NOW)
    proofs = Proofs(plan_db, clock, passwords, zone=ZONE)
    audit = Audit(plan_db, clock, "key")
    office = Office(
        members=MemberDirectory(plan_db, clock, passwords, proofs),
        requests=Requests(plan_db, clock),
        appointments=Appointments(plan_db, clock),
        contacts=Contacts(plan_db, clock),
        audit=audit,
        pins=Pins(plan_db, clock, passwords, audit, proofs, zone=ZONE),
        zone=ZONE,
    )
    return House(db=plan_db, clock=clock, office=office, services=Services(office, clock))
