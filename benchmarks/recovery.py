"""5,000 clients dropped at once and back: seconds until all are current, and whether anybody missed or got twice.

Events go on all the while, ten a second. Each client comes back with a new ticket and the place it knows, and what it
heard before and after must be every offset once. Bare: as many plain websockets, dropped and back, with nothing said.
Both take turns. Seconds hang on whatever else the machine does, and half of them are the clients' own work; `cpu_us` is
the server's own, for each client's end and return, ours with the events sent meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from benchmarks.crowd import Sent, raise_file_limit, serve_crowd
from benchmarks.harness import Goal, Result
from core.access import User
from core.clock import SystemClock
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.tickets import Pass, Tickets

CLIENTS = 5_000
ROUNDS = 3  # of bare and ours, in turns
EVERY_S = 0.1
BEFORE_S = 2.0
WITHIN_S = 120.0
WALL = "wall"


def run() -> Result:
    ours, bare = [], []
    for _ in range(ROUNDS):
        bare.append(_bare_round())
        ours.append(_our_round())
    seconds, bare_seconds = (statistics.median(one["seconds"] for one in each) for each in (ours, bare))
    cost, bare_cost = (statistics.median(one["cpu_us"] for one in each) for each in (ours, bare))
    figures = {
        "clients": float(CLIENTS),
        "seconds": seconds,
        "bare_seconds": bare_seconds,
        "ratio": seconds / bare_seconds,
        "cpu_us": cost,
        "bare_cpu_us": bare_cost,
        "cpu_ratio": cost / bare_cost,
        **{name: sum(one[name] for one in ours) for name in ("missed", "duplicated", "disordered", "events")},
    }
    return Result(figures, tuple(Goal(name, "<=", 0) for name in ("missed", "duplicated", "disordered")))


def _bare_round() -> dict[str, float]:
    with _pair(_serve_bare, "") as (server, crowd):
        first, second = server.recv()
        _ask(crowd, "connect", first)
        used, dropped = _ask(server, "cpu"), time.monotonic()
        _ask(crowd, "drop")
        _ask(crowd, "connect", second)
        seconds = time.monotonic() - dropped
        return {"seconds": seconds, "cpu_us": 1e6 * (_ask(server, "cpu") - used) / CLIENTS}


def _our_round() -> dict[str, float]:
    with _pair(_serve_ours, WALL) as (server, crowd):
        first, second = server.recv()
        _ask(crowd, "connect", first)
        _ask(server, "go")
        time.sleep(BEFORE_S)
        used, dropped = _ask(server, "cpu"), time.monotonic()
        _ask(crowd, "drop")
        _ask(crowd, "connect", second)
        published = _ask(server, "stop")
        while _ask(crowd, "fewest") < published and time.monotonic() < dropped + WITHIN_S:
            time.sleep(0.02)
        seconds = time.monotonic() - dropped
        used = _ask(server, "cpu") - used
        heard = [offsets for _, offsets in _ask(crowd, "report")]
    return {
        "seconds": seconds,
        "cpu_us": 1e6 * used / CLIENTS,
        "missed": float(sum(published - len(set(offsets)) for offsets in heard)),
        "duplicated": float(sum(len(offsets) - len(set(offsets)) for offsets in heard)),
        "disordered": float(sum(offsets != sorted(offsets) for offsets in heard)),
        "events": float(published),
    }


@contextlib.contextmanager
def _pair(target: Callable[[Connection], None], subject: str) -> Any:
    """A server and a crowd, each in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    (server, theirs), (crowd, other) = spawn.Pipe(), spawn.Pipe()
    processes = [
        spawn.Process(target=target, args=(theirs,), daemon=True),
        spawn.Process(target=serve_crowd, args=(other, subject, CLIENTS), daemon=True),
    ]
    for process in processes:
        process.start()
    try:
        yield server, crowd
    finally:
        for process in processes:
            process.terminate()
            process.join(10)


def _ask(pipe: Connection, word: str, value: Any = None) -> Any:
    pipe.send((word, value))
    return pipe.recv()


# --- the two servers, each in a process of its own --------------------------------------------------


def _serve_ours(pipe: Connection) -> None:
    raise_file_limit()
    asyncio.run(_ours(pipe))


def _serve_bare(pipe: Connection) -> None:
    raise_file_limit()
    asyncio.run(_bare(pipe))


async def _ours(pipe: Connection) -> None:
    bus, tickets = InProcessBus(), Tickets(SystemClock(), lifetime_s=600)
    gateway = Gateway(bus, tickets)
    await gateway.start()

    def urls() -> list[str]:
        passes = [Pass(User(agent_id=f"a{n}", name="", role="supervisor"), f"s{n}", 3600.0) for n in range(CLIENTS)]
        return [f"ws://127.0.0.1:{gateway.port}/?ticket={tickets.issue(each)}" for each in passes]

    pipe.send((urls(), urls()))
    published, going = 0, True

    async def publish() -> None:
        nonlocal published
        while going:
            await bus.publish(WALL, Sent(at=datetime.now(UTC), sent=time.monotonic()))
            published += 1
            await asyncio.sleep(EVERY_S)

    publishing: asyncio.Task[None] | None = None
    while True:
        word, _ = await asyncio.to_thread(pipe.recv)
        if word == "cpu":
            pipe.send(time.process_time())
            continue
        if word == "go":
            publishing = asyncio.create_task(publish())
        elif publishing is not None:
            going = False
            await publishing
        pipe.send(published)


async def _bare(pipe: Connection) -> None:
    async def accept(socket: ServerConnection) -> None:
        await socket.wait_closed()

    server = await serve(accept, "127.0.0.1", 0, compression=None)
    urls = [f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"] * CLIENTS
    pipe.send((urls, urls))
    while True:
        await asyncio.to_thread(pipe.recv)
        pipe.send(time.process_time())
