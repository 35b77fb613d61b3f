"""What compression costs and saves on a desk's own events: none, with a window kept for each client, and without.

1,000 desks each hear one scripted call of the demo: the screen-pop, words as they grow, the draft, the end. The servers
are bare websockets, so that nothing but compression differs; they take turns. Every message is different for each desk,
as in a centre, so that no server can compress once for all.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from assist.desk.messages import (
    AnyDeskEvent,
    CallChanged,
    Caller,
    CallOffered,
    ContactConfirmed,
    DeskCall,
    DraftChanged,
    Guide,
    StateChanged,
    Utterance,
    Words,
)
from benchmarks.crowd import raise_file_limit, serve_crowd
from benchmarks.harness import Result
from core.events import encode
from memberline.demo import scripts
from realtime.protocol import Pushed
from records.contact import ContactDraft
from records.profile import MemberProfile, PastContact
from records.sample.plan import DemoPerson, demo
from telephony.agents.states import AgentState

DESKS = 1_000
ROUNDS = 3
EVERY_S = 0.05  # between one event for all and the next
ARRIVED_WITHIN_S = 30.0

# As the library does it by itself: 4 KB of window for each client and direction.
KEPT = ServerPerMessageDeflateFactory(
    server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
)
FRESH = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=12,
    client_max_window_bits=12,
    compress_settings={"memLevel": 5},
)
WAYS: dict[str, tuple[ServerPerMessageDeflateFactory, ...]] = {"off": (), "kept": (KEPT,), "fresh": (FRESH,)}


def run() -> Result:
    rounds: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way, measured in rounds.items():
            measured.append(_measure(way))
    figures = {
        f"{way}_{figure}": statistics.median(one[figure] for one in measured)
        for way, measured in rounds.items()
        for figure in measured[0]
    }
    for way in ("kept", "fresh"):
        figures[f"{way}_cpu_ratio"] = figures[f"{way}_cpu_us"] / figures["off_cpu_us"]
        figures[f"{way}_bytes_ratio"] = figures[f"{way}_bytes_a_message"] / figures["off_bytes_a_message"]
    return Result(figures)


def _measure(way: str) -> dict[str, float]:
    spawn = multiprocessing.get_context("spawn")
    (server, theirs), (crowd, other) = spawn.Pipe(), spawn.Pipe()
    processes = [
        spawn.Process(target=_serve, args=(theirs, way), daemon=True),
        spawn.Process(target=serve_crowd, args=(other, "", DESKS, way != "off"), daemon=True),
    ]
    for process in processes:
        process.start()
    try:
        before, url, messages = server.recv()
        _ask(crowd, "connect", [f"{url}?{number}" for number in range(DESKS)])
        cpu_s, after = _ask(server, "send")
        until = time.monotonic() + ARRIVED_WITHIN_S
        while _ask(crowd, "fewest") < messages and time.monotonic() < until:
            time.sleep(0.05)
        wrong = sum(offsets != list(range(1, messages + 1)) for _, offsets in _ask(crowd, "report"))
        if wrong:
            raise RuntimeError(f"{wrong} of {DESKS} desks did not get each of {messages} messages once and in order")
        received = _ask(crowd, "bytes")
    finally:
        for process in processes:
            process.terminate()
            process.join(10)
    return {
        "cpu_us": 1e6 * cpu_s / (messages * DESKS),
        "bytes_a_message": received / (messages * DESKS),
        "kb_a_call": received / DESKS / 1024,
        "memory_kb": (after - before) / DESKS,
    }


def _ask(pipe: Connection, word: str, value: Any = None) -> Any:
    pipe.send((word, value))
    return pipe.recv()


# --- the server, in a process of its own -----------------------------------------------------------


def _serve(pipe: Connection, way: str) -> None:
    raise_file_limit()
    asyncio.run(_desks(pipe, way))


async def _desks(pipe: Connection, way: str) -> None:
    desks: dict[int, ServerConnection] = {}

    async def accept(socket: ServerConnection) -> None:
        assert socket.request is not None
        desks[int(socket.request.path.partition("?")[2])] = socket
        await socket.wait_closed()

    server = await serve(accept, "127.0.0.1", 0, compression=None, extensions=WAYS[way])
    stories = scripts.load()
    turns = min(len(script.turns) for script in stories)
    calls = [_call(script, turns) for script in stories]
    length = len(calls[0])
    port = next(iter(server.sockets)).getsockname()[1]
    pipe.send((_resident_kb(), f"ws://127.0.0.1:{port}/", length))
    await asyncio.to_thread(pipe.recv)
    used = 0.0
    for place in range(length):
        messages = _one_of_each(calls, place)
        began = time.process_time()
        for number, message in enumerate(messages):
            broadcast((desks[number],), message, text=True)
        used += time.process_time() - began
        await asyncio.sleep(EVERY_S)
    pipe.send((used, _resident_kb()))
    await asyncio.to_thread(pipe.recv)


def _one_of_each(calls: Sequence[Sequence[AnyDeskEvent]], place: int) -> list[bytes]:
    """What each desk hears at its call's `place`, with the moment for the clients in it."""
    moment = b',"sent":%f}' % time.monotonic()
    return [
        encode(
            Pushed(
                subject=f"agent.a{number}",
                epoch="5f3c1e9a7b20-1",
                offset=place + 1,
                event=calls[number % len(calls)][place],
            )
        )[:-1]
        + moment
        for number in range(DESKS)
    ]


