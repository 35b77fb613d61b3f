"""Every outcome of every service is reached: told in one line each, and none is missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from served_house import BRENDA, LORETTA, MARCUS, NOW, WALTER, House

from ivr.self_service import closing_specs
from ivr.self_service.catalogue import SPECS
from records.proofs import IN_A_ROW
from records.tables import Appointment, Contact, Matter, Member

Prepare = Callable[[House], Awaitable[Mapping[str, str] | None]]
AROUND = {"person", "not_allowed"}  # of every service: test_self_service_around.py


@dataclass(frozen=True)
class Told:
    """`member_id`'s caller is told `outcome`, after `prepare`, whose result adds to what they key in."""

    service: str
    outcome: str
    member_id: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    prepare: Prepare | None = None

    def __str__(self) -> str:
        return f"{self.service}-{self.outcome}"


def member(member_id: str, **values: object) -> Prepare:
    return lambda house: house.change(Member, member_id, **values)


def matter(topic: str, opened: int = 40, closed: int | None = None, member_id: str = MARCUS) -> Prepare:
    """Something that was begun, and perhaps ended, so many days ago."""
    ended = None if closed is None else NOW - timedelta(days=closed)
    row = {"id": f"k-{topic}", "member_id": member_id, "topic": topic, "title": "", "closed_at": ended}
    return lambda house: house.add(Matter, **row, opened_at=NOW - timedelta(days=opened))


def came_in(topic: str, days: int = 3, channel: str = "letter") -> Prepare:
    at = NOW - timedelta(days=days)
    row = {"id": "c-in", "channel": channel, "started_at": at, "ended_at": at, "member_id": LORETTA, "topics": [topic]}
    return lambda house: house.add(Contact, **row)


def before(service: str, member_id: str, **inputs: str) -> Prepare:
    """An earlier call asked for it."""

    async def asked(house: House) -> None:
        await house.ask(service, member_id, call_id="c0", **inputs)
        house.clock.advance(86_400)

    return asked


async def slot(house: House, **after: str) -> Mapping[str, str]:
    served = await house.ask("appointment_offer", call_id="c0", **after)
    return {"slot": served.values["slot"].digits}


async def taken(house: House, **after: str) -> Mapping[str, str]:
    """The time offered to one caller is booked by three others, one for each counsellor who is free then."""
    wanted = await slot(house, **after)
    for other in (WALTER, BRENDA, MARCUS):
        assert (await house.ask("appointment_book", other, call_id=f"c-{other}", **wanted)).outcome == "booked"
    return wanted


async def booked(house: House) -> Mapping[str, str]:
    """The first time is the caller's, the second is offered."""
    first = await slot(house)
    await house.ask("appointment_book", call_id="c0", **first)
    return await slot(house, **first)


async def booked_and_taken(house: House) -> Mapping[str, str]:
    first = await slot(house)
    await house.ask("appointment_book", call_id="c0", **first)
    return await taken(house, **first)


async def nobody_is_free(house: House) -> None:
    await house.db.write(lambda session: session.query(Appointment).delete() and None)


async def code(house: House) -> Mapping[str, str]:
    return {"code": await house.office.pins.issue_code(WALTER, "dana")}


async def guessed(house: House) -> None:
    for _ in range(IN_A_ROW.failures):
        assert (await house.ask("pin_set", WALTER, code="00000000", pin="62915")).outcome == "wrong"


