"""Calls are recorded: frames in, sealed seconds on the disk, the call never the slower for it.

    contact_id = await recorder.begin(call_id, zero)      # only with consent: there is no key without
    recorder.feed(call_id, "caller", leg, at, pcm)        # each frame of each tap
    await recorder.pause(call_id, "paused", by=agent_id)  # ... await recorder.resume(call_id, "paused")
    await recorder.silence(contact_id, 61.2, 64.0)        # the redactor, seconds later
    await recorder.end(call_id)

A chunk of a second is kept `HOLD_S` after it was spoken, looked for every 0.25 s: a killed process loses 1.75 s and the
length of one job. A disk that takes nothing costs the sound of that time, listed as a gap, and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from assist.desk.messages import RecordingState
from assist.recording.disk import Disk
from assist.recording.live import Heard, Outcome, Recorded, Span
from assist.recording.mixing import HOLD_S, RATE, Side
from assist.recording.places import file_of
from assist.recording.sealing import CHUNK_SAMPLES
from assist.recording.tape import Tape
from core.clock import Clock
from core.errors import Problem
from core.events import Message
from core.tasks import TaskOwner
from records.recording import Begun, NoRecording, RecordingGone, SpanKind
from records.recordings import Recordings

log = logging.getLogger(__name__)

SETTLE_S = 30.0  # how long a second stays where silencing it leaves nothing on any disk
MOST_BUFFERED = 2 * 2000  # frames of a recording whose thread does not come: 40 s of two legs
MOST_RECORDINGS = 500
_TICK_S = 0.25
_RETRY_TICKS = 8
_DISK_WITHIN_S = 10.0  # for those who wait; the thread itself cannot be hurried

Pause = Literal["paused", "secret"]
"""By the agent, or while a card or PIN is taken. Sound comes back when neither holds."""

T = TypeVar("T")
OnState = Callable[[str, RecordingState], None]
"""Told in the event loop what becomes of a call's recording, each time that it becomes something else."""


class Silenced(Message, frozen=True, kw_only=True):
    """What was made silent. `on_disk`: chunks of it that had been on the disk and were overwritten there; 0: the sound
    was never on one."""

    start_s: float
    end_s: float
    on_disk: int


@dataclass
class _Live:
    call_id: str
    begun: Begun
    zero: float  # the monotonic time of second 0
    recorded: Recorded
    frames: list[Heard] = field(default_factory=list)
    silent: list[Span] = field(default_factory=list)
    pauses: dict[SpanKind, tuple[int, str]] = field(default_factory=dict)  # since which sample, and the span's id
    gap_from: int | None = None  # the sample from which on nothing is kept
    dropped_from: int | None = None  # the sample of the first frame for which there was no room
    ended: int | None = None  # the sample at which the call ended
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by who has the thread work on it
    untold: list[Callable[[], Awaitable[object]]] = field(default_factory=list)  # for the database, in order
    state: RecordingState = "off"  # as it was told last
    late: bool = False  # the database does not take what it is told
    closed: bool = False

    def now(self) -> RecordingState:
        """What is the matter with it comes first, then what the agent wants."""
        if self.ended is not None:
            return "off"
        if self.gap_from is not None or self.dropped_from is not None:
            return "failing"
        return "paused" if "paused" in self.pauses else "secret" if "secret" in self.pauses else "on"

    def silence(self) -> tuple[Span, ...]:
        """All that is to be silent, pauses that go on included."""
        return (*self.silent, *(Span(start, None) for start, _ in self.pauses.values()))


