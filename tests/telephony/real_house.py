"""A real Asterisk with both links, taps and verbs on it, and telephones that talk in tones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from waiting import until

from core.clock import SystemClock
from telephony import control, taps
from telephony.ami import agi, fetch
from telephony.ami.connection import Address
from telephony.ami.fetch import fetch_snapshot
from telephony.ami.link import AmiLink, Patience
from telephony.ami.masking import Mask
from telephony.audio import SAMPLE_RATE, AudioServer, TapStream
from telephony.pbx.runner import PrivateAsterisk
from telephony.snapshot import RawSnapshot

PATIENCE = Patience(retry_first=0.1, retry_most=0.5)


@dataclass
class House:
    """What a test looks at. `told` is everything the listening link told, `acted` the acting one."""

    asterisk: PrivateAsterisk
    told: list[dict[str, str]] = field(default_factory=list)
    acted: list[dict[str, str]] = field(default_factory=list)
    snapshots: list[RawSnapshot] = field(default_factory=list)

    def __post_init__(self) -> None:
        site, port = self.asterisk.site, self.asterisk.ports.ami
        mask = Mask()
        self.listening = AmiLink(
            "listening",
            Address("127.0.0.1", port, "memberline-listen", site.listen_secret, needs=fetch.NEEDS, booted=True),
            on_event=self.told.append,
            mask=mask,
            snapshot=fetch_snapshot,
            on_connected=self.snapshots.append,
            patience=PATIENCE,
        )
        needs = agi.NEEDS | taps.NEEDS | control.NEEDS
        self.acting = AmiLink[None](
            "acting",
            Address("127.0.0.1", port, "memberline-act", site.act_secret, needs=needs),
            on_event=self._acted,
            mask=mask,
            patience=PATIENCE,
        )
        self.audio = AudioServer("127.0.0.1", 0, SystemClock())
        self.agi = agi.AgiCommands(self.acting, mask)
        self.taps = taps.Taps(self.acting, self.audio)
        self.control = control.Control(self.acting)

    def _acted(self, message: dict[str, str]) -> None:
        self.acted.append(message)
        self.agi.on_event(message)
        self.taps.on_event(message)

    async def heard(self, event: str, within: float = 10.0, **headers: str) -> dict[str, str]:
        """The last event of that name (and with those headers) that either link told; waits for it."""

        def matching() -> list[dict[str, str]]:
            return [
                message
                for message in (*self.told, *self.acted)
                if message["Event"] == event and headers.items() <= message.items()
            ]

        await until(lambda: bool(matching()), within)
        return matching()[-1]

    def forget(self) -> None:
        """Only what is told from now on counts."""
        self.told.clear()
        self.acted.clear()


@asynccontextmanager
async def house(asterisk: PrivateAsterisk) -> AsyncIterator[House]:
    made = House(asterisk)
    await made.audio.start()
    await made.listening.start()
    await made.acting.start()
    # The dialplan asks whether anybody is there to speak to the caller.
    await made.acting.action({"Action": "Setvar", "Variable": "ML_ALIVE", "Value": str(int(time.time()) + 60)})
    try:
        yield made
    finally:
        await made.acting.stop()
        await made.listening.stop()
        await made.audio.stop()


async def listen(stream: TapStream, seconds: float) -> NDArray[np.float64]:
    """What comes out of a tap from now on."""
    samples: list[bytes] = []
    start = stream.received

    async def collect() -> None:
        async for _, pcm in stream:
            samples.append(pcm)

    collecting = asyncio.create_task(collect())
    await until(lambda: stream.ended or (stream.received - start) * 0.02 >= seconds, within=seconds + 5)
    collecting.cancel()
    return np.frombuffer(b"".join(samples), "<i2").astype(np.float64)


def loudness(samples: NDArray[np.float64], hertz: float) -> float:
    """The amplitude of one tone in what was heard (Goertzel's sum), of 32767."""
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / SAMPLE_RATE)
    return float(2 * abs(np.dot(samples, turn)) / max(1, len(samples)))
