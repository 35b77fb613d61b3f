"""Overflow as it is set, told to the PBX: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from core.database import Database
from ivr.tables import QueueSetting
from ivr.waiting.overflow import Overflow
from telephony.ami.errors import LinkDown

QUEUES = ("member_services", "pensions", "survivors")


async def set_to(db: Database, **settings: tuple[str, int | None]) -> None:
    rows = [
        {
            "queue": queue,
            "overflow_to": to,
            "overflow_after_s": after_s,
            "changed_by": "morgan",
            "changed_at": datetime(2026, 3, 10, tzinfo=UTC),
        }
        for queue, (to, after_s) in settings.items()
    ]
    await db.write(lambda session: session.execute(insert(QueueSetting), rows) and None)


async def test_the_pbx_is_told_what_is_set_and_what_is_set_no_longer(db: Database) -> None:
    kept: dict[str, str] = {}

    async def remember(key: str, value: str) -> None:
        kept[key] = value

    await set_to(db, member_services=("pensions", 120), pensions=("pensions", 60), survivors=("gone", 30))
    await Overflow(db, remember, QUEUES).apply()
    assert kept == {
        "overflow_to/member_services": "pensions",
        "overflow_after/member_services": "120",
        "overflow_to/pensions": "",  # to itself
        "overflow_after/pensions": "",
        "overflow_to/survivors": "",  # to a queue that is not there
        "overflow_after/survivors": "",
    }


async def test_a_pbx_that_cannot_be_told_is_told_later(db: Database) -> None:
    async def remember(key: str, value: str) -> None:
        raise LinkDown("there is no connection to the PBX now")

    await Overflow(db, remember, QUEUES).apply()
