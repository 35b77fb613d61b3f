"""A desk whose page is a telephone at the real Asterisk: a browser with a microphone of its own, and a caller."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import desk_house
import numpy as np
import pytest
from aiohttp import web
from desk_house import DeskHouse
from desk_story import AGENT
from numpy.typing import NDArray
from playwright.async_api import Page, async_playwright

from core.access import Rule
from core.clock import SystemClock
from core.routes import Route
from memberline import softphone
from memberline.demo.phone import Call, Phone
from telephony.ami.connection import Address
from telephony.ami.errors import ActionFailed
from telephony.ami.link import AmiLink
from telephony.pbx import webrtc
from telephony.pbx.runner import PrivateAsterisk
from telephony.softphones import Telephone, device_of, name_of

RATE = 8000
PAGE_HZ, CALLER_HZ = 800.0, 500.0  # what the page's microphone hears, what the caller says
LOUD, SILENT = 500.0, 20.0  # amplitudes of a tone of 12000 as it arrives, whatever the browser makes of it, and of none
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-features=LocalNetworkAccessChecks",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
# What a test sees of the microphones that were opened, to unplug one.
KEEP_TRACKS = """
    const media = navigator.mediaDevices, open = media.getUserMedia.bind(media);
    window.microphones = [];
    media.getUserMedia = async (asked) => {
        const stream = await open(asked);
        window.microphones.push(stream.getAudioTracks()[0]);
        return stream;
    };
"""
DEVICE = device_of(AGENT.agent_id)
PASSWORD = {"Family": f"{webrtc.FAMILY}/auth", "Key": name_of(AGENT.agent_id)}
TELEPHONE = Telephone(address="127.0.0.1", asked_s=2, silent_s=6)


def tone(seconds: float, hertz: float, rate: int = RATE) -> NDArray[np.int16]:
    """On and off, as speech is: a browser takes a steady tone for noise, and takes it out."""
    t = np.arange(int(seconds * rate)) / rate
    return (12000 * np.sin(2 * np.pi * hertz * t) * (t % 0.5 < 0.35)).astype(np.int16)


def write_microphone(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(tone(5.0, PAGE_HZ, 48_000).astype("<i2").tobytes())
    return path


@asynccontextmanager
async def open_page(*flags: str) -> AsyncIterator[Page]:
    """A page of a browser of its own; an exception in it fails the test."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS, *flags])
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.set_default_timeout(10_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.add_init_script(KEEP_TRACKS)
        yield page
        await browser.close()
        assert errors == []


class Cable:
    """Between the page and the PBX's WebSocket: it can be pulled and put back."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, 0
        self._plugged = True
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}{webrtc.PATH}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.pull()
        self._server.close()

    def pull(self) -> None:
        self._plugged = False
        for writer in list(self._open):
            writer.close()

    def plug(self) -> None:
        self._plugged = True

    async def _carry(self, page: asyncio.StreamReader, to_page: asyncio.StreamWriter) -> None:
        if not self._plugged:
            to_page.close()
            return
        pbx, to_pbx = await asyncio.open_connection("127.0.0.1", self._to)
        ends = {to_page, to_pbx}
        self._open |= ends
        await asyncio.gather(_pour(page, to_pbx), _pour(pbx, to_page))
        self._open -= ends


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # an end out of order is an end
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()


class Caller:
    """Whoever talks with the page: what was heard of it, and what was pressed."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._heard: list[NDArray[np.int16]] = []
        call.on_audio = self._heard.append

    async def hears(self, seconds: float = 1.5) -> float:
        """The amplitude of the page's tone in what comes from now on, of 32767."""
        self._heard.clear()
        await asyncio.sleep(seconds)
        samples = np.concatenate(self._heard).astype(float) if self._heard else np.zeros(1)
        turn = np.exp(-2j * np.pi * PAGE_HZ * np.arange(len(samples)) / RATE)
        return float(2 * abs(np.dot(samples, turn)) / len(samples))


class SoftphoneHouse:
    """`desk` is the page's server, `cable` its way to the PBX."""

    def __init__(self, desk: DeskHouse, asterisk: PrivateAsterisk, link: AmiLink[None], cable: Cable) -> None:
        self.desk, self.asterisk, self.link, self.cable = desk, asterisk, link, cable
        self.luis = Phone("luis", "luis-secret", ("127.0.0.1", asterisk.ports.sip))
        self._calls = self.luis.incoming()

    async def with_password(self) -> bool:
        """Whether the PBX takes a page as this telephone now."""
        try:
            await self.link.action({"Action": "DBGet", **PASSWORD})
        except ActionFailed:
            return False
        return True

    async def without_password(self) -> bool:
        return not await self.with_password()

    async def end_password(self) -> None:
        """As when its time is over."""
        await self.link.action({"Action": "DBDel", **PASSWORD})

    async def ring(self) -> Caller:
        """Luis calls the page, and hears it ring."""
        return await self._call(Application="Dial", Data=f"{DEVICE},30")

    async def wait(self, queue: str) -> Caller:
        """Luis waits in a queue that rings the page."""
        await self.link.action({"Action": "QueueAdd", "Queue": queue, "Interface": DEVICE, "MemberName": AGENT.name})
        return await self._call(Context="memberline-queue", Exten=queue, Priority="1")

    async def _call(self, **fields: str) -> Caller:
        await self.link.action({"Action": "Originate", "Channel": "PJSIP/luis", "Async": "true", **fields})
        async with asyncio.timeout(5):
            call = await anext(self._calls)
        await call.answer()
        return Caller(call)


@asynccontextmanager
async def open_softphone_house(
    files: Path, asterisk: PrivateAsterisk, sockets: webrtc.WebSockets, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SoftphoneHouse]:
    address = Address("127.0.0.1", asterisk.ports.ami, "memberline-act", asterisk.site.act_secret)
    link = AmiLink[None]("acting", address, on_event=lambda message: None)
    await link.start()
    cable = Cable(sockets.port)
    await cable.start()

    create = desk_house.create_app

    def create_app(*given: object, **named: object) -> web.Application:
        return softphone.admit(create(*given, **named), cable.url)  # type: ignore[arg-type]

    monkeypatch.setattr(desk_house, "create_app", create_app)
    async with softphone.served(link, SystemClock(), server=cable.url, telephone=TELEPHONE) as routes:
        desk = DeskHouse(files)
        notices = Route("GET", "/api/notices", desk.office._notices, Rule(resource="notice", action="see"))
        desk.office.closing = (notices, *routes.routes())
        await desk.start()
        house = SoftphoneHouse(desk, asterisk, link, cable)
        await house.luis.start()
        await house.luis.register()
        try:
            yield house
        finally:
            await house.luis.stop()
            await desk.stop()
            await cable.stop()
            await link.stop()
