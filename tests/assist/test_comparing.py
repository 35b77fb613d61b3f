"""What became of a draft once the agent had confirmed it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assist.documentation.comparing import Fate, compared
from records.contact import ContactDraft, Noted, ProposedUpdate

DRAFT = ContactDraft(
    topics=("refund", "address_change"),
    reason="my refund is late",
    summary="Retiree called about a refund.",
    updates=(ProposedUpdate(field="phone", value="478-555-0122"), ProposedUpdate(field="email", value="a@b.org")),
    commitments=("mail the refund form tomorrow", "call by friday"),
    resolution="follow_up",
    done=(Noted(text="Entered the address."),),
    disposition="change",
)


def test_a_draft_confirmed_as_it_is_was_kept() -> None:
    fates = compared(DRAFT, DRAFT)
    assert fates.topics == fates.updates == fates.commitments == Fate(kept=2)
    assert fates.reason == fates.summary == fates.resolution == fates.done == fates.disposition == Fate(kept=1)
    assert fates.follow_ups == fates.correspondence == Fate()


def test_what_the_agent_changed_is_counted() -> None:
    confirmed = ContactDraft(
        topics=("refund", "rollover"),
        reason="My refund is late!",
        summary="",
        updates=(ProposedUpdate(field="phone", value="478-555-0199"), ProposedUpdate(field="name", value="ann lee")),
        commitments=("mail the refund form and a letter by friday", "write to the bank"),
        resolution="resolved",
        done=(Noted(text="Entered the address."), Noted(text="Reset the password.")),
        disposition="change",
    )
    fates = compared(DRAFT, confirmed)
    assert fates.topics == Fate(kept=1, dropped=1, added=1)
    assert fates.reason == Fate(kept=1)
    assert fates.summary == Fate(dropped=1)
    assert fates.updates == Fate(edited=1, dropped=1, added=1)
    assert fates.commitments == Fate(edited=1, dropped=1, added=1)
    assert fates.resolution == Fate(edited=1)
    assert fates.done == Fate(kept=1, added=1)


LINES = st.lists(st.text(alphabet="abc 1", max_size=8), max_size=5).map(tuple)


@given(LINES, LINES)
def test_every_line_has_one_fate(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    fate = compared(ContactDraft(commitments=before), ContactDraft(commitments=after)).commitments
    assert fate.kept + fate.edited + fate.dropped == len(before)
    assert fate.kept + fate.edited + fate.added == len(after)
