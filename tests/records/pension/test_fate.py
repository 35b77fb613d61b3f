"""From a contact to the pension system and back: what became of a change is told, and stands with its contact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from rest_plan import RestPlan

from core.clock import ManualClock
from core.database import Database
from records.change_events import ChangeMoved
from records.change_fields import Given
from records.change_requests import CHANGE, NOTICE, ChangeRequests, Source
from records.change_rules import Seconded
from records.change_sending import ChangeCarrier, Notice, NoticeCarrier
from records.outbox import NotTaken, Outbox, Retrying
from records.outbox_worker import OutboxWorker
from records.pension.mapping import RestMapping
from records.pension.rest_changes import RestChanges
from records.pension.rest_profiles import RestProfileSource

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY = 24 * 3600
EMAIL = Given(part="email", value="new@example.org")
BANK = (Given(part="bank_routing", value="061000104"), Given(part="bank_account", value="1234567890"))


class Letters:
    """Sends notices; `plan`: what goes wrong first."""

    def __init__(self) -> None:
        self.sent: dict[str, Notice] = {}
        self.plan: list[Exception] = []

    async def tell(self, key: str, notice: Notice) -> None:
        if self.plan:
            raise self.plan.pop(0)
        self.sent[key] = notice


class House:
    def __init__(self, db: Database, service: RestPlan, mapping: RestMapping) -> None:
        self.db, self.service, self.clock = db, service, ManualClock(START)
        self.told: list[tuple[str, str, str]] = []
        self.letters = Letters()
        self.profiles = RestProfileSource(mapping, service.url)
        self.target = RestChanges(mapping, service.url, within_s=0.3)
        self.outbox = Outbox(db, self.clock, retrying=Retrying(unclear=2))
        self.changes = ChangeRequests(
            db, self.clock, pepper="salt", outbox=self.outbox, publish=self._told, notices=True
        )
        carriers = {
            CHANGE: ChangeCarrier(self.changes, self.target),
            NOTICE: NoticeCarrier(self.changes, self.letters),
        }
        self.worker = OutboxWorker(self.outbox, carriers, first=self.changes.let_through, within_s=2)

    async def _told(self, event: ChangeMoved) -> None:
        self.told.append((event.field, event.state, event.why))

    async def confirmed(self, *given: Given, contact: str = "c1") -> str:
        member = await self.profiles.profile("m-7")
        assert member is not None
        source, at = Source(contact_id=contact), self.clock.now()
        events = await self.db.write(
            lambda session: self.changes.propose(session, source, member, given, by="dana", at=at)
        )
        await self.changes.publish(events)
        return events[0].change_id

    async def settle(self, seconds: float = 0) -> None:
        self.clock.advance(seconds)
        while await self.worker.once():
            pass

    async def close(self) -> None:
        await self.profiles.close()
        await self.target.close()


@pytest.fixture
async def house(db: Database, service: RestPlan, rest_mapping: RestMapping) -> AsyncIterator[House]:
    house = House(db, service, rest_mapping)
    yield house
    await house.close()


async def test_an_update_arrives_and_its_fate_comes_back(house: House):
    await house.confirmed(EMAIL)
    await house.settle()
    assert house.service.journal == [("PATCH /api/members/m-7", {"email": "new@example.org"})]
    assert house.told == [("email", "approved", ""), ("email", "sent", ""), ("email", "done", "")]
    (change,) = await house.changes.of_contact("c1")
    assert (change.standing.state, change.standing.decided_at) == ("done", START)


@pytest.mark.parametrize("failures", [["before", "500"], ["slow", "half"], ["302"]])
async def test_it_arrives_once_through_every_failure(house: House, failures: list[str]):
    await house.confirmed(EMAIL)
    house.service.plans = list(failures)
    for _ in range(5):
        await house.settle(600)
    assert house.service.journal == [("PATCH /api/members/m-7", {"email": "new@example.org"})]
    assert house.told[-1] == ("email", "done", "")


async def test_a_no_comes_back_to_the_contact_in_words(house: House):
    await house.confirmed(EMAIL)
    house.service.plans = ["422"]
    await house.settle()
    assert house.told[-1] == ("email", "failed", "the pension system will not have it (422)")


async def test_bank_details_go_after_the_letter_the_colleague_and_the_wait(house: House):
    change_id = await house.confirmed(*BANK)
    house.letters.plan = [ConnectionError()]
    await house.settle()
    assert house.letters.sent == {}
    await house.settle(3600)
    (notice,) = house.letters.sent.values()
    assert notice.to == {
        "mailing_address": "9 Elm Ct\nMacon, GA 31201",
        "phone": "+14045550123",
        "email": "loretta@example.org",
    }
    assert (notice.field, notice.hours) == ("bank_details", 72)
    await house.changes.act(change_id, Seconded(by="grace", role="senior"))
    await house.settle(3 * DAY - 1)
    assert house.service.journal == []
    await house.settle(1)
    assert house.service.journal == [
        ("POST /api/members/m-7/bank", {"bank": {"routing": "061000104", "account": "1234567890"}})
    ]
    assert house.told[-1] == ("bank_details", "done", "")


async def test_a_letter_that_cannot_be_sent_holds_the_change(house: House):
    change_id = await house.confirmed(*BANK)
    house.letters.plan = [NotTaken("no such address")]
    await house.settle()
    await house.changes.act(change_id, Seconded(by="grace", role="senior"))
    await house.settle(30 * DAY)
    (change,) = await house.changes.of_contact("c1")
    assert (change.standing.state, change.lacking) == ("waiting", ("notice to the member's old contact",))
    assert house.service.journal == []


async def test_changes_of_one_member_arrive_in_their_order(house: House):
    for number in range(4):
        await house.confirmed(Given(part="email", value=f"n{number}@example.org"), contact=f"c{number}")
    house.service.plans = ["before", "500"]
    for _ in range(6):
        await house.settle(600)
    assert [body["email"] for _, body in house.service.journal] == [f"n{number}@example.org" for number in range(4)]


async def test_a_listener_that_fails_takes_nothing_along(house: House, caplog: pytest.LogCaptureFixture):
    async def broken(_: ChangeMoved) -> None:
        raise ValueError("new@example.org")

    house.changes._publish = broken
    await house.confirmed(EMAIL)
    await house.settle()
    (change,) = await house.changes.of_contact("c1")
    assert change.standing.state == "done"
    assert "could not be told: ValueError" in caplog.text
    assert "new@example.org" not in caplog.text


async def test_two_decide_at_once_and_one_of_them_is_told_no(house: House):
    change_id = await house.confirmed(*BANK)
    answers = await asyncio.gather(
        *(house.changes.act(change_id, Seconded(by=who, role="senior")) for who in ("grace", "morgan", "kim")),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Exception) for answer in answers) == 2
