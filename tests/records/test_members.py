"""Who calls: by telephone, by number, and what is known of them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from core.clock import ManualClock
from core.database import Database
from core.ids import call_id
from records import references, sample
from records.contacts import Contacts
from records.directory import Directory, LastPayment
from records.members import MemberDirectory
from records.profile import Beneficiary, Payment
from records.requests import Requests
from records.tables import Member, MemberPhone

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


async def test_self_service_is_told_more_than_the_desk(directory: MemberDirectory, plan_db: Database):
    member_id = await walters_id(directory)
    account = await directory.account(member_id)
    assert account is not None
    assert account.last_payment == LastPayment(on=date(2026, 3, 1), amount_cents=268915, returned=True)
    assert [matter.title for matter in account.matters] == list(reversed(WALTER.open_matters))  # newest first
    assert await directory.account("nobody") is None

    await directory.remember_language(member_id, "es")
    remembered = await directory.account(member_id)
    assert remembered is not None
    assert remembered.language == "es"


async def test_somebody_who_acts_is_found_by_their_access_number(directory: MemberDirectory):
    verna = sample.demo().caller("new_address").authorities[0]
    acting = await directory.by_access(verna.access_number or "")
    assert acting is not None
    assert (acting.member.name, acting.authority.name) == ("Loretta Pickens", "Verna Pickens")
    assert acting.authority in acting.member.authorities


@pytest.mark.parametrize(
    "number",
    ["", WALTER.member_number, references.new_access_number(), "x" * 5000],
    ids=["none", "a member's", "nobody's", "endless"],
)
async def test_what_is_no_access_number_finds_nobody(directory: MemberDirectory, number: str):
    assert await directory.by_access(number) is None


async def test_what_was_asked_for_by_telephone_is_among_what_is_open(
    directory: MemberDirectory, plan_db: Database, clock: ManualClock
):
    member_id, requests = await walters_id(directory), Requests(plan_db, clock)
    asked = await requests.ask("tax_form", call_id="c1", member_id=member_id, details={}, at=clock.now())
    profile = await directory.profile(member_id)
    assert profile is not None
    told = f"By telephone: tax form (reference {asked.request.reference})"
    assert profile.open_matters == (*WALTER.open_matters, told)

    await requests.decide(asked.request.request_id, "dana", "done")
    profile = await directory.profile(member_id)
    assert profile is not None
    assert profile.open_matters == WALTER.open_matters