ADDRESS = {"zip": "31602", "house": "1204", "unit": "7"}
FORM = {"form": "direct_deposit"}
TELLING = [
    Told("next_payment", "scheduled", LORETTA),
    Told("next_payment", "suspended", LORETTA, prepare=member(LORETTA, status="payment suspended")),
    Told("next_payment", "none", MARCUS),
    Told("last_payment", "paid", LORETTA),
    Told("last_payment", "returned", WALTER),
    Told("last_payment", "none", MARCUS),
    Told("missing_payment", "requested", LORETTA),
    Told("missing_payment", "already", LORETTA, prepare=before("missing_payment", LORETTA)),
    Told("missing_payment", "early", LORETTA, prepare=member(LORETTA, last_payment_date=date(2026, 3, 6))),
    Told("missing_payment", "returned", WALTER),
    Told("missing_payment", "none", MARCUS),
    Told("application_status", "open", MARCUS, prepare=matter("retirement_application")),
    Told("application_status", "closed", MARCUS, prepare=matter("disability_retirement", closed=3)),
    Told("application_status", "none", MARCUS, prepare=matter("retirement_application", 800, closed=366)),
    Told("refund_status", "open", MARCUS, prepare=matter("refund")),
    Told("refund_status", "closed", MARCUS, prepare=matter("refund", closed=3)),
    Told("refund_status", "none", MARCUS, prepare=matter("rollover")),
    Told("form_arrived", "arrived", LORETTA, FORM, came_in("direct_deposit")),
    Told("form_arrived", "under_way", MARCUS, FORM, matter("direct_deposit")),
    Told("form_arrived", "sent", LORETTA, FORM, before("form_by_mail", LORETTA, **FORM)),
    Told("form_arrived", "not_yet", LORETTA, FORM, came_in("refund")),
    Told("confirm_address", "told", LORETTA),
    Told("confirm_address", "person", LORETTA, prepare=member(LORETTA, address=["12 High Street", "Leeds LS1 4AP"])),
    Told("change_address", "proposed", LORETTA, ADDRESS),
    Told("change_address", "invalid", LORETTA, {**ADDRESS, "zip": "3160"}),
    Told("tax_form", "requested", BRENDA),
    Told("tax_form", "already", BRENDA, prepare=before("tax_form", BRENDA, year="2025")),
    Told("tax_form", "not_yet", BRENDA, {"year": "2026"}),
    Told("tax_form", "invalid", BRENDA, {"year": "2018"}),
    Told("tax_form", "none", MARCUS),
    Told("form_by_mail", "requested", LORETTA, FORM),
    Told("form_by_mail", "already", LORETTA, FORM, before("form_by_mail", LORETTA, **FORM)),
    Told("benefit_estimate", "requested", MARCUS),
    Told("benefit_estimate", "already", MARCUS, prepare=before("benefit_estimate", MARCUS)),
    Told("benefit_estimate", "invalid", MARCUS, {"date": "2026-03-10"}),
    Told("benefit_estimate", "retired", LORETTA),
    Told("income_letter", "requested", LORETTA),
    Told("income_letter", "already", LORETTA, prepare=before("income_letter", LORETTA)),
    Told("income_letter", "none", MARCUS),
    Told("appointment_offer", "offered", LORETTA),
    Told("appointment_offer", "none", LORETTA, prepare=nobody_is_free),
    Told("appointment_time", "booked", LORETTA, prepare=booked),
    Told("appointment_time", "none", LORETTA),
    Told("appointment_book", "booked", LORETTA, prepare=slot),
    Told("appointment_book", "taken", LORETTA, prepare=taken),
    Told("appointment_book", "has_one", LORETTA, prepare=booked),
    Told("appointment_move", "moved", LORETTA, prepare=booked),
    Told("appointment_move", "taken", LORETTA, prepare=booked_and_taken),
    Told("appointment_move", "none", LORETTA, prepare=slot),
    Told("appointment_cancel", "cancelled", LORETTA, prepare=booked),
    Told("appointment_cancel", "none", LORETTA),
    Told("report_death", "requested", "", {"member_number": "10042118"}),
    Told("pin_set", "set", WALTER, {"pin": "62915"}, code),
    Told("pin_set", "weak", WALTER, {"pin": "1234"}, code),
    Told("pin_set", "wrong", WALTER, {"pin": "62915", "code": "00000000"}),
    Told("pin_set", "locked", WALTER, {"pin": "62915", "code": "00000000"}, guessed),
]


@pytest.mark.parametrize("told", TELLING, ids=str)
async def test_what_a_caller_is_told(house: House, told: Told):
    found = await told.prepare(house) if told.prepare else None
    served = await house.ask(told.service, told.member_id, **{**(found or {}), **told.inputs})
    assert served.outcome == told.outcome
    (step,) = [step for step in await house.steps() if (step.service, step.outcome) == (told.service, told.outcome)]
    assert step.reference == (served.values["reference"].digits if "reference" in served.values else "")


def test_no_outcome_is_left_out():
    reached = {(told.service, told.outcome) for told in TELLING}
    every = {(name, out) for name, spec in SPECS.items() if spec not in closing_specs.ALL for out in spec.outcomes}
    assert {pair for pair in every - reached if pair[1] not in AROUND} == set()
    assert reached <= every
