"""`memberline serve` starts whole or not at all, and says what was in the way."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from core.errors import Problem
from memberline.service import running
from memberline.settings import Settings
from telephony.pbx.runner import PrivateAsterisk

pytestmark = [pytest.mark.pbx, pytest.mark.speech]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def settings(asterisk: PrivateAsterisk, tmp_path: Path) -> Settings:
    return Settings(
        ami_port=asterisk.ports.ami,
        ami_listen_secret=asterisk.site.listen_secret,
        ami_act_secret=asterisk.site.act_secret,
        cel_url=asterisk.cel_url,
        database_url=f"sqlite:///{tmp_path / 'memberline.db'}",
        pepper="of the tests",
        http_port=free_port(),
        gateway_port=0,
    )


async def start(settings: Settings) -> None:
    async with running(settings):
        pass


async def test_it_serves_the_desk_and_lets_go_of_everything(settings: Settings) -> None:
    for _ in range(2):  # the second start finds every port free again
        async with running(settings) as addresses, aiohttp.ClientSession() as browser:
            async with browser.get(addresses.http) as answer:
                assert answer.status == 200
                assert "<title>Memberline</title>" in await answer.text()
            async with browser.get(f"{addresses.http}/api/desk") as answer:
                assert answer.status == 401


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"pepper": ""}, "pepper: is not set"),
        ({"ami_listen_secret": "guessed"}, "memberline-listen"),
        ({"ami_act_secret": "guessed"}, "memberline-act"),
        ({"ami_port": 1}, "no server answers"),
        ({"database_url": "mysql://x/y"}, "not understood"),
        ({"database_url": "sqlite:////nowhere/at/all.db"}, "/nowhere/at"),
        ({"directory": "/nowhere.yaml"}, "/nowhere.yaml"),
    ],
)
async def test_what_is_in_the_way_is_named(settings: Settings, broken: dict[str, object], told: str) -> None:
    with pytest.raises(Problem) as problem:
        await start(replace(settings, **broken))
    assert told in str(problem.value)
    assert "guessed" not in str(problem.value)


@pytest.mark.parametrize("port", ["http_port", "gateway_port"])
async def test_a_port_that_is_taken_is_named(settings: Settings, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(Problem, match=str(number)):
            await start(replace(settings, **{port: number}))


async def test_monitoring_is_told_where_it_is_wanted(settings: Settings) -> None:
    port = free_port()
    async with (
        running(replace(settings, metrics_port=port)),
        aiohttp.ClientSession() as monitor,
        monitor.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        told = await answer.text()
    assert "memberline_calls 0.0" in told
    assert "memberline_speech_most_calls" in told
