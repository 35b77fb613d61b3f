"""What somebody who acts for a member may hear and change: held to their authority record. Pure."""

from __future__ import annotations

from datetime import date

from records.contact import ContactDraft, Represented
from records.profile import Authority


def why_not(authority: Authority, on: date) -> str:
    """Why the record gives no right on that day, in words; empty: it does."""
    day = on.isoformat()
    if authority.revoked_on is not None and authority.revoked_on <= day:
        return f"revoked on {authority.revoked_on}"
    if day < authority.valid_from:
        return f"not valid before {authority.valid_from}"
    if authority.valid_until is not None and day > authority.valid_until:
        return f"ended on {authority.valid_until}"
    return ""


def beyond(acting: Represented, draft: ContactDraft) -> str:
    """What of this documentation goes further than the representative may, in words; empty: nothing does."""
    if acting.topics and (others := [topic for topic in draft.topics if topic not in acting.topics]):
        return f"{acting.name} may hear about {', '.join(acting.topics)} only, not {', '.join(others)}"
    if draft.updates and not acting.may_change:
        fields = ", ".join(dict.fromkeys(update.field for update in draft.updates))
        return f"{acting.name} may ask, not change: {fields}"
    return ""
