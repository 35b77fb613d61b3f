"""Recordings in the database: whose key, from when, what is silent, what holds it, when it went.

There is no key without the caller's consent, and without a key nothing can be recorded. Every method may raise
`DatabaseGone`, `DatabaseBusy` or `DatabaseLate`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.ids import new_id
from core.tables import AnyRow, alone, insert
from records import recording_keys
from records.changes import Note, unnoted
from records.contact_rows import fit
from records.contacts import ConsentMissing
from records.recording import (
    Begun,
    Deleted,
    Held,
    Hold,
    NoRecording,
    Recording,
    RecordingGone,
    RecordingState,
    Silent,
    SpanKind,
)
from records.recording_keys import MasterKeys
from records.recording_tables import Recording as RecordingTable
from records.recording_tables import RecordingHold, RecordingSpan
from records.retention import Retention
from records.tables import AuditEntry, Contact, SealedWords, Utterance

_ROW = RecordingTable.__table__
_SPANS = RecordingSpan.__table__
_HOLDS = RecordingHold.__table__
_AT_A_TIME = 500
DELETED = "recording_deleted"  # the action of its entry in the audit log


class Recordings:
    def __init__(self, db: Database, clock: Clock, keys: MasterKeys) -> None:
        self._db, self._clock, self._keys = db, clock, keys

    async def begin(self, call_id: str, zero: datetime) -> Begun:
        """The right to record this call, second 0 being `zero`; or to go on with its recording, at the zero it has.

        Raises `ConsentMissing` unless the caller's consent is `given`, `RecordingGone` where it was deleted already.
        """

        def begin(session: Session) -> Begun:
            alone(session, f"recording {call_id}")
            contact = session.execute(
                select(Contact.id, Contact.consent).where(Contact.call_id == call_id)
            ).one_or_none()
            consent = "pending" if contact is None else contact.consent
            if contact is None or consent != "given":
                raise ConsentMissing(f"the caller's consent is {consent}: nothing is recorded", place=call_id)
            row = session.execute(select(_ROW).where(_ROW.c.contact_id == contact.id)).one_or_none()
            if row is not None:
                key = self._key(row)
                again: dict[str, Any] = {"state": "recording", "ended_at": None, "length_s": None}
                session.execute(update(RecordingTable).where(_ROW.c.contact_id == contact.id).values(again))
                going_on = (_SPANS.c.contact_id == contact.id) & _SPANS.c.end_s.is_(None)
                spans = session.execute(select(_SPANS.c.id, _SPANS.c.kind).where(going_on).order_by(_SPANS.c.id))
                return Begun(contact.id, key, row.began_at, tuple((span.id, span.kind) for span in spans), True)
            key = recording_keys.fresh()
            wrapped = self._keys.wrap(contact.id, key)
            fresh = {"contact_id": contact.id, "state": "recording", "wrapped": wrapped, "began_at": zero}
            session.execute(insert(session, RecordingTable).values(fresh))
            return Begun(contact.id, key, zero, (), False)

        return await self._db.write(begin)

    async def end(self, contact_id: str, length_s: float) -> None:
        """The recording is over, and so is what was silent in it until now. Once: a second end changes nothing."""

        def end(session: Session) -> None:
            row = self._row(session, contact_id)
            if row.state != "recording":
                return
            ended = {"state": "kept", "length_s": length_s, "ended_at": row.began_at + timedelta(seconds=length_s)}
            session.execute(update(RecordingTable).where(_ROW.c.contact_id == contact_id).values(ended))
            going_on = (_SPANS.c.contact_id == contact_id) & _SPANS.c.end_s.is_(None)
            session.execute(update(RecordingSpan).where(going_on).values(end_s=length_s, done=True))

        await self._db.write(end)

    async def open_span(self, contact_id: str, kind: SpanKind, start_s: float, by: str = "") -> str:
        """From `start_s` on nothing is recorded; the span's id."""
        return await self._span(contact_id, kind, start_s, None, by, done=True)

    async def add_span(
        self, contact_id: str, kind: SpanKind, start_s: float, end_s: float, by: str = "", *, done: bool
    ) -> str:
        """A span of the past; not `done`: it is going to be silenced. The span's id."""
        return await self._span(contact_id, kind, start_s, end_s, by, done=done)

    async def close_span(self, span_id: str, end_s: float) -> None:
        """Sound again from `end_s` on. One that ended keeps its end."""
        which = (_SPANS.c.id == span_id) & _SPANS.c.end_s.is_(None)
        await self._write(update(RecordingSpan).where(which).values(end_s=end_s))

    async def span_done(self, span_id: str) -> None:
        await self._write(update(RecordingSpan).where(_SPANS.c.id == span_id).values(done=True))

    async def undone(self) -> tuple[tuple[str, str, float, float], ...]:
        """Span id, contact id, start and end of those that were listed but may not have become silent."""
        which = _SPANS.c.done.is_(False) & _SPANS.c.end_s.is_not(None) & (_ROW.c.state != "deleted")
        columns = (_SPANS.c.id, _SPANS.c.contact_id, _SPANS.c.start_s, _SPANS.c.end_s)
        statement = select(*columns).join(_ROW, _ROW.c.contact_id == _SPANS.c.contact_id).where(which)
        return await self._db.read(lambda session: tuple(tuple(row) for row in session.execute(statement)))

    async def get(self, contact_id: str) -> Recording | None:
        now = self._clock.now()

        def found(session: Session) -> Recording | None:
            row = session.execute(select(_ROW).where(_ROW.c.contact_id == contact_id)).one_or_none()
            if row is None:
                return None
            spans = session.execute(
                select(_SPANS).where(_SPANS.c.contact_id == contact_id).order_by(_SPANS.c.start_s, _SPANS.c.id)
            )
            return Recording(
                contact_id=contact_id,
                state=cast(RecordingState, row.state),
                began_at=row.began_at,
                ended_at=row.ended_at,
                length_s=row.length_s,
                silent=tuple(Silent(start_s=span.start_s, end_s=span.end_s, kind=span.kind) for span in spans),
                holds=self._holds(session, contact_id, now),
            )

        return await self._db.read(found)

    async def key(self, contact_id: str) -> bytes:
        """Raises `NoRecording`, `RecordingGone`, or `Problem` where the master key is another."""
        return await self._db.read(lambda session: self._key(self._row(session, contact_id)))

    async def unfinished(self) -> tuple[str, ...]:
        """The contacts whose call is over, and whose recording nobody has ended."""
        over = (_ROW.c.state == "recording") & Contact.ended_at.is_not(None)
        statement = select(_ROW.c.contact_id).join(Contact, Contact.id == _ROW.c.contact_id).where(over)
        return await self._db.read(lambda session: tuple(session.scalars(statement)))

    # --- what keeps it, and what ends it --------------------------------------------------------

    async def hold(
        self, contact_id: str, by: str, why: str, until: datetime | None = None, note: Note = unnoted
    ) -> Hold:
        """From now on nobody deletes this recording, until then or until it is released. Raises `NoRecording` and
        `RecordingGone`."""
        now = self._clock.now()
        if until is not None and until <= now:
            raise Problem("a hold ends in the future", place="until")
        hold = Hold(hold_id=new_id(), by=fit(by, 36), at=now, why=fit(why, 120), until=until)

        def held(session: Session) -> Hold:
            self._key(self._row(session, contact_id, lock=True))
            values = {
                "id": hold.hold_id,
                "contact_id": contact_id,
                "by": by,
                "at": now,
                "why": hold.why,
                "until": until,
            }
            session.execute(insert(session, RecordingHold).values(values))
            note(session, f"contact {contact_id}", f"held until {until or 'released'}: {hold.why}")
            return hold

        return await self._db.write(held)

    async def release(self, contact_id: str, hold_id: str, by: str, note: Note = unnoted) -> bool:
        """End a hold; False: it does not stand (any more)."""
        now = self._clock.now()

        def release(session: Session) -> bool:
            self._row(session, contact_id)
            if all(hold.hold_id != hold_id for hold in self._holds(session, contact_id, now)):
                return False
            released = {"released_at": now, "released_by": fit(by, 36)}
            session.execute(update(RecordingHold).where(_HOLDS.c.id == hold_id).values(released))
            note(session, f"contact {contact_id}", f"hold {hold_id} released")
            return True

        return await self._db.write(release)

    async def due(self, retention: Retention, limit: int = _AT_A_TIME, after: str = "") -> tuple[tuple[str, str], ...]:
        """Contacts whose recording has to go, and by which rule; those with an id after `after`, in order.

        One whose caller took the consent back goes at once. Held ones are left out.
        """
        now = self._clock.now()
        columns = (_ROW.c.contact_id, _ROW.c.ended_at, Contact.consent, Contact.topics, Contact.outcome, Contact.course)
        old = or_(_ROW.c.ended_at <= now - timedelta(days=retention.shortest), Contact.consent != "given")
        statement = (
            select(*columns)
            .join(Contact, Contact.id == _ROW.c.contact_id)
            .where(_ROW.c.state == "kept", old, _ROW.c.contact_id > bindparam("after"))
            .order_by(_ROW.c.contact_id)
            .limit(_AT_A_TIME)
        )

        def look(session: Session, after: str) -> tuple[list[tuple[str, str]], str | None]:
            rows = session.execute(statement, {"after": after}).all()
            found = [(row.contact_id, why) for row in rows if (why := _why(row, retention, now))]
            free = [(contact, why) for contact, why in found if not self._holds(session, contact, now)]
            return free, rows[-1].contact_id if len(rows) == _AT_A_TIME else None

        found: list[tuple[str, str]] = []
        place: str | None = after
        while place is not None and len(found) < limit:
            start = place
            some, place = await self._db.read(lambda session, start=start: look(session, start))  # type: ignore[misc]
            found += some
        return tuple(found[:limit])

    async def destroy(
        self,
        contact_id: str,
        *,
        by: str,
        why: str,
        sha256: str,
        size: int,
        transcript: bool = False,
        note: Note = unnoted,
    ) -> Deleted:
        """Destroy the key, and put on record that the file with this hash is no more; with its transcript, if asked.

        Raises `Held`, `NoRecording`, and `Problem` while it is recorded. Once: later ones get what the first one got.
        """
        now = self._clock.now()

        def destroy(session: Session) -> Deleted:
            row = self._row(session, contact_id, lock=True)
            if row.state == "deleted":
                return _deleted(row)
            if row.state == "recording":
                raise Problem("it is still being recorded", place=f"recording {contact_id}")
            if holds := self._holds(session, contact_id, now):
                until = holds[0].until
                raise Held(
                    f"a legal hold stands{f' until {until:%Y-%m-%d}' if until else ''}", place=f"recording {contact_id}"
                )
            gone = {"state": "deleted", "wrapped": "", "deleted_at": now, "deleted_by": fit(by, 36)}
            gone |= {"deleted_why": fit(why, 120), "sha256": sha256, "bytes": size}
            session.execute(update(RecordingTable).where(_ROW.c.contact_id == contact_id).values(gone))
            if transcript:
                for words in (Utterance, SealedWords):
                    session.execute(delete(words).where(words.contact_id == contact_id))
            also = ", its transcript too" if transcript else ""
            note(session, f"sha256 {sha256}", f"contact {contact_id}, {size} bytes{also}: {why}")
            return _deleted(self._row(session, contact_id))

        return await self._db.write(destroy)

    async def removed(self, contact_id: str) -> None:
        """The file of a deleted recording is gone."""
        which = (_ROW.c.contact_id == contact_id) & (_ROW.c.state == "deleted")
        await self._write(update(RecordingTable).where(which).values(removed=True))

    async def unremoved(self) -> tuple[tuple[str, datetime], ...]:
        """Contact and beginning of those whose key is gone and whose file may still be there."""
        which = (_ROW.c.state == "deleted") & _ROW.c.removed.is_(False)
        statement = select(_ROW.c.contact_id, _ROW.c.began_at).where(which)
        return await self._db.read(lambda session: tuple(tuple(row) for row in session.execute(statement)))

    async def deleted(self, contact_id: str) -> Deleted | None:
        statement = select(_ROW).where(_ROW.c.contact_id == contact_id, _ROW.c.state == "deleted")

        def found(session: Session) -> Deleted | None:
            row = session.execute(statement).one_or_none()
            return None if row is None else _deleted(row)

        return await self._db.read(found)

    async def entry_of(self, deleted: Deleted) -> int | None:
        """The number of the audit log's entry that says so; None: there is none (any more)."""
        near = timedelta(minutes=10)  # one unit of work reads the clock twice
        statement = (
            select(AuditEntry.id, AuditEntry.why)
            .where(AuditEntry.at >= deleted.at - near, AuditEntry.at <= deleted.at + near)
            .where(AuditEntry.action == DELETED, AuditEntry.about == f"sha256 {deleted.sha256}")
        )
        rows = await self._db.read(lambda session: session.execute(statement).all())
        return next((row.id for row in rows if row.why.startswith(f"contact {deleted.contact_id},")), None)

    async def untranscribed(self, since: datetime, limit: int = 200) -> tuple[str, ...]:
        """Contacts since then that are recorded with consent and were answered, and of which no word is kept."""
        said = select(Utterance.contact_id).where(Utterance.contact_id == Contact.id).exists()
        statement = (
            select(Contact.id)
            .join(RecordingTable, RecordingTable.contact_id == Contact.id)
            .where(
                Contact.ended_at >= since,
                Contact.consent == "given",
                Contact.answered_at.is_not(None),
                RecordingTable.state == "kept",
                ~said,
            )
            .order_by(Contact.ended_at)
            .limit(limit)
        )
        return await self._db.read(lambda session: tuple(session.scalars(statement)))

    async def rewrap(self) -> int:
        """Wrap every key with the current master key that an old one wrapped; how many. May be stopped and repeated."""
        other = select(_ROW).where(_ROW.c.wrapped != "", _ROW.c.wrapped.not_like(f"{self._keys.current}.%"))
        some = other.limit(_AT_A_TIME).with_for_update()

        def rewrap(session: Session) -> int:
            rows = session.execute(some).all()
            for row in rows:
                wrapped = self._keys.wrap(row.contact_id, self._keys.unwrap(row.contact_id, row.wrapped))
                which = _ROW.c.contact_id == row.contact_id
                session.execute(update(RecordingTable).where(which).values(wrapped=wrapped))
            return len(rows)

        done = 0
        while more := await self._db.write(rewrap):
            done += more
        return done

    # --- inside ---------------------------------------------------------------------------------

    async def _span(
        self, contact_id: str, kind: SpanKind, start_s: float, end_s: float | None, by: str, *, done: bool
    ) -> str:
        span_id = new_id()
        values = {"id": span_id, "contact_id": contact_id, "kind": kind, "start_s": start_s, "end_s": end_s}

        def add(session: Session) -> str:
            self._key(self._row(session, contact_id))
            session.execute(insert(session, RecordingSpan).values({**values, "by": fit(by, 36), "done": done}))
            return span_id

        return await self._db.write(add)

    async def _write(self, statement: Any) -> None:
        await self._db.write(lambda session: session.execute(statement) and None)

    def _key(self, row: AnyRow) -> bytes:
        if row.state == "deleted":
            raise RecordingGone("was deleted", place=f"recording {row.contact_id}")
        return self._keys.unwrap(row.contact_id, row.wrapped)

    @staticmethod
    def _row(session: Session, contact_id: str, *, lock: bool = False) -> AnyRow:
        statement = select(_ROW).where(_ROW.c.contact_id == contact_id)
        row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
        if row is None:
            raise NoRecording("there is no recording of this contact", place=f"contact {contact_id}")
        return row

    @staticmethod
    def _holds(session: Session, contact_id: str, now: datetime) -> tuple[Hold, ...]:
        stands = _HOLDS.c.released_at.is_(None) & or_(_HOLDS.c.until.is_(None), _HOLDS.c.until > now)
        rows = session.execute(select(_HOLDS).where(_HOLDS.c.contact_id == contact_id, stands).order_by(_HOLDS.c.id))
        return tuple(Hold(hold_id=row.id, by=row.by, at=row.at, why=row.why, until=row.until) for row in rows)


def _why(row: AnyRow, retention: Retention, now: datetime) -> str:
    """By which rule this recording has to go now; empty: it stays."""
    if row.consent != "given":
        return f"the caller's consent is {row.consent}"
    queues = {step["queue"] for step in row.course if step.get("queue")}
    days = retention.keeps(queues=queues, topics=row.topics, outcome=row.outcome)
    return f"kept for {days} days" if row.ended_at <= now - timedelta(days=days) else ""


def _deleted(row: AnyRow) -> Deleted:
    return Deleted(
        contact_id=row.contact_id,
        at=row.deleted_at,
        by=row.deleted_by,
        why=row.deleted_why,
        sha256=row.sha256,
        bytes=row.bytes,
        removed=row.removed,
    )
