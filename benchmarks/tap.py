"""Frames lost and how far the words lag behind, with 1 and 10 calls tapped on both sides through a real Asterisk.

Each leg first plays numbered frames: a frame that the tap did not bring shows as a gap in the numbers. Then the calls
talk, in turns as people do; the lag is the time from the end of an utterance's last word in the audio to the moment
its final text is there.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assist.speech import models
from assist.speech.pool import DecoderPool
from assist.speech.words import Heard
from benchmarks.harness import Result, percentile
from core.clock import SystemClock
from memberline.demo import scripts, voices
from memberline.demo.phone import Call, Phone
from memberline.paths import ASTERISK, PROMPTS, RUN
from telephony.ami.connection import Address
from telephony.ami.link import AmiLink
from telephony.audio import SAMPLE_RATE, AudioServer
from telephony.pbx.config import Device, Member, Queue, Site
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.taps import Tap, Taps

CALLS = (1, 10)
NUMBERED_S = 10.0
TURNS = 8  # lines of a script that are spoken
FRAME = SAMPLE_RATE // 50  # samples
CONNECTED_WITHIN_S = 60.0


def _levels() -> NDArray[np.int16]:
    """Sample values that G.711's µ-law carries unchanged, far enough from each other and from silence."""
    positive = [(((step << 3) + 0x84) << segment) - 0x84 for segment in range(2, 8) for step in range(0, 16, 2)]
    return np.array([sign * value for value in positive for sign in (1, -1)], np.int16)


LEVELS = _levels()


def run() -> Result:
    figures: dict[str, float] = {}
    for calls in CALLS:
        measured = asyncio.run(_measure(calls))
        figures |= {f"{name}_{calls}": value for name, value in measured.items()}
    return Result(figures)


@dataclass
class Leg:
    """One side of a call: its telephone, its tap, and what came of either."""

    call: Call
    tap: Tap
    frames: list[NDArray[np.int16]] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)


async def _measure(calls: int) -> dict[str, float]:
    async with _talking(calls) as legs:
        collecting = [asyncio.create_task(_collect(leg)) for leg in legs]
        await asyncio.gather(*(leg.call.play(numbered(NUMBERED_S)) for leg in legs))
        await asyncio.sleep(0.5)
        for task in collecting:
            task.cancel()
        counted = [count(np.concatenate(leg.frames)) for leg in legs]
        await _talk(legs)
        lags = [lag for leg in legs for lag in leg.lags_s]
    return {
        "frames": float(sum(brought + lost for brought, lost in counted)),
        "frames_lost": float(sum(lost for _, lost in counted)),
        "finals": float(len(lags)),
        "lag_p50_s": percentile(lags, 0.5),
        "lag_p95_s": percentile(lags, 0.95),
    }


def numbered(seconds: float) -> NDArray[np.int16]:
    """Frames that each hold one level, counting through all of them again and again."""
    numbers = np.arange(int(seconds * SAMPLE_RATE / FRAME)) % len(LEVELS)
    return np.repeat(LEVELS[numbers], FRAME)


