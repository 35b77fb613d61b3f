"""Who may act for a member, and how far."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from records.authority import beyond, covers, is_minor, may_not_act, represented, why_not
from records.contact import ContactDraft, ProposedUpdate, Represented
from records.profile import Authority, MemberProfile

POWER = Authority(
    authority_id="y1",
    name="Verna Pickens",
    kind="power_of_attorney",
    document="durable power of attorney",
    may_change=True,
    topics=(),
    valid_from="2026-01-10",
    valid_until="2026-12-31",
)


@pytest.mark.parametrize(
    ("on", "revoked_on", "says"),
    [
        (date(2026, 1, 9), None, "not valid before 2026-01-10"),
        (date(2026, 1, 10), None, ""),
        (date(2026, 12, 31), None, ""),
        (date(2027, 1, 1), None, "ended on 2026-12-31"),
        (date(2026, 5, 31), "2026-06-01", ""),
        (date(2026, 6, 1), "2026-06-01", "revoked on 2026-06-01"),
    ],
)
def test_a_record_holds_from_its_first_to_its_last_day_unless_revoked(on: date, revoked_on: str | None, says: str):
    assert why_not(replace(POWER, revoked_on=revoked_on), on) == says


def acting(*topics: str, may_change: bool = False) -> Represented:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Represented(at=at, authority_id="y1", name="Verna Pickens", topics=topics, may_change=may_change)


MOVED = (ProposedUpdate(field="address", value="12 Oak Street"), ProposedUpdate(field="address", value="Macon"))


@pytest.mark.parametrize(
    ("who", "draft", "says"),
    [
        (acting(), ContactDraft(topics=("payment_status",)), ""),
        (acting("payment_status"), ContactDraft(topics=("payment_status",)), ""),
        (
            acting("payment_status"),
            ContactDraft(topics=("payment_status", "retirement")),
            "payment_status only, not ret",
        ),
        (acting(), ContactDraft(updates=MOVED), "Verna Pickens may ask, not change: address"),
        (acting(may_change=True), ContactDraft(updates=MOVED), ""),
    ],
)
def test_a_contact_goes_no_further_than_the_record(who: Represented, draft: ContactDraft, says: str):
    said = beyond(who, draft)
    assert says in said
    assert bool(said) == bool(says)


JUNIOR = MemberProfile(
    member_id="m1",
    member_number="10041009",
    name="Jaylen Prescott",
    relation="survivor",
    status="",
    birth_date="2008-02-29",
    plan="",
    tier="",
    employer="",
    service_years=None,
    address=(),
    phone="",
    email="",
    benefit_cents=None,
    next_payment=None,
    beneficiaries=(),
    open_matters=(),
    flags=(),
    last_contacts=(),
)


@pytest.mark.parametrize(
    ("on", "minor"), [(date(2008, 2, 29), True), (date(2026, 2, 28), True), (date(2026, 3, 1), False)]
)
def test_a_member_is_a_minor_until_the_day_they_are_18(on: date, minor: bool):
    assert is_minor(JUNIOR, on) == minor


@pytest.mark.parametrize(
    ("kind", "on", "says"),
    [
        ("power_of_attorney", date(2026, 2, 28), "the member is a minor, for whom no power of attorney acts"),
        ("power_of_attorney", date(2026, 3, 1), ""),
        ("guardian", date(2026, 2, 28), ""),
        ("custodian", date(2026, 2, 28), ""),
        ("guardian", date(2027, 1, 1), "ended on 2026-12-31"),
    ],
)
def test_for_a_minor_only_guardians_and_custodians_act(kind: str, on: date, says: str):
    assert may_not_act(replace(POWER, kind=kind), JUNIOR, on) == says


@pytest.mark.parametrize(
    ("has", "may_change", "needs", "change", "reaches"),
    [
        ((), False, ("refund",), False, True),
        (("refund",), False, ("refund",), False, True),
        (("refund",), False, ("tax_form_1099r",), False, False),
        (("refund",), False, ("refund", "tax_form_1099r"), False, False),
        ((), False, ("refund",), True, False),
        ((), True, ("refund",), True, True),
    ],
)
def test_a_record_reaches_as_far_as_its_topics_and_its_powers(
    has: tuple[str, ...], may_change: bool, needs: tuple[str, ...], change: bool, reaches: bool
):
    assert covers(replace(POWER, topics=has, may_change=may_change), needs, change=change) == reaches


def test_who_acts_is_a_step_in_the_course_of_a_call():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    assert represented(POWER, at) == Represented(
        at=at, authority_id="y1", name="Verna Pickens", kind="power_of_attorney", may_change=True
    )
