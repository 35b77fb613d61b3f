"""Recordings put together: who makes them, who plays and deletes them, and by which rules they go."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import soundfile

from assist.recording.archive import Archive
from assist.recording.mixing import Side
from assist.recording.recorder import Pause, Recorder
from assist.recording.routes import RecordingRoutes
from assist.recording.telling import Teller
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.routes import Request
from memberline.settings import Settings
from records import retention
from records.audit import Audit
from records.contacts import Contacts
from records.directory import Directory
from records.recording import SpanKind
from records.recording_keys import MasterKeys
from records.recordings import Recordings

PIECE_S = 60.0
MEMORY = Path("/dev/shm")  # a folder that never reaches a disk, where the machine has one


@dataclass(frozen=True)
class RecordingSide:
    """What the rest of the service has to do with."""

    kept: Recordings
    recorder: Recorder
    archive: Archive
    teller: Teller
    rules: retention.Retention

    # --- what hearing needs of it: see `assist.hearing.Recorder`

    async def begin(self, call_id: str, zero: datetime) -> str:
        return await self.recorder.begin(call_id, zero)

    def feed(self, call_id: str, side: Side, leg: str, at: float, pcm: bytes) -> None:
        self.recorder.feed(call_id, side, leg, at, pcm)

    async def silence(self, contact_id: str, start_s: float, end_s: float) -> object:
        return await self.archive.silence(contact_id, start_s, end_s)  # also once the recorder has let go of it

    def pauses(self, call_id: str) -> frozenset[SpanKind]:
        return self.recorder.pauses(call_id)

    async def pause(self, call_id: str, kind: Pause) -> None:
        await self.recorder.pause(call_id, kind)

    async def resume(self, call_id: str, kind: Pause) -> None:
        await self.recorder.resume(call_id, kind)

    async def withdraw(self, call_id: str, contact_id: str) -> None:
        await self.archive.withdraw(call_id, contact_id)

    async def end(self, call_id: str) -> None:
        await self.recorder.end(call_id)

    async def sound(self, contact_id: str, side: Side, start_s: float, end_s: float) -> AsyncIterator[bytes]:
        """One side of a recording, piece by piece."""
        while start_s < end_s:
            played = await self.archive.play(contact_id, start_s, min(end_s, start_s + PIECE_S))
            if played.end_s <= start_s:
                return
            both, _ = soundfile.read(io.BytesIO(played.wav), dtype="int16")
            yield both[:, 0 if side == "caller" else 1].tobytes()
            start_s = played.end_s

    # --- the service's

    async def start(self) -> None:
        await self.teller.start()
        await self.recorder.start()
        await self.archive.recover()

    async def stop(self) -> None:
        await self.recorder.stop()
        await self.archive.stop()
        await self.teller.stop()

    async def daily(self) -> int:
        """What is done once a day; how many recordings were old enough to go."""
        await self.archive.recover()
        return await self.archive.sweep(self.rules)

    def routes(
        self,
        *,
        contacts: Contacts,
        members: Directory,
        audit: Audit,
        agent_on: Callable[[Request[Any]], Awaitable[str | None]],
    ) -> RecordingRoutes:
        return RecordingRoutes(
            kept=self.kept,
            archive=self.archive,
            recorder=self.recorder,
            contacts=contacts,
            members=members,
            audit=audit,
            agent_on=agent_on,
        )


def recording(
    settings: Settings, master: MasterKeys, *, database: Database, bus: Bus, clock: Clock, audit: Audit
) -> RecordingSide:
    """Blocks for a moment. Raises `Problem` where the rules cannot be read."""
    folder = Path(settings.recordings)
    kept = Recordings(database, clock, master)
    young = _young(folder)
    teller = Teller(bus, clock)
    recorder = Recorder(kept=kept, clock=clock, folder=folder, young=young, on_state=teller.changed)
    archive = Archive(kept=kept, recorder=recorder, audit=audit, folder=folder, young=young)
    rules = retention.load(Path(settings.retention)) if settings.retention else retention.Retention()
    return RecordingSide(kept, recorder, archive, teller, rules)


def _young(folder: Path) -> Path | None:
    """Where the last seconds wait, so that a secret among them was never on a disk: one place for each folder."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return MEMORY / f"memberline-{name}" if MEMORY.is_dir() else None
