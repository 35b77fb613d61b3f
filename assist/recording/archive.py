"""Recordings after the call: played, silenced in places, deleted for good, put in order after a crash."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import soundfile

from assist.recording.companding import SILENCE, expanded
from assist.recording.disk import Disk
from assist.recording.mixing import RATE, Samples
from assist.recording.places import file_of
from assist.recording.recorder import Recorder, Silenced, span_of
from assist.recording.sealing import CHUNK_SAMPLES, DamagedChunk
from assist.recording.tape import Tape, TapeReader, forget_young
from core.errors import Problem
from core.events import Message
from records.audit import Audit
from records.recording import Deleted, NoRecording, RecordingGone, Silent
from records.recordings import DELETED, Recordings
from records.retention import Retention

log = logging.getLogger(__name__)

MOST_S = 600.0  # of sound in one answer: 19 MB
BY_RULE, BY_CALLER = "retention", "caller"  # who deletes where nobody of the staff does
_DISK_WITHIN_S = 12.0

T = TypeVar("T")


class Played(NamedTuple):
    """`wav`: stereo (the caller left, agents right), 16 bit, 8 kHz, from `start_s` to `end_s` of the call. Seconds in
    `damaged` are silent because they could not be opened."""

    wav: bytes
    start_s: float
    end_s: float
    damaged: tuple[int, ...]


class Proof(Message, frozen=True, kw_only=True):
    """That a recording was deleted. `entry` is the number of the audit log's entry that says so, None where that log
    does not (any more); `log_whole`: the log is as it was written."""

    deleted: Deleted
    entry: int | None
    log_whole: bool


class Archive:
    """`folder` and `young` are the recorder's."""

    def __init__(
        self,
        *,
        kept: Recordings,
        recorder: Recorder,
        audit: Audit,
        folder: Path,
        young: Path | None,
    ) -> None:
        self._kept, self._recorder, self._audit = kept, recorder, audit
        self._folder, self._young = folder, young
        self._disk = Disk("archive", bound=50, within_s=_DISK_WITHIN_S)

    async def stop(self) -> None:
        await self._disk.close()

    # --- hearing it again -----------------------------------------------------------------------

    async def play(self, contact_id: str, start_s: float, end_s: float) -> Played:
        """A piece of a recording, also of a call that goes on, cut to what there is; up to `MOST_S`.

        What is listed as silent is silent, even where a dead disk has not let it be overwritten. Raises `NoRecording`,
        `RecordingGone`, and `Problem` for a span that is none. Who may hear it, and the record of it, are the caller's.
        """
        span = span_of(start_s, end_s)
        if end_s - start_s > MOST_S:
            raise Problem(f"{end_s - start_s:g} s are too many at once", place="end_s", remedy=f"At most {MOST_S:g}")
        found = await self._kept.get(contact_id)
        if found is None:
            raise NoRecording("there is no recording of this contact", place=f"contact {contact_id}")
        key = await self._kept.key(contact_id)
        path = file_of(self._folder, contact_id, found.began_at)

        def read() -> Played:
            with TapeReader(path, contact_id, key, young=self._young) as tape:
                length = tape.length * CHUNK_SAMPLES
                if found.length_s is not None:
                    length = min(length, round(found.length_s * RATE))
                end = min(span.end or 0, length)
                samples, damaged = _samples(tape, span.start, max(span.start, end))
            _silence(samples, span.start, found.silent)
            return Played(_wav(samples), start_s, span.start / RATE + len(samples) / RATE, damaged)

        played = await self._run(read, contact_id)
        if played.damaged:
            log.error("recording %s: %d seconds are damaged", contact_id, len(played.damaged))
        return played

    async def silence(self, contact_id: str, start_s: float, end_s: float, *, by: str = "") -> Silenced:
        """Make a span silent for good, whether the call goes on or is long over."""
        if contact_id in self._recorder.contacts:
            return await self._recorder.silence(contact_id, start_s, end_s, by=by)
        span_of(start_s, end_s)
        listed = await self._kept.add_span(contact_id, "redacted", start_s, end_s, by, done=False)
        return await self._silence_now(listed, contact_id, start_s, end_s)

    async def _silence_now(self, listed: str, contact_id: str, start_s: float, end_s: float) -> Silenced:
        span = span_of(start_s, end_s)
        on_disk = await self._with_tape(contact_id, lambda tape: tape.silence(span.start, span.end or 0))
        await self._kept.span_done(listed)
        return Silenced(start_s=start_s, end_s=end_s, on_disk=on_disk)

    # --- its end --------------------------------------------------------------------------------

    async def delete(self, contact_id: str, *, by: str, why: str, transcript: bool = False) -> Deleted:
        """Destroy the key and remove the file, with an entry in the audit log that names the file's hash.

        Once the key is destroyed it stays so: a file that could not be removed then is removed by `recover`. Asked
        twice, the first answer is given. Raises `Held`, `NoRecording`, and `Problem` while it is recorded.
        """
        before = await self._kept.deleted(contact_id)
        if before is None:
            await self._recorder.let_go(contact_id)
            digest, size = await self._with_tape(contact_id, _digest, lost=("none", 0))
            before = await self._kept.destroy(
                contact_id,
                by=by,
                why=why,
                sha256=digest,
                size=size,
                transcript=transcript,
                note=self._audit.note(by, DELETED),
            )
        if not before.removed:
            await self._remove(contact_id)
        return await self._kept.deleted(contact_id) or before

    async def withdraw(self, call_id: str, contact_id: str) -> None:
        """The caller took the consent back: nothing more is recorded, and what was is deleted, words included."""
        await self._recorder.end(call_id)
        await self.delete(contact_id, by=BY_CALLER, why="the caller took the consent back", transcript=True)

    async def prove(self, contact_id: str) -> Proof | None:
        """What says that this recording was deleted; None: it was not."""
        deleted = await self._kept.deleted(contact_id)
        if deleted is None:
            return None
        entry = await self._kept.entry_of(deleted)
        return Proof(deleted=deleted, entry=entry, log_whole=(await self._audit.verify()).whole)

    async def sweep(self, retention: Retention) -> int:
        """Delete what is older than the rules say; how many. For once a day; one that fails does not keep others."""
        gone, after = 0, ""
        while due := await self._kept.due(retention, after=after):
            for contact_id, why in due:
                after = contact_id
                try:
                    await self.delete(contact_id, by=BY_RULE, why=why)
                    gone += 1
                except Problem as problem:
                    log.error("a recording that is old enough to go stays: %s", problem)
        return gone

    async def recover(self) -> None:
        """Put in order what a killed process left: for the start, and once a day. Calls that go on are left to
        `Recorder.begin`."""
        for contact_id, _ in await self._kept.unremoved():
            await self._trying(self._remove, contact_id)
        for listed, contact_id, start_s, end_s in await self._kept.undone():
            if contact_id not in self._recorder.contacts:
                await self._trying(self._silence_now, listed, contact_id, start_s, end_s)
        for contact_id in await self._kept.unfinished():
            if contact_id not in self._recorder.contacts:
                await self._trying(self._finish, contact_id)
        for contact_id in await self._run(self._left_young, "young"):
            if contact_id not in self._recorder.contacts:
                await self._trying(self._settle, contact_id)

    async def _trying(self, work: Callable[..., object], *what: object) -> None:
        try:
            await work(*what)  # type: ignore[misc]
        except Problem as problem:
            log.warning("a recording is put in order later: %s", problem)

    async def _finish(self, contact_id: str) -> None:
        """End the recording of a call that ended while nobody recorded it."""
        chunks = await self._with_tape(contact_id, _settled, lost=0)
        await self._kept.end(contact_id, chunks * CHUNK_SAMPLES / RATE)

    async def _settle(self, contact_id: str) -> None:
        found = await self._kept.get(contact_id)
        if found is None or found.state == "deleted":
            await self._run(lambda: forget_young(self._young and self._young / contact_id), contact_id)
        elif found.state == "kept":
            await self._with_tape(contact_id, _settled, lost=0)

    def _left_young(self) -> list[str]:
        if self._young is None or not self._young.is_dir():
            return []
        return sorted(folder.name for folder in self._young.iterdir() if folder.is_dir())

    async def _remove(self, contact_id: str) -> None:
        began_at = next((began for one, began in await self._kept.unremoved() if one == contact_id), None)
        if began_at is not None:
            await self._run(lambda: self._destroyed(contact_id, began_at), contact_id)
            await self._kept.removed(contact_id)

    def _destroyed(self, contact_id: str, began_at: datetime) -> None:
        path = file_of(self._folder, contact_id, began_at)
        if path.exists():
            Tape(path, contact_id, bytes(32), young=self._young).destroy()
        elif self._young is not None:
            forget_young(self._young / contact_id)

    # --- inside ---------------------------------------------------------------------------------

    async def _with_tape(self, contact_id: str, work: Callable[[Tape], T], *, lost: T | None = None) -> T:
        """What `work` makes of the tape that nobody records to, or `lost` where the file is not there (None: raises).

        Raises `RecordingGone` and the like.
        """
        found = await self._kept.get(contact_id)
        if found is None:
            raise NoRecording("there is no recording of this contact", place=f"contact {contact_id}")
        if found.state == "deleted":
            raise RecordingGone("was deleted", place=f"recording {contact_id}")
        key = await self._kept.key(contact_id)
        path = file_of(self._folder, contact_id, found.began_at)

        def opened() -> T:
            if not path.exists():
                if lost is None:
                    raise Problem("its file is not there", place=str(path), remedy="Was the folder moved?")
                return lost
            tape = Tape(path, contact_id, key, young=self._young)
            try:
                return work(tape)
            finally:
                tape.close()

        return await self._run(opened, contact_id)

    async def _run(self, work: Callable[[], T], contact_id: str) -> T:
        return await self._disk.run(work, place=f"recording {contact_id}")


