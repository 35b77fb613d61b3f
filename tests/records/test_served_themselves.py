"""A caller who served themselves: in the contact's course, and in the member's history until somebody writes more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.ids import call_id
from records.contact import ContactDraft, Served
from records.contacts import Contacts

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
CALL = call_id("pbx", "1.1")
PAID = Served(at=START, service="next_payment", outcome="scheduled")
SENT = Served(at=START + timedelta(seconds=30), service="tax_form", outcome="requested", reference="48219930")


async def shown(contacts: Contacts) -> str:
    await contacts.identify(CALL, "m1", "pin")
    await contacts.close(CALL, ended_at=START + timedelta(minutes=2), outcome="ivr_only", wait_s=0.0, talk_s=0.0)
    (past,) = await contacts.history("m1")
    return past.summary


async def test_a_list_says_what_was_done_without_an_agent(contacts: Contacts):
    for step in (SENT, PAID, SENT):
        await contacts.progress(CALL, step)
    contact = await contacts.of_call(CALL)
    assert contact is not None
    assert contact.course == (PAID, SENT)
    assert await shown(contacts) == (
        "By telephone menu: next payment: scheduled; tax form: requested (reference 48219930)"
    )


async def test_what_an_agent_wrote_counts_more(contacts: Contacts):
    await contacts.progress(CALL, PAID)
    await contacts.save_draft(CALL, ContactDraft(summary="Asked about the tax withheld."), by="dana")
    await contacts.progress(CALL, SENT)  # told late
    assert await shown(contacts) == "Asked about the tax withheld."


async def test_a_call_without_self_service_says_nothing_of_it(contacts: Contacts):
    assert await shown(contacts) == ""
