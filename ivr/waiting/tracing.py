"""What became of a call back that nobody watched: asked of the PBX itself, then of its own record (CEL)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from ivr.waiting.callbacks import Traced
from telephony.cel import CelRow, read_cel

BEFORE = timedelta(minutes=5)  # the PBX's clock may not be ours

Trace = Callable[[str, datetime], Awaitable[Traced]]
"""What is on record of a channel that was to be dialled at that time, and is no longer up. May raise `Problem`."""


def in_record(url: str, table: str) -> Trace:
    """From the PBX's own record; without a `url` nothing is known."""

    async def trace(channel: str, since: datetime) -> Traced:
        if not url:
            return "unknown"
        rows = await asyncio.to_thread(read_cel, url, table, since - BEFORE)
        return traced([row for row in rows if row.uniqueid == channel])

    return trace


def traced(rows: list[CelRow]) -> Traced:
    """`rows` are the channel's own."""
    if not rows:
        return "never"
    if any(row.event == "APP_START" and row.app == "Queue" for row in rows):
        return "accepted"
    return "silent" if any(row.event == "ANSWER" for row in rows) else "unanswered"
