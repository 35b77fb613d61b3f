"""From the bytes of AgentCalled on the AMI socket to the screen-pop in a websocket client, against a bare loop.

Ours: link, trackers, member directory of 150,000 on SQLite, desks, bus, gateway. Bare: panoramisk's callback straight
to a websocket send, with nothing looked up. Each runs in a process of its own, is fed the same bytes by this one, at
50 pops a second of distinct members never asked for before, in turns. A call rings an agent 5 ms after it came in, as
in the recorded traces of a queue without a menu; `cold_*` rings at once, so that the look-up is inside what is timed.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import panoramisk
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

import migrations
from assist.desk.service import DeskService
from benchmarks.harness import Goal, Result
from benchmarks.people import agents
from core.access import User
from core.clock import SystemClock
from core.database import Database, bulk_engine
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.tickets import Pass, Tickets
from records import sample
from records.audit import Audit
from records.members import MemberDirectory
from records.passwords import Passwords
from telephony.agents.rules import AgentRules
from telephony.agents.service import AgentsOnPhones
from telephony.ami.connection import Address
from telephony.phone_system import PhoneSystem

POPS, PER_SECOND, WARM_UP = 500, 50, 50
AGENTS = 20
RINGS_AFTER_S = 0.005
ROUNDS = 2  # of ours and bare, in turns

Answer = dict[str, object]


def run() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'members.db'}"
        migrations.upgrade(url)
        sample.create(url)
        phones = iter(_phones(url, 3 * ROUNDS * (POPS + WARM_UP)))
        ours: list[float] = []
        cold: list[float] = []
        bare: list[float] = []
        for _ in range(ROUNDS):
            ours += asyncio.run(
                _measure(_serve_ours, url, [next(phones) for _ in range(POPS + WARM_UP)], RINGS_AFTER_S)
            )
            bare += asyncio.run(_measure(_serve_bare, url, ["1000"] * (POPS + WARM_UP), RINGS_AFTER_S))
            cold += asyncio.run(_measure(_serve_ours, url, [next(phones) for _ in range(POPS + WARM_UP)], 0.0))
    figures = {
        "p50_ms": _percentile(ours, 50),
        "p99_ms": _percentile(ours, 99),
        "bare_p50_ms": _percentile(bare, 50),
        "bare_p99_ms": _percentile(bare, 99),
        "p50_ratio": _percentile(ours, 50) / _percentile(bare, 50),
        "cold_p50_ms": _percentile(cold, 50),
        "cold_p99_ms": _percentile(cold, 99),
        "cold_p50_ratio": _percentile(cold, 50) / _percentile(bare, 50),
        "pops": float(len(ours)),
    }
    return Result(figures, (Goal("p99_ms", "<=", 25), Goal("p50_ratio", "<=", 3)))


def _percentile(milliseconds: list[float], percent: int) -> float:
    return statistics.quantiles(milliseconds, n=100, method="inclusive")[percent - 1]


def _phones(url: str, count: int) -> list[str]:
    """Telephone numbers that belong to exactly one member each."""
    query = "SELECT e164 FROM member_phones GROUP BY e164 HAVING COUNT(*) = 1 ORDER BY e164 LIMIT :count"
    engine = bulk_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.scalars(text(query), {"count": count}))
    finally:
        engine.dispose()


async def _measure(
    target: Callable[[Connection, int, str], None], url: str, phones: list[str], rings_after_s: float
) -> list[float]:
    """Milliseconds from AgentCalled to each pop; the first ones, which warm everything up, left out."""
    pbx = await _Pbx.start()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(theirs, pbx.port, url), daemon=True)
    process.start()
    try:
        addresses: list[str] = await asyncio.to_thread(ours.recv)
        async with _clients(addresses) as arrivals:
            await pbx.listened_to()
            rang = await pbx.ring(phones, rings_after_s)
            await asyncio.sleep(1.0)
        missing = len(rang) - len(arrivals.keys() & rang.keys())
        if missing:
            raise RuntimeError(f"{missing} of {len(rang)} pops did not arrive")
        return [1000 * (arrivals[call] - rang[call]) for call in sorted(rang)[WARM_UP:]]
    finally:
        process.terminate()
        process.join(10)
        await pbx.stop()


@asynccontextmanager
async def _clients(addresses: list[str]) -> AsyncIterator[dict[int, float]]:
    """Connect as every agent; what is filled is when the complete pop of each call came."""
    arrivals: dict[int, float] = {}
    sockets: list[ClientConnection] = []
    readers: list[asyncio.Task[None]] = []
    try:
        for address in addresses:
            socket = await connect(address, compression=None)
            sockets.append(socket)
            await socket.send('{"type":"subscribe","subject":"agent.me"}')
            readers.append(asyncio.create_task(_read(socket, arrivals)))
        await asyncio.sleep(0.5)
        yield arrivals
    finally:
        for reader in readers:
            reader.cancel()
        for socket in sockets:
            await socket.close()


async def _read(socket: ClientConnection, arrivals: dict[int, float]) -> None:
    async for frame in socket:
        now = time.perf_counter()
        if b"CallOffered" in _bytes(frame) or b"MemberFound" in _bytes(frame) or b"AgentCalled" in _bytes(frame):
            message = json.loads(frame)
            event = message.get("event", message)
            call = event.get("call", event)
            if event.get("Event") == "AgentCalled":
                arrivals.setdefault(int(event["CallerIDName"]), now)
            elif call.get("member"):
                # The directory's answer names the member; the number called from leads back to the call.
                arrivals.setdefault(_CALLS[call["caller"]["number"]], now)


_CALLS: dict[str, int] = {}


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


class _Pbx:
    """Speaks just enough of the manager interface: logins, empty lists, and calls that ring."""

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._logins = asyncio.Event()
        self.port = 0

    @classmethod
    async def start(cls) -> _Pbx:
        pbx = cls()
        pbx._server = await asyncio.start_server(pbx._serve, "127.0.0.1", 0)
        pbx.port = pbx._server.sockets[0].getsockname()[1]
        return pbx

    _server: asyncio.Server

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0.1)  # the readers see their connections end

    async def listened_to(self) -> None:
        async with asyncio.timeout(20):
            await self._logins.wait()

    async def ring(self, phones: list[str], rings_after_s: float) -> dict[int, float]:
        """Place the calls, evenly; when each one's AgentCalled was written."""
        rang: dict[int, float] = {}
        start = time.perf_counter()
        for number, phone in enumerate(phones):
            await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.perf_counter()))
            _CALLS[phone] = number
            comes, rings = _call(number, phone)
            if rings_after_s:
                self._write(comes)
                await asyncio.sleep(rings_after_s)
            else:
                rings = comes + rings
            rang[number] = time.perf_counter()
            self._write(rings)
        return rang

    def _write(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in block.strip().split("\r\n"))
                name, action_id = fields["Action"].lower(), fields.get("ActionID", "")
                complete = _LISTS.get(name)
                if complete:
                    writer.write(f"Response: Success\r\nActionID: {action_id}\r\nEventList: start\r\n\r\n".encode())
                    ending = (
                        f"Event: {complete}\r\nActionID: {action_id}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
                    )
                    writer.write(ending.encode())
                else:
                    writer.write(f"Response: Success\r\nActionID: {action_id}\r\nMessage: done\r\n\r\n".encode())
                if name == "login" and fields.get("Username") == "listen":
                    self._writers.append(writer)
                if name == "login" and fields.get("Username") == "listen":
                    asyncio.get_running_loop().call_later(1.0, self._logins.set)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


