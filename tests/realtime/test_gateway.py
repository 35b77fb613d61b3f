"""A browser at the gateway: let in by a ticket, told what it asked for, cut off when it cannot keep up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from wire_house import ANN, SUE, Client, House, counted, open_house

from core.bus import Delivery, Position
from core.errors import Problem
from realtime.bus import InProcessBus
from realtime.gateway import Gateway, Limits
from realtime.protocol import CLOSE_VERSION
from realtime.subjects import SessionEnded
from realtime.tickets import Pass


async def test_a_ticket_lets_its_holder_in_and_says_who_they_are(house: House) -> None:
    async with connect(house.url(ANN)) as socket:
        hello = await Client(socket).hear()
    assert hello == {
        "type": "hello",
        "version": 1,
        "user": {"agent_id": "ann", "name": "Ann Arbor", "role": "agent", "queues": list(ANN.queues), "cleared": False},
    }


async def test_a_ticket_is_good_once(house: House) -> None:
    url = house.url()
    async with connect(url) as first, connect(url) as second:
        assert (await Client(first).hear())["type"] == "hello"
        assert await Client(second).closed() == 4401


async def test_a_ticket_is_good_for_thirty_seconds(house: House) -> None:
    url = house.url()
    house.clock.advance(30)
    async with connect(url) as socket:
        assert await Client(socket).closed() == 4401


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=made-up", "?ticket=%ff%00"])
async def test_without_a_ticket_nobody_comes_in(house: House, query: str) -> None:
    async with connect(f"ws://127.0.0.1:{house.gateway.port}/{query}") as socket:
        assert await Client(socket).closed() == 4401


async def test_another_sites_page_is_refused_and_its_ticket_not_used_up(house: House) -> None:
    url = house.url()
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, origin="http://evil.example")
    assert refused.value.response.status_code == 403
    async with connect(url, origin="http://desk.example") as socket:
        assert (await Client(socket).hear())["type"] == "hello"


async def test_a_subscriber_hears_what_is_published_with_its_place(house: House) -> None:
    async with house.client() as client:
        answer = await client.subscribe("agent.me")
        assert answer == {
            "type": "subscribed",
            "subject": "agent.ann",
            "recovered": False,
            "epoch": answer["epoch"],
            "offset": 0,
        }
        await house.bus.publish("agent.ann", counted(7))
        assert await client.hear() == {
            "type": "event",
            "subject": "agent.ann",
            "epoch": answer["epoch"],
            "offset": 1,
            "event": {"type": "Counted", "at": "2026-03-02T15:00:00Z", "total": 7},
            "kept": True,
        }


async def test_what_passes_by_has_no_place_and_is_not_recovered(house: House) -> None:
    await house.bus.publish("agent.ann", counted(1))
    async with house.client() as client:
        epoch = (await client.subscribe("agent.me"))["epoch"]
        await house.bus.publish("agent.ann", counted(2), kept=False)
        passing = await client.hear()
        assert (passing["offset"], passing["kept"], passing["event"]["total"]) == (1, False, 2)
        await house.bus.publish("agent.ann", counted(3))
        assert (await client.hear())["offset"] == 2
    async with house.client() as client:
        assert (await client.subscribe("agent.me", epoch=epoch, offset=0))["recovered"] is True
        assert [(await client.hear())["event"]["total"] for _ in range(2)] == [1, 3]


@pytest.mark.parametrize(("asked", "spoken"), [("", 1), ("&v=1", 1), ("&v=1,7", 1)])
async def test_a_version_in_common_is_spoken(house: House, asked: str, spoken: int) -> None:
    async with connect(house.url() + asked) as socket:
        assert (await Client(socket).hear())["version"] == spoken


@pytest.mark.parametrize("asked", ["&v=0", "&v=2", "&v=x"])
async def test_a_page_that_speaks_another_protocol_is_told_to_load_itself_anew(house: House, asked: str) -> None:
    async with connect(house.url() + asked) as socket:
        assert await Client(socket).closed() == CLOSE_VERSION


async def test_a_desk_is_there_from_its_first_connection_to_the_end_of_its_last(house: House) -> None:
    told: list[tuple[str, bool]] = []
    house.bus.listen("desk.*", lambda delivery: told.append((delivery.event.agent_id, delivery.event.there)))  # type: ignore[attr-defined]
    async with house.client(), house.client(SUE), house.client():
        await until(lambda: told == [("ann", True), ("sue", True)])
    await until(lambda: len(told) == 4)
    assert set(told[2:]) == {("ann", False), ("sue", False)}


async def test_a_planned_end_spreads_the_return() -> None:
    async with open_house(Limits(return_per_s=1.0)) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(house.client()) for _ in range(4)]
        stopping = asyncio.create_task(house.gateway.stop())
        byes = [await client.hear() for client in clients]
        assert [await client.closed() for client in clients] == [1001] * 4
        await stopping
    assert {bye["type"] for bye in byes} == {"bye"}
    assert sorted(bye["return_after_s"] for bye in byes) == [0.0, 1.0, 2.0, 3.0]


async def test_who_comes_back_gets_exactly_what_was_missed_then_what_is_new(house: House) -> None:
    known = await house.bus.publish("agent.ann", counted(1))
    for total in (2, 3):
        await house.bus.publish("agent.ann", counted(total))
    async with house.client() as client:
        answer = await client.subscribe("agent.me", epoch=known.epoch, offset=known.offset)
        assert (answer["recovered"], answer["offset"]) == (True, 3)
        await house.bus.publish("agent.ann", counted(4))
        heard = [await client.hear() for _ in range(3)]
    assert [(message["offset"], message["event"]["total"]) for message in heard] == [(2, 2), (3, 3), (4, 4)]


@pytest.mark.parametrize("known", [{"epoch": "of-yesterday", "offset": 3}, {"epoch": "", "offset": 0}, {}])
async def test_where_the_past_cannot_be_promised_the_client_is_told_to_reload(
    house: House, known: dict[str, object]
) -> None:
    now = await house.bus.publish("agent.ann", counted(1))
    async with house.client() as client:
        answer = await client.subscribe("agent.me", **known)
        assert (answer["recovered"], answer["epoch"], answer["offset"]) == (False, now.epoch, now.offset)
        await house.bus.publish("agent.ann", counted(2))
        assert (await client.hear())["offset"] == 2


async def test_more_missed_than_a_buffer_holds_is_still_recovered() -> None:
    """A return is not a reason to be cut off, however much was missed."""
    async with open_house(Limits(buffer_bytes=20_000, relaxed_bytes=10_000)) as house:
        start = await house.bus.position("agent.ann")
        for total in range(1_000):
            await house.bus.publish("agent.ann", counted(total))
        async with house.client() as client:
            assert (await client.subscribe("agent.me", epoch=start.epoch, offset=0))["recovered"]
            assert [(await client.hear())["event"]["total"] for _ in range(1_000)] == list(range(1_000))


class HesitantBus(InProcessBus):
    """Like an engine in another process: it takes its time over a question, before or after looking."""

    def __init__(self, *, looks_first: bool) -> None:
        super().__init__()
        self._looks_first = looks_first
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def since(self, subject: str, position: Position) -> Sequence[Delivery] | None:
        seen = await super().since(subject, position)
        self.asked.set()
        await self.may_answer.wait()
        return seen if self._looks_first else await super().since(subject, position)


@pytest.mark.parametrize("looks_first", [True, False])
async def test_what_is_published_while_the_past_is_looked_up_arrives_once(looks_first: bool) -> None:
    bus = HesitantBus(looks_first=looks_first)
    async with open_house(bus=bus) as house, house.client() as client:
        known = await bus.publish("agent.ann", counted(1))
        await bus.publish("agent.ann", counted(2))
        await client.say(type="subscribe", subject="agent.me", epoch=known.epoch, offset=known.offset)
        await bus.asked.wait()
        await bus.publish("agent.ann", counted(3))
        bus.may_answer.set()
        answer = await client.hear()
        assert (answer["recovered"], answer["offset"]) == (True, 2 if looks_first else 3)
        assert [(await client.hear())["offset"] for _ in range(2)] == [2, 3]
        await bus.publish("agent.ann", counted(4))
        assert (await client.hear())["offset"] == 4


async def test_too_much_published_while_the_past_is_looked_up_cuts_the_client_off() -> None:
    bus = HesitantBus(looks_first=True)
    async with open_house(Limits(joining=3), bus=bus) as house, house.client() as client:
        known = await bus.publish("agent.ann", counted(1))
        await client.say(type="subscribe", subject="agent.me", epoch=known.epoch, offset=known.offset)
        await bus.asked.wait()
        for total in range(4):
            await bus.publish("agent.ann", counted(total))
        bus.may_answer.set()
        assert await client.closed() == 4008


@pytest.mark.parametrize(
    ("subject", "ann", "sue"),
    [
        ("agent.me", True, True),
        ("agent.ann", True, True),
        ("agent.sue", False, True),
        ("agent.", False, False),
        ("wall", False, True),
        ("wall.x", False, False),
        ("wall.", False, False),
        ("queue.member_services", True, True),
        ("queue.north%2Edesk%202", True, True),
        ("queue.supervisors", False, True),
        ("queue.member%5Fservices", False, False),
        ("queue.north.desk", False, False),
        ("queue.*", False, False),
        ("queue.", False, False),
        ("queue", False, False),
        ("call.7", False, False),
        ("session.s1", False, False),
        ("agent.*", False, False),
        ("agent.>", False, False),
        ("agent.ann.>", False, False),
        (">", False, False),
        ("", False, False),
        ("agent ann", False, False),
    ],
)
async def test_who_may_listen_to_what(house: House, subject: str, ann: bool, sue: bool) -> None:
    for user, may in ((ANN, ann), (SUE, sue)):
        async with house.client(user) as client:
            answer = await client.subscribe(subject)
            if may:
                assert answer["type"] == "subscribed"
            else:
                assert (answer["type"], answer["code"]) == ("error", "not_allowed")
                assert (await client.subscribe("agent.me"))["type"] == "subscribed"  # and the connection stays


async def test_unsubscribing_ends_it(house: House) -> None:
    async with house.client() as client:
        await client.subscribe("agent.me")
        await client.say(type="unsubscribe", subject="agent.me")
        assert await client.hear() == {"type": "unsubscribed", "subject": "agent.ann"}
        await house.bus.publish("agent.ann", counted(1))
        answer = await client.subscribe("agent.me")
        assert (answer["type"], answer["offset"]) == ("subscribed", 1)


async def test_subscribing_twice_delivers_once(house: House) -> None:
    async with house.client() as client:
        await client.subscribe("agent.me")
        await client.subscribe("agent.ann")
        for total in (1, 2):
            await house.bus.publish("agent.ann", counted(total))
        assert [(await client.hear())["offset"] for _ in range(2)] == [1, 2]


async def test_one_connection_holds_a_bounded_number_of_subjects() -> None:
    async with open_house(Limits(subscriptions=2)) as house, house.client(SUE) as client:
        await client.subscribe("agent.a")
        await client.subscribe("agent.b")
        assert (await client.subscribe("agent.c"))["code"] == "too_many_subscriptions"
        assert (await client.subscribe("agent.b"))["type"] == "subscribed"


@pytest.mark.parametrize(
    ("frame", "code", "says"),
    [
        ("", "malformed", ""),
        ("hello", "malformed", ""),
        ("[]", "malformed", "object"),
        ("{}", "malformed", "type"),
        ('{"type":"subscribe"}', "malformed", "subject"),
        ('{"type":"subscribe","subject":7}', "malformed", "$.subject"),
        ('{"type":"subscribe","subject":"a","offset":"x"}', "malformed", "$.offset"),
        ('{"type":"shutdown"}', "unknown_type", "shutdown"),
        ("[" * 30_000, "malformed", ""),
        ('{"type":"subscribe","subject":"agent.me","offset":99999999999999999999}', "malformed", "$.offset"),
    ],
)
async def test_nonsense_is_answered_in_words_and_the_connection_stays(
    house: House, frame: str, code: str, says: str
) -> None:
    async with house.client() as client:
        await client.socket.send(frame)
        answer = await client.hear()
        assert (answer["type"], answer["code"]) == ("error", code)
        assert says in answer["message"]
        assert (await client.subscribe("agent.me"))["type"] == "subscribed"


async def test_unknown_fields_are_ignored(house: House) -> None:
    async with house.client() as client:
        assert (await client.subscribe("agent.me", colour="blue"))["type"] == "subscribed"


async def test_nothing_but_nonsense_ends_the_connection() -> None:
    async with open_house(Limits(nonsense=3)) as house, house.client() as client:
        for _ in range(4):
            await client.socket.send("?")
        assert await client.closed() == 4400


async def test_binary_data_is_refused_by_its_code(house: House) -> None:
    async with house.client() as client:
        await client.socket.send(b"\x00\x01")
        assert await client.closed() == 1003


async def test_a_message_above_64_kb_is_refused_by_its_code(house: House) -> None:
    async with house.client() as client:
        await client.socket.send(json.dumps({"type": "subscribe", "subject": "x" * 65_536}))
        assert await client.closed() == 1009


async def test_ten_megabytes_end_the_connection_and_no_other(house: House) -> None:
    """Refused by the length it announces: not even the second megabyte is read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.gateway.port)
    path = house.url(ANN).partition("/?")[2]
    writer.write(
        f"GET /?{path} HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    async with asyncio.timeout(5), house.client(SUE) as other:
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x81\xff" + (10_000_000).to_bytes(8) + bytes(4) + b"x" * 1000)
        assert (1009).to_bytes(2) in await reader.read()
        assert (await other.subscribe("agent.me"))["type"] == "subscribed"
    writer.close()


async def test_somebody_elses_ticket_gives_that_persons_rights_and_ends_with_their_session(house: House) -> None:
    """A ticket is all there is to show: who finds Ann's is Ann here, gets nothing of Sue's, and goes with Ann."""
    async with connect(house.url(ANN, session="anns")) as socket:
        thief = Client(socket)
        assert (await thief.hear())["user"]["agent_id"] == "ann"
        assert (await thief.subscribe("agent.sue"))["code"] == "not_allowed"
        assert (await thief.subscribe("wall"))["code"] == "not_allowed"
        await house.bus.publish("session.anns", SessionEnded(at=counted(0).at, session="anns"))
        assert await thief.closed() == 4403


async def test_two_tabs_of_one_agent_hear_the_same_and_end_each_alone(house: House) -> None:
    async with house.client() as stays:
        await stays.subscribe("agent.me")
        async with house.client() as goes:
            await goes.subscribe("agent.me")
            await house.bus.publish("agent.ann", counted(1))
            heard = [await stays.hear(), await goes.hear()]
            assert heard[0] == heard[1]
        await until(lambda: house.gateway.connections == 1)
        await house.bus.publish("agent.ann", counted(2))
        assert (await stays.hear())["offset"] == 2


@pytest.mark.parametrize("said", [b"", b"GET /?ticket=x HTTP/1.1\r\nHost: desk\r\n"])
async def test_who_never_finishes_the_handshake_is_dropped(said: bytes) -> None:
    """Each byte buys no more time: the limit is for the handshake as a whole."""
    async with open_house(Limits(open_s=0.3)) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.gateway.port)
        writer.write(said)
        ended = asyncio.create_task(reader.read())

        async def drip() -> None:
            while not ended.done():
                writer.write(b"X")
                await asyncio.sleep(0.05)

        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionError):
                await drip()
            with contextlib.suppress(ConnectionError):
                await ended
        writer.close()
        async with house.client() as client:
            assert (await client.subscribe("agent.me"))["type"] == "subscribed"


