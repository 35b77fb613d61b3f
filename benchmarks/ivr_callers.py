"""Callers who walk through a menu whose every prompt is a tone, in processes of their own.

A tone is a multiple of 50 Hz, so that each 20 ms packet holds whole waves and says by itself which prompt it is of. The
clock of a key starts when the first packet that ends it (RFC 4733) is sent, and stops at the first packet of the prompt
that it leads to; while Asterisk waits for keys it sends no packets at all, and what still comes of the prompt that a
key cuts short has another tone. The other ways a key can end: nothing new is heard (lost), or a prompt that it does not
lead to (a wrong branch).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import sys
import time
from collections import deque
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.crowd import raise_file_limit
from benchmarks.harness import percentile
from core.errors import Problem
from memberline.demo.phone import Call, CallOver, Phone, rtp

MENUS = 23  # more than two keys can lead on, so that every way of losing one of two shows
MENU_KEYS = "123456789"
SILENT, WRONG, SORRY = MENUS, MENUS + 1, MENUS + 2  # the other prompts: no key, no such key, a failure of ours
PROMPTS = MENUS + 3
_FIRST_BIN, _BIN_HZ = 8, 50
_CLEAR = 0.6  # share of a packet's power that is in its tone
_MOST_KNOWN = 50_000  # packets

LOST_AFTER_S = 3.0
ANSWERED_WITHIN_S = 15.0
CALLS_A_PHONE = 5  # they share a beat of 20 ms
MOST_FAULTS = 20  # told in words


def tone_hz(prompt: int) -> float:
    """The tone of a prompt: 400 Hz and up, 100 Hz apart."""
    return float(_BIN_HZ * (_FIRST_BIN + 2 * prompt))


def leads_to(menu: int, key: str) -> int:
    """Which menu a key opens. No two keys of a menu open the same one."""
    return (menu + int(key)) % MENUS


class Tones:
    """Which prompt a packet is part of; None for silence, and whatever else."""

    def __init__(self) -> None:
        self._known: dict[bytes, int | None] = {}

    def of(self, frame: bytes) -> int | None:
        if len(frame) != rtp.FRAME:  # the last packet of a sound file may be a short one
            return None
        if frame not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[frame] = _prompt_in(frame)
        return self._known[frame]


def _prompt_in(frame: bytes) -> int | None:
    power = np.abs(np.fft.rfft(rtp.decode(frame).astype(float))) ** 2
    loudest, total = int(power.argmax()), float(power.sum())
    place = loudest - _FIRST_BIN
    if total < 1e6 or power[loudest] < _CLEAR * total or place % 2 or not 0 <= place < 2 * PROMPTS:
        return None
    return place // 2


@dataclass
class Report:
    """What came of keys; of one caller, or of many."""

    waits_ms: list[float] = field(default_factory=list)  # key → prompt
    keys: int = 0
    lost: int = 0
    wrong: int = 0
    dropped: int = 0  # callers whose call ended, or never began
    late_ms: list[float] = field(default_factory=list)  # how late the callers' own process is
    faults: list[str] = field(default_factory=list)  # in words, the first of them

    def __iadd__(self, other: Report) -> Report:
        self.waits_ms += other.waits_ms
        self.late_ms += other.late_ms
        self.keys += other.keys
        self.lost += other.lost
        self.wrong += other.wrong
        self.dropped += other.dropped
        self.faults = [*self.faults, *other.faults][:MOST_FAULTS]
        return self

    def fault(self, what: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(what)


@dataclass
class _Asked:
    """A key, from the moment it is pressed; `ended_at` once its end was sent."""

    key: str
    prompt: int
    ended_at: float | None = None


class Caller:
    """Hears prompts, presses keys and counts what they lead to. Without a `call` for what it is told by hand."""

    def __init__(self, report: Report, tones: Tones, call: Call | None = None) -> None:
        self.report, self._tones, self._call = report, tones, call
        self.prompt: int | None = None  # what is heard, or was heard last
        self.heard_at = 0.0
        self._asked: deque[_Asked] = deque()
        self._news = asyncio.Event()
        if call is not None:
            call.on_frame = lambda frame: self.on_frame(frame, time.perf_counter())
            call.on_key_end = lambda key: self.on_key_end(key, time.perf_counter())

    def press(self, keys: str) -> None:
        """Press keys one after the other; each should lead on from where the one before leads."""
        self._news.clear()
        at = self.menu
        for key in keys:
            at = leads_to(at, key)
            self._asked.append(_Asked(key, at))
        self.report.keys += len(keys)
        if self._call is not None:
            self._call.press(keys)

    @property
    def menu(self) -> int:
        return self.prompt if self.prompt is not None and self.prompt < MENUS else 0

    @property
    def waiting(self) -> bool:
        return bool(self._asked)

    def on_key_end(self, key: str, now: float) -> None:
        asked = next(each for each in self._asked if each.ended_at is None)
        asked.ended_at = now

    def on_frame(self, frame: bytes, now: float) -> None:
        prompt = self._tones.of(frame)
        if prompt is None or prompt == self.prompt:
            return
        before, self.prompt, self.heard_at = self.menu, prompt, now
        self._judge(prompt, before, now)
        if not self._asked:
            self._news.set()

    def _judge(self, prompt: int, before: int, now: float) -> None:
        pressed = [asked for asked in self._asked if asked.ended_at is not None]
        for place, asked in enumerate(pressed):
            if asked.prompt == prompt:  # keys before it were pressed too fast for their prompts to be heard
                assert asked.ended_at is not None
                self.report.waits_ms.append(1000 * (now - asked.ended_at))
                for _ in range(place + 1):
                    self._asked.popleft()
                return
        if not self._asked:
            # Nothing was pressed: a first prompt, or nothing more after so long, then the menu again.
            if prompt not in (SILENT, before):
                self.report.wrong += 1
                self.report.fault(f"prompt {before}, no key: prompt {prompt}")
            return
        keys = ", ".join(f"{asked.key} {self._ago(asked, now)}" for asked in self._asked)
        self.report.fault(f"prompt {before}, then {keys}: prompt {prompt}")
        skipped = len(pressed) > 1 and prompt == leads_to(before, pressed[-1].key)
        self.report.lost += prompt == SILENT or skipped
        self.report.wrong += not (prompt == SILENT or skipped)
        self._asked.clear()

    def _ago(self, asked: _Asked, now: float) -> str:
        return "not over yet" if asked.ended_at is None else f"{1000 * (now - asked.ended_at):.0f} ms ago"

    def _after(self, asked: _Asked) -> str:
        after_s = 0.0 if asked.ended_at is None else asked.ended_at - self.heard_at
        return f"that ended {1000 * after_s:.0f} ms after its first packet"

    async def hears_something(self, within: float) -> bool:
        """Until what was asked for is heard, or something else; a key that leads to nothing is lost."""
        if self._call is None:
            raise RuntimeError("there is no call to listen to")
        ended = asyncio.ensure_future(self._call.ended(None))
        heard = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((ended, heard), timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            heard.cancel()
        if self._call.over:
            raise CallOver
        if self._news.is_set():
            return True
        if self._asked:
            self.report.lost += len(self._asked)
            keys = ", ".join(f"{asked.key} {self._after(asked)}" for asked in self._asked)
            self.report.fault(f"prompt {self.prompt}, then {keys}: nothing")
        self._asked.clear()
        return False


# --- how they behave --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What one process of callers does.

    `numbers` are dialled one after the other by each of `callers`, every other one beginning with the next; each call
    presses `presses` keys (0: until told to stop), `during` the prompt, `after` it, or both and two at once (`walk`).
    """

    server: tuple[str, int]
    trunk_secret: str
    numbers: tuple[str, ...]
    callers: int
    calls: int = 1
    presses: int = 0
    prompt_s: float = 0.6
    gap_s: tuple[float, float] = (0.1, 0.4)  # from the end of a prompt to the next key; in a walk from its beginning
    walk: bool = False
    ramp_s: float = 0.0
    seed: int = 0


