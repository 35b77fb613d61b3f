"""What somebody who acts for a member may hear and change: held to their authority record. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from records.contact import ContactDraft, Represented
from records.profile import Authority, MemberProfile

OF_AGE = 18
FOR_MINORS = ("guardian", "custodian")
"""The kinds of authority that hold for a minor; a power of attorney given by a child is none."""


def is_under_age(born: date, on: date) -> bool:
    """Not yet 18 on that day (who was born on February 29 comes of age on March 1)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) < OF_AGE


def is_minor(member: MemberProfile, on: date) -> bool:
    return is_under_age(date.fromisoformat(member.birth_date), on)


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


def may_not_act(authority: Authority, member: MemberProfile, on: date) -> str:
    """Why nobody acts for this member by this record on that day, in words; empty: somebody does."""
    if why := why_not(authority, on):
        return why
    if is_minor(member, on) and authority.kind not in FOR_MINORS:
        return f"the member is a minor, for whom no {authority.kind.replace('_', ' ')} acts"
    return ""


def covers(authority: Authority, topics: Collection[str], *, change: bool = False) -> bool:
    """Whether the record reaches this far: all of `topics`, and a change where asked."""
    in_scope = not authority.topics or all(topic in authority.topics for topic in topics)
    return in_scope and (authority.may_change or not change)


def represented(authority: Authority, at: datetime) -> Represented:
    """The step in a call's course that says who acts from `at` on."""
    return Represented(
        at=at,
        authority_id=authority.authority_id,
        name=authority.name,
        kind=authority.kind,
        may_change=authority.may_change,
        topics=authority.topics,
    )