async def test_one_clients_end_leaves_the_others_listening(house: House) -> None:
    async with house.client(SUE) as stays:
        await stays.subscribe("agent.ann")
        async with house.client() as goes:
            await goes.subscribe("agent.me")
            goes.socket.transport.abort()
        await house.bus.publish("agent.ann", counted(1))
        assert (await stays.hear())["offset"] == 1


@asynccontextmanager
async def stuck(client: Client) -> AsyncIterator[None]:
    """The client reads nothing, and afterwards is gone without a word."""
    client.socket.transport.pause_reading()
    try:
        yield
    finally:
        client.socket.transport.abort()


async def flood(house: House, kilobytes: int) -> None:
    """Fill whatever lies between the gateway and a client that does not read (kernel buffers take megabytes)."""
    for _ in range(kilobytes):
        await house.bus.publish("agent.ann", SessionEnded(at=counted(0).at, session="x" * 1_000))
        await asyncio.sleep(0)


async def test_a_client_that_stops_reading_is_cut_off_and_told_so_while_others_get_everything() -> None:
    async with open_house(Limits(close_s=60)) as house, house.client() as slow, house.client(SUE) as quick:
        await slow.subscribe("agent.me")
        await quick.subscribe("agent.ann")
        heard: list[int] = []

        async def listen() -> None:
            while len(heard) < 20_000:
                heard.append((await quick.hear())["offset"])

        listening = asyncio.create_task(listen())
        slow.socket.transport.pause_reading()
        await flood(house, 20_000)
        await until(lambda: house.gateway.connections == 1)
        await asyncio.wait_for(listening, 60)
        assert heard == list(range(1, 20_001))
        slow.socket.transport.resume_reading()
        assert await slow.closed() == 4008


