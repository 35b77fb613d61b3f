"""The browser's store, as it is, against the real gateway: whatever is dropped, doubled or restarted, it ends up true.

State + any sequence of events and drops = a fresh fetch. The store's own TypeScript runs in Node, several desks at a
time; here connections are broken, frames are sent twice, and the gateway is restarted, at random and with a seed.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import ClientSession, CookieJar
from desk_house import PASSWORD, SUBJECT, BackOffice, TwoPeople
from desk_story import (
    ALARM,
    AT,
    CALLER,
    DRAFT,
    GUIDE,
    MEMBER,
    SUGGESTION,
    desk,
    drafted,
    named,
    ringing,
    suggested,
    words,
)
from msgspec.structs import replace
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from assist.desk.messages import (
    ActingChanged,
    AlarmEnded,
    AlarmRaised,
    AnyDeskEvent,
    CallChanged,
    CallOffered,
    ContactConfirmed,
    DeskReplaced,
    GuideChanged,
    MemberFound,
    OfferEnded,
    PhonesChanged,
    RecordingChanged,
    SeatChanged,
    StateChanged,
    SuggestionWithdrawn,
    TranscriptionChanged,
    Transfer,
    TransferChanged,
    Words,
)
from assist.desk.routes import DeskInfo
from assist.desk.state import apply
from core.clock import SystemClock
from core.events import Event, encode
from core.routes import Refusal, Request
from memberline.paths import PROJECT
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.protocol import CLOSE_SLOW
from realtime.routes import COOKIE
from realtime.tickets import Tickets
from telephony.agents.states import AgentState

DESKS = 6
WIDGET = PROJECT / "agent_widget"


class Noise(Event, frozen=True, kw_only=True):
    """What others tell each other."""


class Office(BackOffice):
    """Tells events; words still being spoken pass by and are in no snapshot. `unreachable`: no snapshot is given."""

    unreachable = False

    async def begin_another_epoch(self) -> None:
        """So much is said elsewhere that the bus no longer remembers the desk's subject."""
        for number in range(5):
            for _ in range(60):
                await self.bus.publish(f"noise.{number}", Noise(at=AT))

    async def _desk(self, request: Request[None]) -> DeskInfo:
        if self.unreachable:
            raise Refusal(503, "Not now")
        return await super()._desk(request)

    async def tell(self, *events: AnyDeskEvent) -> None:
        for event in events:
            passing = isinstance(event, Words) and not event.utterance.final
            if not passing:
                self.state = apply(self.state, event)
            await self.bus.publish(SUBJECT, event, kept=not passing)


class Wire:
    """The gateway, with somebody at it who breaks things."""

    def __init__(self, bus: InProcessBus, tickets: Tickets, chance: random.Random) -> None:
        self._bus, self._tickets, self._chance = bus, tickets, chance
        self.gateway = Gateway(bus, tickets)
        self.broken = self.cut = 0

    async def restart(self) -> None:
        port = self.gateway.port
        await self.gateway.stop()
        self.gateway = Gateway(self._bus, self._tickets, port=port)
        await self.gateway.start()

    def drop(self) -> None:
        for client in list(self.gateway._clients):
            if self._chance.random() < 0.5:
                client.socket.transport.abort()
                self.broken += 1

    def cut_off(self) -> None:
        """As those are who are too slow to take what was sent."""
        for client in list(self.gateway._clients):
            if self._chance.random() < 0.5:
                self.gateway._close(client, CLOSE_SLOW, "too slow")
                self.cut += 1

    async def double(self) -> None:
        """Send what was sent before once more."""
        position = await self._bus.position(SUBJECT)
        back = self._chance.randint(1, 5)
        old = await self._bus.since(SUBJECT, type(position)(position.epoch, max(0, position.offset - back)))
        for client in list(self.gateway._clients):
            for delivery in (old or ())[:2]:
                frame = {"type": "event", "subject": SUBJECT, "event": json.loads(encode(delivery.event)), "kept": True}
                place = {"epoch": delivery.position.epoch, "offset": delivery.position.offset}
                if client.protocol.state is State.OPEN:
                    client.write(Frame(Opcode.TEXT, json.dumps(frame | place).encode()).serialize(mask=False))


