"""What single services know: which day, which year, which form; and what a thief cannot have sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from served_house import BRENDA, LORETTA, MARCUS, NOW, VERNA, WALTER, House

from core.errors import Problem
from ivr.dialog.actions import Served
from ivr.self_service import words
from ivr.self_service.by_mail import COOLING, KEPT_YEARS
from ivr.speaking.values import Clock, Count, Day, Digits, Money, Words
from records.tables import Contact, Matter, Member

PERSON = Served(outcome="person")


def turn(house: House, moment: datetime) -> None:
    house.clock.advance((moment - house.clock.now()).total_seconds())


# --- payments and matters -------------------------------------------------------------------------


async def test_payments_are_told_as_money_and_days(house: House):
    assert (await house.ask("next_payment")).values == {
        "amount": Money(cents=214380),
        "day": Day(day=date(2026, 4, 1)),
    }
    assert (await house.ask("last_payment", WALTER)).values == {
        "amount": Money(cents=268915),
        "day": Day(day=date(2026, 3, 1)),
    }


@pytest.mark.parametrize(("day", "outcome"), [(5, "early"), (6, "requested")])
async def test_a_payment_is_missing_once_a_bank_has_had_its_days(house: House, day: int, outcome: str):
    await house.change(Member, LORETTA, last_payment_date=date(2026, 4, 1))
    turn(house, datetime(2026, 4, day, 14, tzinfo=UTC))
    served = await house.ask("missing_payment")
    assert served.outcome == outcome
    assert served.values["paid"] == Day(day=date(2026, 4, 1))
    assert served.values.get("until", Day(day=date(2026, 4, 6))) == Day(day=date(2026, 4, 6))


async def test_of_several_applications_the_open_one_is_told(house: House):
    for topic, opened, closed in (
        ("retirement_application", 10, 5),
        ("disability_retirement", 200, None),
        ("retirement_application", 400, 300),
    ):
        at, ended = NOW - timedelta(days=opened), None if closed is None else NOW - timedelta(days=closed)
        row = {"id": f"k{opened}", "member_id": MARCUS, "topic": topic, "title": "", "opened_at": at}
        await house.add(Matter, **row, closed_at=ended)
    served = await house.ask("application_status", MARCUS)
    assert served.outcome == "open"
    assert served.values["day"] == Day(day=(NOW - timedelta(days=200)).date())
    what = served.values["what"]
    assert isinstance(what, Words)
    assert what.texts["en"] == "application for disability retirement"

    acting = await house.authorise(MARCUS, topics=["retirement_application"])
    served = await house.ask("application_status", MARCUS, authority=acting)
    assert (served.outcome, served.values["day"]) == ("closed", Day(day=(NOW - timedelta(days=5)).date()))


@pytest.mark.parametrize(
    ("channel", "topic", "days", "outcome"),
    [
        ("letter", "direct_deposit", 3, "arrived"),
        ("fax", "direct_deposit", 119, "arrived"),
        ("call", "direct_deposit", 3, "not_yet"),  # spoken about, not sent
        ("letter", "refund", 3, "not_yet"),
        ("letter", "direct_deposit", 121, "not_yet"),
    ],
)
async def test_a_form_has_arrived_when_it_came_in_on_paper_lately(
    house: House, channel: str, topic: str, days: int, outcome: str
):
    at = NOW - timedelta(days=days)
    row = {"id": "c-in", "channel": channel, "started_at": at, "ended_at": at, "member_id": LORETTA}
    await house.add(Contact, **row, topics=[topic])
    served = await house.ask("form_arrived", form="direct_deposit")
    assert served.outcome == outcome
    assert served.values.get("day", Day(day=at.date())) == Day(day=at.date())


def test_every_form_and_application_has_its_name_in_every_language():
    named = words.named()
    for texts in (*named.forms.values(), *named.applications.values()):
        assert set(texts) == {"en", "es"}
        assert all(texts.values())


@pytest.mark.parametrize("service", ["form_arrived", "form_by_mail"])
async def test_a_form_that_a_menu_misspells_is_a_problem_that_names_the_others(house: House, service: str):
    with pytest.raises(Problem, match=r"no form .direct_depositt.*direct_deposit"):
        await house.ask(service, form="direct_depositt")


# --- addresses ------------------------------------------------------------------------------------


async def test_an_address_is_read_in_parts_that_can_be_spoken(house: House):
    await house.change(Member, LORETTA, address=["1120 Baytree Road", "Apartment 3", "Valdosta, GA 31602-4417"])
    assert (await house.ask("confirm_address")).values == {
        "street": Words(texts={"": "1120 Baytree Road, Apartment 3"}),
        "city": Words(texts={"": "Valdosta"}),
        "state": Words(texts={"": "G A"}),
        "zip": Digits(digits="31602"),
    }


@pytest.mark.parametrize("address", [[], ["Valdosta, GA 31602"], ["12 High Street", "Leeds"]])
async def test_an_address_that_a_machine_does_not_read_well_is_a_persons(house: House, address: list[str]):
    await house.change(Member, LORETTA, address=address)
    assert await house.ask("confirm_address") == PERSON


@pytest.mark.parametrize(
    "wrong",
    [{"zip": ""}, {"zip": "316021"}, {"zip": "3160x"}, {"house": ""}, {"house": "1234567"}, {"unit": "1*"}],
)
async def test_what_is_no_address_is_asked_for_again(house: House, wrong: dict[str, str]):
    told = {"zip": "31602", "house": "12", "unit": "", **wrong}
    assert await house.ask("change_address", **told) == Served(outcome="invalid")
    assert await house.office.requests.waiting() == ()


async def test_a_change_is_only_proposed(house: House):
    before = await house.office.members.profile(LORETTA)
    served = await house.ask("change_address", authority=VERNA, zip="30303", house="44", unit="2")
    (request,) = await house.office.requests.waiting(state="proposed")
    assert request.details == {"zip": "30303", "house": "44", "unit": "2"}
    assert (request.member_id, request.authority_id) == (LORETTA, VERNA)
    assert served.values["reference"] == Digits(digits=request.reference)
    after = await house.office.members.profile(LORETTA)
    assert before is not None
    assert after is not None
    assert after.address == before.address
    assert after.open_matters[-1] == f"By telephone: change address (reference {request.reference})"


# --- by mail --------------------------------------------------------------------------------------

BY_MAIL = {"tax_form": {}, "form_by_mail": {"form": "refund"}, "income_letter": {}}


@pytest.mark.parametrize("service", BY_MAIL)
async def test_nothing_is_mailed_while_the_address_is_in_doubt(house: House, service: str):
    await house.ask("change_address", BRENDA, zip="30303", house="44")
    assert await house.ask(service, BRENDA, **BY_MAIL[service]) == PERSON

    (proposal,) = await house.office.requests.waiting()
    await house.office.requests.decide(proposal.request_id, "dana", "done")
    house.clock.advance(COOLING.total_seconds() - 1)
    assert await house.ask(service, BRENDA, call_id="c2", **BY_MAIL[service]) == PERSON
    house.clock.advance(1)
    assert (await house.ask(service, BRENDA, call_id="c3", **BY_MAIL[service])).outcome == "requested"


@pytest.mark.parametrize("service", BY_MAIL)
async def test_a_change_that_was_refused_leaves_no_doubt(house: House, service: str):
    await house.ask("change_address", BRENDA, zip="30303", house="44")
    (proposal,) = await house.office.requests.waiting()
    await house.office.requests.decide(proposal.request_id, "dana", "refused")
    assert (await house.ask(service, BRENDA, **BY_MAIL[service])).outcome == "requested"


@pytest.mark.parametrize("facts", [{"flags": ["mail returned"]}, {"address": []}])
async def test_where_mail_came_back_a_person_decides(house: House, facts: dict[str, list[str]]):
    await house.change(Member, BRENDA, **facts)
    assert await house.ask("tax_form", BRENDA) == PERSON


async def test_benefit_estimates_go_by_mail_under_the_same_rule(house: House):
    await house.change(Member, MARCUS, flags=["mail returned"])
    assert await house.ask("benefit_estimate", MARCUS) == PERSON


@pytest.mark.parametrize(
    ("today", "keyed", "outcome", "year"),
    [
        (date(2026, 1, 31), "", "requested", 2024),
        (date(2026, 1, 31), "2025", "not_yet", 2025),
        (date(2026, 2, 1), "", "requested", 2025),
        (date(2026, 2, 1), "2026", "not_yet", 2026),
        (date(2026, 2, 1), str(2026 - KEPT_YEARS), "requested", 2026 - KEPT_YEARS),
        (date(2026, 2, 1), str(2025 - KEPT_YEARS), "invalid", None),
        (date(2026, 2, 1), "2027", "invalid", None),
        (date(2026, 2, 1), "25", "invalid", None),
        (date(2026, 2, 1), "２０２５", "invalid", None),
    ],
)
async def test_tax_forms_are_out_from_february_and_kept_for_years(
    house: House, today: date, keyed: str, outcome: str, year: int | None
):
    turn(house, datetime.combine(today, time(17), UTC))
    served = await house.ask("tax_form", BRENDA, year=keyed)
    assert served.outcome == outcome
    assert served.values.get("year") == (Count(number=year) if year else None)


async def test_tax_forms_of_two_years_are_two_requests(house: House):
    first, second = [await house.ask("tax_form", BRENDA, year=year) for year in ("2024", "2025")]
    assert first.values["reference"] != second.values["reference"]
    assert await house.ask("tax_form", BRENDA) == second  # last year's, without saying which


@pytest.mark.parametrize(
    ("keyed", "outcome", "details"),
    [
        ("", "requested", {}),
        ("2027-07-01", "requested", {"date": "2027-07-01"}),
        ("07012027", "requested", {"date": "2027-07-01"}),
        ("02302027", "invalid", None),
        ("tomorrow", "invalid", None),
        ("2026-03-10", "invalid", None),
        ("2099-01-01", "invalid", None),
    ],
)
async def test_an_estimate_is_for_a_day_to_come(house: House, keyed: str, outcome: str, details: dict[str, str] | None):
    assert (await house.ask("benefit_estimate", MARCUS, date=keyed)).outcome == outcome
    waiting = await house.office.requests.waiting()
    assert [request.details for request in waiting] == ([details] if details is not None else [])


# --- appointments ---------------------------------------------------------------------------------


async def test_times_are_offered_one_by_one_in_the_zone_of_the_site(house: House):
    first = await house.ask("appointment_offer")
    assert (first.values["day"], first.values["time"]) == (Day(day=date(2026, 3, 11)), Clock(time=time(9)))
    assert first.values["place"] == Words(texts={"": "Atlanta"})
    second = await house.ask("appointment_offer", slot=first.values["slot"].digits)
    assert (second.values["day"], second.values["time"]) == (Day(day=date(2026, 3, 11)), Clock(time=time(10, 30)))


async def test_what_begins_within_the_notice_is_not_offered(house: House):
    turn(house, datetime(2026, 3, 11, 11, 0, tzinfo=UTC))  # two hours before nine there
    served = await house.ask("appointment_offer")
    assert served.values["time"] == Clock(time=time(10, 30))


async def test_an_appointment_is_booked_told_moved_and_cancelled_under_one_reference(house: House):
    first = (await house.ask("appointment_offer")).values["slot"].digits
    booked = await house.ask("appointment_book", slot=first)
    assert await house.ask("appointment_book", slot=first) == booked
    assert (await house.ask("appointment_time")).values == booked.values

    later = (await house.ask("appointment_offer", slot=first)).values["slot"].digits
    moved = await house.ask("appointment_move", slot=later)
    assert moved.values["reference"] == booked.values["reference"]
    assert moved.values["time"] == Clock(time=time(10, 30))
    assert (await house.ask("appointment_cancel")).values == moved.values
    assert (await house.ask("appointment_time")).outcome == "none"


async def test_two_callers_who_take_the_last_counsellor_at_once(house: House):
    slot = (await house.ask("appointment_offer")).values["slot"].digits
    for member_id in (WALTER, BRENDA):
        await house.ask("appointment_book", member_id, call_id=f"c-{member_id}", slot=slot)
    told = await asyncio.gather(
        house.ask("appointment_book", LORETTA, slot=slot),
        house.ask("appointment_book", MARCUS, call_id="c2", slot=slot),
    )
    assert sorted(served.outcome for served in told) == ["booked", "taken"]


@pytest.mark.parametrize("slot", ["", "20260311", "202613111300", "x"])
async def test_what_was_never_offered_is_a_problem_not_a_booking(house: House, slot: str):
    with pytest.raises(Problem, match="no time that was offered"):
        await house.ask("appointment_book", slot=slot)


# --- the report of a death ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyed", "member_id"),
    [("10042118", "demo-death_report_member"), ("10042119", None), ("", None), ("9" * 40, None)],
)
async def test_a_death_is_reported_by_anybody_who_learns_nothing_by_it(house: House, keyed: str, member_id: str | None):
    served = await house.ask("report_death", "", verification="none", member_number=keyed)
    (request,) = await house.office.requests.waiting()
    assert served == Served(outcome="requested", values={"reference": Digits(digits=request.reference)})
    assert (request.kind, request.member_id) == ("report_death", member_id)
    assert request.details == {"member_number": keyed[:8], "calling_number": "+14045550199"}


async def test_a_death_of_a_protected_member_is_reported_alike(house: House):
    await house.protect(LORETTA)
    served = await house.ask("report_death", "", verification="none", member_number="10041009")
    assert served.outcome == "requested"


# --- setting a PIN --------------------------------------------------------------------------------


async def test_nobody_sets_a_pin_for_the_member_they_act_for(house: House):
    code = await house.office.pins.issue_code(LORETTA, "dana")
    assert await house.ask("pin_set", authority=VERNA, code=code, pin="62915") == Served(outcome="not_allowed")
    assert await house.ask("pin_set", code=code, pin="62915") == Served(outcome="set")
