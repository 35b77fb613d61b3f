"""How a simulated caller knows that the menu has finished speaking: it listens."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

LOUD = 300.0  # root mean square of 16-bit samples; synthetic speech lies around 2,000, silence near 0
PAUSE_S = 1.2  # longer than any pause inside a prompt, far shorter than the menu's patience
LOOKS_EVERY_S = 0.1


class Ear:
    """Fed 20 ms frames (int16, 8 kHz); tells when speech was heard and then nothing for `PAUSE_S`.

    The pause is taken from the clock, not from frames: a PBX that plays nothing sends nothing.
    """

    def __init__(self) -> None:
        self._loud_at: float | None = None

    def hear(self, frame: NDArray[np.int16]) -> None:
        if len(frame) > 0 and float(np.sqrt(np.mean(frame.astype(np.float32) ** 2))) > LOUD:
            self._loud_at = asyncio.get_running_loop().time()

    async def prompt_over(self, within: float) -> None:
        """Wait until what is being said is over; raises TimeoutError after `within` seconds."""
        self._loud_at = None
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(within):
            while self._loud_at is None or loop.time() - self._loud_at < PAUSE_S:
                await asyncio.sleep(LOOKS_EVERY_S)
