"""One call of a telephone: its dialog with the PBX, and its audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from memberline.demo.phone import rtp
from memberline.demo.phone.message import SipMessage, address_in, audio_address, sdp, token, user_in

if TYPE_CHECKING:
    from memberline.demo.phone.phone import Phone

T = TypeVar("T")

RINGS_AT_MOST_S = 120.0
ANSWER_WITHIN_S = 4.0  # any request but an INVITE
TRANSFER_WITHIN_S = 30.0
SENDRECV, SENDONLY = "sendrecv", "sendonly"


class CallOver(Exception):
    """The call ended while something was being done with it."""


class CallFailed(CallOver):
    """The call was refused, with the status of the refusal (486 is busy)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status


class Call:
    """Made by `Phone`. `number` and `name` are the other side's; `on_audio` gets each 20 ms heard (int16, 8 kHz).

    For whoever measures: `on_frame` gets the same as it came (µ-law), and `on_key_end` each key of ours just before the
    first packet that ends it is sent.
    """

    def __init__(self, phone: Phone, *, call_id: str, local: str, remote: str, target: str, incoming: bool) -> None:
        self._phone = phone
        self.call_id, self.local, self.remote, self.target = call_id, local, remote, target
        self.incoming = incoming
        self.number, self.name = user_in(remote), remote.partition("<")[0].strip().strip('"')
        self.on_audio: Callable[[NDArray[np.int16]], None] | None = None
        self.on_frame: Callable[[bytes], None] | None = None
        self.on_key_end: Callable[[str], None] | None = None
        self.invite: SipMessage | None = None  # an incoming call's, while it rings
        self.branch, self.sequence = token(), 0  # of the INVITE that made an outgoing call; the last CSeq used
        self.acknowledged = asyncio.Event()
        self._answered, self._ended = asyncio.Event(), asyncio.Event()
        self._failure: CallFailed | None = None
        self._media: _Media | None = None
        self._direction, self._version = SENDRECV, 0
        self._referred: asyncio.Queue[int] = asyncio.Queue()
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    # --- what a person does with a telephone

    @property
    def over(self) -> bool:
        return self._ended.is_set()

    async def answer(self) -> None:
        """Take an incoming call; nothing to do when it is over."""
        if not self.over and not self._answered.is_set():
            await self._phone.accept(self)
            self.connect()

    async def reject(self, status: int = 486) -> None:
        """Turn an incoming call away: 486 busy, 603 declined."""
        if not self.over and not self._answered.is_set():
            self._phone.refuse(self, status)
            self.finish()

    async def answered(self, within: float) -> None:
        """Wait for the other side; raises `CallFailed` when it refuses, `CallOver`, `TimeoutError`."""
        async with asyncio.timeout(within):
            await self._while_up(self._answered.wait())

    async def ended(self, within: float | None) -> None:
        async with asyncio.timeout(within):
            await self._ended.wait()

    async def play(self, samples: NDArray[np.int16]) -> None:
        """Speak (8 kHz) and wait until all of it is said; raises `CallOver` when the call ends before."""
        if self.over or self._media is None:
            raise CallOver
        self._media.sender.speak(samples)
        self._media.quiet.clear()
        await self.quiet()

    def press(self, keys: str) -> None:
        """Send keys, 100 ms each, after what is being sent. Raises `CallOver`."""
        if self.over or self._media is None:
            raise CallOver
        self._media.sender.press(keys)
        self._media.quiet.clear()

    async def quiet(self) -> None:
        """Wait until all is sent that was to be said and pressed; raises `CallOver` when the call ends before."""
        if self._media is not None:
            await self._while_up(self._media.quiet.wait())

    async def pressed(self) -> str:
        """The next key of the other side."""
        return await self._while_up(self._keys.get())

    async def hold(self) -> None:
        await self._renegotiate(SENDONLY)

    async def resume(self) -> None:
        await self._renegotiate(SENDRECV)

    async def transfer(self, extension: str) -> None:
        """Blind transfer (REFER); returns once it is carried out. Raises `CallFailed`, `TimeoutError`."""
        refer_to = f"<sip:{extension}@{self._phone.host}>"
        answer = await self._phone.ask(self, "REFER", [("Refer-To", refer_to), ("Referred-By", self.local)])
        if answer.status >= 300:
            raise CallFailed(answer.status, answer.reason)
        async with asyncio.timeout(TRANSFER_WITHIN_S):
            while not self.over:
                try:
                    status = await self._while_up(self._referred.get())
                except CallOver:
                    return  # the PBX let go of this leg first
                if status >= 300:
                    raise CallFailed(status, "the transfer was refused")
                if status >= 200:
                    await self.hang_up()
                    return

    async def hang_up(self) -> None:
        """End it, at whichever stage it is; nothing to do when it is over."""
        if self.over:
            return
        up = self._answered.is_set()
        self.finish()
        if up:
            await self._phone.bye(self)
        elif self.incoming:
            self._phone.refuse(self, 603)
        else:
            await self._phone.cancel(self)

    # --- what the telephone's dialog with the PBX does with a call

    async def open_media(self) -> None:
        self._media = _Media(self._heard, self._key, self._key_ends)
        await self._media.open()

    def offer(self) -> str:
        """Our session description, a new version of it each time."""
        assert self._media is not None
        self._version += 1
        return sdp(self._media.port, self._direction, self._version)

    def described(self, body: str) -> None:
        """The other side's session description."""
        if self._media is not None and (address := audio_address(body)) is not None:
            self._media.remote = address

    def connect(self) -> None:
        self._answered.set()

    def agreed(self, answer: SipMessage) -> None:
        """The other side answered: who and where it is from now on."""
        self.remote = answer.header("to")
        self.target = address_in(answer.header("contact")) or self.target
        self.described(answer.body)
        self.connect()

    def refer_progress(self, status: int) -> None:
        self._referred.put_nowait(status)

    def beat(self) -> None:
        """Send the next 20 ms."""
        if self._media is not None and self._answered.is_set():
            self._media.beat()

    def finish(self, failure: CallFailed | None = None) -> None:
        """It is over, whoever ended it."""
        if self.over:
            return
        self._failure = failure
        self._ended.set()
        if self._media is not None:
            self._media.close()
        self._phone.forget(self)

    async def _renegotiate(self, direction: str) -> None:
        if self.over:
            raise CallOver
        self._direction = direction
        answer = await self._phone.reinvite(self)
        if answer.status >= 300:
            raise CallFailed(answer.status, answer.reason)
        self.described(answer.body)

    async def _while_up(self, waiting: Coroutine[Any, Any, T]) -> T:
        """The result of `waiting`; raises what the call ended with when it ends first."""
        task, ending = asyncio.ensure_future(waiting), asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((task, ending), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise self._failure or CallOver
        finally:
            task.cancel()
            ending.cancel()

    def _heard(self, frame: bytes) -> None:
        if self.on_frame is not None:
            self.on_frame(frame)
        if self.on_audio is not None:
            self.on_audio(rtp.decode(frame))

    def _key(self, key: str) -> None:
        self._keys.put_nowait(key)

    def _key_ends(self, key: str) -> None:
        if self.on_key_end is not None:
            self.on_key_end(key)


class _Media(asyncio.DatagramProtocol):
    """A call's RTP socket."""

    def __init__(
        self, on_audio: Callable[[bytes], None], on_key: Callable[[str], None], on_key_end: Callable[[str], None]
    ) -> None:
        self._on_audio, self._on_key, self._on_key_end = on_audio, on_key, on_key_end
        self._transport: asyncio.DatagramTransport | None = None
        self._last_key = -1  # RTP timestamp: the packet that ends a key comes three times
        self._last_sent = -1  # the same of our own keys
        self.sender = rtp.Sender(source=int(token(), 16))
        self.quiet = asyncio.Event()
        self.remote: tuple[str, int] | None = None
        self.port = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def beat(self) -> None:
        if self._transport is None or self.remote is None:
            return
        packet = self.sender.next_packet()
        if (ends := rtp.key_in(packet)) is not None and ends[1] != self._last_sent:
            self._last_sent = ends[1]
            self._on_key_end(ends[0])
        self._transport.sendto(packet, self.remote)
        if not self.sender.speaking and not self.sender.pressing:
            self.quiet.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (payload := rtp.audio_in(data)) is not None:
            self._on_audio(payload)
        elif (ended := rtp.key_in(data)) is not None and ended[1] != self._last_key:
            self._last_key = ended[1]
            self._on_key(ended[0])
