from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest
from nats_server import NatsServer
from wire_house import House, open_house

from realtime.bus.nats import NatsBus

ON_BOTH_BUSES = {"test_gateway", "test_recovery", "test_boards_pushed"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What concerns the push is tried on either engine of the bus."""
    if "house" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH_BUSES:
        engines = ["in-process", pytest.param("nats", marks=pytest.mark.nats)]
        metafunc.parametrize("house", engines, indirect=True)


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    if getattr(request, "param", "in-process") == "in-process":
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
