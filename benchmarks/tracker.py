"""Events a second through our parsing and trackers, against stock panoramisk's parsing and dispatch alone.

Both get the same bytes in the same pieces, in turns, in one run. `lean` is what the listening user is sent (its event
classes, filtered at the server); `full` is everything Asterisk can say, where we need not look at what nobody wants.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from benchmarks.harness import Goal, Result, interleaved
from core.errors import Problem
from telephony import presence
from telephony.ami.masking import Mask
from telephony.ami.wire import Framer
from telephony.calls import tracker

TRACES = Path(__file__).parent.parent / "tests" / "traces"
REPEATS = 7
READ = 65_536  # bytes of one read of a busy socket
AT_LEAST = 20_000  # events a measurement, so that it lasts long enough to mean something
LEAN_CLASSES = {b"call", b"agent", b"user", b"agi", b"system"}
NOT_SENT = {b"Newexten", b"VarSet"}


def run() -> Result:
    full = recorded()
    lean = [block for block in full if is_lean(block)]
    logging.getLogger("panoramisk").setLevel(logging.ERROR)
    ours_lean, stock_lean = compare(lean)
    ours_full, stock_full = compare(full)
    return Result(
        {
            "ratio": ours_lean / stock_lean,
            "ratio_full": ours_full / stock_full,
            "events_per_s": ours_lean,
            "events_per_s_full": ours_full,
            "panoramisk_events_per_s": stock_lean,
            "panoramisk_events_per_s_full": stock_full,
        },
        (Goal("ratio", ">=", 1), Goal("ratio_full", ">=", 2)),
    )


def recorded() -> list[bytes]:
    """The events of all recorded calls, in order."""
    blocks = [block for trace in sorted(TRACES.glob("*.ami")) for block in trace.read_bytes().split(b"\r\n\r\n")]
    events = [block for block in blocks if block.startswith(b"Event: ") and b"\r\nActionID: " not in block]
    if not events:
        raise Problem("there are no recorded calls to measure with", place=str(TRACES))
    return events


def is_lean(block: bytes) -> bool:
    name = block[7:].partition(b"\r\n")[0]
    privilege = block.partition(b"\r\nPrivilege: ")[2].partition(b"\r\n")[0]
    return name not in NOT_SENT and not LEAN_CLASSES.isdisjoint(privilege.split(b","))


def compare(events: list[bytes]) -> list[float]:
    """Events a second: ours, stock."""
    events = events * -(-AT_LEAST // len(events))
    stream = b"".join(event + b"\r\n\r\n" for event in events)
    pieces = [stream[at : at + READ] for at in range(0, len(stream), READ)]
    return interleaved(REPEATS, lambda: len(events) / ours(pieces), lambda: len(events) / stock(pieces))


def ours(pieces: list[bytes]) -> float:
    """Seconds that the whole way to the domain events takes us."""
    framer, mask = Framer(tracker.EVENTS | presence.EVENTS), Mask()
    calls, queues = tracker.CallTracker("benchmark"), presence.PresenceTracker()
    started = time.perf_counter()
    for piece in pieces:
        for message in framer.feed(piece):
            masked = mask.apply(message)
            calls.feed(masked)
            queues.feed(masked)
        calls.closed.clear()
    return time.perf_counter() - started


def stock(pieces: list[bytes]) -> float:
    """Seconds that panoramisk takes to parse the stream and hand every event to one callback that does nothing."""

    async def feed() -> float:
        manager = Manager(loop=asyncio.get_running_loop())
        manager.register_event("*", lambda manager, event: None)
        protocol: Any = AMIProtocol()
        protocol.connection_made(None)
        protocol.factory, protocol.encoding, protocol.version = manager, "utf8", "11.0.0"
        started = time.perf_counter()
        for piece in pieces:
            protocol.data_received(piece)
        return time.perf_counter() - started

    return asyncio.run(feed())
