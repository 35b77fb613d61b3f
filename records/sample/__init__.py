"""The sample plan: a fictional pension plan of 150,000 members, for the demo, the tests and the measurements.

Everything in it is invented. Telephone numbers are of exchange 555 in Georgia's area codes, e-mail addresses of
example.org. The same size and day give the same plan; only the demo's callers have a PIN (see `demo.yaml`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from core.database import bulk_engine
from core.errors import Problem
from core.tables import Base
from records.passwords import Passwords
from records.proofs import known
from records.sample.people import People, last_payment, next_payment
from records.sample.plan import Demo, DemoAgent, DemoAuthority, DemoPerson, demo, plan
from records.sample.times import times
from records.tables import (
    Agent,
    Appointment,
    Authority,
    Beneficiary,
    Contact,
    Employer,
    Matter,
    Member,
    MemberPhone,
    MemberPin,
)

__all__ = ["MEMBERS", "Demo", "DemoAgent", "DemoPerson", "create", "demo"]

MEMBERS = 150_000
_CHUNK = 5_000
Progress = Callable[[str, float], None]


def create(
    url: str,
    progress: Progress = lambda what, share: None,
    *,
    members: int = MEMBERS,
    pepper: str = "",
    today: date | None = None,
) -> bool:
    """Fill the migrated database at `url` with the sample plan, all of it or nothing; False when members are there.

    `progress` is told what is being made and which share (0 to 1) of everything is done. `pepper` must be the one the
    service runs with. Blocks for some 20 s with 150,000 members: call it off the event loop.
    """
    engine = bulk_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE members IN EXCLUSIVE MODE")  # SQLite's BEGIN IMMEDIATE is one
            if connection.execute(select(Member.id).limit(1)).first() is not None:
                return False
            _fill(connection, progress, members, Passwords(pepper), today or datetime.now(UTC).date())
            connection.exec_driver_sql("ANALYZE")
    except DBAPIError as error:
        raise Problem(f"the sample plan cannot be stored: {error.orig}", place=url.rpartition("@")[2]) from error
    finally:
        engine.dispose()
    return True


def _fill(connection: Connection, progress: Progress, members: int, passwords: Passwords, today: date) -> None:
    cast = demo()
    people = People(plan(), members, today)
    employers = people.employers()
    agents = [agent.id for agent in cast.agents if agent.role == "agent"]
    # What is made, the rows, and roughly how many: so that the share done means something.
    parts: list[tuple[str, type[Base], Iterable[dict[str, Any]], float]] = [
        ("employers", Employer, employers, len(employers)),
        ("members", Member, people.members(), members),
        ("telephone numbers", MemberPhone, people.phones(), 0.9 * members),
        ("beneficiaries", Beneficiary, people.beneficiaries(), 1.3 * members),
        ("matters", Matter, people.matters(), 0.1 * members),
        ("earlier contacts", Contact, people.contacts(agents), 1.3 * members),
    ]
    everything, done = sum(about for *_, about in parts), 0
    for what, table, rows, _ in parts:
        rest = iter(rows)
        while chunk := list(islice(rest, _CHUNK)):
            connection.execute(insert(table), chunk)
            done += len(chunk)
            progress(what, min(done / everything, 0.95))
    _add_demo(connection, cast, passwords, today, {row["name"]: row["id"] for row in employers})
    progress("demo callers and agents", 1.0)


def _add_demo(connection: Connection, cast: Demo, passwords: Passwords, today: date, employers: dict[str, str]) -> None:
    for person in cast.members():
        member_id = f"demo-{person.key}"
        connection.execute(insert(Member), _member(person, member_id, today, employers.get(person.employer)))
        connection.execute(insert(MemberPhone), {"member_id": member_id, "position": 0, "e164": person.phone})
        if person.pin is not None:
            proofs = {"digest": passwords.digest(person.pin), "knowledge_digest": None}
            if person.ssn4 is not None:
                proofs["knowledge_digest"] = passwords.digest(known(person.ssn4, person.birth_date))
            connection.execute(insert(MemberPin), {"member_id": member_id, **proofs})
        for place, one in enumerate(person.beneficiaries):
            row = {"name": one.name, "relation": one.relation, "share_percent": one.share_percent}
            connection.execute(insert(Beneficiary), {"member_id": member_id, "position": place, **row})
        for n, title in enumerate(person.open_matters):
            row = {"id": f"{member_id}-{n}", "member_id": member_id, "topic": person.matter, "title": title}
            connection.execute(insert(Matter), {**row, "opened_at": _days_ago(today, 30 - n)})
        for n, authority in enumerate(person.authorities):
            record = _authority(authority, f"{member_id}-{n}", member_id, today)
            if authority.code is not None:
                record |= {"access_number": authority.access_number, "access_digest": passwords.digest(authority.code)}
            connection.execute(insert(Authority), record)
        for n, contact in enumerate(person.contacts):
            began = _days_ago(today, contact.days_ago)
            row = {
                "id": f"{member_id}-{n}",
                "member_id": member_id,
                "caller_number": person.phone,
                "verification": "pin",
                "started_at": began,
                "answered_at": began + timedelta(seconds=40),
                "ended_at": began + timedelta(minutes=7),
                "outcome": "answered",
                "wait_s": 40.0,
                "talk_s": 380.0,
                "topics": list(contact.topics),
                "summary": contact.summary,
                "resolution": contact.resolution,
            }
            connection.execute(insert(Contact), {**row, "confirmed_at": row["ended_at"], "confirmed_by": "dana"})
    counsellors = [agent.id for agent in cast.agents if agent.role == "agent" and agent.level > 1]
    connection.execute(insert(Appointment), list(times(counsellors, today)))
    for agent in cast.agents:
        row = {name: getattr(agent, name) for name in ("id", "username", "name", "role", "level", "queues")}
        digest = passwords.digest(agent.password)
        connection.execute(insert(Agent), {**row, "specialties": list(agent.specialties), "password_digest": digest})


def _member(person: DemoPerson, member_id: str, today: date, employer_id: str | None) -> dict[str, Any]:
    first, _, last = person.name.rpartition(" ")
    paid = person.benefit_cents is not None
    return {
        "id": member_id,
        "member_number": person.member_number,
        "first_name": first,
        "last_name": last,
        "birth_date": person.birth_date,
        "relation": person.relation,
        "status": "receiving benefit" if paid else "contributing",
        "plan": plan().plan,
        "tier": "Tier 1" if paid else "Tier 2",
        "employer_id": employer_id,
        "service_years": person.service_years,
        "address": list(person.address),
        "email": "",
        "benefit_cents": person.benefit_cents,
        "next_payment_date": next_payment(today) if paid else None,
        "next_payment_cents": person.benefit_cents,
        "last_payment_date": last_payment(today) if paid else None,
        "last_payment_cents": person.benefit_cents,
        "last_payment_returned": person.payment_returned,
        "protected": person.protected,
        "flags": list(person.flags),
    }


def _authority(one: DemoAuthority, authority_id: str, member_id: str, today: date) -> dict[str, Any]:
    given = today - timedelta(days=one.days_ago)
    return {
        "id": authority_id,
        "member_id": member_id,
        "name": one.name,
        "kind": one.kind,
        "document": one.document,
        "may_change": one.may_change,
        "topics": list(one.topics),
        "valid_from": given,
        "valid_until": None if one.days is None else given + timedelta(days=one.days),
    }


def _days_ago(today: date, days: int) -> datetime:
    return datetime(today.year, today.month, today.day, 14, tzinfo=UTC) - timedelta(days=days)
