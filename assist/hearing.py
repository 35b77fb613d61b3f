"""Both sides of a call become words and a recording: a tap for each leg, `Words` on `call.<call id>`.

Nothing is tapped before the caller's consent is known to be given. The caller's tap goes on through hold and transfer;
an agent's ends with that agent. A tap, a decoder or a disk that fails takes only its own with it, never the call. What
is heard is told as `assist.discretion` lets it be seen, and what does not show is made silent in the recording.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from assist.desk.messages import Speaker, Transcribed, TranscriptionChanged, Words
from assist.discretion import Discretion, Shown, WordsToKeep
from assist.recording.discreet import SecretPause
from assist.redaction.model import Kind
from assist.speech.languages import Ear, Languages
from assist.speech.later import LaterDecoder, RecordedLeg
from assist.speech.pool import DecoderPool, SpeechStream
from assist.speech.words import Heard
from assist.transcript import Transcript
from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import BusGone, Problem
from core.following import follow, tell
from core.tasks import TaskOwner
from core.threads import Overloaded
from records.contact import Answered, Consent, Contact
from records.contacts import ConsentMissing
from records.events import CallerKnown
from records.transcript import Mask
from telephony.events import AgentLeft, CallAnswered, CallEnded, CallStarted
from telephony.taps import Tap

log = logging.getLogger(__name__)

BEHIND = "hearing fell behind the phone system; calls that began meanwhile are not transcribed"
CONSENT_WRITTEN_WITHIN_S = 10.0  # the recorder asks the database, which hears of consent as we do
LAST_WORDS_WITHIN_S = 15.0
LONGEST_S = 24 * 3600.0  # of a call
AROUND_S = 0.25  # so much more is made silent: the times are a recogniser's, and the mixer may be off by 0.1 s


class Taps(Protocol):
    """Starts and stops taps; see `telephony.taps`."""

    async def start(self, leg: str) -> Tap: ...

    async def stop(self, tap: Tap) -> None: ...


class Recorder(Protocol):
    """See `assist.recording`."""

    async def begin(self, call_id: str, zero: datetime) -> str: ...

    def feed(self, call_id: str, side: Speaker, leg: str, at: float, pcm: bytes) -> None: ...

    async def silence(self, contact_id: str, start_s: float, end_s: float) -> object: ...

    def pauses(self, call_id: str) -> Collection[str]: ...

    async def pause(self, call_id: str, kind: Literal["secret"]) -> None: ...

    async def resume(self, call_id: str, kind: Literal["secret"]) -> None: ...

    async def withdraw(self, call_id: str, contact_id: str) -> object: ...

    async def end(self, call_id: str) -> None: ...

    def sound(self, contact_id: str, side: Speaker, start_s: float, end_s: float) -> AsyncIterator[bytes]:
        """What was recorded of that side: 8 kHz, 16 bit. Raises `Problem`."""


class _Unheard(NamedTuple):
    """Who spoke, from when to when, while nobody could listen; to the call's end where that is not known."""

    speaker: Speaker
    name: str
    start_s: float
    end_s: float = LONGEST_S


@dataclass
class _Ears:
    """What is listened to in one call."""

    call_id: str
    incomplete: bool
    consent: Consent = "pending"
    language: str = ""
    zero: datetime | None = None  # the answer, from which the transcript's seconds count
    legs: dict[str, tuple[Speaker, str]] = field(default_factory=dict)  # uniqueid -> who speaks there
    tapped: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    transcript: Transcript = field(default_factory=Transcript)
    discretion: Discretion | None = None
    contact_id: str = ""  # once it is recorded
    recording: asyncio.Task[None] | None = None
    secret: SecretPause | None = None  # while it is recorded
    silent: set[tuple[float, float]] = field(default_factory=set)  # spans of the recording
    unheard: list[_Unheard] = field(default_factory=list)  # to be decoded from the recording