def count(samples: NDArray[np.int16]) -> tuple[int, int]:
    """Frames brought, and frames missing between them. Samples that are no level (silence around) count for nothing."""
    middles = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)[:, FRAME // 2].astype(np.int32)
    distances = np.abs(middles[:, None] - LEVELS.astype(np.int32)[None, :])
    numbers = distances.argmin(axis=1)[distances.min(axis=1) == 0]
    steps = np.diff(numbers) % len(LEVELS)
    return len(numbers), int(np.sum(steps[steps > 1] - 1))


async def _collect(leg: Leg) -> None:
    async for _, pcm in leg.tap.stream:
        leg.frames.append(np.frombuffer(pcm, "<i2"))


async def _talk(legs: Sequence[Leg]) -> None:
    """Every pair of legs speaks a script of its own, turn by turn, while all are decoded."""
    model = await asyncio.to_thread(models.load)
    clock = SystemClock()
    async with DecoderPool(model.recogniser) as pool:
        hearing = [asyncio.create_task(_hear(leg, pool, clock)) for leg in legs]
        pairs = zip(legs[::2], legs[1::2], itertools.cycle(scripts.load()))
        await asyncio.gather(*(_converse(caller, agent, script) for caller, agent, script in pairs))
        await asyncio.sleep(2.0)  # the last words become final
        for task in hearing:
            task.cancel()


async def _hear(leg: Leg, pool: DecoderPool, clock: SystemClock) -> None:
    zero = clock.monotonic()

    def heard(result: Heard) -> None:
        if result.final and result.words:
            leg.lags_s.append(clock.monotonic() - (zero + result.end_s))

    stream = pool.stream(heard, zero)
    async for at, pcm in leg.tap.stream:
        stream.feed(pcm, at)


async def _converse(caller: Leg, agent: Leg, script: scripts.Script) -> None:
    for turn in script.turns[:TURNS]:
        leg, voice = (caller, script.voice) if turn.speaker == "caller" else (agent, voices.of_agent("dana"))
        line = await voices.rendered(voices.for_synthesiser(turn.text), voice, RUN / "sounds")
        await asyncio.sleep(turn.pause_s)
        await leg.call.play(line)


@asynccontextmanager
async def _talking(calls: int) -> AsyncIterator[list[Leg]]:
    """That many calls between a caller and an agent, tapped: caller's leg, agent's leg, and so on."""
    devices = tuple(Device(f"agent{n}", f"Agent {n}", f"10{n:02}", f"secret{n}") for n in range(calls))
    site = Site(
        queues=(Queue("calls", tuple(Member(device.interface, device.display) for device in devices)),),
        destinations=(),
        devices=devices,
    )
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="memberline-bench-")))
        asterisk = await stack.enter_async_context(private_asterisk(folder, find(ASTERISK), site, PROMPTS))
        events, taps = await _links(stack, asterisk)
        callers, agents = await _telephones(stack, asterisk, devices)
        legs = []
        for _ in range(calls):
            event = await asyncio.wait_for(events.get(), CONNECTED_WITHIN_S)
            number = event["CallerIDNum"]
            for call, uniqueid in ((callers[number], event["Uniqueid"]), (agents[number], event["DestUniqueid"])):
                legs.append(Leg(call, await taps.start(uniqueid)))
        yield legs


async def _links(stack: AsyncExitStack, asterisk: PrivateAsterisk) -> tuple[asyncio.Queue[dict[str, str]], Taps]:
    """Each AgentConnect as it happens, and taps."""
    connected: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    audio = AudioServer("127.0.0.1", 0, SystemClock())
    await audio.start()
    stack.push_async_callback(audio.stop)

    def told(message: dict[str, str]) -> None:
        if message["Event"] == "AgentConnect":
            connected.put_nowait(message)

    def acted(message: dict[str, str]) -> None:
        taps.on_event(message)

    def address(user: str, secret: str) -> Address:
        return Address("127.0.0.1", asterisk.ports.ami, user, secret)

    listening = AmiLink[None]("listening", address("memberline-listen", asterisk.site.listen_secret), on_event=told)
    acting = AmiLink[None]("acting", address("memberline-act", asterisk.site.act_secret), on_event=acted)
    taps = Taps(acting, audio)
    for link in (listening, acting):
        await link.start()
        stack.push_async_callback(link.stop)
    return connected, taps


async def _telephones(
    stack: AsyncExitStack, asterisk: PrivateAsterisk, devices: Sequence[Device]
) -> tuple[dict[str, Call], dict[str, Call]]:
    """As many calls as devices, each answered: the callers' sides and the agents', by the caller's number.

    Nobody says to the dialplan that there is a menu, so it sends every caller to the queue.
    """
    server = ("127.0.0.1", asterisk.ports.sip)
    callers: dict[str, Call] = {}
    agents: dict[str, Call] = {}
    trunk = Phone("trunk", None, server, trunk_secret=asterisk.site.trunk_secret)
    phones = [Phone(device.name, device.password, server) for device in devices]
    for phone in (trunk, *phones):
        await phone.start()
        stack.push_async_callback(phone.stop)
    for phone in phones:
        await phone.register()
    for n in range(len(devices)):
        number = f"55512{n:02}"
        callers[number] = await trunk.call(asterisk.site.number, number=number, name=f"Caller {n}")
    async with asyncio.timeout(CONNECTED_WITHIN_S):
        for call in await asyncio.gather(*(anext(phone.incoming()) for phone in phones)):
            await call.answer()
            agents[call.number] = call
    return callers, agents