async def test_a_client_that_reads_too_slowly_is_cut_off_after_a_while() -> None:
    """Its buffer never fills, but it stays above the relaxed level for `write_s`."""
    limits = Limits(write_s=0.2, relaxed_bytes=10_000, buffer_bytes=10**9, close_s=0.2)
    async with open_house(limits) as house, house.client() as slow:
        await slow.subscribe("agent.me")
        async with stuck(slow):
            await flood(house, 10_000)
            await until(lambda: house.gateway.connections == 0)


async def test_signing_out_closes_the_sessions_connections_and_voids_its_tickets(house: House) -> None:
    unused = house.tickets.issue(Pass(ANN, "s1", 3600))
    async with connect(house.url(ANN, session="s1")) as gone, connect(house.url(SUE, session="s2")) as stays:
        await Client(gone).hear()
        await Client(stays).hear()
        await house.bus.publish("session.s1", SessionEnded(at=counted(0).at, session="s1"))
        assert await Client(gone).closed() == 4403
        assert (await Client(stays).subscribe("agent.me"))["type"] == "subscribed"
    assert house.tickets.redeem(unused) is None


async def test_a_connection_ends_with_its_session(house: House) -> None:
    async with connect(house.url(lasts_s=0.05)) as socket:
        assert await Client(socket).closed() == 4403


