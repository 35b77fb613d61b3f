"""An agent finds what callers asked for and decides it; both are on record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from core.access import User
from core.clock import ManualClock
from core.database import Database
from core.routes import Refusal, Request
from records.audit import Audit
from records.members import MemberDirectory
from records.request_routes import Decision, RequestRoutes, WaitingAsked, WaitingRequests
from records.requests import Requests
from records.tables import Member

DANA = User(agent_id="dana", name="Dana", role="agent")
CLEARED = User(agent_id="grace", name="Grace", role="agent", cleared=True)
LORETTA = "demo-new_address"


class Office:
    """Loretta proposed an address, then somebody reported a death without saying whose."""

    def __init__(self, db: Database, clock: ManualClock, directory: MemberDirectory) -> None:
        self.db, self.clock, self.requests = db, clock, Requests(db, clock)
        self.audit = Audit(db, clock, "key")
        self.routes = RequestRoutes(requests=self.requests, members=directory, audit=self.audit)

    async def ask(self) -> None:
        at, details = self.clock.now(), {"zip": "30303"}
        self.proposed = (
            await self.requests.ask(
                "change_address", call_id="c1", member_id=LORETTA, details=details, at=at, state="proposed"
            )
        ).request
        self.clock.advance(1)
        at = self.clock.now()
        self.opened = (await self.requests.ask("report_death", call_id="c2", member_id=None, details={}, at=at)).request

    def asks(self, user: User = DANA, *, body: Any = None, query: Any = None, **path: str) -> Request[Any]:
        return Request(user=user, path=path, query=query or WaitingAsked(), body=body, request_id="r1")

    async def decide(self, user: User, reference: str, state: Any):
        return await self.routes.decide(self.asks(user, body=Decision(state=state), reference=reference))

    async def protect(self) -> None:
        statement = update(Member).where(Member.id == LORETTA).values(protected=True)
        await self.db.write(lambda session: session.execute(statement).rowcount)

    async def looks(self) -> list[tuple[str, str, str, str | None, str]]:
        looks = (await self.audit.looks(limit=10)).items
        return [(look.agent_id, look.action, look.why, look.member_id, look.about) for look in reversed(looks)]


@pytest.fixture
async def office(plan_db: Database, clock: ManualClock, directory: MemberDirectory) -> Office:
    office = Office(plan_db, clock, directory)
    await office.ask()
    return office


async def test_what_waits_is_listed_oldest_first(office: Office):
    assert await office.routes.waiting(office.asks()) == WaitingRequests(items=(office.proposed, office.opened))
    proposals = office.asks(query=WaitingAsked(state="proposed"))
    assert await office.routes.waiting(proposals) == WaitingRequests(items=(office.proposed,))
    assert await office.looks() == [
        ("dana", "requests", "all that wait", None, ""),
        ("dana", "requests", "proposed", None, ""),
    ]


async def test_an_agent_approves_a_change_once(office: Office):
    decided = await office.decide(DANA, office.proposed.reference, "done")
    assert (decided.state, decided.decided_by) == ("done", "dana")
    assert await office.looks() == [
        ("dana", "request", "change_address: done", LORETTA, office.proposed.reference),
    ]
    with pytest.raises(Refusal, match="done already") as refused:
        await office.decide(CLEARED, office.proposed.reference, "refused")
    assert refused.value.status == 409
    assert await office.routes.waiting(office.asks()) == WaitingRequests(items=(office.opened,))


async def test_a_reference_that_is_none_is_not_found(office: Office):
    with pytest.raises(Refusal, match="no request with this reference") as refused:
        await office.decide(DANA, "12345678", "done")
    assert refused.value.status == 404


async def test_a_protected_members_requests_are_for_who_is_cleared(office: Office):
    await office.protect()
    assert await office.routes.waiting(office.asks()) == WaitingRequests(items=(office.opened,))
    assert await office.routes.waiting(office.asks(CLEARED)) == WaitingRequests(items=(office.proposed, office.opened))
    with pytest.raises(Refusal, match="protected") as refused:
        await office.decide(DANA, office.proposed.reference, "done")
    assert refused.value.status == 403
    assert (await office.decide(CLEARED, office.proposed.reference, "refused")).state == "refused"
