"""A process that sends what is in the outbox to a pension system in PostgreSQL, and stops where it is told to.

outbox_child.py OUTBOX_URL PENSION_URL MAPPING STOP: at STOP it says so on standard output and waits to be killed.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

from sqlalchemy import Connection, event

from core.clock import SystemClock
from core.database import Database
from records.change_requests import ChangeRequests
from records.change_sending import ChangeCarrier
from records.outbox import Outbox
from records.outbox_worker import OutboxWorker
from records.pension.mapping import load_sql
from records.pension.sql_changes import SqlChanges

STOPS = ("claimed", "key written", "value written", "committed", "ended", "none")


def stop_at(stop: str, here: str) -> None:
    if stop == here:
        print(here, flush=True)  # noqa: T201
        threading.Event().wait()


async def main(url: str, pension_url: str, mapping: str, stop: str) -> None:
    db, clock = Database(url), SystemClock()
    outbox = Outbox(db, clock, lease_s=0.4)
    changes = ChangeRequests(db, clock, pepper="salt", outbox=outbox)
    target = SqlChanges(load_sql(Path(mapping)), pension_url)

    def executed(connection: Connection, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("INSERT"):
            stop_at(stop, "key written")
        elif statement.startswith("UPDATE"):
            stop_at(stop, "value written")

    event.listen(target.engine, "after_cursor_execute", executed)

    class Carrier(ChangeCarrier):
        async def carry(self, entry):
            stop_at(stop, "claimed")
            await super().carry(entry)
            stop_at(stop, "committed")

        async def told(self, entry, ending, why):
            stop_at(stop, "ended")

    worker = OutboxWorker(outbox, {"change": Carrier(changes, target)}, within_s=0.3, every_s=0.05)
    await worker.start()
    while (await outbox.load()).waiting:  # noqa: ASYNC110 - another process may be the one who empties it
        await asyncio.sleep(0.05)
    await worker.stop()
    await db.close()
    print("empty", flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
