"""Who may act for a member, and how far."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from records.authority import beyond, why_not
from records.contact import ContactDraft, ProposedUpdate, Represented
from records.profile import Authority

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
