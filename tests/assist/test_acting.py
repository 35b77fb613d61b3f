"""Somebody acts for a member: chosen from what holds today, kept in the contact, and held to at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from one_call import DANA, Call, one_call
from test_desk_service import RUTH, answered, centre, known
from waiting import until_found

from assist.contact_keeper import ContactKeeper
from assist.desk.messages import ActingChanged
from core.routes import Refusal
from records.contact import ContactDraft, ProposedUpdate, Represented
from records.profile import Authority
from telephony.events import CallStarted


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


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    async with one_call(tmp_path, HELD) as made:
        yield made


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


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 1, 1, 4, 59, tzinfo=UTC), True),  # still the old year in New York
        (datetime(2026, 1, 1, 5, 0, tzinfo=UTC), False),
    ],
)
async def test_a_paper_ends_with_the_day_at_the_site(call: Call, now: datetime, holds: bool) -> None:
    call.clock.advance((now - call.clock.now()).total_seconds())
    if holds:
        await call.acts_by("ended")
    else:
        with pytest.raises(Refusal, match="ended on 2025-12-31"):
            await call.acts_by("ended")


async def test_another_member_is_represented_by_nobody_on_the_desk_and_in_the_contact(call: Call) -> None:
    keeper = kept(call)
    await keeper.start()
    await asyncio.sleep(0)  # it listens from here on
    await call.acts_by("asks")
    await call.centre.happens(known(member_id="m2"))
    shown = call.centre.desk("dana").call
    assert shown is not None
    assert shown.acting is None

    async def written() -> bool:
        return [step.authority_id for step in await represented(call)] == ["asks", None]

    await until_found(written)
    await keeper.stop()


async def test_after_a_restart_the_desk_still_says_who_acts(call: Call) -> None:
    await call.acts_by("asks")
    told: list[Any] = []
    call.centre.bus.listen("call.c1", lambda delivery: told.append(delivery.event))
    keeper = kept(call)
    await keeper.start()
    await asyncio.sleep(0)
    facts = {"caller_number": "", "caller_name": "", "dialled": "", "channel": "x", "uniqueid": "1.1"}
    again = CallStarted(at=call.clock.now(), call_id="c1", linkedid="pbx-1.1", incomplete=True, **facts)
    await call.centre.bus.publish("call.c1", again)

    async def said() -> bool:
        return any(isinstance(event, ActingChanged) for event in told)

    await until_found(said)
    await keeper.stop()
    async with centre() as fresh:  # desks that know nothing yet
        fresh.directory.member = HELD
        await fresh.happens(told[0], answered(), *told[1:])
        shown = fresh.desk("dana").call
        assert shown is not None
        assert shown.acting == "asks"


def kept(call: Call) -> ContactKeeper:
    return ContactKeeper(
        bus=call.centre.bus, contacts=call.contacts, system="pbx", speech_model="", agents=lambda device: (device, "")
    )


async def represented(call: Call) -> list[Represented]:
    contact = await call.contacts.of_call("c1")
    assert contact is not None
    return [step for step in contact.course if isinstance(step, Represented)]
