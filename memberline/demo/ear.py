"""How a simulated caller knows that the menu has finished speaking: it listens."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

LOUD = 300.0  # root mean square of 16-bit samples; synthetic speech lies around 2,000, silence near 0
PAUSE_S = 1.2  # longer than any pause inside a prompt, far shorter than the menu's patience


class Ear:
    """Fed 20 ms frames (int16, 8 kHz); tells when speech was heard and then `PAUSE_S` of silence."""

    def __init__(self) -> None:
        self._spoken = False
        self._quiet_s = 0.0
        self._over = asyncio.Event()

    def hear(self, frame: NDArray[np.int16]) -> None:
        if len(frame) == 0:
            return
        level = float(np.sqrt(np.mean(frame.astype(np.float32) ** 2)))
        if level > LOUD:
            self._spoken, self._quiet_s = True, 0.0
            return
        self._quiet_s += len(frame) / 8000
        if self._spoken and self._quiet_s >= PAUSE_S:
            self._over.set()

    async def prompt_over(self, within: float) -> None:
        """Wait until what is being said is over; raises TimeoutError after `within` seconds."""
        self._spoken, self._quiet_s = False, 0.0
        self._over.clear()
        async with asyncio.timeout(within):
            await self._over.wait()
