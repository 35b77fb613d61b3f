"""On and off the phones: one telephone at a time, whoever asks, however often."""

from __future__ import annotations

import asyncio

import pytest
from staff_house import NOW, Centre
from waiting import until

from core.errors import Problem
from records.agents import Agents, Moved
from records.events import DeskConnected
from records.passwords import Passwords
from telephony.agents.states import AgentState, AgentStateChanged


async def test_who_signs_on_is_in_the_queues_of_their_rights_with_one_telephone(centre: Centre) -> None:
    ann = await centre.hire("ann", queues={"general": 1, "analysis": 0})
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    assert centre.phones.members == {"PJSIP/1001": {"general": 1, "analysis": 0}}
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1002")  # sits down somewhere else
    assert centre.phones.members == {"PJSIP/1002": {"general": 1, "analysis": 0}}
    found = centre.staff.at("PJSIP/1002")
    assert found is not None
    assert found.agent_id == ann.agent_id
    assert centre.staff.at("PJSIP/1001") is None
    await centre.staff.sign_off(ann.agent_id)
    assert centre.phones.members == {}
    assert centre.staff.get(ann.agent_id).device is None


async def test_a_telephone_with_a_call_is_not_left(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    centre.phones.presence["PJSIP/1001"] = "on_call"
    for leaving in (centre.staff.sign_off(ann.agent_id), centre.staff.sign_on(ann.agent_id, "PJSIP/1002")):
        with pytest.raises(Problem, match="has a call"):
            await leaving
    assert centre.staff.get(ann.agent_id).device == "PJSIP/1001"


async def test_what_cannot_be_is_said_and_changes_nothing(centre: Centre) -> None:
    ann, bob = await centre.hire("ann"), await centre.hire("bob", queues={})
    with pytest.raises(Problem, match="knows no telephone"):
        await centre.staff.sign_on(ann.agent_id, "PJSIP/nosuch")
    assert centre.staff.get(ann.agent_id).device is None
    with pytest.raises(Problem, match="right to no queue"):
        await centre.staff.sign_on(bob.agent_id, "PJSIP/1001")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    await centre.staff.move(bob.agent_id, Moved(queues={"general": 0}))
    with pytest.raises(Problem, match="Ann is signed on with PJSIP/1001"):
        await centre.staff.sign_on(bob.agent_id, "PJSIP/1001")
    with pytest.raises(Problem, match="no state 'siesta'"):
        await centre.staff.choose(ann.agent_id, "siesta")
    with pytest.raises(Problem, match="no telephone"):
        await centre.staff.choose(bob.agent_id, "lunch")


async def test_the_desks_connection_reaches_the_telephones_rules(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    await centre.bus.publish(f"desk.{ann.agent_id}", DeskConnected(at=NOW, agent_id=ann.agent_id, there=False))
    await until(lambda: ("desk", "PJSIP/1001", "False") in centre.phones.done)


async def test_a_telephone_that_comes_into_the_queues_is_told_whether_its_desk_is_there(centre: Centre) -> None:
    """Signed on by a supervisor, or found after a restart: nobody's page may ever have been there."""
    ann, bob = await centre.hire("ann"), await centre.hire("bob")
    await centre.bus.publish(f"desk.{bob.agent_id}", DeskConnected(at=NOW, agent_id=bob.agent_id, there=True))
    for one, device in ((ann, "PJSIP/1001"), (bob, "PJSIP/1002")):
        await centre.staff.sign_on(one.agent_id, device)
    assert ("desk", "PJSIP/1001", "False") in centre.phones.done
    assert ("desk", "PJSIP/1002", "True") in centre.phones.done
    centre.phones.done.clear()
    for device in ("PJSIP/1001", "PJSIP/1002"):
        state = AgentState(presence="available", since=NOW)
        await centre.bus.publish("states.pbx", AgentStateChanged(at=NOW, device=device, state=state))
    await until(lambda: len(centre.phones.done) == 2)
    assert centre.phones.done == [("desk", "PJSIP/1001", "False"), ("desk", "PJSIP/1002", "True")]


async def test_who_signs_on_learns_the_state_also_where_it_did_not_change(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    assert centre.phones.done[-1] == ("tell", "PJSIP/1001")


async def test_two_tabs_that_sign_on_with_two_telephones_leave_one_in_the_queues(centre: Centre) -> None:
    ann = await centre.hire("ann")
    await asyncio.gather(*(centre.staff.sign_on(ann.agent_id, f"PJSIP/100{number}") for number in (1, 2)))
    assert list(centre.phones.members) == [centre.staff.get(ann.agent_id).device] == ["PJSIP/1002"]


async def test_two_tabs_that_sign_on_with_the_same_telephone_do_so_one_after_the_other(centre: Centre) -> None:
    ann = await centre.hire("ann")
    centre.phones.hold.clear()
    tabs = [asyncio.create_task(centre.staff.sign_on(ann.agent_id, "PJSIP/1001")) for _ in range(2)]
    await until(lambda: bool(centre.phones.entered))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(centre.phones.entered) == 1
    centre.phones.hold.set()
    await asyncio.gather(*tabs)
    centre.phones.gone = True
    with pytest.raises(Problem, match="no connection"):
        await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    assert centre.staff.get(ann.agent_id).device == "PJSIP/1001"  # what failed took nothing away
    assert centre.phones.members == {"PJSIP/1001": {"general": 0}}


async def test_who_is_refused_another_telephone_keeps_the_one_they_have(centre: Centre) -> None:
    ann, bob = await centre.hire("ann"), await centre.hire("bob")
    await centre.staff.sign_on(ann.agent_id, "PJSIP/1001")
    await centre.staff.sign_on(bob.agent_id, "PJSIP/1002")
    for device, told in (("PJSIP/1002", "Bob is signed on"), ("PJSIP/nosuch", "knows no"), ("Local/9@out", "is no")):
        with pytest.raises(Problem, match=told):
            await centre.staff.sign_on(ann.agent_id, device)
        assert centre.phones.members["PJSIP/1001"] == {"general": 0}
        assert centre.staff.get(ann.agent_id).device == "PJSIP/1001"


async def test_what_is_a_telephone_is_the_deployments_to_say(centre: Centre) -> None:
    """A dial string that is none would let an agent have calls, and the plan's money, sent anywhere."""
    ann = await centre.hire("ann")
    for device in (
        "Local/5551234@from-internal",
        "PJSIP/trunk/sip:5551234@carrier",
        "PJSIP/1001\nx",
        "PJSIP/" + "9" * 80,
    ):
        with pytest.raises(Problem, match="is no telephone"):
            await centre.staff.sign_on(ann.agent_id, device)
    theirs = Agents(centre.db, Passwords("x"), centre.clock, devices=r"SIP/\d{4}")
    await theirs.take_device(ann.agent_id, "SIP/1001")
    with pytest.raises(Problem, match="is no telephone"):
        await theirs.take_device(ann.agent_id, "PJSIP/1001")
