"""How a simulated caller knows that the menu has finished speaking: it listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
        self._first_at: float | None = None
        self._loud_at: float | None = None

    def hear(self, frame: NDArray[np.int16]) -> None:
        if len(frame) > 0 and float(np.sqrt(np.mean(frame.astype(np.float32) ** 2))) > LOUD:
            self._loud_at = asyncio.get_running_loop().time()
            self._first_at = self._first_at or self._loud_at

    async def prompt_over(self, within: float) -> None:
        """Wait until what is being said is over; raises TimeoutError after `within` seconds."""
        await self._until(lambda: self._loud_at is not None and self._since(self._loud_at) >= PAUSE_S, within)

    async def prompt_begun(self, listens_s: float, within: float) -> None:
        """Wait until something was said for `listens_s` seconds: who calls often need not hear it all."""
        await self._until(lambda: self._first_at is not None and self._since(self._first_at) >= listens_s, within)

    async def _until(self, heard: Callable[[], bool], within: float) -> None:
        self._first_at = self._loud_at = None
        async with asyncio.timeout(within):
            while not heard():  # noqa: ASYNC110 - silence is no event
                await asyncio.sleep(LOOKS_EVERY_S)

    @staticmethod
    def _since(then: float) -> float:
        return asyncio.get_running_loop().time() - then
