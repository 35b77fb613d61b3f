"""Somebody acts for a member: chosen from what holds today, kept in the contact, and held to at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from test_desk_service import NOW, RUTH, Centre, answered, known, offered, queued, started

import migrations
from assist.desk.routes import Acting, DeskRoutes, DirectoryInfo
from core.access import User
from core.clock import ManualClock
from core.database import Database
from core.routes import Refusal, Request
from records.audit import Audit
from records.contact import ContactDraft, ProposedUpdate, Represented
from records.contacts import Contacts
from records.profile import Authority

DANA = User(agent_id="dana", name="Dana", role="agent")


def authority(authority_id: str, **facts: Any) -> Authority:
    told: dict[str, Any] = {"name": "Sam Hale", "kind": "power_of_attorney", "document": "notarised", "topics": ()}
    told |= {"may_change": False, "valid_from": "2025-01-01", "valid_until": None}
    return Authority(authority_id=authority_id, **{**told, **facts})


HELD = replace(
    RUTH,
    authorities=(
        authority("asks", topics=("payment_status",)),
        authority("changes", may_change=True),
        authority("ended", valid_until="2025-12-31"),
    ),
)


class Call:
    """Dana talks with a caller about Ruth; what she does over HTTP."""

    def __init__(self, centre: Centre, database: Database) -> None:
        clock = ManualClock(NOW)
        self.centre, self.contacts, self.audit = centre, Contacts(database, clock), Audit(database, clock, "key")
        self.routes = DeskRoutes(
            desks=centre.desks,
            contacts=self.contacts,
            members=centre.directory,  # type: ignore[arg-type]
            audit=self.audit,
            phone=None,  # type: ignore[arg-type]
            directory=DirectoryInfo(destinations=(), topics=()),
            dismiss=None,  # type: ignore[arg-type]
            clock=clock,
        )

    async def acts_by(self, authority_id: str | None, user: User = DANA) -> None:
        await self.routes.acting(_request(user, Acting(authority_id=authority_id)))

    async def confirm(self, draft: ContactDraft) -> None:
        file = self.centre.desks.file("c1")
        assert file is not None
        file.talking = None
        await self.routes.confirm(_request(DANA, draft))


def _request(user: User, body: Any) -> Request[Any]:
    path: Mapping[str, str] = {"call_id": "c1"}
    return Request(user=user, path=path, query=None, body=body, request_id="r1")


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    url = f"sqlite:///{tmp_path / 'acting.db'}"
    migrations.upgrade(url)
    centre, database = Centre(), Database(url)
    centre.directory.member = HELD
    made = Call(centre, database)
    begun: datetime = NOW
    await made.contacts.open(
        "c1", system="pbx", linkedid="1.1", caller_number="", dialled="100", started_at=begun, incomplete=False
    )
    await centre.happens(started(), known(), queued(), offered(), answered())
    yield made
    await centre.desks.stop()
    await database.close()


async def test_it_shows_on_the_desk_and_stands_in_the_contact(call: Call) -> None:
    await call.acts_by("asks")
    shown = call.centre.desk("dana").call
    assert shown is not None
    assert shown.acting == "asks"
    contact = await call.contacts.of_call("c1")
    assert contact is not None
    (step,) = (step for step in contact.course if isinstance(step, Represented))
    assert (step.name, step.topics, step.may_change) == ("Sam Hale", ("payment_status",), False)
    (look,) = (await call.audit.looks(limit=1)).items
    assert (look.agent_id, look.action, look.member_id) == ("dana", "acting", "m1")


async def test_a_record_that_ended_or_is_anothers_is_refused_and_changes_nothing(call: Call) -> None:
    with pytest.raises(Refusal, match="ended on 2025-12-31") as ended:
        await call.acts_by("ended")
    with pytest.raises(Refusal, match="no such authority") as unknown:
        await call.acts_by("somebody-elses")
    assert (ended.value.status, unknown.value.status) == (409, 422)
    shown = call.centre.desk("dana").call
    assert shown is not None
    assert shown.acting is None


async def test_a_protected_members_records_are_not_for_who_is_not_cleared(call: Call) -> None:
    file = call.centre.desks.file("c1")
    assert file is not None
    file.member = replace(HELD, protected=True)
    with pytest.raises(Refusal, match="no such authority"):
        await call.acts_by("asks")
    await call.acts_by("asks", replace(DANA, cleared=True))


async def test_the_contact_is_held_to_what_the_record_allows(call: Call) -> None:
    moved = ContactDraft(reason="moved", updates=(ProposedUpdate(field="address", value="1 Elm Street"),))
    await call.acts_by("asks")
    with pytest.raises(Refusal, match="may ask, not change: address"):
        await call.confirm(moved)
    with pytest.raises(Refusal, match="payment_status only, not retirement"):
        await call.confirm(ContactDraft(reason="asks", topics=("retirement",)))
    await call.acts_by("changes")
    await call.confirm(moved)


async def test_the_member_spoke_after_all(call: Call) -> None:
    await call.acts_by("asks")
    await call.acts_by(None)
    await call.confirm(ContactDraft(reason="asks", topics=("retirement",)))
