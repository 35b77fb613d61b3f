"""The audit log: what it says, and that nobody can be at it unnoticed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from core.clock import ManualClock
from core.database import Database
from records.agents import Agents, Hired, Moved
from records.audit import Audit, Head
from records.passwords import Passwords
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
    found = await audit.verify()
    assert (found.entries, found.whole, found.last_id) == (5, True, 5)
    assert len(found.head) == 64


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


async def test_an_older_log_put_back_with_its_own_seal_is_found_by_who_kept_the_head(
    db: Database, audit: Audit
) -> None:
    seal = await db.read(lambda session: session.execute(text("SELECT * FROM audit_ends")).one()._asdict())
    earlier = await audit.verify()
    await audit.looked("mallory", "history", why="what nobody should know")
    later = await audit.verify()
    sets = ", ".join(f"{name} = :{name}" for name in seal if name != "id")

    def put_back(session: Session) -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.id > earlier.last_id))
        session.execute(text(f"UPDATE audit_ends SET {sets}").bindparams(**{n: seal[n] for n in seal if n != "id"}))

    await db.write(put_back)
    assert await audit.verify() == earlier  # by itself it proves nothing
    assert (await audit.verify(Head(earlier.last_id, earlier.head))).whole
    gone = await audit.verify(Head(later.last_id, later.head))
    assert (gone.whole, gone.entries) == (False, 5)
    assert f"entry {later.last_id} is gone" in gone.why
    await audit.looked("dana", "history", why="another takes its number")
    assert not (await audit.verify(Head(later.last_id, later.head))).whole


async def test_a_head_that_was_old_enough_to_go_is_not_missed(audit: Audit, clock: ManualClock) -> None:
    head = await audit.verify()
    await audit.looked("dana", "history", why="search")
    await audit.prune(clock.now() - timedelta(seconds=1))
    assert (await audit.verify()).entries == 1
    assert (await audit.verify(Head(head.last_id, head.head))).whole


async def test_who_did_it_is_named_also_when_they_have_left(db: Database, clock: ManualClock, audit: Audit) -> None:
    agents = Agents(db, Passwords("x"), clock)
    noor = await agents.hire(Hired(username="noor", name="Noor Haddad"), audit.note("command line: root", "hire"))
    await audit.looked(noor.agent_id, "history", why="search", member_id="m1")
    await agents.leave(noor.agent_id)
    look, hired = (await audit.looks(limit=2)).items
    assert (look.agent_name, look.action) == ("Noor Haddad", "history")
    assert (hired.agent_id, hired.agent_name) == ("command line: root", "")
    assert (hired.about, hired.why) == (f"agent {noor.agent_id}", "username noor, role agent, cleared no, queues none")


async def test_a_change_and_its_entry_are_stored_together_or_not_at_all(
    db: Database, clock: ManualClock, audit: Audit
) -> None:
    agents = Agents(db, Passwords("x"), clock)
    noor = await agents.hire(Hired(username="noor", name="Noor Haddad"))
    note = audit.note("ada", "move")
    await agents.move(noor.agent_id, Moved(name="Noor H.", queues={"general": 1}, role="senior", cleared=True), note)
    assert (await audit.looks(limit=1)).items[0].why == (
        "cleared no → yes, queues none → general=1, role agent → senior, name Noor Haddad → Noor H."
    )

    def refused(session: Session, about: str, what: str) -> None:
        raise RuntimeError("the log takes no entries")

    with pytest.raises(RuntimeError):
        await agents.move(noor.agent_id, Moved(role="administrator"), refused)
    found = await agents.get(noor.agent_id)
    assert found is not None
    assert found.role == "senior"
    await agents.move(noor.agent_id, Moved(role="senior"), refused)  # nothing becomes another: nothing to note


async def whole(audit: Audit) -> int:
    """How many entries there are, all as they were written."""
    found = await audit.verify()
    assert found.whole
    return found.entries


async def test_old_entries_go_by_rule_and_the_rest_is_as_provable(audit: Audit, clock: ManualClock) -> None:
    assert await audit.prune(clock.now() - timedelta(days=3)) == 2
    assert await whole(audit) == 3
    await audit.looked("dana", "history", why="asked for", member_id="m9")
    assert await whole(audit) == 4
    assert await audit.prune(clock.now() - timedelta(days=30)) == 0
    assert await audit.prune(clock.now() + timedelta(days=1)) == 4
    assert await whole(audit) == 0
