"""The records' services on a sample plan, or on an empty database, with a clock that is turned by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sample_plan import passwords, plan_db, sample_file, sample_template

from core.clock import ManualClock
from core.database import Database
from records.contacts import Contacts
from records.members import MemberDirectory
from records.passwords import Passwords

__all__ = ["passwords", "plan_db", "sample_file", "sample_template"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 10, 14, 0, tzinfo=UTC))


@pytest.fixture
def contacts(db: Database, clock: ManualClock) -> Contacts:
    return Contacts(db, clock)


@pytest.fixture
def directory(plan_db: Database, clock: ManualClock, passwords: Passwords) -> MemberDirectory:
    return MemberDirectory(plan_db, clock, passwords)
