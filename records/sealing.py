"""Words that do not show, encrypted one by one: opened only where somebody may see them, which is put on record."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.database import Database
from records.recording_keys import MasterKeys
from records.tables import Contact, SealedWords

AT_A_TIME = 500


class Sealing:
    """With the master key that also wraps the keys of recordings. What was sealed opens only in its own place."""

    def __init__(self, keys: MasterKeys) -> None:
        self._keys = keys

    def seal(self, call_id: str, utterance_id: str, first: int, text: str) -> str:
        """`text` is words of that utterance, from its word `first` on."""
        return self._keys.wrap(_place(call_id, utterance_id, first), text.encode())

    def open(self, call_id: str, utterance_id: str, first: int, sealed: str) -> str:
        """Raises `Problem` where another key sealed it, or it is of another place."""
        return self._keys.unwrap(_place(call_id, utterance_id, first), sealed).decode()


def _place(call_id: str, utterance_id: str, first: int) -> str:
    return f"words {call_id} {utterance_id} {first}"


class SealedStore:
    """What is sealed in the database, as a whole."""

    def __init__(self, db: Database, keys: MasterKeys) -> None:
        self._db, self._keys = db, keys

    async def rewrap(self) -> int:
        """Seal anew, with the current master key, what an old one sealed; how many. May be stopped and repeated."""
        table, sealing = SealedWords.__table__, Sealing(self._keys)
        other = (
            select(table, Contact.call_id)
            .join(Contact, Contact.id == table.c.contact_id)
            .where(table.c.sealed.not_like(f"{self._keys.current}.%"))
            .limit(AT_A_TIME)
        )

        def some(session: Session) -> int:
            found = session.execute(other).all()
            for row in found:
                place = row.call_id or "", row.utterance_id, row.first
                which = (
                    (table.c.contact_id == row.contact_id)
                    & (table.c.utterance_id == row.utterance_id)
                    & (table.c.first == row.first)
                )
                anew = sealing.seal(*place, sealing.open(*place, row.sealed))
                session.execute(update(SealedWords).where(which).values(sealed=anew))
            return len(found)

        done = 0
        while more := await self._db.write(some):
            done += more
        return done