def _settled(tape: Tape) -> int:
    """Have the file take all; how many chunks long it is."""
    tape.settle(tape.length)
    return tape.length


def _digest(tape: Tape) -> tuple[str, int]:
    _settled(tape)
    return tape.digest()


def _samples(tape: TapeReader, start: int, end: int) -> tuple[Samples, tuple[int, ...]]:
    """(samples, 2), and the numbers of the chunks that cannot be opened."""
    first, last = start // CHUNK_SAMPLES, -(-end // CHUNK_SAMPLES)
    kept = np.full((max(0, last - first) * CHUNK_SAMPLES, 2), SILENCE, np.uint8)
    damaged = []
    for number in range(first, last):
        try:
            chunk = tape.read(number)
        except DamagedChunk:
            damaged.append(number)
            continue
        if chunk is not None:
            kept[(number - first) * CHUNK_SAMPLES :][:CHUNK_SAMPLES] = np.frombuffer(chunk, np.uint8).reshape(-1, 2)
    origin = first * CHUNK_SAMPLES
    return expanded(kept[start - origin : end - origin]), tuple(damaged)


def _silence(samples: Samples, start: int, spans: Sequence[Silent]) -> None:
    """Silence in place what is listed; `samples` begin at sample `start` of the call."""
    for span in spans:
        if span.kind != "gap":
            last = len(samples) if span.end_s is None else max(0, -int(-span.end_s * RATE // 1) - start)
            samples[max(0, int(span.start_s * RATE) - start) : last] = 0


def _wav(samples: Samples) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
