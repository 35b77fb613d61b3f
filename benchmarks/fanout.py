"""One event to 2,000 and to 5,000 clients: the gateway, with offsets and rights, against bare `websockets.broadcast`.

Server and clients are processes of their own. What counts for the server is its own CPU time from the first event to
the last byte, divided by the messages delivered; for the clients the delay from `publish` to the frame's arrival. Ours
and bare take turns, and the ratio is that of their medians. Memory is what the server's process grew by a client: from
before its ticket was made to after the last event, whichever moment is larger.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.crowd import Sent, raise_file_limit, serve_crowd
from benchmarks.harness import Goal, Result, percentile
from core.access import User
from core.clock import SystemClock
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.tickets import Pass, Tickets

SIZES = (2_000, 5_000)
ROUNDS = 3
EVENTS = 40
EVERY_S = {2_000: 0.1, 5_000: 0.25}
ARRIVED_WITHIN_S = 30.0
WALL = "wall"


def run() -> Result:
    figures: dict[str, float] = {}
    ratios, delays, bare_delays, memory, bare_memory = [], [], [], [], []
    for size in SIZES:
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_measure(_serve_ours, size, WALL))
            bare.append(_measure(_serve_bare, size, ""))
        cost, bare_cost = (statistics.median(one["cpu_us"] for one in each) for each in (ours, bare))
        figures |= {
            f"cpu_us_{size}": cost,
            f"bare_cpu_us_{size}": bare_cost,
            f"ratio_{size}": bare_cost / cost,
            f"p99_ms_{size}": statistics.median(one["p99_ms"] for one in ours),
            f"bare_p99_ms_{size}": statistics.median(one["p99_ms"] for one in bare),
        }
        ratios.append(bare_cost / cost)
        delays.append(figures[f"p99_ms_{size}"])
        bare_delays.append(figures[f"bare_p99_ms_{size}"])
        memory.append(statistics.median(one["memory_kb"] for one in ours))
        bare_memory.append(statistics.median(one["memory_kb"] for one in bare))
    figures |= {
        "ratio": min(ratios),
        "p99_ms": max(delays),
        "bare_p99_ms": max(bare_delays),
        "memory_kb": max(memory),
        "bare_memory_kb": max(bare_memory),
    }
    return Result(figures, (Goal("ratio", ">=", 1.0), Goal("memory_kb", "<=", 20)))


def _measure(target: Callable[[Connection, int], None], size: int, subject: str) -> dict[str, float]:
    spawn = multiprocessing.get_context("spawn")
    (server, theirs), (crowd, other) = spawn.Pipe(), spawn.Pipe()
    processes = [
        spawn.Process(target=target, args=(theirs, size), daemon=True),
        spawn.Process(target=serve_crowd, args=(other, subject, size), daemon=True),
    ]
    for process in processes:
        process.start()
    try:
        before, urls = server.recv()
        _ask(crowd, "connect", urls)
        idle = _ask(server, "memory")
        cpu_s = _ask(server, "publish")
        until = time.monotonic() + ARRIVED_WITHIN_S
        while _ask(crowd, "fewest") < EVENTS and time.monotonic() < until:
            time.sleep(0.05)
        grown = (max(idle, _ask(server, "memory")) - before) / size
        heard = _ask(crowd, "report")
    finally:
        for process in processes:
            process.terminate()
            process.join(10)
    wrong = sum(offsets != list(range(1, EVENTS + 1)) for _, offsets in heard)
    if wrong:
        raise RuntimeError(f"{wrong} of {size} clients did not get each of {EVENTS} offsets once and in order")
    all_delays = [delay for delays, _ in heard for delay in delays]
    return {
        "cpu_us": 1e6 * cpu_s / (EVENTS * size),
        "p99_ms": 1000 * percentile(all_delays, 0.99),
        "memory_kb": grown,
    }


def _ask(pipe: Connection, word: str, value: Any = None) -> Any:
    pipe.send((word, value))
    return pipe.recv()


# --- the two servers, each in a process of its own --------------------------------------------------


def _serve_ours(pipe: Connection, size: int) -> None:
    raise_file_limit()
    asyncio.run(_ours(pipe, size))


def _serve_bare(pipe: Connection, size: int) -> None:
    raise_file_limit()
    asyncio.run(_bare(pipe, size))


async def _ours(pipe: Connection, size: int) -> None:
    bus, tickets = InProcessBus(), Tickets(SystemClock(), lifetime_s=600)
    gateway = Gateway(bus, tickets)
    await gateway.start()
    before = _resident_kb()
    passes = [Pass(User(agent_id=f"a{n}", name="", role="supervisor"), f"s{n}", 3600.0) for n in range(size)]
    pipe.send((before, [f"ws://127.0.0.1:{gateway.port}/?ticket={tickets.issue(each)}" for each in passes]))

    async def publish(event: Sent) -> None:
        await bus.publish(WALL, event)

    await _obey(pipe, size, publish)


async def _bare(pipe: Connection, size: int) -> None:
    clients: set[ServerConnection] = set()
    count = 0

    async def accept(socket: ServerConnection) -> None:
        clients.add(socket)
        await socket.wait_closed()

    server = await serve(accept, "127.0.0.1", 0, compression=None)
    pipe.send((_resident_kb(), [f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"] * size))

    async def publish(event: Sent) -> None:
        nonlocal count
        count += 1
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "at"}
        message = {"type": "event", "subject": WALL, "epoch": "e", "offset": count, "event": fields}
        broadcast(clients, json.dumps(message, separators=(",", ":")))

    await _obey(pipe, size, publish)


async def _obey(pipe: Connection, size: int, publish: Callable[[Sent], Any]) -> None:
    while True:
        word, _ = await asyncio.to_thread(pipe.recv)
        if word == "memory":
            await asyncio.sleep(0.5)
            pipe.send(_resident_kb())
            continue
        began = time.process_time()
        for _ in range(EVENTS):
            await publish(Sent(at=datetime.now(UTC), sent=time.monotonic()))
            await asyncio.sleep(EVERY_S.get(size, 0.1))
        pipe.send(time.process_time() - began)


def _resident_kb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4.0
