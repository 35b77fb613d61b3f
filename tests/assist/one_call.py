"""Dana talks with a caller about Ruth: the desks, the records, and what is done over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from test_desk_service import NOW, Centre, answered, known, offered, queued, started

import migrations
from assist.desk.routes import Acting, DeskRoutes, DirectoryInfo
from core.access import User
from core.clock import ManualClock
from core.database import Database
from core.routes import Request
from records.audit import Audit, Look
from records.contact import ContactDraft
from records.contacts import Contacts
from records.profile import MemberProfile

DANA = User(agent_id="dana", name="Dana", role="agent")


class Call:
    """The call `c1`, and everything around it."""

    def __init__(self, centre: Centre, database: Database, clock: ManualClock) -> None:
        self.clock = clock
        self.centre, self.contacts, self.audit = centre, Contacts(database, clock), Audit(database, clock, "key")
        self.routes = DeskRoutes(
            desks=centre.desks,
            contacts=self.contacts,
            members=centre.directory,  # type: ignore[arg-type]
            audit=self.audit,
            phone=None,  # type: ignore[arg-type]
            directory=DirectoryInfo(destinations=(), topics=()),
            dismiss=None,  # type: ignore[arg-type]
            call_for=None,  # type: ignore[arg-type]
            end_alarm=None,  # type: ignore[arg-type]
            confirm=self.contacts.confirm,
            clock=clock,
            zone=ZoneInfo("America/New_York"),
        )

    async def acts_by(self, authority_id: str | None, user: User = DANA) -> None:
        await self.routes.acting(asked(user, Acting(authority_id=authority_id)))

    async def confirm(self, draft: ContactDraft) -> None:
        file = self.centre.desks.file("c1")
        assert file is not None
        file.talking = None
        await self.routes.confirm(asked(DANA, draft))

    async def looks(self) -> list[Look]:
        """What is in the audit log, oldest first."""
        return list(reversed((await self.audit.looks(limit=50)).items))


def asked(user: User, body: Any = None, query: Any = None, **path: str) -> Request[Any]:
    return Request(user=user, path={"call_id": "c1", **path}, query=query, body=body, request_id="r1")


@asynccontextmanager
async def one_call(folder: Path, member: MemberProfile) -> AsyncIterator[Call]:
    """They are talking."""
    url = f"sqlite:///{folder / 'call.db'}"
    migrations.upgrade(url)
    centre, database = Centre(), Database(url)
    centre.directory.member = member
    made = Call(centre, database, ManualClock(NOW))
    await made.contacts.open("c1", system="pbx", linkedid="1.1", caller_number="", dialled="100", started_at=NOW)
    await made.contacts.identify("c1", member.member_id, "pin")
    await centre.happens(started(), known(), queued(), offered(), answered())
    try:
        yield made
    finally:
        await centre.desks.stop()
        await database.close()
