"""Who serves: sign-in, device, and the audit of what was looked at."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.clock import ManualClock
from core.database import Database
from records import sample
from records.agents import Agents
from records.audit import Audit
from records.passwords import Passwords
from records.tables import AuditEntry


@pytest.fixture
def agents(plan_db: Database, passwords: Passwords) -> Agents:
    return Agents(plan_db, passwords)


async def test_dana_signs_in_with_her_password_only(agents: Agents):
    dana = await agents.sign_in("dana", "peachtree-dana")
    assert dana is not None
    assert (dana.agent_id, dana.name, dana.role, dana.level, dana.device) == (
        "dana",
        "Dana Whitfield",
        "agent",
        1,
        "PJSIP/dana",
    )
    assert await agents.sign_in("dana", "peachtree-luis") is None
    assert await agents.sign_in("nobody", "peachtree-dana") is None


async def test_a_device_says_whose_it_is(agents: Agents):
    priya = await agents.by_device("PJSIP/priya")
    assert priya is not None
    assert priya == await agents.get("priya")
    assert priya.specialties == ("pension_analysis",)
    assert await agents.by_device("PJSIP/nobody") is None
    assert await agents.get("nobody") is None


async def test_everybody_is_listed_by_name(agents: Agents):
    listed = await agents.all()
    assert [agent.name for agent in listed] == sorted(agent.name for agent in sample.demo().agents)
    assert {agent.role for agent in listed} == {"agent", "supervisor"}


async def test_the_audit_says_who_looked_at_whom_when_and_why(plan_db: Database, clock: ManualClock):
    await Audit(plan_db, clock).looked("dana", "screen_pop", why="call 1", member_id="m000001")
    entry = await plan_db.read(lambda session: session.execute(select(AuditEntry.__table__)).one())
    assert (entry.agent_id, entry.action, entry.why) == ("dana", "screen_pop", "call 1")
    assert (entry.member_id, entry.contact_id, entry.at) == ("m000001", None, clock.now())
