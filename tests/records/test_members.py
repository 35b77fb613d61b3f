"""Who calls: by telephone, by number, by PIN."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from records import sample
from records.contacts import Contacts
from records.directory import Directory, LockedOut, NoSuchMember, Verified, WrongPin
from records.member_number import make
from records.members import FAILURES, LOCKOUT, MemberDirectory
from records.passwords import Passwords
from records.profile import Beneficiary, Payment
from records.tables import Member, MemberPhone, MemberPin

WALTER = sample.demo().caller("closed_account")


async def walters_id(directory: Directory) -> str:
    profile = await directory.by_number(WALTER.member_number)
    assert profile is not None
    return profile.member_id


async def test_a_profile_tells_what_an_agent_needs_at_a_glance(directory: MemberDirectory):
    profile = await directory.by_number(WALTER.member_number)

    assert profile is not None
    assert profile == await directory.profile(profile.member_id)
    assert (profile.name, profile.relation, profile.status) == ("Walter Stroud", "retiree", "receiving benefit")
    assert profile.birth_date == "1951-11-17"
    assert profile.employer == "City of Ferncliff Public Works"
    assert profile.address == ("907 Prince Avenue", "Athens, GA 30606")
    assert profile.benefit_cents == 268915
    assert profile.next_payment == Payment(date="2026-04-01", amount_cents=268915)
    assert profile.beneficiaries == (Beneficiary(name="Carol Stroud", relation="spouse", share_percent=100),)
    assert profile.open_matters == WALTER.open_matters
    assert [contact.topics[0] for contact in profile.last_contacts] == [
        "payment_status",
        "direct_deposit",
        "direct_deposit",
    ]


@pytest.mark.parametrize("written", ["+17065550136", "706-555-0136", "(706) 555 0136", "17065550136"])
async def test_a_telephone_number_is_found_however_it_is_written(directory: MemberDirectory, written: str):
    matches = await directory.by_phone(written)
    assert [member.name for member in matches.members] == ["Walter Stroud"]
    assert matches.total == 1


@pytest.mark.parametrize("number", ["", "anonymous", "sip:x@y", "+1404", "9" * 4000, "+12025550000"])
async def test_a_number_that_is_nobodys_finds_nobody(directory: MemberDirectory, number: str):
    matches = await directory.by_phone(number)
    assert (matches.members, matches.total) == ((), 0)


async def test_a_shared_telephone_finds_everybody_by_name(directory: MemberDirectory):
    matches = await directory.by_phone(sample.demo().caller("open_enrollment").phone)
    assert [member.name for member in matches.members] == ["Hubert Lyle", "Maxine Lyle"]


async def test_of_many_the_first_five_and_how_many_there_are(directory: MemberDirectory, plan_db: Database):
    everybody = await plan_db.read(
        lambda session: session.execute(
            select(MemberPhone.e164, Member.last_name, Member.first_name, Member.id).join_from(MemberPhone, Member)
        ).all()
    )
    numbers = [row.e164 for row in everybody]
    care_home = max(numbers, key=numbers.count)
    matches = await directory.by_phone(care_home)

    there = sorted((row.last_name, row.first_name, row.id) for row in everybody if row.e164 == care_home)
    assert matches.total == len(there) == 7
    assert [member.member_id for member in matches.members] == [member_id for *_, member_id in there][:5]
    alone = [await directory.profile(member.member_id) for member in matches.members]
    assert list(matches.members) == alone  # nobody's beneficiaries or contacts are another's


async def test_the_last_three_contacts_are_shown_newest_first(
    directory: MemberDirectory, plan_db: Database, clock: ManualClock
):
    contacts, member_id = Contacts(plan_db, clock), await walters_id(directory)
    call = call_id("pbx", "1.1")
    now = clock.now()
    await contacts.open(call, system="pbx", linkedid="1.1", caller_number="", dialled="", started_at=now)
    await contacts.identify(call, member_id, "pin")
    before = await directory.profile(member_id)
    await contacts.close(call, ended_at=now, outcome="abandoned", wait_s=1.0, talk_s=0.0)
    then = await directory.profile(member_id)

    assert before is not None
    assert then is not None
    assert then.last_contacts[1:] == before.last_contacts[:2]
    assert then.last_contacts[0].at == now


@pytest.mark.parametrize("caller", [caller for caller in sample.demo().callers if caller.pin], ids=lambda c: c.key)
async def test_every_demo_caller_can_prove_who_they_are(directory: MemberDirectory, caller: sample.DemoPerson):
    result = await directory.verify_pin(caller.member_number, caller.pin or "")
    profile = await directory.by_number(caller.member_number)
    assert profile is not None
    assert result == Verified(member_id=profile.member_id)
    assert profile.phone == caller.phone


async def test_nobody_else_can(directory: MemberDirectory, plan_db: Database):
    without = await plan_db.read(
        lambda session: session.scalar(select(Member.member_number).where(Member.id == "m000001"))
    )
    assert await directory.verify_pin(without, "0000") == WrongPin()
    assert await directory.verify_pin(make(9_999_999), "0000") == NoSuchMember()
    assert await directory.verify_pin("12", "0000") == NoSuchMember()
    assert await directory.verify_pin("x" * 5000, "") == NoSuchMember()


async def test_too_many_failures_lock_even_the_right_pin_out_for_a_while(
    directory: MemberDirectory, clock: ManualClock
):
    for _ in range(FAILURES):
        assert await directory.verify_pin(WALTER.member_number, "0000") == WrongPin()
    clock.advance(60)
    locked = await directory.verify_pin(WALTER.member_number, WALTER.pin or "")
    assert locked == LockedOut(seconds=(LOCKOUT - timedelta(seconds=60)).total_seconds())

    clock.advance(LOCKOUT.total_seconds())
    assert await directory.verify_pin(WALTER.member_number, "0000") == WrongPin()
    assert isinstance(await directory.verify_pin(WALTER.member_number, WALTER.pin or ""), Verified)


async def test_success_forgives_the_failures_before_it(directory: MemberDirectory, plan_db: Database):
    for _ in range(FAILURES - 1):
        await directory.verify_pin(WALTER.member_number, "0000")
    assert isinstance(await directory.verify_pin(WALTER.member_number, WALTER.pin or ""), Verified)
    left = await plan_db.read(
        lambda session: set(session.execute(select(MemberPin.failures, MemberPin.locked_until)).all())
    )
    assert left == {(0, None)}


async def test_guesses_made_at_once_count_each(directory: MemberDirectory):
    guesses = [directory.verify_pin(WALTER.member_number, f"{n:04d}") for n in range(FAILURES + 4)]
    results = await asyncio.gather(*guesses)
    assert [type(result) for result in results].count(WrongPin) == FAILURES
    assert [type(result) for result in results].count(LockedOut) == 4


async def test_another_pepper_opens_nothing(plan_db: Database, clock: ManualClock):
    stolen = MemberDirectory(plan_db, clock, Passwords("guessed"))
    assert await stolen.verify_pin(WALTER.member_number, WALTER.pin or "") == WrongPin()


async def test_the_database_holds_no_pin_in_clear(plan_db: Database):
    digests = await plan_db.read(lambda session: list(session.scalars(select(MemberPin.digest))))
    assert len(digests) == len([caller for caller in sample.demo().callers if caller.pin])
    assert all(digest.startswith("$argon2id$") for digest in digests)
