"""Around every service: who is served at all, how far somebody may go who acts for a member, what is kept."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from served_house import BRENDA, HAROLD, JAYLEN, LORETTA, NOW, ROSALIND, TAMIKA, VERNA, WALTER, House

from core.errors import DatabaseGone, Problem
from ivr.dialog.actions import Served
from ivr.self_service import closing_specs
from ivr.self_service.catalogue import SPECS
from ivr.speaking.values import Digits
from records.contact import Served as ServedStep
from records.tables import Authority, Member

FOR_MEMBERS = sorted(name for name, spec in SPECS.items() if spec.level != "none")
PERSON, NOT_ALLOWED = Served(outcome="person"), Served(outcome="not_allowed")


def test_every_service_says_what_it_is_and_what_an_authority_must_cover():
    for name, spec in SPECS.items():
        assert spec.name == name
        assert spec.about
        assert spec.topics or spec in closing_specs.ALL
        assert spec.outcomes


@pytest.mark.parametrize("service", FOR_MEMBERS)
async def test_a_protected_member_is_served_by_people_only(house: House, service: str):
    assert await house.ask(service, TAMIKA) == PERSON
    await house.protect(LORETTA)
    assert await house.ask(service, LORETTA, authority=VERNA) == PERSON


@pytest.mark.parametrize("service", FOR_MEMBERS)
async def test_a_minors_account_has_no_self_service_not_even_for_the_guardian(house: House, service: str):
    assert await house.ask(service, JAYLEN) == PERSON
    assert await house.ask(service, JAYLEN, authority=ROSALIND) == PERSON


@pytest.mark.parametrize("service", FOR_MEMBERS)
async def test_a_representative_for_other_matters_is_not_served(house: House, service: str):
    acting = await house.authorise(WALTER, topics=["seminar"])
    assert await house.ask(service, WALTER, authority=acting) == NOT_ALLOWED


@pytest.mark.parametrize("service", [name for name in FOR_MEMBERS if SPECS[name].changes])
async def test_a_representative_who_may_only_ask_changes_nothing(house: House, service: str):
    acting = await house.authorise(WALTER, may_change=False)
    assert await house.ask(service, WALTER, authority=acting) == NOT_ALLOWED


async def test_an_authority_serves_for_its_member_and_its_days_only(house: House):
    assert (await house.ask("next_payment", authority=VERNA)).outcome == "scheduled"
    assert await house.ask("next_payment", authority=HAROLD) == NOT_ALLOWED  # ended
    assert await house.ask("next_payment", WALTER, authority=VERNA) == NOT_ALLOWED  # another member's
    await house.change(Authority, VERNA, revoked_on=NOW.date())
    assert await house.ask("next_payment", authority=VERNA) == NOT_ALLOWED


async def test_days_are_those_of_the_site_not_of_greenwich(house: House):
    await house.change(Authority, VERNA, valid_until=NOW.date())
    house.clock.advance(timedelta(hours=13).total_seconds())  # three in the night of the 11th in UTC
    assert (await house.ask("next_payment", authority=VERNA)).outcome == "scheduled"
    house.clock.advance(timedelta(hours=1, minutes=30).total_seconds())
    assert await house.ask("next_payment", authority=VERNA) == NOT_ALLOWED


@pytest.mark.parametrize("service", FOR_MEMBERS)
async def test_whoever_is_verified_less_well_than_the_service_asks_is_told_nothing(house: House, service: str):
    below = {"knowledge": "number_match", "pin": "knowledge"}[SPECS[service].level]
    assert await house.ask(service, verification=below) == Served(outcome="unverified")


async def test_a_member_or_service_that_is_not_there_is_a_problem(house: House):
    with pytest.raises(Problem, match="not known"):
        await house.ask("next_payment", "nobody")
    with pytest.raises(Problem, match="there is no service 'next_paymnet'"):
        await house.ask("next_paymnet")


async def test_each_service_is_a_step_in_the_contact_and_a_look_in_the_audit_log(house: House):
    served = await house.ask("tax_form", BRENDA)
    reference = served.values["reference"]
    assert isinstance(reference, Digits)
    house.clock.advance(20)
    await house.ask("confirm_address", BRENDA)
    house.clock.advance(20)
    await house.ask("next_payment", authority=VERNA)

    assert await house.steps() == [
        ServedStep(at=NOW, service="tax_form", outcome="requested", reference=reference.digits),
        ServedStep(at=NOW + timedelta(seconds=20), service="confirm_address", outcome="told"),
        ServedStep(at=NOW + timedelta(seconds=40), service="next_payment", outcome="scheduled"),
    ]
    assert [(look.agent_id, look.action, look.member_id, look.why, look.about) for look in await house.looks()] == [
        ("caller", "self_service", BRENDA, "call c1", "tax_form: requested"),
        ("caller", "self_service", BRENDA, "call c1", "confirm_address: told"),
        ("caller", "self_service", LORETTA, "call c1", f"next_payment: scheduled by authority {VERNA}"),
    ]


async def test_nothing_is_told_that_the_audit_log_could_not_take(house: House, monkeypatch: pytest.MonkeyPatch):
    async def gone(*_: object, **__: object) -> None:
        raise DatabaseGone("the disk is full")

    monkeypatch.setattr(house.office.audit, "looked", gone)
    with pytest.raises(DatabaseGone):
        await house.ask("next_payment")


async def test_who_asked_is_kept_with_the_request(house: House):
    await house.ask("income_letter", authority=VERNA)
    (request,) = await house.office.requests.of_member(LORETTA)
    assert (request.kind, request.call_id, request.authority_id) == ("income_letter", "c1", VERNA)


ASKED = {
    "tax_form": {},
    "form_by_mail": {"form": "direct_deposit"},
    "income_letter": {},
    "change_address": {"zip": "31602", "house": "12"},
    "missing_payment": {},
    "report_death": {"member_number": "10041009"},
}


@pytest.mark.parametrize("service", ASKED)
async def test_one_call_that_asks_twice_or_at_once_is_told_one_reference(house: House, service: str):
    first = await house.ask(service, **ASKED[service])
    house.clock.advance(30)
    rest = await asyncio.gather(*(house.ask(service, **ASKED[service]) for _ in range(4)))
    assert rest == [first] * 4
    assert isinstance(first.values["reference"], Digits)
    assert len(await house.office.requests.waiting()) == 1


async def test_neither_amounts_nor_addresses_nor_secrets_are_kept_or_logged(
    house: House, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    code = await house.office.pins.issue_code(LORETTA, "dana")
    await house.ask("next_payment")
    await house.ask("last_payment")
    await house.ask("confirm_address")
    await house.ask("pin_set", code=code, pin="62915")
    contact = await house.office.contacts.of_call("c1")
    kept = f"{contact!r} {[tuple(look) for look in await house.looks()]!r} {caplog.text}"
    for secret in ("214380", "2143", "Baytree", "31602", code, "62915"):
        assert secret not in kept


async def test_the_member_is_asked_for_anew_each_time(house: House):
    assert (await house.ask("next_payment")).outcome == "scheduled"
    await house.change(Member, LORETTA, protected=True)
    assert await house.ask("next_payment") == PERSON