def _call(script: scripts.Script, turns: int) -> list[AnyDeskEvent]:
    """As many turns of a scripted call, as its desk is told them: each turn's words come in three steps."""
    person, now = demo().caller(script.caller), datetime.now(UTC)
    call_id = f"{now.timestamp():.6f}-{script.caller}"
    draft = ContactDraft()
    told: list[AnyDeskEvent] = [
        CallOffered(at=now, call=_offered(person, call_id, now)),
        StateChanged(at=now, state=AgentState(presence="on_call", since=now)),
        CallChanged(at=now, call_id=call_id, phase="talking"),
    ]
    start_s = 0.0
    for number, turn in enumerate(script.turns[:turns]):
        words = turn.words.split()
        for share in (1, 2, 3):
            said = words[: max(1, len(words) * share // 3)]
            utterance = Utterance(
                utterance_id=f"{turn.speaker}-{number}",
                speaker=turn.speaker,
                name=person.name if turn.speaker == "caller" else "Dana Whitfield",
                start_s=start_s,
                end_s=start_s + 0.35 * len(said),
                text=" ".join(said),
                confidence=0.8 + 0.05 * share,
                final=share == 3,
            )
            told.append(Words(at=now + timedelta(seconds=utterance.end_s), call_id=call_id, utterance=utterance))
        start_s += 0.35 * len(words) + turn.pause_s
        if turn.speaker == "caller":
            draft = ContactDraft(topics=("payment_status",), reason=turn.words, summary=f"{draft.summary} {turn.words}")
        if number % 3 == 2:
            told.append(DraftChanged(at=now + timedelta(seconds=start_s), call_id=call_id, draft=draft))
    return [
        *told,
        CallChanged(at=now, call_id=call_id, phase="wrap_up"),
        ContactConfirmed(at=now, call_id=call_id, contact_id=f"k-{script.caller}"),
        StateChanged(at=now, state=AgentState(presence="available", since=now)),
    ]


def _offered(person: DemoPerson, call_id: str, now: datetime) -> DeskCall:
    member = MemberProfile(
        member_id=f"m-{person.member_number}",
        member_number=person.member_number,
        name=person.name,
        relation=person.relation,
        status="receiving_benefit",
        birth_date=str(person.birth_date),
        plan="Teachers and School Employees",
        tier="Tier 1",
        employer=person.employer,
        service_years=person.service_years,
        address=person.address,
        phone=person.phone,
        email="",
        benefit_cents=person.benefit_cents,
        next_payment=None,
        beneficiaries=(),
        open_matters=person.open_matters,
        flags=person.flags,
        last_contacts=tuple(
            PastContact(
                contact_id=f"k-{number}",
                at=now,
                channel="call",
                topics=contact.topics,
                summary=contact.summary,
                resolution="resolved",
            )
            for number, contact in enumerate(person.contacts)
        ),
    )
    caller = Caller(
        number=person.phone,
        verification="pin",
        consent="given",
        language="en",
        chosen="Benefit, service credit or retirement",
        menu_path=("Member number and PIN", "Benefit, service credit or retirement"),
        waited_s=74.0,
    )
    return DeskCall(
        call_id=call_id,
        phase="ringing",
        queue="member_services",
        offered_at=now,
        answered_at=None,
        ended_at=None,
        caller=caller,
        member=member,
        candidates=(member,),
        transcribed="live",
        recording="on",
        transcript=(),
        suggestions=(),
        alarms=(),
        guide=Guide(),
        transfer=None,
        briefing="",
        acting=None,
        draft=ContactDraft(),
    )


def _resident_kb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4.0
