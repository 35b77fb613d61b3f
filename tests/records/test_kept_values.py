"""Small values outlive a restart; one of another shape counts as none."""

from __future__ import annotations

from core.clock import ManualClock
from core.database import Database
from core.events import Message
from records.kept_values import KeptValues


class Measured(Message, frozen=True, kw_only=True):
    calls: int


class Other(Message, frozen=True, kw_only=True):
    words: str


async def test_what_was_kept_last_is_there_and_only_in_its_own_shape(db: Database, clock: ManualClock) -> None:
    kept = KeptValues(db, clock)
    assert await kept.get("speech", Measured) is None
    await kept.put("speech", Measured(calls=3))
    await kept.put("speech", Measured(calls=4))
    assert await KeptValues(db, clock).get("speech", Measured) == Measured(calls=4)
    assert await kept.get("speech", Other) is None
