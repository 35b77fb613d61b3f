"""Words are heard of those who agreed, on both sides, and of nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from toy_recogniser import ToyRecogniser, sound
from waiting import until

from assist.desk.messages import TranscriptionChanged, Words
from assist.discretion import Discretion
from assist.hearing import Hearing
from assist.speech.languages import Ear, Languages
from assist.speech.pool import DecoderPool
from assist.speech.words import Heard
from core.clock import SystemClock
from core.errors import Problem
from core.events import Event
from realtime.bus import InProcessBus
from records.contact import Answered, Contact
from records.contacts import ConsentMissing
from records.events import CallerKnown
from telephony.events import AgentLeft, CallAnswered, CallEnded, CallStarted

CALL, CALLER, DANA = "call-1", "pbx-1.0", "pbx-2.1"


class Stream:
    """A tap's audio, as a test speaks it."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    def speak(self, word: int) -> None:
        """One word and a pause."""
        now = asyncio.get_running_loop().time()
        for place, frame in enumerate((*sound(word, 0.3), *sound(0, 0.8))):
            self._frames.put_nowait((now + place * 0.02, frame))

    def __aiter__(self) -> AsyncIterator[tuple[float, bytes]]:
        return self

    async def __anext__(self) -> tuple[float, bytes]:
        return await self._frames.get()


class Tap:
    def __init__(self, leg: str) -> None:
        self.leg, self.stream = leg, Stream()


class Taps:
    """Gives a stream for each leg; legs in `deaf` cannot be tapped."""

    def __init__(self) -> None:
        self.open: dict[str, Tap] = {}
        self.deaf: set[str] = set()

    async def start(self, leg: str) -> Any:
        if leg in self.deaf:
            raise Problem("Asterisk does not let us listen")
        self.open[leg] = Tap(leg)
        return self.open[leg]

    async def stop(self, tap: Any) -> None:
        self.open.pop(tap.leg, None)


class Call:
    def __init__(self, bus: InProcessBus, taps: Taps) -> None:
        self.bus, self.taps, self.said = bus, taps, list[Event]()
        bus.listen("call.*", lambda delivery: self.said.append(delivery.event))

    async def happens(self, *events: Event) -> None:
        for event in events:
            await self.bus.publish(f"call.{CALL}", event)

    def words(self) -> list[tuple[str, str]]:
        """Who said what, final words only."""
        spoken = [event.utterance for event in self.said if isinstance(event, Words) and event.utterance.final]
        return [(each.name, each.text) for each in spoken]

    def told(self) -> list[str]:
        return [event.transcribed for event in self.said if isinstance(event, TranscriptionChanged)]


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    bus, taps = InProcessBus(), Taps()
    async with DecoderPool(ToyRecogniser, most_streams=2) as pool:
        hearing = Hearing(
            bus=bus,
            clock=SystemClock(),
            taps=taps,
            speech=pool,
            languages=Languages({"en": Ear(ToyRecogniser, "toy")}),
            discretion=lambda language, call_id: Discretion(language),
            agent_name=lambda device: device.removeprefix("PJSIP/").title(),
        )
        await hearing.start()
        await asyncio.sleep(0)
        yield Call(bus, taps)
        await hearing.stop()


def now() -> datetime:
    return datetime.now(UTC)


def started() -> CallStarted:
    return CallStarted(
        at=now(),
        call_id=CALL,
        linkedid=CALLER,
        caller_number="",
        caller_name="",
        dialled="5550100",
        channel="PJSIP/trunk-1",
        uniqueid=CALLER,
    )


def known(consent: Any) -> CallerKnown:
    return CallerKnown(
        at=now(),
        call_id=CALL,
        member_id=None,
        verification="none",
        consent=consent,
        language="en",
        chosen="",
        menu_path=(),
    )


def answered(device: str = "PJSIP/dana", leg: str = DANA) -> CallAnswered:
    return CallAnswered(
        at=now(),
        call_id=CALL,
        linkedid=CALLER,
        device=device,
        queue="member_services",
        caller_uniqueid=CALLER,
        agent_uniqueid=leg,
        agent_channel=f"{device}-1",
    )