def spawn(plan: Plan) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    """The process of callers. It says `up` when all have heard the menu, or gave up; answers `stop`, or its end, with
    its reports by number."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, plan), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _serve(pipe: Connection, plan: Plan) -> None:
    raise_file_limit()
    pipe.send(asyncio.run(_Crowd(plan, pipe).run()))


class _Crowd:
    def __init__(self, plan: Plan, pipe: Connection) -> None:
        self._plan, self._pipe = plan, pipe
        self._random = random.Random(plan.seed)
        self._tones = Tones()
        self._reports = {number: Report() for number in plan.numbers}
        self._stopped = asyncio.Event()
        self._not_up = plan.callers

    async def run(self) -> dict[str, Report]:
        plan = self._plan
        late: list[float] = []
        async with AsyncExitStack() as stack:
            phones = []
            for _ in range(0, plan.callers, CALLS_A_PHONE):
                phone = Phone("trunk", None, plan.server, trunk_secret=plan.trunk_secret)
                await phone.start()
                stack.push_async_callback(phone.stop)
                phones.append(phone)
                await asyncio.sleep(self._random.random() * 0.02)  # beats that fall apart, as callers' do
            watch = asyncio.create_task(_lateness(late))
            if not plan.presses:
                asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._told)
            await asyncio.gather(*(self._visits(phones[n // CALLS_A_PHONE], n) for n in range(plan.callers)))
            watch.cancel()
        self._reports[plan.numbers[0]].late_ms = late
        return self._reports

    def _told(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pipe.fileno())
        self._stopped.set()

    async def _visits(self, phone: Phone, n: int) -> None:
        plan = self._plan
        await asyncio.sleep(plan.ramp_s * n / plan.callers)
        for visit in range(plan.calls):
            number = plan.numbers[(n + visit) % len(plan.numbers)]
            report = self._reports[number]
            call = await phone.call(number, number=f"+1404556{n:04}", name=f"Caller {n}")
            caller = Caller(report, self._tones, call)
            try:
                await call.answered(ANSWERED_WITHIN_S)
                if not await caller.hears_something(ANSWERED_WITHIN_S):
                    raise CallOver
                self._up(visit)
                await self._walk(caller)
            except (CallOver, TimeoutError):
                report.dropped += 1
                report.fault(f"caller {n}: {'the call ended' if call.over else 'nothing is heard'}")
                self._up(visit)
            await call.hang_up()

    def _up(self, visit: int) -> None:
        if visit == 0 and self._not_up:
            self._not_up -= 1
            if not self._not_up:
                self._pipe.send("up")

    async def _walk(self, caller: Caller) -> None:
        plan, draw, pressed = self._plan, self._random, 0
        while not plan.presses or pressed < plan.presses:
            if plan.walk:
                pause_s, keys = draw.uniform(*plan.gap_s), draw.sample(MENU_KEYS, 2 if draw.random() < 0.1 else 1)
            elif draw.random() < 0.5:
                pause_s, keys = draw.uniform(0.1, plan.prompt_s - 0.2), [draw.choice(MENU_KEYS)]
            else:
                pause_s, keys = plan.prompt_s + draw.uniform(*plan.gap_s), [draw.choice(MENU_KEYS)]
            pause_s -= time.perf_counter() - caller.heard_at
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), max(0.02, pause_s))
                return
            caller.press("".join(keys))
            pressed += len(keys)
            await caller.hears_something(LOST_AFTER_S)


async def _lateness(late_ms: list[float]) -> None:
    """How late this process gets to what it should do now: beyond some milliseconds it measures itself."""
    while True:
        due = time.perf_counter() + 0.01
        await asyncio.sleep(0.01)
        late_ms.append(1000 * (time.perf_counter() - due))


def figures(report: Report, whose: str) -> dict[str, float]:
    """A report as figures. What went wrong is told on standard error."""
    for fault in report.faults:
        print(f"{whose}: {fault}", file=sys.stderr)
    waits = report.waits_ms
    if not waits:
        raise Problem("no key led to any prompt", place=whose)
    return {
        "keys": float(report.keys),
        "lost_keys": float(report.lost),
        "wrong_branches": float(report.wrong),
        "dropped": float(report.dropped),
        "p50_ms": percentile(waits, 0.5),
        "p99_ms": percentile(waits, 0.99),
    }