class Hearing:
    """Listens to `call.>`; `agent_name` gives the name of the agent at a device.

    `discretion` begins one for a call in a language, or raises `Problem` where there is none: of such a call nothing is
    text. Without a `recorder` nothing is recorded. `watched`: whether anybody sees the words of a call as they are
    spoken; while nobody does they are told as whole sentences only.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        clock: Clock,
        taps: Taps,
        speech: DecoderPool,
        languages: Languages,
        discretion: Callable[[str, str], Discretion],
        agent_name: Callable[[str], str],
        recorder: Recorder | None = None,
        watched: Callable[[str], bool] = lambda call_id: True,
    ) -> None:
        self._later = LaterDecoder(speech)
        self._bus, self._clock, self._taps = bus, clock, taps
        self._speech, self._languages, self._discretion = speech, languages, discretion
        self._agent_name, self._recorder, self._watched = agent_name, recorder, watched
        self._calls: dict[str, _Ears] = {}
        self._tasks = TaskOwner("hearing")

    async def start(self) -> None:
        self._tasks.start(follow(self._bus, "call.*", self._handle, behind=BEHIND), name="events")

    async def stop(self) -> None:
        await self._tasks.stop()

    def hear_from_recording(self, contact: Contact) -> None:
        """Decode a call that is over, of which nobody heard a word, once there is room."""
        if contact.call_id is None or contact.answered_at is None:
            return
        agents = [step.agent_name for step in contact.course if isinstance(step, Answered)]
        ears = _Ears(
            call_id=contact.call_id,
            incomplete=True,
            consent=contact.consent,
            language=contact.language,
            zero=contact.answered_at,
            contact_id=contact.contact_id,
            unheard=[_Unheard("caller", "Caller", 0.0), _Unheard("agent", ", ".join(dict.fromkeys(agents)), 0.0)],
        )
        if ears.consent == "given" and self._discreet(ears):
            self._tasks.start(self._conclude(ears), name=f"again-{ears.call_id}")

    async def _handle(self, delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, CallStarted):
            self._calls[event.call_id] = _Ears(call_id=event.call_id, incomplete=event.incomplete)
        elif (call_id := getattr(event, "call_id", None)) and (ears := self._calls.get(call_id)):
            match event:
                case CallerKnown():
                    withdrawn = ears.consent == "given" and event.consent == "refused"
                    ears.consent, ears.language = event.consent, event.language
                    ears.zero = event.answered_at or ears.zero
                    if withdrawn:
                        self._tasks.start(self._withdraw(ears), name=f"withdraw-{ears.call_id}")
                    self._tap_all(ears)
                case CallAnswered():
                    ears.zero = ears.zero or event.at
                    ears.legs[event.caller_uniqueid] = "caller", "Caller"
                    ears.legs[event.agent_uniqueid] = "agent", self._agent_name(event.device)
                    self._tap_all(ears)
                case AgentLeft():
                    ears.legs.pop(event.agent_uniqueid, None)
                    self._untap(ears, event.agent_uniqueid)
                case CallEnded():
                    del self._calls[event.call_id]
                    self._tasks.start(self._conclude(ears), name=f"conclude-{ears.call_id}")

    def _tap_all(self, ears: _Ears) -> None:
        """Listen to every leg that talks and is not listened to yet, as far as the caller agreed."""
        if ears.consent != "given" or ears.zero is None or not ears.legs:
            return
        if self._recorder is not None and ears.recording is None:
            ears.recording = self._tasks.start(self._record(self._recorder, ears), name=f"record-{ears.call_id}")
        self._discreet(ears)
        for uniqueid, (speaker, name) in ears.legs.items():
            if uniqueid not in ears.tapped:
                ears.tapped[uniqueid] = self._tasks.start(
                    self._hear(ears, uniqueid, speaker, name), name=f"leg-{uniqueid}"
                )

    def _discreet(self, ears: _Ears) -> bool:
        """Whether anything of the call may be text: there is somebody who takes the secrets out."""
        if ears.discretion is None:
            try:
                ears.discretion = self._discretion(ears.language, ears.call_id)
            except Problem as problem:
                log.warning("nothing of call %s is kept as text: %s", ears.call_id, problem)
        return ears.discretion is not None

    def _untap(self, ears: _Ears, uniqueid: str) -> None:
        if task := ears.tapped.pop(uniqueid, None):
            task.cancel()

    async def _withdraw(self, ears: _Ears) -> None:
        """The caller takes their consent back: nothing is heard from now on, and what was recorded goes."""
        for uniqueid in list(ears.tapped):
            self._untap(ears, uniqueid)
        ears.discretion = None
        if self._recorder is None:
            return
        await self._end_recording(self._recorder, ears)
        ears.recording = None
        if ears.contact_id:
            try:
                await self._recorder.withdraw(ears.call_id, ears.contact_id)
            except Problem as problem:
                log.error("the recording of call %s goes later: %s", ears.call_id, problem)
            ears.contact_id = ""

    async def _conclude(self, ears: _Ears) -> None:
        """The call is over: what was said last is still heard, then nothing of it is undecided any more."""
        tapped = list(ears.tapped.values())
        for uniqueid in list(ears.tapped):
            self._untap(ears, uniqueid)
        if self._recorder is not None:
            await self._end_recording(self._recorder, ears)
        if tapped:
            await asyncio.wait(tapped, timeout=LAST_WORDS_WITHIN_S)
        if ears.unheard and ears.contact_id:
            await self._hear_later(ears)
        if ears.discretion is not None:
            await self._show(ears, ears.discretion.close(), over=True)

    # --- one leg

    async def _hear(self, ears: _Ears, uniqueid: str, speaker: Speaker, name: str) -> None:
        """One leg from its tap to its last word. The tap ends with the leg; cancelling ends the tap."""
        try:
            tap = await self._taps.start(uniqueid)
        except Problem as problem:
            log.warning("call %s: the %s cannot be heard: %s", ears.call_id, speaker, problem)
            ears.tapped.pop(uniqueid, None)
            await self._tell(ears, "unavailable")
            return
        stream = self._stream(ears, uniqueid, speaker, name)
        if stream is None and self._recorder is None:
            await self._taps.stop(tap)
            await self._tell(ears, "unavailable")
            return
        await self._tell(ears, self._how(ears, stream))
        try:
            async for at, pcm in tap.stream:
                if stream is not None:
                    stream.watched = self._watched(ears.call_id)  # asked each time: a few hundred nanoseconds
                    stream.feed(pcm, at)
                if self._recorder is not None:
                    self._recorder.feed(ears.call_id, speaker, uniqueid, at, pcm)
        finally:
            await asyncio.shield(self._tasks.start(self._end(ears, uniqueid, tap, stream), name=f"end-{uniqueid}"))

    def _how(self, ears: _Ears, stream: SpeechStream | None) -> Transcribed:
        if stream is None:
            return "later" if ears.unheard and self._recorder is not None else "unavailable"
        return "gap" if ears.incomplete else "live"

    def _stream(self, ears: _Ears, uniqueid: str, speaker: Speaker, name: str) -> SpeechStream | None:
        """Its way to words; None where there is none for the call's language, or no room."""
        heard_with = self._languages.of(ears.language)
        if ears.discretion is None or heard_with is None:
            log.warning("call %s is not transcribed: %r is not heard here", ears.call_id, ears.language)
            return None
        assert ears.zero is not None
        since = (self._clock.now() - ears.zero).total_seconds()
        try:
            return self._speech.stream(
                lambda heard: self._heard(ears, uniqueid, speaker, name, heard),
                started_at=self._clock.monotonic() - since,
                on_gap=lambda start_s, end_s: self._missed(ears, _Unheard(speaker, name, start_s, end_s)),
                recogniser=heard_with.recogniser,
                table=heard_with.table,
                call=ears.call_id,
            )
        except Overloaded as full:
            log.warning("call %s is not transcribed live: %s", ears.call_id, full)
            ears.unheard.append(_Unheard(speaker, name, since))
            return None

    async def _end(self, ears: _Ears, uniqueid: str, tap: Tap, stream: SpeechStream | None) -> None:
        """What was said last is still heard, then the leg is closed in the transcript."""
        await self._taps.stop(tap)
        if stream is not None:
            await stream.finish()
        if (left := ears.transcript.leg_ended(uniqueid)) is not None and ears.discretion is not None:
            await self._show(ears, ears.discretion.heard(left, ears.transcript.words(left.utterance_id)))

    def _missed(self, ears: _Ears, unheard: _Unheard) -> None:
        ears.incomplete = True
        ears.unheard.append(unheard)
        self._tasks.start(self._tell(ears, "gap"), name="gap")

    async def _hear_later(self, ears: _Ears) -> None:
        """What nobody could listen to is decoded from the recording, once the calls that go on leave room."""
        heard_with = self._languages.of(ears.language)
        if self._recorder is None or heard_with is None:
            return
        legs = [
            self._recorded(ears, place, each, self._recorder, heard_with) for place, each in enumerate(ears.unheard)
        ]
        try:
            await self._later.decode(legs)
        except (Overloaded, Problem) as failure:
            log.error("call %s was not transcribed later either: %s", ears.call_id, failure)

    def _recorded(self, ears: _Ears, place: int, unheard: _Unheard, recorder: Recorder, heard_with: Ear) -> RecordedLeg:
        speaker, name, start_s, end_s = unheard
        return RecordedLeg(
            source=lambda: recorder.sound(ears.contact_id, speaker, start_s, end_s),
            on_result=lambda heard: self._heard(ears, f"later-{place}", speaker, name, heard),
            recogniser=heard_with.recogniser,
            table=heard_with.table,
            begun_s=start_s,
        )

    # --- words

    def _heard(self, ears: _Ears, uniqueid: str, speaker: Speaker, name: str, heard: Heard) -> None:
        utterance = ears.transcript.heard(uniqueid, speaker, name, heard)
        if utterance is not None and ears.discretion is not None:
            shown = ears.discretion.heard(utterance, heard.words)
            if ears.secret is not None:
                ears.secret.heard(ears.discretion.awaited)
            self._tasks.start(self._show(ears, shown), name="say")

    async def _show(self, ears: _Ears, shown: Iterable[Shown], *, over: bool = False) -> None:
        for each in shown:
            await self._say(ears, each)
            await self._silence(ears, each.masks, over=over)

    async def _say(self, ears: _Ears, shown: Shown) -> None:
        """Final words wait for a bus that is away; those still being spoken pass by, and are worth nothing later."""
        now, call_id, utterance = self._clock.now(), ears.call_id, shown.utterance
        words = Words(at=now, call_id=call_id, utterance=utterance)
        if utterance.final:
            to_keep = WordsToKeep(
                at=now,
                call_id=call_id,
                utterance=utterance,
                words=shown.words,
                masks=shown.masks,
                sealed=shown.sealed,
            )
            await tell(self._bus, f"call.{call_id}", words)
            await tell(self._bus, f"call.{call_id}", to_keep)
            return
        try:
            await self._bus.publish(f"call.{call_id}", words, kept=False)
        except BusGone:
            log.debug("words of call %s passed by unheard", call_id)

    async def _tell(self, ears: _Ears, transcribed: Transcribed) -> None:
        await tell(
            self._bus,
            f"call.{ears.call_id}",
            TranscriptionChanged(at=self._clock.now(), call_id=ears.call_id, transcribed=transcribed),
        )

    # --- the recording

    async def _record(self, recorder: Recorder, ears: _Ears) -> None:
        assert ears.zero is not None
        until = self._clock.monotonic() + CONSENT_WRITTEN_WITHIN_S
        while not ears.contact_id:
            try:
                ears.contact_id = await recorder.begin(ears.call_id, ears.zero)
            except ConsentMissing as missing:
                if self._clock.monotonic() > until:
                    log.warning("call %s is not recorded: %s", ears.call_id, missing)
                    return
                await asyncio.sleep(0.1)
            except Problem as problem:
                log.error("call %s is not recorded: %s", ears.call_id, problem)
                return
        ears.secret = SecretPause(ears.call_id, recorder, self._tasks)
        if "secret" in recorder.pauses(ears.call_id):
            ears.secret.was_paused()
        for span in tuple(ears.silent):
            await self._silence_span(ears, span)

    async def _end_recording(self, recorder: Recorder, ears: _Ears) -> None:
        ears.secret = None
        if ears.recording is not None:
            ears.recording.cancel()
            await asyncio.wait({ears.recording})
        try:
            await recorder.end(ears.call_id)
        except Problem as problem:
            log.error("the recording of call %s did not end well: %s", ears.call_id, problem)

    async def _silence(self, ears: _Ears, masks: Iterable[Mask], *, over: bool) -> None:
        """Nobody hears what does not show. What is undecided may still be harmless while the call goes on."""
        for mask in masks:
            span = max(0.0, mask.start_s - AROUND_S), mask.end_s + AROUND_S
            if span not in ears.silent and (over or mask.kind != Kind.UNDECIDED):
                ears.silent.add(span)
                await self._silence_span(ears, span)

    async def _silence_span(self, ears: _Ears, span: tuple[float, float]) -> None:
        if self._recorder is None or not ears.contact_id:
            return  # where the recording begins later it asks for it again
        try:
            await self._recorder.silence(ears.contact_id, *span)
        except Problem as problem:
            log.error("a secret in the recording of call %s is not silent: %s", ears.call_id, problem)
