"""One menu twice on one real Asterisk: driven by Memberline, and written in Asterisk's own dialplan.

Both play the same sound files and lead the same ways. Memberline is a process of its own with what a caller in a menu
needs of it: both links to the PBX and their trackers, the sessions, the sound store, who is calling, and the contacts
in a database.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
import wave
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

import migrations
from assist.contact_keeper import ContactKeeper
from benchmarks.crowd import raise_file_limit
from benchmarks.ivr_callers import MENU_KEYS, MENUS, PROMPTS, SILENT, SORRY, WRONG, Tones, leads_to, tone_hz
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from ivr.calling_numbers import CallingNumbers
from ivr.dialog.actions import Kept, Line, QueueNow, Served, World
from ivr.document.model import Document, Menu, Option, Prompt, Queue, Say, Tries
from ivr.identity import Identity
from ivr.parts import Parts, Wish
from ivr.self_service.service import Customer
from ivr.service import IvrService
from ivr.sounds.store import SoundStore
from memberline.demo.phone import rtp
from memberline.paths import ASTERISK
from realtime.bus import InProcessBus
from records.contacts import Contacts
from records.members import MemberDirectory
from records.passwords import Passwords
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.pbx import config
from telephony.pbx.config import RATE, Site
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

NATIVE = "5550200"  # the number of the menu in the dialplan
WAIT_S = 6  # for a key, in both
READY_WITHIN_S = 30.0
QUEUE = "member_services"


@dataclass(frozen=True)
class House:
    """What a benchmark needs of it. `pids` are the processes to look at: `asterisk`, `memberline`."""

    asterisk: PrivateAsterisk
    pids: Mapping[str, int]

    @property
    def server(self) -> tuple[str, int]:
        return "127.0.0.1", self.asterisk.ports.sip


@asynccontextmanager
async def house(prompt_s: float) -> AsyncIterator[House]:
    """Both menus, while the context lasts; every prompt lasts `prompt_s` seconds. Raises `Problem`."""
    raise_file_limit()  # Asterisk inherits it
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="memberline-bench-")))
        await asyncio.to_thread(write_tones, folder / "tones", prompt_s)
        document = menu(folder / "tones")
        paths = await _sounds(folder, document)
        url = f"sqlite:///{folder / 'm.db'}"
        await asyncio.to_thread(migrations.upgrade, url)
        site = Site(queues=(config.Queue(QUEUE),), destinations=())
        prompts = folder / "prompts"
        await asyncio.to_thread(_write_tone, prompts / "sorry.wav", tone_hz(SORRY), prompt_s)
        running = private_asterisk(folder / "pbx", find(ASTERISK), site, prompts)
        asterisk = await stack.enter_async_context(running)
        with (folder / "pbx" / "etc" / "extensions.conf").open("a") as dialplan:
            dialplan.write(native(paths))
        await asterisk.restart()
        memberline = await _memberline(stack, asterisk, folder, url)
        yield House(asterisk, {"asterisk": asterisk.process.pid, "memberline": memberline})


def menu(tones: Path) -> Document:
    """Menus that lead to each other, each key to another."""

    def say(prompt: int) -> Say:
        name = f"prompt {prompt}"
        return (Prompt(texts={"en": name}, recorded={"en": str(tones / f"{prompt}.wav")}),)

    menus = {
        f"menu-{n}": Menu(
            say=say(n),
            tries=Tries(wait_s=WAIT_S, silent=say(SILENT), wrong=say(WRONG), over=say(WRONG)),
            options={key: Option(about=f"{n}-{key}", next=f"menu-{leads_to(n, key)}") for key in MENU_KEYS},
        )
        for n in range(MENUS)
    }
    return Document(
        name="tones",
        version="0123456789abcdef",
        languages=("en",),
        zone="America/New_York",
        start="menu-0",
        person="person",
        steps={**menus, "person": Queue(queue=QUEUE)},
        standard={"sorry": say(SORRY)},
    )


def native(paths: Mapping[int, str]) -> str:
    """The same menus as an operator would write them: Background, WaitExten, one extension a key."""
    lines = ["", "[from-trunk](+)", f"exten => {NATIVE},1,Answer()", " same => n,Goto(native-0,s,1)"]
    for n in range(MENUS):
        lines += [f"[native-{n}]", f"exten => s,1,Background({paths[n]})", f" same => n,WaitExten({WAIT_S})"]
        lines += [f"exten => {key},1,Goto(native-{leads_to(n, key)},s,1)" for key in MENU_KEYS]
        lines += [f"exten => t,1,Playback({paths[SILENT]})", " same => n,Goto(s,1)"]
        lines += [f"exten => i,1,Playback({paths[WRONG]})", " same => n,Goto(s,1)"]
    return "\n".join(lines) + "\n"


# --- sounds ---------------------------------------------------------------------------------------


def write_tones(folder: Path, seconds: float) -> None:
    """Every prompt as a recording."""
    for prompt in range(PROMPTS):
        _write_tone(folder / f"{prompt}.wav", tone_hz(prompt), seconds)


def _write_tone(path: Path, hertz: float, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 6000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


async def _sounds(folder: Path, document: Document) -> dict[int, str]:
    """What the store makes of the recordings, ready in its cache: the paths that Asterisk plays, by prompt."""
    async with SoundStore(folder / "sounds", {}) as store:
        says: dict[int, Say] = {}
        for n in range(MENUS):
            step = document.steps[f"menu-{n}"]
            assert isinstance(step, Menu)
            says |= {n: step.say, SILENT: step.tries.silent, WRONG: step.tries.wrong}
        says[SORRY] = document.standard["sorry"]
        paths = {}
        for prompt, (said,) in says.items():
            paths[prompt] = (await store.sound((Line(prompt=said),), "en", False, "none")).path
    await asyncio.to_thread(_check, paths)
    return paths


def _check(paths: Mapping[int, str]) -> None:
    """A prompt is known by its first packet on, or nothing here means anything."""
    tones = Tones()
    for prompt, path in paths.items():
        with wave.open(f"{path}.wav") as file:
            frames = rtp.frames(np.frombuffer(file.readframes(file.getnframes()), "<i2"))
        known = [tones.of(frame) for frame in frames]
        if not known or set(known) != {prompt}:
            raise Problem(f"the tone of prompt {prompt} is not known by each packet: {known}", place=path)


# --- Memberline -------------------------------------------------------------------------------------


async def _memberline(stack: AsyncExitStack, asterisk: PrivateAsterisk, folder: Path, url: str) -> int:
    """Its process; returns when callers may come."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    secrets = asterisk.site.listen_secret, asterisk.site.act_secret
    process = context.Process(target=_serve, args=(theirs, asterisk.ports.ami, secrets, folder, url), daemon=True)
    process.start()
    theirs.close()

    def end() -> None:
        process.terminate()
        process.join(10)

    stack.callback(end)
    if not await asyncio.to_thread(ours.poll, READY_WITHIN_S) or ours.recv() != "ready":
        raise Problem(f"Memberline was not ready within {READY_WITHIN_S:g} s")
    assert process.pid is not None
    return process.pid


