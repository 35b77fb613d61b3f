"""Who joins in the middle of a call, with a real Asterisk's snapshot, soon knows what those know who saw it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from waiting import until

from core.clock import SystemClock
from memberline.demo.phone import Call, Phone
from realtime.bus import InProcessBus
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.pbx.runner import PrivateAsterisk
from telephony.phone_system import PhoneSystem, acting_needs

pytestmark = pytest.mark.pbx


@dataclass
class Watchers:
    """One phone system that saw everything, and those that came later."""

    asterisk: PrivateAsterisk
    stack: AsyncExitStack
    all: list[PhoneSystem] = field(default_factory=list)
    waiting: asyncio.Queue[str] = field(default_factory=asyncio.Queue)  # channels in the menu

    async def join(self) -> PhoneSystem:
        """Another one, from now on."""
        ami, site = ("127.0.0.1", self.asterisk.ports.ami), self.asterisk.site
        phones = PhoneSystem(
            system="pbx",
            bus=InProcessBus(),
            clock=SystemClock(),
            listen=Address(*ami, "memberline-listen", site.listen_secret, needs=fetch.NEEDS, booted=True),
            act=Address(*ami, "memberline-act", site.act_secret, needs=acting_needs()),
            audio=("127.0.0.1", 0),
            transfer_context="memberline-transfer",
        )
        if not self.all:
            phones.on_acting_event(
                lambda event: self.waiting.put_nowait(event["Channel"]) if event["Event"] == "AsyncAGIStart" else None
            )
        await phones.start()
        self.stack.push_async_callback(phones.stop)
        self.all.append(phones)
        return phones

    async def agree(self) -> None:
        """All of them come to know the same: open calls, legs, bridges, who waits, who is there."""
        first, *others = self.all

        def same() -> bool:
            return all(
                other.calls.state() == first.calls.state() and other.queues.state() == first.queues.state()
                for other in others
            )

        await until(same)


@pytest.fixture
async def watchers(asterisk: PrivateAsterisk) -> AsyncIterator[Watchers]:
    async with AsyncExitStack() as stack:
        made = Watchers(asterisk, stack)
        await made.join()
        await asyncio.sleep(0.2)  # the first sign of life reaches the dialplan
        yield made


async def test_whenever_one_joins_all_agree(watchers: Watchers) -> None:
    sip = ("127.0.0.1", watchers.asterisk.ports.sip)
    trunk = Phone("trunk", None, sip, trunk_secret=watchers.asterisk.site.trunk_secret)
    dana, priya = (Phone(name, f"{name}-secret", sip) for name in ("dana", "priya"))
    for phone in (trunk, dana, priya):
        await phone.start()
        watchers.stack.push_async_callback(phone.stop)
    for phone in (dana, priya):
        await phone.register()
    first = watchers.all[0]

    async def rung(phone: Phone) -> Call:
        async with asyncio.timeout(10):
            return await anext(phone.incoming())

    async def joined(stage: str) -> None:
        await watchers.join()
        await watchers.agree()
        assert len(first.calls.open_calls()) == 1, stage

    caller = await trunk.call(watchers.asterisk.site.number, number="5551234", name="Caller")
    channel = await asyncio.wait_for(watchers.waiting.get(), 10)
    await joined("in the menu")
    await first.agi(channel, "SET VARIABLE ML_QUEUE member_services")
    await first.agi(channel, "ASYNCAGI BREAK")
    ringing = await rung(dana)
    await joined("ringing")
    await ringing.answer()
    await until(lambda: bool(first.calls.open_calls()[0].agents))
    await joined("talking")
    await ringing.hold()
    await joined("on hold")
    await ringing.resume()
    [call] = first.calls.open_calls()
    await first.transfer(call.call_id, "pension_analyst")
    analyst = await rung(priya)
    await joined("transferred, ringing")
    await analyst.answer()
    await until(lambda: len(call.agents) == 2)
    await joined("with the analyst")
    await caller.hang_up()
    await until(lambda: all(not each.calls.open_calls() for each in watchers.all))
    await watchers.agree()
    ends = [[closed.linkedid for closed in each.calls.closed] for each in watchers.all]
    assert ends == [[call.linkedid]] * 7
    assert [each.calls.closed[0].incomplete for each in watchers.all] == [False] + [True] * 6
