"""The audit log: what it says, and that nobody can be at it unnoticed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from core.clock import ManualClock
from core.database import Database
from records.audit import Audit, AuditCheck
from records.tables import AuditEntry


@pytest.fixture
async def audit(db: Database, clock: ManualClock) -> Audit:
    """Five looks, a day apart."""
    log = Audit(db, clock, "secret")
    for n in range(5):
        await log.looked("dana" if n % 2 else "luis", "screen_pop", why=f"call {n}", member_id=f"m{n}")
        clock.advance(86_400)
    return log


async def test_it_says_who_looked_at_whom_when_and_why_newest_first(audit: Audit) -> None:
    first = await audit.looks(limit=2)
    assert [(look.agent_id, look.member_id, look.why) for look in first.items] == [
        ("luis", "m4", "call 4"),
        ("dana", "m3", "call 3"),
    ]
    assert first.next is not None
    second = await audit.looks(limit=3, before=int(first.next))
    assert [look.member_id for look in second.items] == ["m2", "m1", "m0"]
    assert second.next is None
    assert [look.member_id for look in (await audit.looks(limit=9, agent_id="dana")).items] == ["m3", "m1"]
    assert [look.agent_id for look in (await audit.looks(limit=9, member_id="m2")).items] == ["luis"]


async def test_it_is_whole_as_long_as_nobody_is_at_it(audit: Audit) -> None:
    assert await audit.verify() == AuditCheck(entries=5, whole=True)


@pytest.mark.parametrize(
    ("at_it", "broken_at"),
    [
        (update(AuditEntry).where(AuditEntry.id == 3).values(agent_id="somebody"), 3),
        (update(AuditEntry).where(AuditEntry.id == 3).values(why="another reason"), 3),
        (delete(AuditEntry).where(AuditEntry.id == 2), 3),
        (delete(AuditEntry).where(AuditEntry.id == 5), 4),
        (delete(AuditEntry).where(AuditEntry.id == 1), 2),
        (text("UPDATE audit_ends SET last_id = 4, last = (SELECT chained FROM audit_log WHERE id = 4)"), None),
        (text("DELETE FROM audit_ends"), None),
    ],
)
async def test_a_change_by_hand_is_found(db: Database, audit: Audit, at_it: object, broken_at: int | None) -> None:
    await db.write(lambda session: session.execute(at_it) and None)  # type: ignore[call-overload]
    found = await audit.verify()
    assert (found.whole, found.broken_at) == (False, broken_at)
    assert found.why
    await audit.looked("dana", "history", why="work goes on")
    assert not (await audit.verify()).whole


async def test_a_forger_without_the_key_is_found(db: Database, clock: ManualClock, audit: Audit) -> None:
    await Audit(db, clock, "another").looked("mallory", "screen_pop", why="")
    assert not (await audit.verify()).whole


async def test_old_entries_go_by_rule_and_the_rest_is_as_provable(audit: Audit, clock: ManualClock) -> None:
    assert await audit.prune(clock.now() - timedelta(days=3)) == 2
    assert await audit.verify() == AuditCheck(entries=3, whole=True)
    await audit.looked("dana", "history", why="asked for", member_id="m9")
    assert await audit.verify() == AuditCheck(entries=4, whole=True)
    assert await audit.prune(clock.now() - timedelta(days=30)) == 0
    assert await audit.prune(clock.now() + timedelta(days=1)) == 4
    assert await audit.verify() == AuditCheck(entries=0, whole=True)