_LISTS = {
    "coreshowchannels": "CoreShowChannelsComplete",
    "bridgelist": "BridgeListComplete",
    "queuestatus": "QueueStatusComplete",
    "devicestatelist": "DeviceStateListComplete",
}


def _call(number: int, phone: str) -> tuple[bytes, bytes]:
    """The events of a call that comes in, and of an agent's telephone that rings, as Asterisk writes them."""
    linkedid, agent = f"pbx-1795425232.{number * 2}", f"PJSIP/a{number % AGENTS}"
    common = "Privilege: call,all\r\nSystemName: pbx\r\n"
    caller = (
        f"Channel: PJSIP/trunk-{number:08x}\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\n"
        f"CallerIDNum: {phone}\r\nCallerIDName: {number}\r\nConnectedLineNum: <unknown>\r\n"
        "ConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\nContext: memberline\r\nExten: s\r\n"
        f"Priority: 1\r\nUniqueid: {linkedid}\r\nLinkedid: {linkedid}\r\n"
    )
    leg = f"pbx-1795425232.{number * 2 + 1}"
    queue = "Queue: member_services\r\n"
    comes = (
        f"Event: Newchannel\r\n{common}{caller}\r\n"
        f"Event: QueueCallerJoin\r\n{common}{caller}{queue}Position: 1\r\nCount: 1\r\n\r\n"
    )
    rings = (
        f"Event: Newchannel\r\n{common}Channel: {agent}-{number:08x}\r\nChannelState: 0\r\nExten: s\r\n"
        f"Context: agents\r\nUniqueid: {leg}\r\nLinkedid: {linkedid}\r\n\r\n"
        f"Event: AgentCalled\r\n{common}{caller}DestChannel: {agent}-{number:08x}\r\nDestUniqueid: {leg}\r\n"
        f"DestLinkedid: {linkedid}\r\n{queue}Interface: {agent}\r\nMemberName: Agent\r\n\r\n"
    )
    return comes.encode(), rings.encode()