class Hurried(SystemClock):
    """Half a minute passes each second: so much is broken here that a session may otherwise not connect as often."""

    def monotonic(self) -> float:
        return 30 * super().monotonic()


@asynccontextmanager
async def store(address: str, cookie: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The store's TypeScript, bundled and running."""
    node = shutil.which("node", path=f"{PROJECT / '.venv' / 'bin'}:/usr/bin:/usr/local/bin")
    assert node is not None, "There is no Node. Run `make setup`."
    bundle = folder / "store.mjs"
    bundling = await asyncio.create_subprocess_exec(
        *(node, str(WIDGET / "node_modules" / "rolldown" / "bin" / "cli.mjs"), "src/testing/drive-store.ts"),
        *("-o", str(bundle), "--platform", "node", "--format", "esm"),
        cwd=WIDGET,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await bundling.wait() == 0
    process = await asyncio.create_subprocess_exec(
        *(node, str(bundle), address, f"{COOKIE}={cookie}", str(DESKS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=8 << 20,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(10):
            await process.communicate()  # the end of its input ends it, and Node below the one that we started


async def report(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"?\n")
    async with asyncio.timeout(10):
        told: dict[str, Any] = json.loads(await process.stdout.readline())
    return told


def settled(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without the words that were still being spoken: they pass by."""
    if state and state["call"]:
        lines = [line for line in state["call"]["transcript"] if line["final"]]
        return {**state, "call": {**state["call"], "transcript": lines}}
    return state


KINDS: tuple[type[AnyDeskEvent], ...] = get_args(AnyDeskEvent)


def something(chance: random.Random) -> AnyDeskEvent:
    """Any of the events that change a desk; mostly words, seldom one that replaces the whole call."""
    kind = chance.choices(
        KINDS,
        [
            {Words: 30, CallOffered: 1, DeskReplaced: 0.3, OfferEnded: 0.3, ContactConfirmed: 0.3}.get(k, 3)
            for k in KINDS
        ],
    )
    on_call: dict[str, Any] = {"at": AT, "call_id": "call-1"}
    match kind[0].__name__:
        case "DeskReplaced":
            return DeskReplaced(at=AT, state=desk(chance.choice([None, ringing()])))
        case "StateChanged":
            presence = chance.choice(["available", "paused", "wrap_up"])
            return StateChanged(at=AT, state=AgentState(presence=presence, since=AT))  # type: ignore[arg-type]
        case "SeatChanged":
            return SeatChanged(at=AT, agent_name="Dana Whitfield", device=chance.choice(["", "PJSIP/1001", "PJSIP/7"]))
        case "PhonesChanged":
            return PhonesChanged(at=AT, up=chance.random() < 0.5)
        case "CallOffered":
            return CallOffered(at=AT, call=ringing())
        case "MemberFound":
            member = chance.choice([None, MEMBER, named("Theodore")])
            return MemberFound(**on_call, caller=CALLER, member=member, candidates=(), briefing="")
        case "OfferEnded":
            return OfferEnded(**on_call, why="no_answer")
        case "CallChanged":
            return CallChanged(**on_call, phase=chance.choice(["talking", "held", "wrap_up"]))
        case "TranscriptionChanged":
            return TranscriptionChanged(**on_call, transcribed=chance.choice(["live", "gap", "unavailable"]))
        case "RecordingChanged":
            return RecordingChanged(**on_call, recording=chance.choice(["on", "paused", "secret", "failing"]))
        case "Suggested":
            return suggested(replace(SUGGESTION, suggestion_id=f"s-{chance.randint(1, 3)}"))
        case "SuggestionWithdrawn":
            return SuggestionWithdrawn(**on_call, suggestion_id=f"s-{chance.randint(1, 3)}")
        case "AlarmRaised":
            kind = chance.choice(["self_harm", "threat"])
            return AlarmRaised(**on_call, alarm=replace(ALARM, alarm_id=f"{kind}-{chance.randint(1, 2)}", kind=kind))
        case "AlarmEnded":
            return AlarmEnded(**on_call, alarm_id=chance.choice(["self_harm-1", "threat-1", "threat-2"]))
        case "GuideChanged":
            return GuideChanged(**on_call, guide=replace(GUIDE, statements=GUIDE.statements[: chance.randint(0, 2)]))
        case "TransferChanged":
            state = chance.choice(["started", "failed", "completed"])
            return TransferChanged(**on_call, transfer=Transfer(destination="d", destination_name="D", state=state))
        case "ActingChanged":
            return ActingChanged(**on_call, acting=chance.choice([None, "y-1"]))
        case "DraftChanged":
            return drafted(replace(DRAFT, summary=f"So far: {chance.random()}"))
        case "ContactConfirmed":
            return ContactConfirmed(**on_call, contact_id="k-1")
        case _:
            return words(chance.randint(1, 9), share=chance.choice([0.3, 0.6, 1.0]))


async def equals_a_fresh_fetch(process: asyncio.subprocess.Process, office: Office) -> int:
    """While nothing new happens every desk becomes what the server has; how many snapshots there were by then."""
    expected = json.loads(encode(office.state))
    begun = asyncio.get_running_loop().time()
    while True:
        told = await report(process)
        states = [settled(feed["state"]) for feed in told["feeds"]]
        if all(state == expected for state in states):
            break
        if asyncio.get_running_loop().time() - begun > 60:
            assert states == [expected] * DESKS
        await asyncio.sleep(0.05)
    snapshots: int = told["snapshots"]
    return snapshots


async def survives(folder: Path, *, events: int, seed: int) -> None:
    chance = random.Random(seed)
    bus, tickets, clock = InProcessBus(keep=60, keep_total=200), Tickets(SystemClock()), Hurried()
    office, wire = Office(bus), Wire(bus, tickets, chance)
    await wire.gateway.start()
    app = create_app(
        office.routes(),
        bus=bus,
        clock=clock,
        authenticator=TwoPeople(),
        tickets=tickets,
        gateway_url=f"ws://127.0.0.1:{wire.gateway.port}/",
    )
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    address = f"http://127.0.0.1:{server.port}"
    headers = {"X-Memberline": "1"}
    epochs, restarts, told = set(), 0, set[type]()
    async with ClientSession(address, cookie_jar=CookieJar(unsafe=True), headers=headers) as browser:
        async with browser.post("/api/session", json={"username": "dana", "password": PASSWORD}) as answer:
            cookie = answer.cookies[COOKIE].value
        async with store(address, cookie, folder) as process:
            await report(process)
            for number in range(events):
                event = something(chance)
                told.add(type(event))
                await office.tell(event)
                if number % 10 == 0:
                    await asyncio.sleep(0.005)
                if chance.random() < 0.02:
                    wire.drop()
                if chance.random() < 0.01:
                    wire.cut_off()
                if chance.random() < 0.02:
                    await wire.double()
                if chance.random() < 0.004:
                    await office.begin_another_epoch()
                if chance.random() < 0.01:
                    office.unreachable = not office.unreachable
                if chance.random() < 0.004:
                    await wire.restart()
                    restarts += 1
                epochs.add((await bus.position(SUBJECT)).epoch)
                if number % 100 == 99:
                    office.unreachable = False
                    snapshots = await equals_a_fresh_fetch(process, office)
            assert wire.broken > 5
            assert wire.cut > 5
            assert restarts > 5
            assert len(epochs) > 5
            assert told == set(KINDS)
            assert snapshots > DESKS  # some could not be given what they missed, and loaded anew
    await server.stop()
    await wire.gateway.stop()


async def test_whatever_happens_on_the_way_the_store_ends_up_true(tmp_path: Path) -> None:
    await survives(tmp_path, events=6_000, seed=20260313)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(12))
async def test_the_same_for_longer(tmp_path: Path, seed: int) -> None:
    await survives(tmp_path, events=20_000, seed=seed)
