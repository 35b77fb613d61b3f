"""Taps: what one leg of a call says, as a stream of audio, without the call noticing.

A tap is a machine leg of its own in Asterisk: an AudioSocket channel that runs ChanSpy on the tapped channel, with the
option that lets only that side through. Its Uniqueid begins with `tap-`, so that no tracker takes it for a call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from core.errors import Problem
from telephony.ami.connection import Actions
from telephony.ami.errors import ActionFailed
from telephony.audio import AudioServer, TapStream

log = logging.getLogger(__name__)

PREFIX = "tap-"  # how the Uniqueid of every tap's channel begins
# ChanSpy: u = the tapped leg by Uniqueid, o = only what it says, q = no beep, S and E = end with the tapped leg.
_OPTIONS = "uoqSE"
NEEDS = frozenset({"Originate", "Hangup"})  # what the manager user must be allowed
STARTS_WITHIN_S = 5.0


@dataclass(frozen=True)
class Tap:
    """A tap that runs. `stream` ends when the tapped leg ends, or the tap is stopped."""

    tap_id: str
    leg: str
    stream: TapStream

    @property
    def channel(self) -> str:
        """The tap's own Uniqueid in Asterisk."""
        return PREFIX + self.tap_id


class Taps:
    """Starts and stops taps. Feed it the events of the acting link (`on_event`).

    `audio_host` is the name under which the PBX reaches the audio server.
    """

    def __init__(self, link: Actions, audio: AudioServer, *, audio_host: str | None = None) -> None:
        self._link, self._audio = link, audio
        self._host = audio_host or audio.host
        self._starting: dict[str, asyncio.Future[str]] = {}  # by channel; done with why it cannot listen, or ""

    async def start(self, leg: str) -> Tap:
        """Tap the channel with Uniqueid `leg`. Returns once the tap listens, or raises `Problem` and leaves nothing."""
        tap_id = str(uuid4())
        tap = Tap(tap_id, leg, self._audio.expect(tap_id))
        listening = self._starting[tap.channel] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(STARTS_WITHIN_S):
                await self._link.action(
                    {
                        "Action": "Originate",
                        "Channel": f"AudioSocket/{self._host}:{self._audio.port}/{tap_id}",
                        "Application": "ChanSpy",
                        "Data": f"{leg},{_OPTIONS}",
                        "ChannelId": tap.channel,
                        "CallerID": "tap <tap>",
                        "Codecs": "slin",
                        "Async": "true",
                    },
                    within=STARTS_WITHIN_S,
                )
                if why_not := await listening:
                    raise Problem(why_not, place=f"tap of channel {leg}")
        except TimeoutError:
            await self.stop(tap)
            raise Problem(
                f"the tap did not start within {STARTS_WITHIN_S:g} s", place=f"tap of channel {leg}"
            ) from None
        except BaseException:
            await self.stop(tap)
            raise
        finally:
            del self._starting[tap.channel]
        return tap

    async def stop(self, tap: Tap) -> None:
        """End a tap; one that has ended already is none to complain about."""
        self._audio.forget(tap.tap_id)
        try:
            await self._link.action({"Action": "Hangup", "Channel": tap.channel})
        except ActionFailed:
            log.debug("tap of channel %s had ended by itself", tap.leg)
        except Problem as problem:
            log.warning("the tap of channel %s may go on: %s", tap.leg, problem)

    def on_event(self, message: Mapping[str, str]) -> None:
        """Take note of taps that begin to listen, or cannot."""
        match message.get("Event"):
            case "ChanSpyStart":
                self._known(message.get("SpyerUniqueid", ""), "")
            case "OriginateResponse" if message.get("Response") == "Failure":
                self._known(message.get("Uniqueid", ""), "the PBX could not reach the audio server")
            case "Hangup":
                self._known(message.get("Uniqueid", ""), "there is no such channel, or it ended")

    def _known(self, channel: str, why_not: str) -> None:
        listening = self._starting.get(channel)
        if listening is not None and not listening.done():
            listening.set_result(why_not)
