"""What is kept of every contact, from the first ring to the confirmed documentation.

One call has exactly one contact. Whatever is told first of a call makes the row, everything may be told twice, and
nothing needs the order of an undisturbed call: that is what survives a crash and a replay. What one process tells of
one call is stored in the order it was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from msgspec.structs import asdict
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.ids import new_id
from core.paging import Place
from core.tables import AnyRow, insert
from records import contact_rows as rows
from records import transcript_rows as transcripts
from records.contact import AnyStep, Confirmed, Consent, Contact, ContactDraft, Line, Outcome, Verification
from records.profile import PastContact
from records.tables import Contact as ContactTable
from records.tables import ContactDocument, Utterance
from records.tables import SealedWords as SealedTable
from records.transcript import SealedWords

T = TypeVar("T")

_CONTACTS = ContactTable.__table__
_OF_CALL = select(_CONTACTS).where(_CONTACTS.c.call_id == bindparam("call_id"))
_DOCUMENT = select(ContactDocument.__table__).where(ContactDocument.contact_id == bindparam("contact_id"))
_TRANSCRIPT = (
    select(Utterance.__table__)
    .where(Utterance.contact_id == bindparam("contact_id"))
    .order_by(Utterance.start_s, Utterance.utterance_id)
)


class ConsentMissing(Problem):
    """The caller has not agreed to this being kept, so it is not kept."""


class AlreadyConfirmed(Problem):
    """A contact is confirmed once; what stands in the member's history is not replaced."""


