"""Final words of a caller are told: how long until the suggestion they lead to is at a browser's websocket, 50 calls at
once.

One process with all that words pass after they were heard: bus, adviser, documenter, desks, gateway. Each call is a
labelled call of the sample plan, a turn every `PACE_S` seconds, begun at a time of its own; when it is over the next
one begins. The clients are in the same process: what they cost is in the figures.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import holidays
from websockets.asyncio.client import connect

import migrations
from assist.advice import directory as directories
from assist.advice import sources
from assist.conversation import AgentFacts
from assist.desk.messages import Utterance, Words
from assist.desk.service import DeskService
from assist.dialogues import Dialogue
from assist.documentation.documenter import Documenter
from assist.helping import Helping
from benchmarks.harness import Goal, Result, percentile
from benchmarks.people import agents
from core.access import User
from core.clock import SystemClock
from core.database import Database
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.tickets import Pass, Tickets
from records.audit import Audit
from records.members import MemberDirectory
from records.passwords import Passwords
from telephony.agents.states import AgentState
from telephony.events import AgentOffered, CallAnswered, CallStarted

PACE_S = 5.0  # from one turn's end to the next
SEED = 7


def run(calls: int = 50, rounds: int = 3) -> Result:
    """`calls` at once, `rounds` one after the other on each desk."""
    before = _megabytes()
    told = asyncio.run(_measure(calls, rounds))
    figures = {
        "p50_ms": percentile(told.late_ms, 0.5),
        "p95_ms": percentile(told.late_ms, 0.95),
        "p99_ms": percentile(told.late_ms, 0.99),
        "suggestions": float(len(told.late_ms)),
        "turns_per_s": told.turns / told.seconds,
        "cpu_ms_per_turn": 1000 * told.cpu_s / told.turns,
        "memory_mb": _megabytes() - before,
    }
    return Result(figures, (Goal("p99_ms", "<=", 150),))


@dataclass
class Told:
    late_ms: list[float] = field(default_factory=list)
    turns: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0


class _Nobody:
    """Telephones that do nothing."""

    def state(self, device: str) -> AgentState | None:
        return None

    async def end_wrap_up(self, device: str) -> None:
        pass


async def _measure(calls: int, rounds: int) -> Told:
    dialogues = list(sources.examples(directories.SAMPLE, directories.load()))
    random.Random(SEED).shuffle(dialogues)
    told = Told()
    said: dict[str, float] = {}  # when the last words of each call were told
    async with _house(calls) as (bus, addresses), asyncio.TaskGroup() as group:
        readers = [group.create_task(_read(address, said, told)) for address in addresses]
        await asyncio.sleep(1.0)
        began, used = time.monotonic(), time.process_time()
        speakers = [
            asyncio.create_task(_talk(bus, desk, dialogues[desk::calls][:rounds], said, told)) for desk in range(calls)
        ]
        await asyncio.gather(*speakers)
        told.seconds, told.cpu_s = time.monotonic() - began, time.process_time() - used
        await asyncio.sleep(1.0)
        for reader in readers:
            reader.cancel()
    return told


@asynccontextmanager
async def _house(desks: int) -> AsyncIterator[tuple[InProcessBus, list[str]]]:
    clock, bus = SystemClock(), InProcessBus()
    people = agents(desks)
    with tempfile.TemporaryDirectory(prefix="memberline-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'm.db'}"
        await asyncio.to_thread(migrations.upgrade, url)
        database = Database(url)
        service = DeskService(
            bus=bus,
            clock=clock,
            agents=people,
            directory=MemberDirectory(database, clock, Passwords("")),
            audit=Audit(database, clock, ""),
            phones=_Nobody(),
            live=set,
            speech_model="",
        )
        adviser = await asyncio.to_thread(sources.adviser)
        helping = Helping(
            bus=bus,
            clock=clock,
            adviser=adviser,
            documenter=Documenter(adviser.directory, holidays.country_holidays("US")),
            file=service.file,
            agent=lambda device: AgentFacts(),
        )
        tickets = Tickets(clock)
        gateway = Gateway(bus, tickets)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            for part in (gateway, service, helping):
                stack.push_async_callback(part.stop)
                await part.start()
            passes = [
                Pass(User(agent_id=each.agent_id, name="", role="agent"), each.agent_id, 600.0) for each in people
            ]
            yield bus, [f"ws://127.0.0.1:{gateway.port}/?ticket={tickets.issue(each)}" for each in passes]


async def _talk(
    bus: InProcessBus, desk: int, dialogues: Sequence[Dialogue], said: dict[str, float], told: Told
) -> None:
    clock, device = SystemClock(), f"PJSIP/a{desk}"
    await asyncio.sleep(random.Random(desk).uniform(0, PACE_S))
    for place, dialogue in enumerate(dialogues):
        call_id = f"c{desk}-{place}"
        call = {"call_id": call_id, "linkedid": call_id}
        legs = {"caller_uniqueid": "1", "agent_uniqueid": "2", "agent_channel": "x"}
        now = clock.now()
        started = CallStarted(
            at=now,
            call_id=call_id,
            linkedid=call_id,
            caller_number="",
            caller_name="",
            dialled="",
            channel="x",
            uniqueid=call_id,
        )
        offered = AgentOffered(at=now, **call, device=device, queue="q", channel="x", uniqueid="2")
        for event in (started, offered, CallAnswered(at=now, **call, device=device, queue="q", **legs)):
            await bus.publish(f"call.{call_id}", event)
        for number, turn in enumerate(dialogue.turns):
            await asyncio.sleep(PACE_S)
            utterance = Utterance(
                utterance_id=f"{call_id}-{number}",
                speaker=turn.speaker,
                name="",
                start_s=number * PACE_S,
                end_s=(number + 1) * PACE_S,
                text=turn.text,
                confidence=1.0,
                final=True,
            )
            told.turns += 1
            said[call_id] = time.monotonic()
            await bus.publish(f"call.{call_id}", Words(at=clock.now(), call_id=call_id, utterance=utterance))


async def _read(address: str, said: dict[str, float], told: Told) -> None:
    async with connect(address, max_size=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "subject": "agent.me"}))
        async for frame in socket:
            event = json.loads(frame).get("event") or {}
            if event.get("type") == "Suggested":
                told.late_ms.append(1000 * (time.monotonic() - said[event["call_id"]]))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
