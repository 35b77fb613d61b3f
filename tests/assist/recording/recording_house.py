"""A recorder with real files and a real database, and calls whose callers agreed."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

from sounds import frames

from assist.desk.messages import RecordingState
from assist.recording.archive import Archive
from assist.recording.recorder import Recorder
from core.clock import ManualClock
from core.database import Database
from records.audit import Audit
from records.contacts import Contacts
from records.recording_keys import MasterKeys
from records.recordings import Recordings

CALL = "call-1"
MASTER = base64.b64encode(b"m" * 32).decode()


class House:
    """The recorder and what stands around it; `again` is another process with the same files and database."""

    def __init__(self, db: Database, folder: Path, clock: ManualClock, young: Path | None) -> None:
        self.db, self.folder, self.clock, self.young = db, folder, clock, young
        self.contacts = Contacts(db, clock)
        self.kept = Recordings(db, clock, MasterKeys(MASTER))
        self.audit = Audit(db, clock, "key")
        self.told: list[tuple[str, RecordingState]] = []
        self.recorder = Recorder(
            kept=self.kept,
            clock=clock,
            folder=folder / "kept",
            young=young,
            settle_s=30,
            on_state=lambda *told: self.told.append(told),
        )
        self.archive = Archive(
            kept=self.kept, recorder=self.recorder, audit=self.audit, folder=folder / "kept", young=young
        )

    def again(self) -> House:
        return House(self.db, self.folder, self.clock, self.young)

    async def agreed(self, call_id: str = CALL, consent: Any = "given") -> str:
        now = self.clock.now()
        told = {"system": "pbx", "linkedid": call_id, "caller_number": "", "dialled": "7000", "started_at": now}
        contact_id = await self.contacts.open(call_id, **told)
        await self.contacts.set_consent(call_id, consent)
        return contact_id

    async def begun(self, call_id: str = CALL) -> str:
        await self.agreed(call_id)
        return await self.recorder.begin(call_id, self.clock.now())

    async def talk(self, seconds: int, *, first: int = 0, call_id: str = CALL, pause_s: float = 0.002) -> None:
        """Both sides talk for so long; the clock is turned on with them, a frame at a time."""
        for number, pcm in enumerate(frames(50 * seconds, first=first)):
            self.clock.advance(0.02)
            for side, leg in (("caller", "1"), ("agent", "2")):
                self.recorder.feed(call_id, side, leg, self.clock.monotonic(), pcm)  # type: ignore[arg-type]
            if number % 10 == 9:
                await asyncio.sleep(pause_s)