def left(leg: str = DANA) -> AgentLeft:
    return AgentLeft(at=now(), call_id=CALL, linkedid=CALLER, device="PJSIP/dana", agent_uniqueid=leg, talk_s=1.0)


def ended() -> CallEnded:
    return CallEnded(
        at=now(), call_id=CALL, linkedid=CALLER, outcome="answered", answered=True, wait_s=1, talk_s=1, incomplete=False
    )


async def test_both_sides_are_heard_each_under_their_name(call: Call) -> None:
    await call.happens(started(), known("given"), answered())
    await until(lambda: set(call.taps.open) == {CALLER, DANA})
    call.taps.open[CALLER].stream.speak(1)
    await until(lambda: ("Caller", "w1") in call.words())
    call.taps.open[DANA].stream.speak(2)
    await until(lambda: ("Dana", "w2") in call.words())
    assert "live" in call.told()


@pytest.mark.parametrize("consent", ["pending", "refused"])
async def test_who_did_not_agree_is_not_tapped(call: Call, consent: str) -> None:
    await call.happens(started(), known(consent), answered())
    await asyncio.sleep(0.1)
    assert call.taps.open == {}
    assert call.words() == []


async def test_consent_that_comes_late_is_enough(call: Call) -> None:
    await call.happens(started(), answered())
    await asyncio.sleep(0.05)
    assert call.taps.open == {}
    await call.happens(known("given"))
    await until(lambda: set(call.taps.open) == {CALLER, DANA})


async def test_the_callers_tap_goes_on_when_the_agent_changes(call: Call) -> None:
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2)
    tap = call.taps.open[CALLER]
    await call.happens(left())
    await until(lambda: set(call.taps.open) == {CALLER})
    await call.happens(answered("PJSIP/priya", "pbx-3.1"))
    await until(lambda: set(call.taps.open) == {CALLER, "pbx-3.1"})
    assert call.taps.open[CALLER] is tap
    call.taps.open["pbx-3.1"].stream.speak(3)
    await until(lambda: ("Priya", "w3") in call.words())


async def test_the_end_of_the_call_ends_its_taps_and_keeps_the_last_words(call: Call) -> None:
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2)
    call.taps.open[CALLER].stream.speak(4)
    await until(lambda: any(isinstance(event, Words) for event in call.said))
    await call.happens(ended())
    await until(lambda: call.taps.open == {} and ("Caller", "w4") in call.words())


async def test_a_leg_that_cannot_be_tapped_is_said_and_the_other_is_heard(call: Call) -> None:
    call.taps.deaf.add(DANA)
    await call.happens(started(), known("given"), answered())
    await until(lambda: "unavailable" in call.told() and CALLER in call.taps.open)
    call.taps.open[CALLER].stream.speak(1)
    await until(lambda: ("Caller", "w1") in call.words())


async def test_more_calls_than_can_be_decoded_are_told_so(call: Call) -> None:
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2)
    await call.happens(answered("PJSIP/priya", "pbx-3.1"))
    await until(lambda: "unavailable" in call.told() and "pbx-3.1" not in call.taps.open)


# --- what does not show -----------------------------------------------------------------------------


class Digits(ToyRecogniser):
    """Hears words of a sentence: sound n is the nth of them."""

    SAYS = ("", *["my", "social", "is", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])

    def partial(self) -> Heard:
        return self._as_words(super().partial())

    def finish(self) -> Heard | None:
        heard = super().finish()
        return None if heard is None else self._as_words(heard)

    def _as_words(self, heard: Heard) -> Heard:
        words = [replace(word, text=self.SAYS[int(word.text[1:])]) for word in heard.words]
        return Heard.of(tuple(words), final=heard.final)


UNSEEN: set[str] = set()  # calls that nobody looks at


