"""A state changes at the PBX: how long until a browser's websocket has it.

A real Asterisk; an agent is paused and let in again over its manager interface, as somebody at the console would. The
clock starts when the PBX confirms the change and stops when the agent's desk is told. Ours is the whole way: listening
link, presence tracker, rules, desk, bus, gateway. Bare is a plain manager connection that sees the same event, in the
same run.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from websockets.asyncio.client import connect

import migrations
from assist.desk.service import DeskService
from benchmarks.harness import Result, percentile
from core.access import User
from core.clock import SystemClock
from core.database import Database
from memberline.demo.phone import Phone
from memberline.paths import ASTERISK, PROMPTS
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.tickets import Pass, Tickets
from records.agents import Agent
from records.audit import Audit
from records.members import MemberDirectory
from records.passwords import Passwords
from telephony.agents.rules import AgentRules
from telephony.agents.service import AgentsOnPhones
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.pbx.config import Device, Queue, Site
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

CHANGES, WARM_UP = 300, 20
EVERY_S = 0.03
DEVICE = Device("dana", "Dana", "1001", "secret")


def run() -> Result:
    ours, bare = asyncio.run(_measure())
    figures = {
        "p50_ms": statistics.median(ours),
        "p99_ms": percentile(ours, 0.99),
        "bare_p50_ms": statistics.median(bare),
        "bare_p99_ms": percentile(bare, 0.99),
        "p50_ratio": statistics.median(ours) / statistics.median(bare),
        "changes": float(len(ours)),
    }
    return Result(figures)


async def _measure() -> tuple[list[float], list[float]]:
    site = Site(queues=(Queue("member_services"),), destinations=(), devices=(DEVICE,))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'm.db'}"
        await asyncio.to_thread(migrations.upgrade, url)
        async with private_asterisk(Path(folder) / "pbx", find(ASTERISK), site, PROMPTS) as asterisk:
            return await _changes(asterisk, url)


async def _changes(asterisk: PrivateAsterisk, url: str) -> tuple[list[float], list[float]]:
    clock, bus, database = SystemClock(), InProcessBus(), Database(url)
    ami = ("127.0.0.1", asterisk.ports.ami)
    phones = PhoneSystem(
        system="pbx",
        bus=bus,
        clock=clock,
        listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
        act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
        audio=("127.0.0.1", 0),
        transfer_context="",
    )
    rules = AgentRules(wrap_up_s=60, no_answers=2, away_after_s=30)
    agents = AgentsOnPhones(system="pbx", bus=bus, clock=clock, control=phones.control, rules=rules)
    dana = Agent(
        agent_id="dana",
        username="dana",
        name="Dana",
        role="agent",
        level=1,
        specialties=(),
        device=DEVICE.interface,
    )
    desks = DeskService(
        bus=bus,
        clock=clock,
        agents=(dana,),
        directory=MemberDirectory(database, clock, Passwords("")),
        audit=Audit(database, clock, ""),
        phones=agents,
        live=phones.live,
        speech_model="",
    )
    tickets = Tickets(clock)
    gateway = Gateway(bus, tickets)
    telephone = Phone(DEVICE.name, DEVICE.password, ("127.0.0.1", asterisk.ports.sip))
    parts = (telephone, gateway, agents, desks, phones)
    for part in parts:
        await part.start()
    try:
        await telephone.register()
        await agents.sign_on(DEVICE.interface, "Dana", {"member_services": 0})
        ticket = tickets.issue(Pass(User(agent_id="dana", name="", role="agent"), "s", 600.0))
        async with connect(f"ws://127.0.0.1:{gateway.port}/?ticket={ticket}", compression=None) as desk:
            await desk.send('{"type":"subscribe","subject":"agent.me"}')
            while json.loads(await desk.recv())["type"] != "subscribed":
                pass
            watcher, watching = await _manager(ami, "memberline-listen", asterisk.site.listen_secret)
            answers, hand = await _manager(ami, "memberline-act", asterisk.site.act_secret)
            ours: list[float] = []
            bare: list[float] = []
            for number in range(CHANGES + WARM_UP):
                reason = f"r{number}"
                hand.write(
                    f"Action: QueuePause\r\nActionID: {reason}\r\nInterface: {DEVICE.interface}\r\n"
                    f"Paused: true\r\nReason: {reason}\r\n\r\n".encode()
                )
                confirmed, seen, shown = await asyncio.gather(
                    _until(answers, f"ActionID: {reason}\r\n"),
                    _until(watcher, f"PausedReason: {reason}\r\n"),
                    _shown(desk, reason),
                )
                ours.append(1000 * (shown - confirmed))
                bare.append(1000 * (seen - confirmed))
                await asyncio.sleep(EVERY_S)
            for writer in (hand, watching):
                writer.close()
        return ours[WARM_UP:], bare[WARM_UP:]
    finally:
        for part in reversed(parts):
            await part.stop()
        await database.close()


async def _manager(place: tuple[str, int], user: str, secret: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*place)
    writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n".encode())
    await _until(reader, "Response: Success\r\n")
    return reader, writer


async def _until(reader: asyncio.StreamReader, line: str) -> float:
    """When a block with this line came."""
    async with asyncio.timeout(10):
        while line.encode() not in await reader.readuntil(b"\r\n\r\n"):
            pass
    return time.perf_counter()


async def _shown(desk: object, reason: str) -> float:
    """When the desk was told of this reason."""
    async with asyncio.timeout(10):
        while reason not in str(await desk.recv()):  # type: ignore[attr-defined]
            pass
    return time.perf_counter()
