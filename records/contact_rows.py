"""Contacts between tables and values: the statements, and what one more fact makes of a row. No I/O of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import bindparam, func, or_, select

from core.tables import AnyRow
from records.contact import (
    Answered,
    AnyStep,
    Channel,
    Consent,
    Contact,
    ContactDraft,
    Gap,
    Outcome,
    Served,
    Verification,
)
from records.profile import PastContact
from records.tables import Contact as ContactTable
from records.tables import ContactDocument

MAX_STEPS = 500
"""More steps than any honest call has. Later ones are not kept, and the contact is marked incomplete."""

_ROW = ContactTable.__table__
_RANK: dict[str, int] = {"none": 0, "number_match": 1, "knowledge": 2, "pin": 3}

_PAST = (
    _ROW.c.id,
    _ROW.c.member_id,
    _ROW.c.started_at,
    _ROW.c.channel,
    _ROW.c.topics,
    _ROW.c.summary,
    _ROW.c.resolution,
)
_OVER = _ROW.c.ended_at.is_not(None)

HISTORY = (
    select(*_PAST)
    .where(_ROW.c.member_id == bindparam("member_id"), _OVER)
    .order_by(_ROW.c.started_at.desc(), _ROW.c.id)
    .limit(bindparam("limit"))
)
"""The last contacts of one member, newest first, the call that is going on left out."""

HISTORY_AFTER = HISTORY.where(
    _ROW.c.started_at <= bindparam("at"), or_(_ROW.c.started_at < bindparam("at"), _ROW.c.id > bindparam("id"))
)
"""Those of `HISTORY` that come after the one with the time `at` and this `id`."""

_ranked = (
    select(
        *_PAST,
        func.row_number()
        .over(partition_by=_ROW.c.member_id, order_by=(_ROW.c.started_at.desc(), _ROW.c.id))
        .label("place"),
    )
    .where(_ROW.c.member_id.in_(bindparam("member_ids", expanding=True)), _OVER)
    .subquery()
)
LAST_OF_EACH = select(_ranked).where(_ranked.c.place <= bindparam("limit")).order_by(_ranked.c.place)
"""The last contacts of each of several members, newest first."""

WHOLE = select(_ROW, ContactDocument.draft, ContactDocument.corrected, ContactDocument.confirmed).outerjoin(
    ContactDocument, ContactDocument.contact_id == _ROW.c.id
)
"""A contact with its documentation: what `contact` reads."""


def past_contact(row: AnyRow) -> PastContact:
    """A row of `HISTORY`, `HISTORY_AFTER` or `LAST_OF_EACH`."""
    return PastContact(
        contact_id=row.id,
        at=row.started_at,
        channel=row.channel,
        topics=tuple(row.topics),
        summary=row.summary,
        resolution=row.resolution,
    )


def contact(row: AnyRow) -> Contact:
    """A row of `WHOLE`."""
    return Contact(
        contact_id=row.id,
        call_id=row.call_id,
        system=row.system,
        linkedid=row.linkedid,
        channel=cast(Channel, row.channel),
        caller_number=row.caller_number,
        dialled=row.dialled,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        member_id=row.member_id,
        verification=cast(Verification, row.verification),
        consent=cast(Consent, row.consent),
        handwritten=row.consent == "refused",
        language=row.language,
        course=_course(row.course),
        outcome=cast("Outcome | None", row.outcome),
        wait_s=row.wait_s,
        talk_s=row.talk_s,
        incomplete=row.incomplete,
        speech_model=row.speech_model,
        menu_version=row.menu_version,
        draft=draft(row.draft),
        corrected=draft(row.corrected),
        confirmed=draft(row.confirmed),
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
    )


def draft(stored: dict[str, Any] | None) -> ContactDraft | None:
    return None if stored is None else msgspec.convert(stored, ContactDraft)


def documented(value: ContactDraft) -> dict[str, Any]:
    """What lists show of a contact that is documented as `value`."""
    return {"topics": list(value.topics), "summary": fit(value.summary, 1000), "resolution": value.resolution}


def identified(row: AnyRow, member_id: str | None, verification: Verification) -> dict[str, Any]:
    """Who the caller is. For the same member verification only rises; another member brings their own."""
    if row.member_id == member_id and _RANK[row.verification] > _RANK[verification]:
        verification = cast(Verification, row.verification)
    return {"member_id": member_id, "verification": verification}


def stepped(row: AnyRow, *steps: AnyStep) -> dict[str, Any]:
    """More steps in the course of a call; nothing of those that are there already."""
    told = [known for known in map(_as_stored, steps) if known not in row.course]
    if not told:
        return {}
    course = sorted([*row.course, *told], key=_at)
    changes: dict[str, Any] = {"course": course if len(course) <= MAX_STEPS else row.course}
    if len(course) > MAX_STEPS or any(isinstance(step, Gap) for step in steps):
        changes["incomplete"] = True
    if any(isinstance(step, Served) for step in steps) and row.summary == _by_themselves(row.course):
        changes["summary"] = _by_themselves(changes["course"])  # until somebody documents the call
    if answers := [step.at for step in steps if isinstance(step, Answered)]:
        changes["answered_at"] = min(answers if row.answered_at is None else [*answers, row.answered_at])
    return changes


def closed(
    row: AnyRow, *, ended_at: datetime, outcome: Outcome, wait_s: float | None, talk_s: float | None, incomplete: bool
) -> dict[str, Any]:
    """The end of a call. What is known for certain is not replaced by what was seen with gaps."""
    if row.ended_at is not None and incomplete and not row.incomplete:
        return {}
    return {
        "ended_at": ended_at,
        "outcome": outcome,
        "wait_s": wait_s,
        "talk_s": talk_s,
        "incomplete": row.incomplete or incomplete,
    }


def mended(
    row: AnyRow, steps: Sequence[AnyStep], *, ended_at: datetime, outcome: Outcome, wait_s: float, talk_s: float
) -> dict[str, Any]:
    """What the phone system's own record says of a call that was not watched throughout."""
    end = {"ended_at": ended_at, "outcome": outcome, "wait_s": wait_s, "talk_s": talk_s}
    return {**stepped(row, *steps), **end, "incomplete": False}


def fit(text: str, length: int) -> str:
    """`text` as a column of `length` takes it: a telephone system may send anything."""
    return text.replace("\0", "")[:length]


def _course(stored: Sequence[dict[str, Any]]) -> tuple[AnyStep, ...]:
    return msgspec.convert(stored, tuple[AnyStep, ...])


def _by_themselves(course: Sequence[dict[str, Any]]) -> str:
    """What a list shows of a call in which the caller served themselves and nobody wrote anything."""
    said = [
        f"{step.service.replace('_', ' ')}: {step.outcome.replace('_', ' ')}"
        + (f" (reference {step.reference})" if step.reference else "")
        for step in _course(course)
        if isinstance(step, Served)
    ]
    return fit(f"By telephone menu: {'; '.join(said)}", 1000) if said else ""


def _as_stored(step: AnyStep) -> dict[str, Any]:
    """As it comes back from the database: equal to itself, tuples too."""
    stored: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(step))
    return stored


def _at(step: dict[str, Any]) -> datetime:
    return msgspec.convert(step["at"], datetime)