class Recorder:
    """`young` is a folder in memory (`/dev/shm/…`): see `assist.recording.tape`; None: there is none."""

    def __init__(
        self,
        *,
        kept: Recordings,
        clock: Clock,
        folder: Path,
        young: Path | None,
        settle_s: float = SETTLE_S,
        on_state: OnState = lambda call_id, state: None,
    ) -> None:
        self._kept, self._clock, self._folder, self._young = kept, clock, folder, young
        self._settle_chunks, self._on_state = round(settle_s * RATE / CHUNK_SAMPLES), on_state
        self._calls: dict[str, _Live] = {}
        self._contacts: dict[str, _Live] = {}
        self._beginning: dict[str, asyncio.Future[str]] = {}
        self._disk = Disk("recording", bound=2 * MOST_RECORDINGS, within_s=_DISK_WITHIN_S)
        self._tasks = TaskOwner("recorder")
        self._ticks = 0
        self._stopping = False
        self._untold: list[_Live] = []  # closed, while the database does not know all of it

    async def start(self) -> None:
        self._tasks.start(self._tick(), name="tick")

    async def stop(self, within: float = 10.0) -> None:
        """Put everything on the disk: who stops may be about to restart the machine. Nothing is ended by it."""
        self._stopping = True
        try:
            async with asyncio.timeout(within):
                for live in list(self._contacts.values()):
                    await self._advance(live, to_the_end=True)
                    if live.ended is None:
                        self._until_somebody_goes_on(live)
                    await self._close(live)
        except (TimeoutError, Problem) as failure:
            log.error("%d recordings could not be closed: %s", len(self._contacts), failure or "too slow a disk")
        await self._tasks.stop()
        if not self._contacts:  # else a thread hangs in the disk, and nobody waits for it
            await self._disk.close()

    @property
    def contacts(self) -> frozenset[str]:
        """Those whose file this recorder has open."""
        return frozenset(self._contacts)

    async def begin(self, call_id: str, zero: datetime) -> str:
        """Record this call from now on; its contact's id. Second 0 is `zero`, the answer.

        A call that was recorded before (by a process that died, say) goes on in the same file, with the gap listed and
        paused if it was. Raises `ConsentMissing`, `RecordingGone`, and `Problem` where it cannot be recorded.
        """
        beginning = self._beginning.get(call_id)
        if beginning is None:
            beginning = self._beginning[call_id] = asyncio.ensure_future(self._begin(call_id, zero))
            beginning.add_done_callback(lambda _: self._beginning.pop(call_id, None))
        return await asyncio.shield(beginning)

    async def _begin(self, call_id: str, zero: datetime) -> str:
        if (known := self._calls.get(call_id)) is not None:
            return known.begun.contact_id
        if len(self._contacts) >= MOST_RECORDINGS:
            raise Problem(f"{MOST_RECORDINGS} calls are recorded already", place=f"call {call_id}")
        begun = await self._kept.begin(call_id, zero)
        if (earlier := self._contacts.get(begun.contact_id)) is not None:
            await self._close(earlier)
        monotonic = self._clock.monotonic() - (self._clock.now() - begun.began_at).total_seconds()
        recorded, missed = await self._disk.run(lambda: self._open(begun, monotonic), place=_place(call_id))
        live = _Live(call_id, begun, monotonic, recorded)
        begin = recorded.mixer.taken
        for span_id, kind in begun.open_spans:
            if kind == "gap":
                live.untold.append(lambda span_id=span_id: self._kept.close_span(span_id, begin / RATE))  # type: ignore[misc]
            else:
                live.pauses[kind] = 0, span_id
        if begin - missed > RATE and "gap" not in {kind for _, kind in begun.open_spans}:
            live.untold.append(lambda: self._gap(live, missed, begin))
        self._calls[call_id] = self._contacts[begun.contact_id] = live
        self._say(live)
        await self._tell(live)
        return begun.contact_id

    def feed(self, call_id: str, side: Side, leg: str, at: float, pcm: bytes) -> None:
        """A frame of a leg's tap: signed 16-bit mono, 8 kHz; `at` is monotonic. Of a call nobody records: nothing."""
        live = self._calls.get(call_id)
        if live is None or live.ended is not None:
            return
        if len(live.frames) >= MOST_BUFFERED:
            if live.dropped_from is None:
                live.dropped_from = self._sample(live, at)
                self._say(live)
            return
        live.frames.append(Heard(side, leg, at, pcm))

    async def pause(self, call_id: str, kind: Pause, *, by: str = "") -> None:
        """From now on there is silence, at once, whether or not the database can say so (then it raises).

        Both kinds can hold at a time; the agent's is the one that is told.
        """
        live = self._of(call_id)
        if kind not in live.pauses:
            start = self._now(live)
            live.pauses[kind] = start, ""
            self._say(live)
            span_id = await self._kept.open_span(live.begun.contact_id, kind, start / RATE, by)
            if kind in live.pauses:
                live.pauses[kind] = start, span_id
            else:
                await self._kept.close_span(span_id, self._now(live) / RATE)

    async def resume(self, call_id: str, kind: Pause) -> None:
        """Sound again, unless the other kind of pause holds."""
        live = self._of(call_id)
        if kind in live.pauses:
            self._resumed(live, kind, self._now(live))
            self._say(live)
            await self._tell(live)

    def records(self, call_id: str) -> bool:
        """Whether a recording of this call goes on, paused or not."""
        return call_id in self._calls

    def pauses(self, call_id: str) -> frozenset[SpanKind]:
        """Those that hold in a call, be it since before a restart; none where it is not recorded."""
        live = self._calls.get(call_id)
        return frozenset(live.pauses) if live is not None else frozenset()

    async def silence(self, contact_id: str, start_s: float, end_s: float, *, by: str = "") -> Silenced:
        """Make a span of a call silent that is being recorded here, what is still to come of it included.

        Raises `Problem` for a span that is none, and where this recorder has no such recording.
        """
        live = self._contacts.get(contact_id)
        if live is None:
            raise Problem("is not being recorded here", place=f"recording {contact_id}")
        span = span_of(start_s, end_s)
        live.silent.append(span)  # first: no chunk is sealed without it from here on
        listed: str | None = None
        failed: Problem | None = None
        try:
            listed = await self._kept.add_span(contact_id, "redacted", start_s, end_s, by, done=False)
        except Problem as problem:
            failed = problem
        on_disk = await self._alone(live, lambda: live.recorded.tape.silence(span.start, span.end or 0))
        if failed is not None:
            raise failed  # the sound is gone, but no list says so
        if listed is not None:
            done = listed
            live.untold.append(lambda: self._kept.span_done(done))
            await self._tell(live)
        return Silenced(start_s=start_s, end_s=end_s, on_disk=on_disk)

    async def end(self, call_id: str) -> None:
        """The call is over; what it said until now is kept. The last seconds can still be silenced like before."""
        if (beginning := self._beginning.get(call_id)) is not None:
            await asyncio.wait({beginning})  # who began it may have given up meanwhile; it would go on for ever
        live = self._calls.pop(call_id, None)
        if live is None:
            return
        live.ended = self._now(live)
        for kind in list(live.pauses):
            self._resumed(live, kind, live.ended)
        self._say(live)
        await self._advance(live, to_the_end=True)
        length_s = live.ended / RATE
        live.untold.append(lambda: self._kept.end(live.begun.contact_id, length_s))
        await self._tell(live)

    async def let_go(self, contact_id: str) -> None:
        """Put a recording that is over on the disk now, and close its file. Raises `Problem` while the call goes on."""
        live = self._contacts.get(contact_id)
        if live is None:
            return
        if live.ended is None:
            raise Problem("it is still being recorded", place=f"recording {contact_id}")
        await self._tell(live)
        await self._close(live)

    # --- on the clock ---------------------------------------------------------------------------

    async def _tick(self) -> None:
        while not self._stopping:
            await asyncio.sleep(_TICK_S)
            self._ticks += 1
            retry = self._ticks % _RETRY_TICKS == 0
            for live in list(self._contacts.values()):
                if not live.lock.locked() and (self._until(live) > live.recorded.mixer.taken or retry):
                    self._tasks.start(self._one_tick(live, retry), name=f"call-{live.call_id}")
            if retry:
                self._tasks.start(self._tell_of_closed(), name="closed")

    async def _one_tick(self, live: _Live, retry: bool) -> None:
        try:
            await self._advance(live)
            if retry:
                await self._tell(live)
            if live.ended is not None and self._now(live) > live.ended + self._settle_chunks * CHUNK_SAMPLES:
                await self._close(live)
        except Problem as problem:
            log.warning("recording of call %s: %s", live.call_id, problem)

    async def _tell_of_closed(self) -> None:
        for live in list(self._untold):
            await self._tell(live)
        self._untold = [live for live in self._untold if live.untold]

    def _until(self, live: _Live) -> int:
        """Up to which sample sound can be placed for good: whole chunks that are old enough, or the call's end."""
        whole = (self._now(live) - round(HOLD_S * RATE)) // CHUNK_SAMPLES * CHUNK_SAMPLES
        return whole if live.ended is None else live.ended

    async def _advance(self, live: _Live, *, to_the_end: bool = False) -> None:
        """Have the thread keep what is complete by now."""
        if live.closed:
            return
        now = self._now(live)
        until = now if to_the_end and live.ended is None else self._until(live)
        frames, live.frames = live.frames, []
        live.silent = [span for span in live.silent if span.end is None or span.end > live.recorded.mixer.taken]
        silent, settle = live.silence(), now // CHUNK_SAMPLES - self._settle_chunks

        def recorded() -> Outcome:
            return live.recorded.record(frames, until, silent, settle)

        await self._alone(live, recorded, then=lambda outcome: self._note(live, outcome))

    def _note(self, live: _Live, outcome: Outcome) -> None:
        """Say once that a recording fails, and once that it goes on; list what is missing."""
        for number in sorted({*outcome.lost, *outcome.kept}):
            if number in outcome.lost and live.gap_from is None:
                live.gap_from = number * CHUNK_SAMPLES
                log.error("call %s is not recorded from second %d on: %s", live.call_id, number, outcome.why)
            elif number in outcome.kept and live.gap_from is not None:
                start, live.gap_from = live.gap_from, None
                log.warning("call %s is recorded again from second %d on", live.call_id, number)
                self._lacks(live, start, number * CHUNK_SAMPLES)
        if live.dropped_from is not None and len(live.frames) < MOST_BUFFERED:
            start, live.dropped_from = live.dropped_from, None
            log.error("call %s: the recording could not keep up, and sound was left out", live.call_id)
            self._lacks(live, start, self._now(live))
        if live.ended is not None and live.gap_from is not None:
            start, live.gap_from = live.gap_from, None
            self._lacks(live, start, live.ended)
        self._say(live)

    def _say(self, live: _Live) -> None:
        if live.now() != live.state:
            live.state = live.now()
            self._on_state(live.call_id, live.state)

    def _lacks(self, live: _Live, start: int, end: int) -> None:
        live.untold.append(lambda: self._gap(live, start, end))

    async def _gap(self, live: _Live, start: int, end: int) -> None:
        await self._kept.add_span(live.begun.contact_id, "gap", start / RATE, end / RATE, done=True)

    def _until_somebody_goes_on(self, live: _Live) -> None:
        contact_id, start_s = live.begun.contact_id, live.recorded.mixer.taken / RATE
        live.untold.append(lambda: self._kept.open_span(contact_id, "gap", start_s))

    def _resumed(self, live: _Live, kind: SpanKind, now: int) -> None:
        start, span_id = live.pauses.pop(kind)
        live.silent.append(Span(start, now))
        if span_id:
            live.untold.append(lambda: self._kept.close_span(span_id, now / RATE))

    async def _tell(self, live: _Live) -> None:
        """Tell the database what it does not know yet; what it cannot take now is told later."""
        while live.untold:
            first = live.untold[0]
            try:
                await first()
            except (NoRecording, RecordingGone):
                log.info("the recording of call %s was deleted: nothing more is told of it", live.call_id)
                live.untold.clear()
            except Problem as problem:
                if not live.late:
                    log.warning("what became of the recording of call %s is told later: %s", live.call_id, problem)
                live.late = True
                return
            live.late = False
            if live.untold and live.untold[0] is first:
                live.untold.pop(0)

    async def _close(self, live: _Live) -> None:
        if not live.closed:
            await self._alone(live, lambda: _settled_and_closed(live.recorded.tape))
            live.closed = True
        if self._contacts.get(live.begun.contact_id) is live:
            del self._contacts[live.begun.contact_id]
        if self._calls.get(live.call_id) is live:
            del self._calls[live.call_id]
        await self._tell(live)
        if live.untold:
            self._untold.append(live)

    # --- inside ---------------------------------------------------------------------------------

    def _open(self, begun: Begun, zero: float) -> tuple[Recorded, int]:
        """The tape, and the sample up to which it was recorded before. Blocks."""
        path = file_of(self._folder, begun.contact_id, begun.began_at)
        tape = Tape(path, begun.contact_id, begun.key, young=self._young)
        before = tape.length * CHUNK_SAMPLES
        now = max(0, round((self._clock.monotonic() - zero) * RATE))
        return Recorded(tape, zero, max(now, before)), before

    async def _alone(self, live: _Live, work: Callable[[], T], *, then: Callable[[T], object] | None = None) -> T:
        """Blocking work on a recording, after what is under way on it; what follows from it."""
        return await self._disk.alone(live.lock, work, place=_place(live.call_id), then=then)

    def _of(self, call_id: str) -> _Live:
        live = self._calls.get(call_id)
        if live is None:
            raise Problem("this call is not being recorded", place=f"call {call_id}")
        return live

    def _sample(self, live: _Live, at: float) -> int:
        return max(0, round((at - live.zero) * RATE))

    def _now(self, live: _Live) -> int:
        return self._sample(live, self._clock.monotonic())


def span_of(start_s: float, end_s: float) -> Span:
    """Samples of a span in seconds, rounded outwards. Raises `Problem` for one that is none."""
    if not 0 <= start_s < end_s < 7 * 24 * 3600:
        raise Problem(f"from {start_s:g} to {end_s:g} s is no span of a call", place="start_s, end_s")
    return Span(int(start_s * RATE), -int(-end_s * RATE // 1))


def _place(call_id: str) -> str:
    return f"recording of call {call_id}"


def _settled_and_closed(tape: Tape) -> None:
    try:
        tape.settle(tape.length)
    finally:
        tape.close()
