"""What a tapped leg says, frame by frame; and what becomes of peers that do not speak AudioSocket."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import until

from core.clock import ManualClock
from core.errors import Problem
from telephony import audio
from telephony.audio import AudioReader, AudioServer, BadFrame, Frame, TapStream

TAP = "6f1c0f0e-8a55-4f0e-9d1d-0a4c3e1f2b3c"
NAME = b"\x01\x00\x10" + UUID(TAP).bytes
CLOCK = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


def frame(pcm: bytes, kind: int = 0x10) -> bytes:
    return struct.pack(">BH", kind, len(pcm)) + pcm


@pytest.fixture
async def server() -> AsyncIterator[AudioServer]:
    server = AudioServer("127.0.0.1", 0, CLOCK)
    await server.start()
    yield server
    await server.stop()


async def dial(server: AudioServer, *data: bytes) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"".join(data))
    return writer


async def ended_by_server(server: AudioServer, *data: bytes) -> bytes:
    """What the server sent, ever, on a connection that it ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"".join(data))
    answer = b""
    with suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), 2)
    writer.close()
    return answer


async def heard(stream: TapStream) -> list[Frame]:
    return [frame async for frame in stream]


# The wire


@given(st.lists(st.binary(min_size=1, max_size=40).map(lambda b: b * 2), max_size=8), st.lists(st.integers(0, 700)))
def test_frames_however_the_reads_fall(payloads: list[bytes], cuts: list[int]) -> None:
    data = NAME + b"".join(frame(pcm) for pcm in payloads)
    edges = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    reader = AudioReader()
    got = [pcm for a, b in pairwise(edges) for pcm in reader.feed(data[a:b])]
    assert got == payloads
    assert reader.tap_id == TAP


@pytest.mark.parametrize(
    "data",
    [
        frame(b"\0\0"),  # audio before the name
        b"\x01\x00\x04abcd",  # a name that is no UUID
        NAME + b"\x12\x02\x80",  # 16 kHz
        NAME + b"\x77\x00\x00",
        NAME + b"\x10\xff\xff",
        NAME + frame(b"\0\0\0"),  # half a sample
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_audio_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrame):
        list(AudioReader().feed(data + b"\0" * 700))


@given(st.binary())
def test_any_bytes_are_audio_or_refused(data: bytes) -> None:
    with suppress(BadFrame):
        list(AudioReader().feed(data))


# The server


async def test_a_tap_from_its_first_frame_to_its_end(server: AudioServer) -> None:
    stream = server.expect(TAP)
    writer = await dial(server, NAME, frame(b"ab"), frame(b"cd"))
    await until(lambda: stream.received == 2)
    CLOCK.advance(0.02)
    writer.write(frame(b"ef"))
    await until(lambda: stream.received == 3)
    writer.close()
    frames = await asyncio.wait_for(heard(stream), 2)
    assert [pcm for _, pcm in frames] == [b"ab", b"cd", b"ef"]
    assert frames[2].at - frames[1].at == pytest.approx(0.02)


async def test_a_reset_is_an_end(server: AudioServer) -> None:
    stream = server.expect(TAP)
    writer = await dial(server, NAME, frame(b"ab"))
    await until(lambda: stream.received == 1)
    writer.transport.abort()
    assert len(await asyncio.wait_for(heard(stream), 2)) == 1


async def test_a_hangup_frame_is_an_end(server: AudioServer) -> None:
    stream = server.expect(TAP)
    assert await ended_by_server(server, NAME, frame(b"ab"), b"\x00\x00\x00") == b""
    assert len(await asyncio.wait_for(heard(stream), 2)) == 1


async def test_keys_are_ignored_and_nothing_is_ever_sent(server: AudioServer) -> None:
    stream = server.expect(TAP)
    assert await ended_by_server(server, NAME, frame(b"5", kind=0x03), frame(b"ab"), b"\x00\x00\x00") == b""
    assert [pcm for _, pcm in await heard(stream)] == [b"ab"]


async def test_a_tap_that_nobody_expects_is_refused(server: AudioServer, caplog: pytest.LogCaptureFixture) -> None:
    assert await ended_by_server(server, NAME) == b""
    assert "a tap that nobody expects" in caplog.text


async def test_a_tap_is_let_in_once(server: AudioServer) -> None:
    stream = server.expect(TAP)
    writer = await dial(server, NAME, frame(b"ab"))
    await until(lambda: stream.received == 1)
    assert await ended_by_server(server, NAME, frame(b"cd")) == b""
    assert stream.received == 1
    assert not stream.ended
    writer.close()


async def test_a_forgotten_tap_ends_and_is_refused(server: AudioServer) -> None:
    stream = server.expect(TAP)
    server.forget(TAP)
    assert await asyncio.wait_for(heard(stream), 1) == []
    assert await ended_by_server(server, NAME) == b""


async def test_a_bad_frame_ends_its_own_connection_only(server: AudioServer, caplog: pytest.LogCaptureFixture) -> None:
    good = server.expect(TAP)
    other = str(UUID(int=7))
    bad = server.expect(other)
    writer = await dial(server, NAME)
    assert (
        await ended_by_server(server, b"\x01\x00\x10" + UUID(int=7).bytes, frame(b"ab"), b"\x10\xff\xffSECRET") == b""
    )
    assert [pcm for _, pcm in await asyncio.wait_for(heard(bad), 2)] == [b"ab"]
    writer.write(frame(b"cd"))
    await until(lambda: good.received == 1)
    assert "a frame of 65535 bytes, at most 3200 expected" in caplog.text
    assert "SECRET" not in caplog.text


async def test_who_does_not_name_a_tap_in_time_is_let_go(server: AudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "NAME_WITHIN_S", 0.05)
    assert await ended_by_server(server, b"\x01\x00") == b""


async def test_connections_have_a_bound(server: AudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_CONNECTIONS", 1)
    stream = server.expect(TAP)
    writer = await dial(server, NAME, frame(b"ab"))
    await until(lambda: stream.received == 1)
    assert await ended_by_server(server) == b""
    writer.close()


async def test_a_consumer_that_lags_loses_the_oldest_and_they_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_BEHIND", 3)
    stream = TapStream(TAP)
    for n in range(5):
        stream.put(Frame(float(n), b"ab"))
    stream.end()
    assert [at for at, _ in await heard(stream)] == [2.0, 3.0, 4.0]
    assert (stream.received, stream.dropped) == (5, 2)


async def test_stop_ends_every_tap(server: AudioServer) -> None:
    running, awaited = server.expect(TAP), server.expect(str(UUID(int=7)))
    writer = await dial(server, NAME, frame(b"ab"))
    await until(lambda: running.received == 1)
    await server.stop()
    writer.close()
    assert len(await asyncio.wait_for(heard(running), 2)) == 1
    assert await asyncio.wait_for(heard(awaited), 2) == []


async def test_a_taken_port_is_a_problem_with_its_place(server: AudioServer) -> None:
    with pytest.raises(Problem, match=f"127.0.0.1:{server.port}: cannot listen for audio"):
        await AudioServer("127.0.0.1", server.port, CLOCK).start()
