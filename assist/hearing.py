"""Both sides of a call become words: a tap and a speech stream for each leg, `Words` on `call.<call id>`.

Nothing is tapped before the caller's consent is known to be given. The caller's tap goes on through hold and transfer;
an agent's ends with that agent. A tap or decoder that fails takes only the words with it, never the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from assist.desk.messages import Speaker, Transcribed, TranscriptionChanged, Utterance, Words
from assist.speech.pool import DecoderPool, SpeechStream
from assist.speech.words import Heard
from assist.transcript import Transcript
from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import BusGone, Problem
from core.following import follow, tell
from core.tasks import TaskOwner
from core.threads import Overloaded
from records.contact import Consent
from records.events import CallerKnown
from telephony.events import AgentLeft, CallAnswered, CallEnded, CallStarted
from telephony.taps import Tap

log = logging.getLogger(__name__)

BEHIND = "hearing fell behind the phone system; calls that began meanwhile are not transcribed"


class Taps(Protocol):
    """Starts and stops taps; see `telephony.taps`."""

    async def start(self, leg: str) -> Tap: ...

    async def stop(self, tap: Tap) -> None: ...


@dataclass
class _Ears:
    """What is listened to in one call."""

    call_id: str
    incomplete: bool
    consent: Consent = "pending"
    zero: datetime | None = None  # the answer, from which the transcript's seconds count
    legs: dict[str, tuple[Speaker, str]] = field(default_factory=dict)  # uniqueid -> who speaks there
    tapped: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    transcript: Transcript = field(default_factory=Transcript)


class Hearing:
    """Listens to `call.>`; `agent_name` gives the name of the agent at a device."""

    def __init__(
        self, *, bus: Bus, clock: Clock, taps: Taps, speech: DecoderPool, agent_name: Callable[[str], str]
    ) -> None:
        self._bus, self._clock, self._taps, self._speech = bus, clock, taps, speech
        self._agent_name = agent_name
        self._calls: dict[str, _Ears] = {}
        self._tasks = TaskOwner("hearing")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "call.*", self._handle, behind=BEHIND), name="events")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _handle(self, delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, CallStarted):
            self._calls[event.call_id] = _Ears(call_id=event.call_id, incomplete=event.incomplete)
        elif (call_id := getattr(event, "call_id", None)) and (ears := self._calls.get(call_id)):
            match event:
                case CallerKnown():
                    ears.consent = event.consent
                    ears.zero = event.answered_at or ears.zero
                    await self._tap_all(ears)
                case CallAnswered():
                    ears.zero = ears.zero or event.at
                    ears.legs[event.caller_uniqueid] = "caller", "Caller"
                    ears.legs[event.agent_uniqueid] = "agent", self._agent_name(event.device)
                    await self._tap_all(ears)
                case AgentLeft():
                    ears.legs.pop(event.agent_uniqueid, None)
                    self._untap(ears, event.agent_uniqueid)
                case CallEnded():
                    del self._calls[event.call_id]
                    for uniqueid in list(ears.tapped):
                        self._untap(ears, uniqueid)

    async def _tap_all(self, ears: _Ears) -> None:
        """Listen to every leg that talks and is not listened to yet, as far as the caller agreed."""
        if ears.consent != "given" or ears.zero is None:
            return
        for uniqueid, (speaker, name) in ears.legs.items():
            if uniqueid not in ears.tapped:
                ears.tapped[uniqueid] = self._tasks.start(
                    self._hear(ears, uniqueid, speaker, name), name=f"leg-{uniqueid}"
                )

    def _untap(self, ears: _Ears, uniqueid: str) -> None:
        if task := ears.tapped.pop(uniqueid, None):
            task.cancel()

    async def _hear(self, ears: _Ears, uniqueid: str, speaker: Speaker, name: str) -> None:
        """One leg from its tap to its last word. The tap ends with the leg; cancelling ends the tap."""
        try:
            tap = await self._taps.start(uniqueid)
        except Problem as problem:
            log.warning("call %s: the %s cannot be heard: %s", ears.call_id, speaker, problem)
            ears.tapped.pop(uniqueid, None)
            await self._tell(ears, "unavailable")
            return
        assert ears.zero is not None
        since = (self._clock.now() - ears.zero).total_seconds()
        try:
            stream = self._speech.stream(
                lambda heard: self._heard(ears, uniqueid, speaker, name, heard),
                started_at=self._clock.monotonic() - since,
                on_gap=lambda start_s, end_s: self._missed(ears),
            )
        except Overloaded as full:
            log.warning("call %s is not transcribed: %s", ears.call_id, full)
            await self._taps.stop(tap)
            await self._tell(ears, "unavailable")
            return
        await self._tell(ears, "gap" if ears.incomplete else "live")
        try:
            async for at, pcm in tap.stream:
                stream.feed(pcm, at)
        finally:
            await asyncio.shield(self._tasks.start(self._end(ears, uniqueid, tap, stream), name=f"end-{uniqueid}"))

    async def _end(self, ears: _Ears, uniqueid: str, tap: Tap, stream: SpeechStream) -> None:
        """What was said last is still heard, then the leg is closed in the transcript."""
        await self._taps.stop(tap)
        await stream.finish()
        if (left := ears.transcript.leg_ended(uniqueid)) is not None:
            await self._say(ears, left)

    def _missed(self, ears: _Ears) -> None:
        ears.incomplete = True
        self._tasks.start(self._tell(ears, "gap"), name="gap")

    def _heard(self, ears: _Ears, uniqueid: str, speaker: Speaker, name: str, heard: Heard) -> None:
        if (utterance := ears.transcript.heard(uniqueid, speaker, name, heard)) is not None:
            self._tasks.start(self._say(ears, utterance), name="say")

    async def _say(self, ears: _Ears, utterance: Utterance) -> None:
        """Final words wait for a bus that is away; those still being spoken pass by, and are worth nothing later."""
        words = Words(at=self._clock.now(), call_id=ears.call_id, utterance=utterance)
        if utterance.final:
            await tell(self._bus, f"call.{ears.call_id}", words)
            return
        try:
            await self._bus.publish(f"call.{ears.call_id}", words, kept=False)
        except BusGone:
            log.debug("words of call %s passed by unheard", ears.call_id)

    async def _tell(self, ears: _Ears, transcribed: Transcribed) -> None:
        await tell(
            self._bus,
            f"call.{ears.call_id}",
            TranscriptionChanged(at=self._clock.now(), call_id=ears.call_id, transcribed=transcribed),
        )
