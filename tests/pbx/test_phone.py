"""The demo's telephone against the real Asterisk: two of them ring each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.typing import NDArray

from memberline.demo.phone import Call, CallFailed, CallOver, Phone
from telephony.pbx.runner import PrivateAsterisk

pytestmark = pytest.mark.pbx


def tone(seconds: float, hertz: float = 500.0) -> NDArray[np.int16]:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 8000)) / 8000)).astype(np.int16)


async def rung(phone: Phone) -> Call:
    async with asyncio.timeout(5):
        return await anext(phone.incoming())


@pytest.fixture
async def phones(asterisk: PrivateAsterisk) -> AsyncIterator[dict[str, Phone]]:
    """Registered telephones of dana (1001), luis (1002) and priya (1003)."""
    made = {
        name: Phone(name, f"{name}-secret", ("127.0.0.1", asterisk.ports.sip)) for name in ("dana", "luis", "priya")
    }
    for phone in made.values():
        await phone.start()
        await phone.register()
    yield made
    for phone in made.values():
        await phone.stop()


async def talking(phones: dict[str, Phone]) -> tuple[Call, Call]:
    caller = await phones["dana"].call("1002")
    called = await rung(phones["luis"])
    await called.answer()
    await caller.answered(5)
    # The PBX answers the caller a moment before it joins the two; only joined calls can be transferred.
    joined = asyncio.Event()
    caller.on_audio = lambda frame: joined.set()
    async with asyncio.timeout(5):
        await joined.wait()
    caller.on_audio = None
    return caller, called


async def test_a_wrong_password_is_refused(asterisk: PrivateAsterisk) -> None:
    phone = Phone("dana", "guessed", ("127.0.0.1", asterisk.ports.sip))
    await phone.start()
    with pytest.raises(CallFailed) as refused:
        await phone.register()
    assert refused.value.status in (401, 403)
    await phone.stop()


async def test_who_calls_is_shown_and_what_is_said_is_heard(phones: dict[str, Phone]) -> None:
    caller, called = await talking(phones)
    assert (called.number, called.name) == ("1001", "Dana")
    heard: list[NDArray[np.int16]] = []
    called.on_audio = heard.append
    await caller.play(tone(1.0))
    await asyncio.sleep(0.3)
    loud = [frame for frame in heard if np.abs(frame.astype(int)).max() > 6000]
    assert 45 <= len(loud) <= 52


async def test_keys_arrive_once_each_and_in_order(phones: dict[str, Phone]) -> None:
    caller, called = await talking(phones)
    caller.press("1992#05")
    async with asyncio.timeout(5):
        assert "".join([await called.pressed() for _ in range(7)]) == "1992#05"


async def test_either_side_may_hang_up(phones: dict[str, Phone]) -> None:
    caller, called = await talking(phones)
    await called.hang_up()
    await caller.ended(5)
    caller, called = await talking(phones)
    playing = asyncio.create_task(called.play(tone(10.0)))
    await caller.hang_up()
    await called.ended(5)
    with pytest.raises(CallOver):
        await playing


async def test_busy_is_said(phones: dict[str, Phone]) -> None:
    caller = await phones["dana"].call("1002")
    await (await rung(phones["luis"])).reject()
    with pytest.raises(CallFailed) as refused:
        await caller.answered(5)
    assert refused.value.status == 486


async def test_a_caller_who_gives_up_stops_the_ringing(phones: dict[str, Phone]) -> None:
    caller = await phones["dana"].call("1002")
    ringing = await rung(phones["luis"])
    await caller.hang_up()
    await ringing.ended(5)
    await ringing.answer()  # too late, and no harm done
    assert ringing.over


async def test_on_hold_nothing_is_heard_of_the_holder_and_after_it_everything(phones: dict[str, Phone]) -> None:
    caller, called = await talking(phones)
    await called.hold()
    await called.resume()
    heard: list[NDArray[np.int16]] = []
    caller.on_audio = heard.append
    await called.play(tone(0.5))
    await asyncio.sleep(0.2)
    assert sum(np.abs(frame.astype(int)).max() > 6000 for frame in heard) >= 20


async def test_a_transfer_takes_the_other_side_along(phones: dict[str, Phone]) -> None:
    caller, called = await talking(phones)
    transferring = asyncio.create_task(called.transfer("1003"))
    third = await rung(phones["priya"])
    await third.answer()
    await transferring
    await called.ended(5)
    assert not caller.over
    assert not third.over


async def test_a_number_that_does_not_exist(phones: dict[str, Phone]) -> None:
    caller = await phones["dana"].call("7777")
    with pytest.raises(CallFailed) as refused:
        await caller.answered(5)
    assert refused.value.status == 404