async def test_a_full_gateway_says_so() -> None:
    async with open_house(Limits(connections=1)) as house, house.client():
        with pytest.raises(InvalidStatus) as refused:
            await connect(house.url())
        assert refused.value.response.status_code == 503


async def test_a_client_that_does_not_answer_pings_is_dropped() -> None:
    async with open_house(Limits(ping_s=0.1, close_s=0.1)) as house, house.client() as dead, stuck(dead):
        await until(lambda: house.gateway.connections == 0)


async def test_stopping_tells_clients_to_come_back() -> None:
    house_context = open_house()
    house = await house_context.__aenter__()
    async with house.client() as client:
        await house_context.__aexit__(None, None, None)
        assert await client.closed() == 1001


async def test_stopping_waits_for_nobody_long() -> None:
    async with open_house(Limits(close_s=0.3)) as house, house.client() as client:
        await client.subscribe("agent.me")
        async with stuck(client):
            await flood(house, 5_000)
            with socket.create_connection(("127.0.0.1", house.gateway.port)):  # and one that never says a word
                before = time.monotonic()
                await house.gateway.stop()
                assert time.monotonic() - before < 2
        assert house.gateway.connections == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 1_000,
        b"SSH-2.0-scanner\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_what_speaks_no_websocket_is_turned_away_without_noise(
    house: House, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.gateway.port)
    writer.write(garbage)
    writer.write_eof()
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            await reader.read()
    writer.close()
    async with house.client() as client:
        assert (await client.subscribe("agent.me"))["type"] == "subscribed"
    assert "Traceback" not in caplog.text


async def test_a_taken_port_is_one_clear_sentence(house: House) -> None:
    second = Gateway(InProcessBus(), house.tickets, port=house.gateway.port)
    with pytest.raises(Problem, match=rf"cannot listen on 127\.0\.0\.1:{house.gateway.port}"):
        await second.start()


async def test_the_logs_hold_no_ticket(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    url = house.url()
    async with connect(url) as first, connect(url) as second:
        await Client(first).hear()
        await Client(second).closed()
    assert url.partition("ticket=")[2] not in caplog.text