# --- the two that are measured, each in a process of its own ----------------------------------------


def _serve_ours(pipe: Connection, port: int, url: str) -> None:
    asyncio.run(_forever(_ours(pipe, port, url)))


def _serve_bare(pipe: Connection, port: int, url: str) -> None:
    asyncio.run(_forever(_bare(pipe, port)))


async def _forever(begin: Awaitable[object]) -> None:
    kept = await begin
    await asyncio.Event().wait()
    del kept


async def _ours(pipe: Connection, port: int, url: str) -> object:
    clock, bus, database = SystemClock(), InProcessBus(), Database(url)
    people = agents(AGENTS)
    tickets = Tickets(clock)
    gateway = Gateway(bus, tickets)
    await gateway.start()
    phones = PhoneSystem(
        system="pbx",
        bus=bus,
        clock=clock,
        listen=Address("127.0.0.1", port, "listen", "x"),
        act=Address("127.0.0.1", port, "act", "x"),
        audio=("127.0.0.1", 0),
        transfer_context="",
    )
    desks = DeskService(
        bus=bus,
        clock=clock,
        agents=people,
        directory=MemberDirectory(database, clock, Passwords("")),
        audit=Audit(database, clock, ""),
        phones=AgentsOnPhones(
            system="pbx",
            bus=bus,
            clock=clock,
            control=phones.control,
            rules=AgentRules(wrap_up_s=60, no_answers=2, away_after_s=30),
        ),
        live=phones.live,
        speech_model="",
    )
    await desks.start()
    await phones.start()
    holders = [
        Pass(User(agent_id=each.agent_id, name=each.name, role="agent"), each.agent_id, 600.0) for each in people
    ]
    pipe.send([f"ws://127.0.0.1:{gateway.port}/?ticket={tickets.issue(holder)}" for holder in holders])
    return desks, phones, gateway


async def _bare(pipe: Connection, port: int) -> object:
    clients: dict[str, ServerConnection] = {}

    async def accept(socket: ServerConnection) -> None:
        clients[f"PJSIP/a{len(clients)}"] = socket
        await socket.wait_closed()

    server = await serve(accept, "127.0.0.1", 0, compression=None)
    manager = panoramisk.Manager(host="127.0.0.1", port=port, username="listen", secret="x")

    async def pop(_: object, message: panoramisk.message.Message) -> None:
        await clients[message["Interface"]].send(json.dumps(dict(message)))

    manager.register_event("AgentCalled", pop)
    await manager.connect()
    address = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
    pipe.send([address] * AGENTS)
    return server, manager
