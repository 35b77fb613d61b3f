"""When queues take calls, by the document in use."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from ivr.document.model import Document, Goodbye, Hours, Queue, Stretch
from ivr.waiting.openings import DocumentOpenings

MONDAY = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)  # 10 in the morning of New York would be 14:00


def document() -> Document:
    office = Hours(days={"monday": (Stretch(opens=time(9), closes=time(17)),)})
    return Document(
        name="t",
        version="0",
        languages=("en",),
        zone="America/New_York",
        start="people",
        person="people",
        hours={"office": office},
        steps={
            "people": Queue(queue="member_services", hours="office", closed="end"),
            "again": Queue(queue="member_services"),
            "always": Queue(queue="emergencies"),
            "end": Goodbye(),
        },
        standard={},
    )


def test_a_queue_has_the_hours_that_its_step_names() -> None:
    openings = DocumentOpenings(document)
    assert openings.is_open("member_services", MONDAY)
    assert openings.closes("member_services", MONDAY) == datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
    assert openings.opens("member_services", MONDAY) == datetime(2026, 3, 16, 13, 0, tzinfo=UTC)
    night = MONDAY + timedelta(hours=12)
    assert not openings.is_open("member_services", night)
    assert openings.closes("member_services", night) == night


def test_a_queue_without_hours_is_always_open_and_a_call_back_waits_a_day_at_most() -> None:
    openings = DocumentOpenings(document)
    assert openings.is_open("emergencies", MONDAY)
    assert openings.opens("emergencies", MONDAY) is None
    assert openings.closes("emergencies", MONDAY) == MONDAY + timedelta(days=1)
