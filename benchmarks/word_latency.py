"""A word is over on the telephone: how long until a browser's websocket has it, with one call and with eight.

A real Asterisk; callers and agents are telephones that speak sentences of the demo in turns. Memberline is one process
with all that words pass: taps, decoders, desks, bus, gateway. Telephones and websocket clients are another, so that one
clock times both ends. When a word is over is what the same recogniser says of the sound itself. A final is due half a
second after its last word, when the recogniser takes the pause for an end; it is counted from there.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect

import migrations
from assist.desk.service import DeskService
from assist.discretion import Discretion
from assist.hearing import Hearing
from assist.speech import models
from assist.speech.languages import Ear, Languages
from assist.speech.pool import DecoderPool
from benchmarks.harness import Goal, Result, percentile
from core.access import User
from core.bus import Bus, Delivery
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from core.following import follow, tell
from core.tasks import TaskOwner
from memberline.demo import voices
from memberline.demo.phone import Phone
from memberline.demo.phone.call import Call
from memberline.paths import ASTERISK, PROMPTS
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.tickets import Pass, Tickets
from records.agents import Agent
from records.audit import Audit
from records.events import CallerKnown
from records.members import MemberDirectory
from records.passwords import Passwords
from telephony.agents.rules import AgentRules
from telephony.agents.service import AgentsOnPhones
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.events import CallStarted
from telephony.pbx.config import Device, Member, Queue, Site
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.phone_system import PhoneSystem, acting_needs

QUEUE = "member_services"
CALLS = (1, 8)
ENDPOINT_S = 0.5  # of silence, after which the recogniser takes a phrase to be over
PAUSE_S = 1.4  # after each sentence: its final has come by then
CALLER_VOICE, AGENT_VOICE = "espeak:Alicia", "flite:slt"
# No figures: they do not show before it is decided that they are no secret.
CALLER_SAYS = (
    "wonderful that is all i needed",
    "i want to change my federal tax withholding",
    "my service credit is wrong",
    "please mail it i don't have a computer",
)
AGENT_SAYS = (
    "good morning member services how can i help you today",
    "no problem i can mail you a duplicate tomorrow",
    "thank you for calling have a great day",
)
WITHIN_S = 20.0


def run(turns: int = 12) -> Result:
    """`turns`: sentences of each side of each call."""
    figures: dict[str, float] = {}
    for calls in CALLS:
        heard = asyncio.run(_measure(calls, turns))
        words, finals = heard.words_ms, heard.finals_ms
        figures |= {
            f"word_p50_ms_{calls}": percentile(words, 0.5),
            f"word_p95_ms_{calls}": percentile(words, 0.95),
            f"first_word_p95_ms_{calls}": percentile(heard.first_ms, 0.95),
            f"final_p50_ms_{calls}": percentile(finals, 0.5),
            f"final_p95_ms_{calls}": percentile(finals, 0.95),
            f"words_{calls}": float(len(words) + len(heard.first_ms)),
            f"unheard_{calls}": float(heard.unheard),
        }
    most = CALLS[-1]
    return Result(figures, (Goal(f"word_p95_ms_{most}", "<=", 300), Goal(f"final_p95_ms_{most}", "<=", 200)))


@dataclass
class Heard:
    """Milliseconds from the end of each word to its coming; of finals, from when they were due."""

    words_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    finals_ms: list[float] = field(default_factory=list)
    unheard: int = 0  # words that never came, or came as others


# --- Memberline ---------------------------------------------------------------------------------------


async def _measure(calls: int, turns: int) -> Heard:
    devices = tuple(Device(f"a{n}", f"Agent {n}", f"10{n:02}", f"secret-{n}") for n in range(calls))
    queue = Queue(QUEUE, tuple(Member(each.interface, each.display) for each in devices))
    site = Site(queues=(queue,), destinations=(), devices=devices)
    with tempfile.TemporaryDirectory(prefix="memberline-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'm.db'}"
        await asyncio.to_thread(migrations.upgrade, url)
        async with (
            private_asterisk(Path(folder) / "pbx", find(ASTERISK), site, PROMPTS) as asterisk,
            _memberline(asterisk, url, devices) as addresses,
        ):
            plan = Plan(("127.0.0.1", asterisk.ports.sip), asterisk.site, addresses, turns, Path(folder))
            return await asyncio.to_thread(_in_a_process, plan)


@asynccontextmanager
async def _memberline(asterisk: PrivateAsterisk, url: str, devices: tuple[Device, ...]) -> AsyncIterator[list[str]]:
    """All that words pass; a websocket address for each agent."""
    clock, bus, database = SystemClock(), InProcessBus(), Database(url)
    ami = ("127.0.0.1", asterisk.ports.ami)
    phones = PhoneSystem(
        system="pbx",
        bus=bus,
        clock=clock,
        listen=Address(*ami, "memberline-listen", asterisk.site.listen_secret, needs=fetch.NEEDS, booted=True),
        act=Address(*ami, "memberline-act", asterisk.site.act_secret, needs=acting_needs()),
        audio=("127.0.0.1", 0),
        transfer_context="",
    )
    people = [
        Agent(
            agent_id=each.name,
            username=each.name,
            name=each.display,
            role="agent",
            level=1,
            specialties=(),
            device=each.interface,
        )
        for each in devices
    ]
    rules = AgentRules(wrap_up_s=0, no_answers=0, away_after_s=0)
    desks = DeskService(
        bus=bus,
        clock=clock,
        agents=people,
        directory=MemberDirectory(database, clock, Passwords("")),
        audit=Audit(database, clock, ""),
        phones=AgentsOnPhones(system="pbx", bus=bus, clock=clock, control=phones.control, rules=rules),
        live=phones.live,
        speech_model="",
    )
    model = await asyncio.to_thread(models.load)
    tickets, tasks = Tickets(clock), TaskOwner("bench")
    gateway = Gateway(bus, tickets)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        decoders = await stack.enter_async_context(DecoderPool(model.recogniser))
        hearing = Hearing(
            bus=bus,
            clock=clock,
            taps=phones.taps,
            speech=decoders,
            languages=Languages({"en": Ear.with_model(model)}),
            discretion=lambda language, call_id: Discretion(language),
            agent_name=lambda at: at,
        )
        for part in (gateway, desks, hearing, phones):
            stack.push_async_callback(part.stop)
            await part.start()
        stack.push_async_callback(tasks.stop)
        tasks.start(_all_agree(bus), name="consent")
        tasks.start(_straight_on(phones), name="callers")
        holders = [Pass(User(agent_id=each.agent_id, name="", role="agent"), each.agent_id, 600.0) for each in people]
        yield [f"ws://127.0.0.1:{gateway.port}/?ticket={tickets.issue(holder)}" for holder in holders]


async def _all_agree(bus: Bus) -> None:
    async def agrees(delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, CallStarted):
            known = CallerKnown(
                at=event.at, call_id=event.call_id, member_id=None, verification="none", consent="given",
                language="en", chosen="", menu_path=(),
            )  # fmt: skip
            await tell(bus, delivery.subject, known)

    await follow(bus, "call.*", agrees, behind="")


async def _straight_on(phones: PhoneSystem) -> None:
    """Whoever comes into the menu goes on to the queue."""
    came: asyncio.Queue[str] = asyncio.Queue()
    phones.on_acting_event(
        lambda message: came.put_nowait(message["Channel"]) if message["Event"] == "AsyncAGIStart" else None
    )
    while True:
        channel = await came.get()
        await phones.agi(channel, f"SET VARIABLE ML_QUEUE {QUEUE}")
        await phones.agi(channel, "ASYNCAGI BREAK")


# --- telephones and browsers, in a process of their own -------------------------------------------------


@dataclass(frozen=True)
class Plan:
    server: tuple[str, int]
    site: Site
    addresses: list[str]
    turns: int
    folder: Path


@dataclass(frozen=True)
class Sentence:
    samples: NDArray[np.int16]
    words: tuple[tuple[str, float], ...]  # and when each is over, in seconds from the first sample

    @property
    def seconds(self) -> float:
        return len(self.samples) / voices.RATE


def _in_a_process(plan: Plan) -> Heard:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, plan), daemon=True)
    process.start()
    theirs.close()
    try:
        heard: Heard = ours.recv()
    except EOFError:
        raise Problem("the telephones' process ended before its time") from None
    finally:
        process.terminate()
        process.join(10)
    return heard


def _serve(pipe: Connection, plan: Plan) -> None:
    pipe.send(asyncio.run(_talk(plan)))


async def _talk(plan: Plan) -> Heard:
    model = models.load()
    said = {
        "caller": [_sentence(model, text, CALLER_VOICE, plan.folder) for text in CALLER_SAYS],
        "agent": [_sentence(model, text, AGENT_VOICE, plan.folder) for text in AGENT_SAYS],
    }
    heard = Heard()
    async with AsyncExitStack() as stack:
        trunk = Phone("trunk", None, plan.server, trunk_secret=plan.site.trunk_secret)
        agents = [Phone(each.name, each.password, plan.server) for each in plan.site.devices]
        for phone in (trunk, *agents):
            await phone.start()
            stack.push_async_callback(phone.stop)
        for agent in agents:
            await agent.register()
        desks = [Desk(await stack.enter_async_context(connect(each, compression=None))) for each in plan.addresses]
        reading = [asyncio.create_task(desk.read()) for desk in desks]
        pairs = []
        for n in range(len(agents)):
            caller = await trunk.call(plan.site.number, number=f"+1404555{n:04}", name=f"Caller {n}")
            taken, place = await _rings(agents)
            await taken.answer()
            await caller.answered(WITHIN_S)
            pairs.append((caller, taken, desks[place]))
        await asyncio.sleep(1.5)  # the taps are there
        await asyncio.gather(*(_conversation(*pair, said, plan.turns, heard, n * 0.31) for n, pair in enumerate(pairs)))
        for task in reading:
            task.cancel()
    return heard


async def _rings(agents: list[Phone]) -> tuple[Call, int]:
    ringing = [asyncio.ensure_future(anext(agent.incoming())) for agent in agents]
    done, others = await asyncio.wait(ringing, timeout=WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    if not done:
        raise Problem("no agent's telephone rings")
    first = done.pop()
    return first.result(), ringing.index(first)


async def _conversation(
    caller: Call, agent: Call, desk: Desk, said: dict[str, list[Sentence]], turns: int, heard: Heard, offset_s: float
) -> None:
    await asyncio.sleep(offset_s)
    for turn in range(turns):
        for speaker, call in (("caller", caller), ("agent", agent)):
            sentence = said[speaker][turn % len(said[speaker])]
            desk.came.clear()
            begun = time.perf_counter()
            await call.play(sentence.samples)
            begun = max(begun, time.perf_counter() - sentence.seconds)  # the first packet waits for the beat
            await asyncio.sleep(PAUSE_S)
            _judge(sentence, speaker, begun, desk.came, heard)


def _judge(sentence: Sentence, speaker: str, begun: float, came: list[Came], heard: Heard) -> None:
    mine = [each for each in came if each.speaker == speaker]
    texts = [word for word, _ in sentence.words]
    for place, (_, over_s) in enumerate(sentence.words):
        seen = next((each.at for each in mine if each.words[: place + 1] == texts[: place + 1]), None)
        if seen is None:
            heard.unheard += 1
        else:
            (heard.words_ms if place else heard.first_ms).append(1000 * (seen - begun - over_s))
    finals = [each.at for each in mine if each.final]
    if finals and sentence.words:
        heard.finals_ms.append(1000 * (finals[-1] - begun - sentence.words[-1][1] - ENDPOINT_S))


def _sentence(model: models.SpeechModel, text: str, voice: str, cache: Path) -> Sentence:
    samples = voices.render(text, voice, cache)
    recogniser = model.recogniser()
    parts = [recogniser.accept(samples.tobytes()), recogniser.finish()]
    words = tuple((word.text, word.end_s) for part in parts if part for word in part.words)
    return Sentence(samples, words)


@dataclass(frozen=True)
class Came:
    """What the desk was told an utterance is now."""

    at: float
    speaker: str
    words: list[str]
    final: bool


class Desk:
    """An agent's browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.came: list[Came] = []

    async def read(self) -> None:
        await self._socket.send('{"type":"subscribe","subject":"agent.me"}')
        async for frame in self._socket:
            now = time.perf_counter()
            utterance = json.loads(frame).get("event", {}).get("utterance")
            if utterance:
                said = utterance["text"].split()
                self.came.append(Came(now, utterance["speaker"], said, utterance["final"]))
