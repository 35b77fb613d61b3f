"""Starting and stopping taps: a stream that listens, or one reason why not and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from waiting import until

from core.clock import ManualClock
from core.errors import Problem
from telephony import taps as taps_module
from telephony.ami.connection import Fields
from telephony.ami.errors import ActionFailed, LinkDown
from telephony.audio import AudioServer
from telephony.taps import PREFIX, Taps

LEG = "pbx-1795426495.0"


class Pbx:
    """The acting link of a PBX that answers an Originate with `then`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.then: Callable[[dict[str, str]], None] = lambda originate: None
        self.refusal: Problem | None = None

    async def action(self, fields: Fields, *, within: float = 5.0) -> dict[str, str]:
        action = {name: str(value) for name, value in fields.items()}
        self.heard.append(action)
        if self.refusal is not None:
            raise self.refusal
        if action["Action"] == "Originate":
            self.then(action)
        return {"Response": "Success"}


@pytest.fixture
async def audio() -> AsyncIterator[AudioServer]:
    server = AudioServer("127.0.0.1", 0, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    await server.start()
    yield server
    await server.stop()


async def test_a_tap_starts_and_stops(audio: AudioServer) -> None:
    pbx = Pbx()
    taps = Taps(pbx, audio)
    pbx.then = lambda originate: taps.on_event({"Event": "ChanSpyStart", "SpyerUniqueid": originate["ChannelId"]})
    tap = await taps.start(LEG)
    [originate] = pbx.heard
    assert originate["Channel"] == f"AudioSocket/127.0.0.1:{audio.port}/{tap.tap_id}"
    assert (originate["Application"], originate["Data"]) == ("ChanSpy", f"{LEG},uoqSE")
    assert (originate["ChannelId"], originate["Async"], originate["Codecs"]) == (PREFIX + tap.tap_id, "true", "slin")
    await taps.stop(tap)
    assert pbx.heard[1] == {"Action": "Hangup", "Channel": tap.channel}
    assert tap.stream.ended


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (lambda o: {"Event": "Hangup", "Uniqueid": o["ChannelId"]}, "there is no such channel"),
        (
            lambda o: {
                "Event": "OriginateResponse",
                "Response": "Failure",
                "Uniqueid": o["ChannelId"],
            },
            "could not reach the audio server",
        ),
    ],
)
async def test_a_tap_that_cannot_start_says_why(
    audio: AudioServer, event: Callable[[dict[str, str]], dict[str, str]], why: str
) -> None:
    pbx = Pbx()
    taps = Taps(pbx, audio)
    pbx.then = lambda originate: taps.on_event(event(originate))
    with pytest.raises(Problem, match=why):
        await taps.start(LEG)
    assert pbx.heard[-1] == {"Action": "Hangup", "Channel": pbx.heard[0]["ChannelId"]}


async def test_a_refused_tap_leaves_nothing_expected(audio: AudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = []
    monkeypatch.setattr(audio, "forget", forgotten.append)
    pbx = Pbx()
    pbx.refusal = ActionFailed("Permission denied")
    with pytest.raises(ActionFailed, match="Permission denied"):
        await Taps(pbx, audio).start(LEG)
    assert [PREFIX + tap_id for tap_id in forgotten] == [pbx.heard[0]["ChannelId"]]


async def test_a_tap_that_never_listens_has_a_deadline(audio: AudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taps_module, "STARTS_WITHIN_S", 0.05)
    pbx = Pbx()
    with pytest.raises(Problem, match="did not start within"):
        await Taps(pbx, audio).start(LEG)
    assert pbx.heard[-1]["Action"] == "Hangup"


async def test_a_start_that_is_cancelled_is_taken_back(audio: AudioServer) -> None:
    pbx = Pbx()
    starting = asyncio.create_task(Taps(pbx, audio).start(LEG))
    await until(lambda: bool(pbx.heard))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert pbx.heard[-1] == {"Action": "Hangup", "Channel": pbx.heard[0]["ChannelId"]}


@pytest.mark.parametrize("refusal", [ActionFailed("No such channel"), LinkDown("down")])
async def test_stopping_what_has_ended_is_no_trouble(audio: AudioServer, refusal: Problem) -> None:
    pbx = Pbx()
    taps = Taps(pbx, audio)
    pbx.then = lambda originate: taps.on_event({"Event": "ChanSpyStart", "SpyerUniqueid": originate["ChannelId"]})
    tap = await taps.start(LEG)
    pbx.refusal = refusal
    await taps.stop(tap)
    assert tap.stream.ended
