"""The whole demo as one context: sample plan, Asterisk, service, telephones; stopped in the opposite order."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import migrations
from assist.advice import directory as directories
from core.errors import Problem
from memberline.demo import handbook, scripts
from memberline.demo.conductor import Conductor, Lines
from memberline.demo.menu import notice_s, written
from memberline.demo.site import NUMBER, site
from memberline.paths import ASTERISK, PROMPTS
from records import sample
from records.recording_keys import fresh
from telephony.pbx.config import Device
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk

WATCHED = "dana"
READY_WITHIN_S = 90.0
STOP_WITHIN_S = 5.0

Say = Callable[[str], None]


@dataclass
class RunningDemo:
    """What a viewer, or a test, needs of it."""

    http: str
    database_url: str
    asterisk: PrivateAsterisk
    service: Service
    conductor: Conductor


class Service:
    """`memberline serve` as a process of its own, as an operator would run it."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it says that it serves; raises `Problem` with its last words otherwise."""
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "memberline",
                "serve",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self._environment},
                start_new_session=True,  # Ctrl-C is for the demo, which stops everything in order
            )
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                line = await self.process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line.startswith(b"Memberline serves"):
            last = (await asyncio.to_thread(self._log.read_text)).strip().splitlines()[-1:]
            await self.stop()
            raise Problem(f"the service did not start: {' '.join(last)}", place=str(self._log))

    async def kill(self) -> None:
        """End it without warning, as a crash would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            await self.kill()


@asynccontextmanager
async def running_demo(
    folder: Path,
    say: Say,
    *,
    port: int = 8000,
    members: int = sample.MEMBERS,
    every_s: float = 20.0,
    at_once: int = 3,
    rings_s: float = 4.0,
    wrap_up_s: float = 120.0,
    bus_url: str = "",
) -> AsyncIterator[RunningDemo]:
    """Everything set up under `folder` and running while the context lasts; `say` is told what happens."""
    demo, plays = sample.demo(), scripts.load()
    database = folder / "memberline.db"
    database_url = f"sqlite:///{database}"
    pepper = await asyncio.to_thread(_kept_secret, folder / "pepper")
    say("the sample plan")
    await asyncio.to_thread(_prepare, database, database_url, members, pepper, say)

    say("the handbook")
    await handbook.imported(database_url)

    directory = directories.load()
    internal = [place.id for place in directory.destinations if place.kind == "internal"]
    phones = site(demo, internal)
    async with AsyncExitStack() as stack:
        say("Asterisk")
        shutil.rmtree(folder / "pbx" / "etc", ignore_errors=True)
        asterisk = await stack.enter_async_context(private_asterisk(folder / "pbx", find(ASTERISK), phones, PROMPTS))
        say("the menu's prompts")
        menu = await asyncio.to_thread(written, folder / "menu")
        notice = await notice_s(menu)
        http_port = _free(port)
        environment = {
            "DATABASE_URL": database_url,
            "PEPPER": pepper,
            "RECORDING_KEY": await asyncio.to_thread(_kept_secret, folder / "recording_key", _master_key),
            "RECORDINGS": str(folder / "recordings"),
            "AMI_PORT": str(asterisk.ports.ami),
            "AMI_LISTEN_SECRET": phones.listen_secret,
            "AMI_ACT_SECRET": phones.act_secret,
            "CEL_URL": asterisk.cel_url,
            "HTTP_PORT": str(http_port),
            "GATEWAY_PORT": str(_free(http_port + 1)),
            "WRAP_UP_S": str(wrap_up_s),
            "AWAY_AFTER_S": "0",  # the automatic agents sign on without a page
            "BUS_URL": bus_url,
            "MENU": str(menu),
        }
        service = Service({f"MEMBERLINE_{name}": value for name, value in environment.items()}, folder / "serve.log")
        stack.push_async_callback(service.stop)
        say("the service")
        await service.start()
        http = f"http://127.0.0.1:{http_port}"
        conductor = Conductor(
            demo=demo,
            scripts=plays,
            lines=Lines(
                server=("127.0.0.1", asterisk.ports.sip),
                number=NUMBER,
                trunk_secret=phones.trunk_secret,
                passwords={agent.id: _password(phones.devices, agent.device) for agent in demo.agents},
            ),
            sounds=folder / "sounds",
            http=http,
            watched=WATCHED,
            every_s=every_s,
            at_once=at_once,
            rings_s=rings_s,
            notice_s=notice,
        )
        stack.push_async_callback(conductor.stop)
        say("the telephones")
        await conductor.start()
        yield RunningDemo(http, database_url, asterisk, service, conductor)
        say("stopping the callers, the service, Asterisk")


def _prepare(database: Path, url: str, members: int, pepper: str, say: Say) -> None:
    if database.exists() and migrations.pending(url):
        say("the sample plan is of an older version: making it anew")
        for file in (database, *database.parent.glob(f"{database.name}-*")):
            file.unlink()
    migrations.upgrade(url)
    told = -1

    def progress(what: str, share: float) -> None:
        nonlocal told
        if int(share * 10) > told:
            told = int(share * 10)
            say(f"the sample plan: {what} ({share:.0%})")

    sample.create(url, progress, members=members, pepper=pepper)


def _kept_secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """A secret of this installation, made once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


def _master_key() -> str:
    return base64.b64encode(fresh()).decode()


def _password(devices: tuple[Device, ...], interface: str) -> str:
    return next(device.password for device in devices if device.interface == interface)


def _free(port: int) -> int:
    """`port` if nobody has it, else one that is free."""
    for wanted in (port, 0):
        try:
            with socket.create_server(("127.0.0.1", wanted)) as server:
                found: int = server.getsockname()[1]
                return found
        except OSError:
            continue
    raise Problem("no port is free", place="127.0.0.1")