class Contacts:
    """The contacts' service. Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(
        self,
        call_id: str,
        *,
        system: str,
        linkedid: str,
        caller_number: str,
        dialled: str,
        started_at: datetime,
        incomplete: bool = False,
    ) -> str:
        """The id of this call's contact, which is made now unless it is there. `incomplete`: its past is not known."""
        told = {
            "system": rows.fit(system, 60),
            "linkedid": rows.fit(linkedid, 150),
            "caller_number": rows.fit(caller_number, 80),
            "dialled": rows.fit(dialled, 80),
            "started_at": started_at,
        }

        def opened(row: AnyRow) -> dict[str, Any]:
            facts = told if row.linkedid is None else {}
            return {**facts, "incomplete": row.incomplete or incomplete}

        return await self._change(call_id, opened)

    async def identify(
        self,
        call_id: str,
        member_id: str | None,
        verification: Verification,
        language: str = "",
        menu_version: str = "",
    ) -> None:
        """Whom the call is about and how that is known; None takes a wrong guess back. "" leaves what is known."""

        def told(row: AnyRow) -> dict[str, Any]:
            known = {"language": rows.fit(language, 10), "menu_version": rows.fit(menu_version, 16)}
            given = {name: value for name, value in known.items() if value}
            return {**rows.identified(row, member_id, verification), **given}

        await self._change(call_id, told)

    async def set_consent(self, call_id: str, consent: Consent) -> None:
        """What the caller said to being recorded and transcribed. Refusing removes what was transcribed so far."""

        def told(session: Session) -> None:
            row = self._row(session, call_id)
            if consent in {"pending", row.consent}:
                return  # a decision is not undone by somebody who had not heard of it
            self._update(session, row.id, {"consent": consent})
            if consent == "refused":
                transcripts.forget_words(session, row.id)
                self._document(session, row.id, {"draft": None})

        await self._write(call_id, told)

    async def progress(self, call_id: str, step: AnyStep) -> None:
        """One step in the course of the call: a menu option, a queue, an answer, a hold, a transfer, a gap."""
        await self._change(call_id, lambda row: rows.stepped(row, step))

    async def add_utterances(
        self,
        call_id: str,
        lines: Sequence[Line],
        *,
        speech_model: str = "",
        sealed: Mapping[str, Sequence[SealedWords]] = MappingProxyType({}),
    ) -> None:
        """Keep final lines of the transcript; a line with a known id replaces it. `sealed` words are by utterance.

        Raises `ConsentMissing` unless the caller's consent is `given`; nothing is kept then.
        """

        def told(session: Session) -> None:
            row = self._row(session, call_id)
            if row.consent != "given":
                raise ConsentMissing(f"the caller's consent is {row.consent}: no transcript is kept", place=call_id)
            if speech_model and speech_model != row.speech_model:
                self._update(session, row.id, {"speech_model": rows.fit(speech_model, 120)})
            statement = insert(session, Utterance)
            statement = statement.on_conflict_do_update(
                index_elements=["contact_id", "utterance_id"],
                set_={name: statement.excluded[name] for name in Line.__struct_fields__ if name != "utterance_id"},
            )
            session.execute(statement, [{"contact_id": row.id, **asdict(line)} for line in lines])
            of_lines = [line.utterance_id for line in lines]
            transcripts.forget_sealed(session, row.id, of_lines)
            if kept := [(line, words) for line in of_lines for words in sealed.get(line, ())]:
                of_line = [{"contact_id": row.id, "utterance_id": line, **asdict(words)} for line, words in kept]
                session.execute(insert(session, SealedTable), of_line)

        if lines:
            await self._write(call_id, told)

    async def save_draft(self, call_id: str, draft: ContactDraft, by: str | None = None) -> bool:
        """Keep the documentation as it stands: the machine's own, or as agent `by` corrected it so far.

        False when the contact is confirmed already (nothing is changed). Raises `ConsentMissing` for the machine's
        draft of a call whose caller refused: that contact is written by hand.
        """

        def told(session: Session) -> bool:
            row = self._row(session, call_id)
            if row.confirmed_at is not None:
                return False
            if by is None and row.consent == "refused":
                raise ConsentMissing("the caller refused: this contact is written by hand", place=call_id)
            self._document(
                session, row.id, {"draft": draft} if by is None else {"corrected": draft, "corrected_by": by}
            )
            return True

        return await self._write(call_id, told)

    async def close(
        self,
        call_id: str,
        *,
        ended_at: datetime,
        outcome: Outcome,
        wait_s: float | None,
        talk_s: float | None,
        incomplete: bool = False,
    ) -> None:
        """The call is over. Seconds are sums over the whole visit; None: not known."""
        await self._change(
            call_id,
            lambda row: rows.closed(
                row, ended_at=ended_at, outcome=outcome, wait_s=wait_s, talk_s=talk_s, incomplete=incomplete
            ),
        )

    async def mend(
        self,
        call_id: str,
        steps: Sequence[AnyStep],
        *,
        ended_at: datetime,
        outcome: Outcome,
        wait_s: float,
        talk_s: float,
    ) -> None:
        """Complete an incomplete contact from the phone system's own record; `steps` are those that were missed."""
        await self._change(
            call_id,
            lambda row: rows.mended(row, steps, ended_at=ended_at, outcome=outcome, wait_s=wait_s, talk_s=talk_s),
        )

    async def confirm(
        self,
        call_id: str,
        agent_id: str,
        draft: ContactDraft,
        *,
        also: Callable[[Session, Confirmed], None] = lambda session, confirmed: None,
    ) -> Confirmed:
        """Put the contact into the member's history. The machine's draft is kept beside it, an agent's own is not.

        `also` is stored together with it, once. The same agent confirming the same again gets the same answer; anything
        else raises `AlreadyConfirmed`.
        """
        now = self._clock.now()

        def told(session: Session) -> Confirmed:
            row = self._row(session, call_id)
            if row.confirmed_at is None:
                self._document(session, row.id, {"confirmed": draft, "corrected": None})
                self._update(session, row.id, {"confirmed_at": now, "confirmed_by": agent_id})
                confirmed = Confirmed(contact_id=row.id, at=now, agent_id=agent_id)
                also(session, confirmed)
                return confirmed
            stands = session.execute(_DOCUMENT, {"contact_id": row.id}).one()
            if row.confirmed_by != agent_id or rows.draft(stands.confirmed) != draft:
                raise AlreadyConfirmed("this contact is confirmed already", place=call_id)
            return Confirmed(contact_id=row.id, at=row.confirmed_at, agent_id=agent_id)

        return await self._write(call_id, told)

    async def history(self, member_id: str, limit: int = 20, after: Place | None = None) -> tuple[PastContact, ...]:
        """The member's contacts that are over, newest first, from the first on or from the one after `after`."""
        told: dict[str, Any] = {"member_id": member_id, "limit": limit}
        statement = rows.HISTORY
        if after is not None:
            statement = rows.HISTORY_AFTER
            told |= after._asdict()

        def found(session: Session) -> tuple[PastContact, ...]:
            return tuple(rows.past_contact(row) for row in session.execute(statement, told))

        return await self._db.read(found)

    async def get(self, contact_id: str) -> Contact | None:
        return await self._one(_CONTACTS.c.id == contact_id)

    async def of_call(self, call_id: str) -> Contact | None:
        return await self._one(_CONTACTS.c.call_id == call_id)

    async def transcript(self, contact_id: str) -> tuple[Line, ...]:
        """The lines that are kept, in the order they were begun."""

        def lines(session: Session) -> tuple[Line, ...]:
            found = session.execute(_TRANSCRIPT, {"contact_id": contact_id})
            return tuple(transcripts.line(row) for row in found)

        return await self._db.read(lines)

    async def sealed(self, contact_id: str) -> tuple[tuple[str, SealedWords], ...]:
        """What of the transcript is kept sealed, each with the id of its utterance."""
        table = SealedTable.__table__
        theirs = select(table).where(table.c.contact_id == contact_id).order_by(table.c.utterance_id, table.c.first)
        return await self._db.read(lambda session: tuple(map(transcripts.sealed, session.execute(theirs))))

    async def open_calls(self) -> tuple[Contact, ...]:
        """The calls whose end nobody has told yet, oldest first: after a restart, what to ask the phone system."""
        statement = rows.WHOLE.where(_CONTACTS.c.ended_at.is_(None), _CONTACTS.c.call_id.is_not(None))
        ordered = statement.order_by(_CONTACTS.c.started_at)
        return await self._db.read(lambda session: tuple(map(rows.contact, session.execute(ordered))))

    async def missing(self, system: str, linkedids: Collection[str]) -> frozenset[str]:
        """Those Linkedids of the phone system's own record that no contact was made for."""
        known = select(_CONTACTS.c.linkedid).where(
            _CONTACTS.c.system == system, _CONTACTS.c.linkedid.in_(bindparam("linkedids", expanding=True))
        )
        asked = sorted(linkedids)

        def not_there(session: Session) -> frozenset[str]:
            found: set[str | None] = set()
            for first in range(0, len(asked), 500):  # a statement takes only so many parameters
                found.update(session.scalars(known, {"linkedids": asked[first : first + 500]}))
            return frozenset(asked) - found

        return await self._db.read(not_there)

    async def _one(self, which: Any) -> Contact | None:
        def found(session: Session) -> Contact | None:
            row = session.execute(rows.WHOLE.where(which)).one_or_none()
            return None if row is None else rows.contact(row)

        return await self._db.read(found)

    async def _write(self, call_id: str, unit: Callable[[Session], T]) -> T:
        """Store what is told of one call in the order it was told: consent before the words it allows."""
        if self._db.dialect == "sqlite":
            return await self._db.write(unit)  # its one writer keeps the order by itself, and shares commits
        async with self._turns.setdefault(call_id, asyncio.Lock()):
            return await self._db.write(unit)

    async def _change(self, call_id: str, change: Callable[[AnyRow], dict[str, Any]]) -> str:
        """Apply what `change` makes of the call's row; the contact's id."""

        def unit(session: Session) -> str:
            row = self._row(session, call_id)
            self._update(session, row.id, change(row))
            return str(row.id)

        return await self._write(call_id, unit)

    def _row(self, session: Session, call_id: str) -> AnyRow:
        """The call's row, locked until the end of the unit of work; made when this is the first that is told of it."""
        locked = _OF_CALL.with_for_update()
        row = session.execute(locked, {"call_id": call_id}).one_or_none()
        if row is not None:
            return row
        fresh = {"id": new_id(), "call_id": call_id, "started_at": self._clock.now()}
        session.execute(insert(session, ContactTable).values(fresh).on_conflict_do_nothing(index_elements=["call_id"]))
        return session.execute(locked, {"call_id": call_id}).one()

    @staticmethod
    def _update(session: Session, contact_id: str, values: dict[str, Any]) -> None:
        if values:
            session.execute(update(ContactTable).where(ContactTable.id == contact_id).values(values))

    def _document(self, session: Session, contact_id: str, values: dict[str, Any]) -> None:
        """Write down `values`, and have lists show what counts now: the agent's words before the machine's."""
        statement = insert(session, ContactDocument).values(contact_id=contact_id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["contact_id"], set_=values))
        document = session.execute(_DOCUMENT, {"contact_id": contact_id}).one()
        stands = rows.draft(document.confirmed or document.corrected or document.draft)
        self._update(session, contact_id, rows.documented(stands or ContactDraft()))