class Recorder:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.fed: set[tuple[str, str]] = set()
        self.silent: list[tuple[float, float]] = []
        self.ended: list[str] = []
        self.withdrawn: list[str] = []
        self.played: list[str] = []
        self.paused: list[str] = []
        self.missing = 2  # times that the consent is not in the database yet

    async def begin(self, call_id: str, zero: datetime) -> str:
        if self.missing:
            self.missing -= 1
            raise ConsentMissing("pending")
        self.begun.append(call_id)
        return "contact-1"

    def feed(self, call_id: str, side: Any, leg: str, at: float, pcm: bytes) -> None:
        self.fed.add((side, leg))

    async def silence(self, contact_id: str, start_s: float, end_s: float) -> None:
        assert contact_id == "contact-1"
        self.silent.append((start_s, end_s))

    def pauses(self, call_id: str) -> frozenset[str]:
        return frozenset()

    async def pause(self, call_id: str, kind: str) -> None:
        self.paused.append(f"{kind} on")

    async def resume(self, call_id: str, kind: str) -> None:
        self.paused.append(f"{kind} off")

    async def withdraw(self, call_id: str, contact_id: str) -> None:
        self.withdrawn.append(contact_id)

    async def end(self, call_id: str) -> None:
        self.ended.append(call_id)

    async def sound(self, contact_id: str, side: Any, start_s: float, end_s: float) -> AsyncIterator[bytes]:
        """A word and a pause, in two pieces."""
        assert contact_id == "contact-1"
        self.played.append(side)
        for some in (sound(1, 0.3), sound(0, 0.8)):
            yield b"".join(some)


@pytest.fixture
async def recorded(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Call, Recorder]]:
    """`most_streams` by parameter: so many legs can be listened to."""
    bus, taps, recorder = InProcessBus(), Taps(), Recorder()
    async with DecoderPool(Digits, most_streams=getattr(request, "param", 10)) as pool:
        hearing = Hearing(
            bus=bus,
            clock=SystemClock(),
            taps=taps,
            speech=pool,
            languages=Languages({"en": Ear(Digits, "toy")}),
            discretion=lambda language, call_id: Discretion(language, seal=lambda *words: f"sealed {len(words[2])}"),
            agent_name=str,
            recorder=recorder,
            watched=lambda call_id: call_id not in UNSEEN,
        )
        await hearing.start()
        await asyncio.sleep(0)
        yield Call(bus, taps), recorder
        await hearing.stop()


async def test_a_secret_is_in_no_words_and_silent_in_the_recording(recorded: tuple[Call, Recorder]) -> None:
    call, recorder = recorded
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2)
    stream = call.taps.open[CALLER].stream
    at = asyncio.get_running_loop().time()
    frames = [frame for word in range(1, 13) for frame in (*sound(word, 0.1), *sound(0, 0.04))] + sound(0, 0.8)
    for place, frame in enumerate(frames):
        stream._frames.put_nowait((at + place * 0.02, frame))
    await until(lambda: any(name == "Caller" for name, _ in call.words()))
    assert dict(call.words())["Caller"] == "my social is •••"
    said = [event for event in call.said if isinstance(event, Words)]
    assert not any(digit in repr(said) for digit in ("three", "four", "seven", "nine"))
    await until(lambda: bool(recorder.silent))
    [(start_s, end_s)] = recorder.silent
    assert 1.2 < end_s - start_s < 2.0
    assert recorder.fed == {("caller", CALLER)}
    await call.happens(ended())
    await until(lambda: recorder.ended == [CALL])


async def test_while_a_pin_is_taken_the_recording_is_paused(
    recorded: tuple[Call, Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Digits, "SAYS", ("", *["what", "is", "your", "pin", "it", "is", "four", "seven", "one", "nine"])
    )
    call, recorder = recorded
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2 and recorder.begun == [CALL])

    def speak(leg: str, *words: int) -> None:
        frames = [frame for word in words for frame in (*sound(word, 0.1), *sound(0, 0.04))] + sound(0, 0.8)
        at = asyncio.get_running_loop().time()
        for place, frame in enumerate(frames):
            call.taps.open[leg].stream._frames.put_nowait((at + place * 0.02, frame))

    speak(DANA, 1, 2, 3, 4)
    await until(lambda: recorder.paused == ["secret on"])
    speak(CALLER, 5, 6, 7, 8, 9, 10)
    await until(lambda: recorder.paused == ["secret on", "secret off"])


