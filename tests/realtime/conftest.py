from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest
from nats_server import NatsServer
from wire_house import House, open_house

from realtime.bus.nats import NatsBus


@pytest.fixture(params=["in-process", pytest.param("nats", marks=pytest.mark.nats)])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """On either engine of the bus."""
    if request.param == "in-process":
        async with open_house() as house:
            yield house
        return
    server: NatsServer = request.getfixturevalue("nats_server")
    bus = NatsBus(server.url, name=f"t{secrets.token_hex(4)}")
    await bus.start()
    try:
        async with open_house(bus=bus) as house:
            yield house
    finally:
        await bus.stop()
