"""The 20 ms beat that all of a telephone's calls share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TICK_S = 0.02
AT_MOST_LATE = 10  # beats made up for after the loop was busy; older ones are dropped, as a real telephone's would be


class Ticker:
    """Calls `beat` fifty times a second, on the average exactly: a late beat is followed by the ones it owes."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time() - AT_MOST_LATE * TICK_S)
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._beat()