async def test_while_nobody_looks_words_come_as_whole_sentences(recorded: tuple[Call, Recorder]) -> None:
    call, _ = recorded
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2)

    def partial() -> list[Words]:
        return [event for event in call.said if isinstance(event, Words) and not event.utterance.final]

    UNSEEN.add(CALL)
    try:
        call.taps.open[CALLER].stream.speak(1)
        await until(lambda: call.words() == [("Caller", "my")])
        assert partial() == []
    finally:
        UNSEEN.clear()
    call.taps.open[CALLER].stream.speak(1)
    await until(lambda: bool(partial()))


async def test_in_a_language_without_a_redactor_the_call_is_recorded_and_nothing_is_text(
    recorded: tuple[Call, Recorder],
) -> None:
    call, recorder = recorded
    await call.happens(started(), msgspec.structs.replace(known("given"), language="fi"), answered())
    await until(lambda: len(call.taps.open) == 2)
    call.taps.open[CALLER].stream.speak(1)
    await until(lambda: bool(recorder.fed) and recorder.begun == [CALL])
    await asyncio.sleep(0.1)
    assert call.words() == []
    assert set(call.told()) == {"unavailable"}


async def test_who_takes_their_consent_back_is_no_longer_heard_and_their_recording_goes(
    recorded: tuple[Call, Recorder],
) -> None:
    call, recorder = recorded
    await call.happens(started(), known("given"), answered())
    await until(lambda: len(call.taps.open) == 2)
    await until(lambda: recorder.begun == [CALL])
    await call.happens(known("refused"))
    await until(lambda: recorder.withdrawn == ["contact-1"])
    assert call.taps.open == {}
    await call.happens(ended())


async def test_without_consent_nothing_is_recorded(recorded: tuple[Call, Recorder]) -> None:
    call, recorder = recorded
    await call.happens(started(), known("refused"), answered(), ended())
    await until(lambda: recorder.ended == [CALL])
    assert recorder.begun == []
    assert recorder.fed == set()


@pytest.mark.parametrize("recorded", [1], indirect=True)
async def test_who_nobody_could_listen_to_is_transcribed_from_the_recording(recorded: tuple[Call, Recorder]) -> None:
    call, recorder = recorded
    await call.happens(started(), known("given"), answered())
    await until(lambda: "later" in call.told())
    await until(lambda: recorder.begun == [CALL])
    await asyncio.sleep(0.05)
    assert call.words() == []
    await call.happens(ended())
    await until(lambda: call.words() == [("PJSIP/dana", "my")])
    assert recorder.played == ["agent"]
    assert recorder.ended == [CALL]


async def test_a_call_of_before_the_restart_is_transcribed_from_its_recording() -> None:
    bus, recorder = InProcessBus(), Recorder()
    contact = Contact(
        contact_id="contact-1",
        call_id=CALL,
        system="pbx",
        linkedid=CALLER,
        channel="call",
        caller_number="",
        dialled="",
        started_at=now(),
        answered_at=now(),
        ended_at=now(),
        member_id=None,
        verification="none",
        consent="given",
        handwritten=False,
        language="en",
        course=(Answered(at=now(), agent_id="dana", agent_name="Dana"),),
        outcome="answered",
        wait_s=1.0,
        talk_s=1.0,
        incomplete=False,
        speech_model="",
        menu_version="",
        draft=None,
        corrected=None,
        confirmed=None,
        confirmed_at=None,
        confirmed_by=None,
    )
    async with DecoderPool(Digits) as pool:
        hearing = Hearing(
            bus=bus,
            clock=SystemClock(),
            taps=Taps(),
            speech=pool,
            languages=Languages({"en": Ear(Digits, "toy")}),
            discretion=lambda language, call_id: Discretion(language),
            agent_name=str,
            recorder=recorder,
        )
        call = Call(bus, Taps())
        hearing.hear_from_recording(msgspec.structs.replace(contact, consent="refused"))
        hearing.hear_from_recording(contact)
        await until(lambda: sorted(call.words()) == [("Caller", "my"), ("Dana", "my")])
        await hearing.stop()
    assert recorder.played == ["caller", "agent"]