def _serve(pipe: Connection, port: int, secrets: tuple[str, str], folder: Path, url: str) -> None:
    raise_file_limit()
    asyncio.run(_menu(pipe, port, secrets, folder, url))


async def _menu(pipe: Connection, port: int, secrets: tuple[str, str], folder: Path, url: str) -> None:
    clock, bus, database = SystemClock(), InProcessBus(), Database(url)
    document, elsewhere, ami = menu(folder / "tones"), _Elsewhere(), ("127.0.0.1", port)
    phones = PhoneSystem(
        system="pbx",
        bus=bus,
        clock=clock,
        listen=Address(*ami, "memberline-listen", secrets[0], needs=fetch.NEEDS, booted=True),
        act=Address(*ami, "memberline-act", secrets[1], needs=acting_needs()),
        audio=("127.0.0.1", 0),
        transfer_context="",
    )
    members = MemberDirectory(database, clock, Passwords(""))
    keeper = ContactKeeper(
        bus=bus, contacts=Contacts(database, clock), system="pbx", speech_model="", agents=lambda at: ("", at)
    )
    async with SoundStore(folder / "sounds", {}) as sounds:
        parts = Parts(
            sounds=sounds,
            identity=Identity(members, CallingNumbers(database, clock), clock, zone=UTC),
            services=elsewhere,
            queues=elsewhere,
            callbacks=elsewhere,
            world=lambda: World(now=datetime.now(UTC)),
            bus=bus,
            clock=clock,
        )
        ivr = IvrService(
            system="pbx",
            agi=phones.agi,
            outside=phones.control,
            redirect=phones.redirect,
            current=lambda: document,
            parts=parts,
            context="memberline",
        )
        phones.on_acting_event(ivr.on_event)
        await keeper.start()
        await phones.start()
        await asyncio.sleep(0.5)  # the first sign of life reaches the dialplan
        pipe.send("ready")
        await asyncio.Event().wait()


class _Elsewhere:
    """What no caller of these menus comes to."""

    async def serve(self, name: str, customer: Customer) -> Served:
        raise Problem("these menus have no self-service", place=name)

    async def now(self, queue: str) -> QueueNow:
        raise Problem("these menus lead to no queue", place=queue)

    async def keep(self, wish: Wish) -> Kept:
        raise Problem("these menus call nobody back", place=wish.queue)


# --- what it costs ----------------------------------------------------------------------------------


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process, its threads included, has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_busy_s() -> float:
    """Seconds of processor time that the whole machine, others' work included, has used so far."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
