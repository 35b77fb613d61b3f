"""What is changed about somebody is carried out: at once, or as soon as it can be; and their time is kept."""

from __future__ import annotations

import asyncio

import pytest
from staff_house import NOW, Centre
from waiting import until, until_found

from core.errors import Problem
from records.agent_times import AgentTimes
from records.agents import Agent, Agents, Hired, Moved
from records.passwords import Passwords
from scheduling.staff.times import TimeKeeper
from telephony.agents.states import AgentState, AgentStateChanged
from telephony.events import PhoneSystemChanged


async def test_other_rights_reach_the_telephone_and_void_what_is_held(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    centre.told.clear()
    await centre.staff.move(ann.agent_id, Moved(level=3))
    await centre.staff.move(ann.agent_id, Moved(queues={"analysis": 2}))
    assert [event.revoked for event in centre.told] == [False, True]
    assert centre.phones.members == {"PJSIP/1001": {"analysis": 2}}
    await centre.staff.leave(ann.agent_id)
    assert centre.told[-1].revoked
    assert centre.phones.members == {}
    assert centre.staff.all == ()
    bob = await centre.hire("bob")
    await centre.staff.sign_on(bob.agent_id, "PJSIP/1001")  # it is free again


async def test_a_change_by_another_process_is_carried_out(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    elsewhere = Agents(centre.db, Passwords("x"), centre.clock)
    await elsewhere.leave(ann.agent_id)
    await until(lambda: centre.phones.members == {}, 10)
    assert next(event.revoked for event in centre.told if not event.agent.active)
    new = await elsewhere.hire(Hired(username="noor", name="Noor"))
    await until(lambda: new.agent_id in [agent.agent_id for agent in centre.staff.all], 10)


async def test_what_the_pbx_could_not_do_is_done_when_it_is_back(centre: Centre) -> None:
    ann, bob = await centre.hire("ann"), await centre.hire("bob")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    await centre.staff.sign_on(bob.agent_id, "PJSIP/1002")
    centre.phones.gone = True
    await centre.staff.leave(ann.agent_id)
    await centre.staff.move(bob.agent_id, Moved(queues={"analysis": 1}))
    assert centre.phones.members == {"PJSIP/1001": {"general": 0}, "PJSIP/1002": {"general": 0}}
    with pytest.raises(Problem, match="Ann is signed on with PJSIP/1001"):  # still: calls would come to it for her
        await centre.staff.sign_on(bob.agent_id, "PJSIP/1001")
    centre.phones.gone = False
    await centre.bus.publish("phones.pbx", PhoneSystemChanged(at=NOW, system="pbx", up=True))
    await until(lambda: centre.phones.members == {"PJSIP/1002": {"analysis": 1}}, 10)
    left = await centre.agents.get(ann.agent_id)
    assert left is not None
    assert left.device is None


async def test_what_changed_while_the_service_was_stopped_is_done_at_its_start(url: str) -> None:
    before = Centre(url)
    await before.staff.load()
    ann, bob = await before.hire("ann"), await before.hire("bob")
    for one, device in ((ann, "PJSIP/1001"), (bob, "PJSIP/1002")):
        await before.staff.sign_on(one.agent_id, device)
    await before.agents.leave(ann.agent_id)
    await before.agents.move(bob.agent_id, Moved(queues={"analysis": 1}))
    after = Centre(url)
    after.phones.members = before.phones.members
    after.phones.members["PJSIP/9"] = {"general": 0}  # nobody's of ours: it stays
    await after.staff.load()
    await after.staff.start()
    await asyncio.sleep(0)  # it listens from here on
    await after.bus.publish("phones.pbx", PhoneSystemChanged(at=NOW, system="pbx", up=True))
    await until(lambda: after.phones.members == {"PJSIP/9": {"general": 0}, "PJSIP/1002": {"analysis": 1}}, 10)
    await after.staff.stop()
    for each in (before, after):
        await each.db.close()


async def test_a_change_that_the_bus_did_not_take_is_told_when_it_does(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await centre.hire("ann")
    centre.told.clear()

    async def gone(*_: object, **__: object) -> None:
        raise Problem("NATS cannot be reached")

    with monkeypatch.context() as patched:
        patched.setattr(centre.bus, "publish", gone)
        await centre.staff.leave(ann.agent_id)
        assert centre.told == []
        assert centre.staff.all == ()  # there is no way in already
    await until(lambda: bool(centre.told), 10)
    assert centre.told[-1].revoked


async def test_time_is_kept_under_the_name_of_who_sits_there_until_they_are_off(centre: Centre) -> None:
    """Also where they left in mid-call, and where the next one sits down at a telephone that stays in its queue."""
    ann, bob = await centre.hire("ann"), await centre.hire("bob")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    times = AgentTimes(centre.db)
    keeper = TimeKeeper(times=times, bus=centre.bus, at=centre.staff.at)
    await keeper.start()
    await asyncio.sleep(0)  # it listens from here on

    async def says(presence: str, minute: int) -> None:
        at = NOW.replace(minute=minute)
        state = AgentState(presence=presence, since=NOW)  # type: ignore[arg-type]
        await centre.bus.publish("states.pbx", AgentStateChanged(at=at, device="PJSIP/1001", state=state))

    async def kept(one: Agent) -> list[tuple[str, int, int | None]]:
        spent = await times.spent(one.agent_id, NOW)
        return [(each.presence, each.began_at.minute, each.ended_at and each.ended_at.minute) for each in spent]

    async def has(one: Agent, *spent: tuple[str, int, int | None]) -> None:
        async def so() -> bool:
            return await kept(one) == list(spent)

        await until_found(so)

    await says("available", 0)
    await says("on_call", 3)
    await has(ann, ("available", 0, 3), ("on_call", 3, None))
    await centre.staff.leave(ann.agent_id)
    await says("signed_out", 9)
    await has(ann, ("available", 0, 3), ("on_call", 3, 9))
    cy = await centre.hire("cy")
    for one, minute in ((bob, 20), (cy, 30)):
        if minute == 30:
            await centre.staff.sign_off(bob.agent_id)
        await centre.staff.sign_on(one.agent_id, "PJSIP/1001")
        await says("available", minute)
    await has(bob, ("available", 20, 30))
    await has(cy, ("available", 30, None))
    await keeper.stop()
