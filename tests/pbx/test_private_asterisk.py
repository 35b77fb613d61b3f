"""The private Asterisk: ready when it says so, and with all that Memberline needs in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Problem
from memberline.paths import ASTERISK, PROMPTS
from telephony.ami.connection import Address
from telephony.ami.link import AmiLink
from telephony.pbx.config import Ports, Queue, Site, snippets
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

pytestmark = pytest.mark.pbx


def link(asterisk: PrivateAsterisk, user: str, secret: str) -> AmiLink[None]:
    address = Address("127.0.0.1", asterisk.ports.ami, user, secret)
    return AmiLink(user, address, on_event=lambda message: None)


async def test_both_manager_users_can_do_what_they_are_for(asterisk: PrivateAsterisk) -> None:
    listening = link(asterisk, "memberline-listen", asterisk.site.listen_secret)
    acting = link(asterisk, "memberline-act", asterisk.site.act_secret)
    await listening.start()
    await acting.start()
    try:
        assert await listening.list_action({"Action": "CoreShowChannels"}) == []
        await listening.list_action({"Action": "DeviceStateList"})
        queues = {row.get("Queue") for row in await listening.list_action({"Action": "QueueStatus"})}
        assert queues == {queue.name for queue in asterisk.site.queues}
        await acting.action({"Action": "QueuePause", "Interface": "PJSIP/dana", "Paused": "true", "Reason": "test"})
        await acting.action({"Action": "QueuePause", "Interface": "PJSIP/dana", "Paused": "false"})
    finally:
        await listening.stop()
        await acting.stop()


async def test_an_asterisk_that_cannot_start_says_why(tmp_path: Path, asterisk: PrivateAsterisk) -> None:
    site = Site(queues=(Queue("q"),), destinations=())
    taken = Ports(asterisk.ports.ami, asterisk.ports.sip, 30_000, 30_100)
    with pytest.raises(Problem, match=r"Asterisk (ended|was not ready)"):
        async with private_asterisk(tmp_path, find(ASTERISK), site, PROMPTS, taken):
            pass


def test_the_snippets_say_where_to_include_them() -> None:
    texts = snippets(Site(queues=(Queue("q"),), destinations=()))
    assert set(texts) == {
        "extensions_memberline.conf",
        "manager_memberline.conf",
        "queues_memberline.conf",
        "queuerules_memberline.conf",
        "cel_memberline.conf",
        "cel_sqlite3_custom_memberline.conf",
    }
    assert all("nclude it at the end of" in text or "Put this into" in text for text in texts.values())
