"""Who serves: sign-in, hiring and leaving, telephones, and the time spent in each state."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from records import sample
from records.agent_times import AgentTimes, TimeSpent
from records.agents import Agents, Hired, Moved
from records.passwords import Passwords


@pytest.fixture
def agents(plan_db: Database, passwords: Passwords, clock: ManualClock) -> Agents:
    return Agents(plan_db, passwords, clock)


async def test_dana_signs_in_with_her_password_only(agents: Agents):
    dana = await agents.sign_in("dana", "peachtree-dana")
    assert dana is not None
    assert (dana.agent_id, dana.name, dana.role, dana.level, dana.device) == (
        "dana",
        "Dana Whitfield",
        "agent",
        1,
        None,
    )
    assert await agents.sign_in("dana", "peachtree-luis") is None
    assert await agents.sign_in("nobody", "peachtree-dana") is None


async def test_a_device_says_whose_it_is(agents: Agents):
    await agents.take_device("priya", "PJSIP/priya")
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


NEW = Hired(
    username="noor", name="Noor Haddad", level=2, queues={"member_services": 1}, password="a long enough secret"
)


async def test_who_is_hired_signs_in_and_who_has_left_does_not(agents: Agents):
    noor = await agents.hire(NEW)
    assert await agents.sign_in("noor", "a long enough secret") == noor
    assert (noor.role, noor.level, noor.queues, noor.languages) == ("agent", 2, {"member_services": 1}, ("en",))
    left = await agents.leave(noor.agent_id)
    assert (left.active, left.queues, left.device) == (False, {}, None)
    assert await agents.sign_in("noor", "a long enough secret") is None
    assert await agents.by_username("noor") is None
    assert noor.agent_id not in [agent.agent_id for agent in await agents.all()]
    assert noor.agent_id in [agent.agent_id for agent in await agents.all(left_too=True)]


async def test_a_move_changes_what_it_names_and_nothing_else(agents: Agents):
    noor = await agents.hire(NEW)
    moved = await agents.move(noor.agent_id, Moved(role="senior", specialties=("pension_analysis",)))
    assert moved == replace(noor, role="senior", specialties=("pension_analysis",))
    await agents.move(noor.agent_id, Moved(password="another long secret"))
    assert await agents.sign_in("noor", "a long enough secret") is None
    assert await agents.sign_in("noor", "another long secret") == moved


@pytest.mark.parametrize(
    ("moved", "other_rights"),
    [
        (Moved(name="Noor H."), False),
        (
            Moved(name="Noor H.", role="agent", queues={"member_services": 1}, cleared=False),
            False,
        ),  # as a page sends it
        (Moved(level=3, specialties=("refunds",), languages=("en", "es")), False),
        (Moved(queues={"member_services": 2}), True),
        (Moved(cleared=True), True),
        (Moved(role="senior"), True),
        (Moved(password="another long secret"), True),
    ],
)
async def test_only_other_rights_void_what_is_held(
    agents: Agents, clock: ManualClock, moved: Moved, other_rights: bool
):
    noor = await agents.hire(NEW)
    clock.advance(60)
    await agents.move(noor.agent_id, moved)
    (change,) = (change for change in await agents.changes(None) if change.agent.agent_id == noor.agent_id)
    assert change.changed_at == clock.now()
    assert (change.rights_at == clock.now()) is other_rights


async def test_what_does_not_fit_is_said(agents: Agents):
    await agents.hire(NEW)
    with pytest.raises(Problem, match="noor is taken"):
        await agents.hire(NEW)
    with pytest.raises(Problem, match="at least 12"):
        await agents.hire(replace(NEW, username="other", password="short"))
    with pytest.raises(Problem, match="no agent nobody"):
        await agents.move("nobody", Moved(level=2))


async def test_a_telephone_is_one_persons_at_a_time(agents: Agents):
    noor = await agents.hire(NEW)
    await agents.take_device("dana", "PJSIP/dana")
    with pytest.raises(Problem, match="Dana Whitfield is signed on with PJSIP/dana"):
        await agents.take_device(noor.agent_id, "PJSIP/dana")
    assert await agents.take_device(noor.agent_id, "PJSIP/1007") is None
    assert await agents.take_device(noor.agent_id, "PJSIP/1008") == "PJSIP/1007"
    assert await agents.by_device("PJSIP/1007") is None
    with pytest.raises(Problem, match="no telephone"):
        await agents.take_device(noor.agent_id, "../../etc")


async def test_time_is_kept_by_state(db: Database, clock: ManualClock):
    times = AgentTimes(db)
    began = clock.now()

    def later(minutes: int) -> datetime:
        return began + timedelta(minutes=minutes)

    await times.began("ann", "available", "", began)
    await times.began("ann", "available", "", later(1))  # told again after a restart: it goes on
    await times.began("ann", "paused", "lunch", later(5))
    await times.began("ann", "signed_out", "", later(35))
    assert await times.spent("ann", began) == (
        TimeSpent(presence="available", reason="", began_at=began, ended_at=later(5)),
        TimeSpent(presence="paused", reason="lunch", began_at=later(5), ended_at=later(35)),
    )
