"""The links on a real Asterisk: in with what they may, out with what they said, back when it is back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from real_house import House, house
from waiting import until

from core.errors import Problem
from memberline.paths import ASTERISK, PROMPTS
from telephony.ami.agi import CallerGone
from telephony.ami.errors import ActionFailed
from telephony.ami.link import AmiLink
from telephony.pbx.config import Site
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

pytestmark = pytest.mark.pbx


@pytest.fixture
async def here(asterisk: PrivateAsterisk) -> AsyncIterator[House]:
    async with house(asterisk) as made:
        yield made


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"secret": "wrong"}, r"user 'memberline-act' is refused \(Authentication failed\)"),
        ({"needs": frozenset({"Redirect", "Command", "UpdateConfig"})}, "may not use Command, UpdateConfig"),
        ({"port": 1}, r"no server answers \(Connection refused\)"),
    ],
)
async def test_what_stands_in_the_way_is_said_once(here: House, changed: dict[str, object], says: str) -> None:
    link = AmiLink[None]("test", replace(here.acting.address, **changed), on_event=lambda message: None)
    with pytest.raises(Problem, match=says):
        await link.start()


async def test_the_first_snapshot_knows_every_queue_and_nobody_in_it(here: House) -> None:
    [snapshot] = here.snapshots
    assert {queue["Queue"] for queue in snapshot.queue_params} == {queue.name for queue in here.asterisk.site.queues}
    members = {(member["Queue"], member["Location"]) for member in snapshot.queue_members}
    assert ("member_services", "PJSIP/dana") in members
    assert snapshot.channels == ()


async def test_verbs_on_what_is_not_there_fail_in_the_words_of_the_pbx(here: House) -> None:
    with pytest.raises(ActionFailed, match="Channel does not exist"):
        await here.control.blind_transfer("PJSIP/none-1", "memberline-transfer", "pension_analyst")
    with pytest.raises(ActionFailed, match="does not exist"):
        await here.control.attended_transfer("PJSIP/none-1", "memberline-transfer", "pension_analyst")
    with pytest.raises(ActionFailed, match="No such channel"):
        await here.control.hang_up("PJSIP/none-1")
    with pytest.raises(ActionFailed, match="No such queue"):
        await here.control.queue_add("PJSIP/dana", "nosuch")
    with pytest.raises(CallerGone):
        await here.agi("PJSIP/none-1", "ANSWER")


async def test_a_member_of_a_queue_comes_pauses_and_goes(here: House) -> None:
    device = "PJSIP/priya"
    await here.control.queue_add(device, "nobody", penalty=3)
    added = await here.heard("QueueMemberAdded", Queue="nobody", Interface=device)
    assert added["Penalty"] == "3"
    await here.control.queue_pause(device, "nobody", reason="lunch")
    await here.heard("QueueMemberPause", Interface=device, Paused="1", PausedReason="lunch")
    await here.control.queue_unpause(device, "nobody")
    await here.heard("QueueMemberPause", Interface=device, Paused="0")
    await here.control.queue_remove(device, "nobody")
    await here.heard("QueueMemberRemoved", Queue="nobody", Interface=device)


async def test_a_tap_of_nothing_says_so_and_leaves_nothing(here: House) -> None:
    with pytest.raises(Problem, match="there is no such channel"):
        await here.taps.start("pbx-1.1")
    assert await here.listening.list_action({"Action": "CoreShowChannels"}) == []


async def test_a_tap_that_cannot_reach_us_says_so(here: House) -> None:
    await here.audio.stop()
    with pytest.raises(Problem, match="could not reach the audio server"):
        await here.taps.start("pbx-1.1")


@pytest.fixture
async def own(tmp_path: Path, asterisk: PrivateAsterisk) -> AsyncIterator[PrivateAsterisk]:
    """An Asterisk that a test may kill."""
    site: Site = asterisk.site
    async with private_asterisk(tmp_path, find(ASTERISK), site, PROMPTS) as running:
        yield running


async def test_asterisk_is_killed_and_comes_back(own: PrivateAsterisk) -> None:
    async with house(own) as here:
        await own.kill()
        await until(lambda: not here.listening.up and not here.acting.up)
        await own.restart()
        await until(lambda: here.listening.up and here.acting.up, within=10)
        assert len(here.snapshots) == 2
        assert len(here.snapshots[1].queue_params) == len(own.site.queues)


async def test_an_asterisk_that_stops_answering_is_noticed_within_fifteen_seconds(own: PrivateAsterisk) -> None:
    async with house(own) as here:
        await asyncio.sleep(0)
        os.kill(own.process.pid, signal.SIGSTOP)
        await until(lambda: not here.listening.up and not here.acting.up, within=15)
        os.kill(own.process.pid, signal.SIGCONT)
        await until(lambda: here.listening.up and here.acting.up, within=10)
        assert len(here.snapshots) == 2
