"""Queues of a real Asterisk that have nobody: refused at the door, and left when the last one goes.

The traces `q_nobody_to_join` and `q_left_empty` were recorded from these very visits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from waiting import until

from core.clock import SystemClock
from memberline.demo.phone import Call, Phone
from realtime.bus import InProcessBus
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.ami.recorder import Recorder
from telephony.calls.story import CallStory, story
from telephony.pbx.runner import PrivateAsterisk
from telephony.phone_system import PhoneSystem, acting_needs
from telephony.replay import replay

pytestmark = pytest.mark.pbx


@dataclass
class Centre:
    """A phone system whose calls are recorded, and the telephones of a caller and of dana."""

    phones: PhoneSystem
    recorder: Recorder
    trunk: Phone
    dana: Phone
    number: str
    waiting: asyncio.Queue[str] = field(default_factory=asyncio.Queue)  # channels in the menu

    async def calls(self, queue: str) -> Call:
        """A caller whom the menu sends to `queue`."""
        call = await self.trunk.call(self.number, number="5551234", name="Caller")
        channel = await asyncio.wait_for(self.waiting.get(), 10)
        await self.phones.agi(channel, f"SET VARIABLE ML_QUEUE {queue}")
        await self.phones.agi(channel, "ASYNCAGI BREAK")
        return call

    async def over(self, call: Call) -> CallStory:
        """The call's story, once it ended; the same is told by its recording."""
        await call.ended(20)
        await until(lambda: bool(self.phones.calls.closed))
        await until(lambda: not self.phones.calls.calls)
        [closed] = self.phones.calls.closed
        told = story(closed, self.phones.calls.now)
        await self.phones.stop()
        await asyncio.to_thread(self.recorder.close)
        [replayed] = replay(self.recorder.path.read_bytes()).calls
        assert replayed == told
        return told


@pytest.fixture
async def centre(asterisk: PrivateAsterisk, tmp_path: Path) -> AsyncIterator[Centre]:
    ami, sip = ("127.0.0.1", asterisk.ports.ami), ("127.0.0.1", asterisk.ports.sip)
    recorder = Recorder(tmp_path / "recorded.ami")
    phones = PhoneSystem(
        system="pbx",
        bus=InProcessBus(),
        clock=SystemClock(),
        listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
        act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
        audio=("127.0.0.1", 0),
        transfer_context="memberline-transfer",
        record=recorder.record,
    )
    async with AsyncExitStack() as stack:
        trunk = Phone("trunk", None, sip, trunk_secret=asterisk.site.trunk_secret)
        dana = Phone("dana", "dana-secret", sip)
        for phone in (trunk, dana):
            await phone.start()
            stack.push_async_callback(phone.stop)
        made = Centre(phones, recorder, trunk, dana, asterisk.site.number)
        phones.on_acting_event(
            lambda message: made.waiting.put_nowait(message["Channel"]) if message["Event"] == "AsyncAGIStart" else None
        )
        await phones.start()
        stack.push_async_callback(phones.stop)
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made


async def test_a_queue_that_nobody_can_be_joined_to(centre: Centre) -> None:
    told = await centre.over(await centre.calls("nobody"))
    assert (told.queues, told.outcome, told.answered, told.wait_s) == (("nobody",), "no_agents", False, 0.0)


async def test_a_queue_that_the_last_one_leaves(centre: Centre) -> None:
    await centre.dana.register()
    call = await centre.calls("member_services")
    async with asyncio.timeout(10):
        ringing = await anext(centre.dana.incoming())
    await ringing.reject()
    await centre.dana.stop()
    told = await centre.over(call)
    assert (told.queues, told.outcome, told.answered) == (("member_services",), "no_agents", False)
    assert told.wait_s > 0
