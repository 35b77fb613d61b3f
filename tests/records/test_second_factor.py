"""Codes of a second factor: the right one, now, once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from records.agents import Agents, Hired
from records.passwords import Passwords
from records.second_factor import SecondFactor


@pytest.fixture
def agents(db: Database, clock: ManualClock) -> Agents:
    return Agents(db, Passwords("x"), clock)


async def test_a_code_holds_for_its_half_minute_and_once(agents: Agents, clock: ManualClock) -> None:
    ann = await agents.hire(Hired(username="ann", name="Ann"))
    factor = SecondFactor(agents, clock, "x")
    address = urlsplit(await factor.enrol(ann.agent_id, "ann"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    totp = pyotp.TOTP(parse_qs(address.query)["secret"][0])

    def code() -> str:
        return totp.at(clock.now())

    assert await factor.matches(ann.agent_id, code())
    assert not await factor.matches(ann.agent_id, code())  # seen over a shoulder
    before = code()
    clock.advance(30)
    assert await factor.matches(ann.agent_id, code())
    assert not await factor.matches(ann.agent_id, before)
    clock.advance(300)
    for wrong in (before, "", "12345", "1234567", "abcdef", "١٢٣٤٥٦"):
        assert not await factor.matches(ann.agent_id, wrong)


async def test_the_secret_is_kept_encrypted_and_needs_the_pepper(agents: Agents, clock: ManualClock) -> None:
    ann = await agents.hire(Hired(username="ann", name="Ann"))
    address = await SecondFactor(agents, clock, "x").enrol(ann.agent_id, "ann")
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    kept = await agents.totp(ann.agent_id)
    assert kept is not None
    assert secret not in kept
    with pytest.raises(Problem, match="Enrol it anew"):
        await SecondFactor(agents, clock, "another").matches(ann.agent_id, "123456")
    assert not await SecondFactor(agents, clock, "x").matches("nobody", "123456")
