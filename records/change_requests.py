"""Changes that members gave, on their way to the pension system: kept, judged by the plan's rules, decided, queued.

What a change becomes and what is queued of it are stored together. `propose` runs inside the unit of work that confirms
a contact, so that a contact is never confirmed without its changes; told twice it is stored once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem, place_of
from core.events import Message
from core.ids import new_id
from core.paging import Place
from core.tables import AnyRow, alone, insert
from records import change_rows as rows
from records.change_events import ChangeMoved
from records.change_fields import CONTACT, Given, contact, grouped, missing, old_parts
from records.change_rows import ChangeRequest, Seal, Values
from records.change_rules import (
    UNSENT,
    AnyAct,
    ChangeRules,
    Confirmed,
    Ended,
    Followed,
    Noticed,
    NotNow,
    Occurrence,
    Passed,
    Standing,
    State,
    Taken,
    lacking,
    meets,
    moved,
    proposed,
)
from records.change_tables import ChangeRequest as ChangeTable
from records.changes import Note, unnoted
from records.outbox import Outbox
from records.profile import MemberProfile
from records.quality import Finding, check, normalised
from records.tables import Contact as ContactTable
from records.tables import Request as RequestTable

log = logging.getLogger(__name__)

CHANGE, NOTICE = "change", "notice"
"""The kinds of the outbox's entries."""
_T = ChangeTable.__table__
_AT_ONCE = 200  # changes let through by time in one step
_LOOKED_AT = 500  # a member's changes, requests and contacts of the rules' window; more than any has
_LEFT = ("refused", "reversed", "failed")


class Source(Message, frozen=True, kw_only=True):
    """Where changes come from: a confirmed contact, or what a caller asked for in the menu."""

    contact_id: str | None = None
    request_id: str | None = None
    authority_id: str | None = None  # given by somebody who acts for the member
    topics: tuple[str, ...] = ()  # of the contact: a refund asked for in the same call


async def unpublished(_: ChangeMoved) -> None:
    """For where nobody listens."""


class ChangeRequests:
    """The changes' service. Every async method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`.

    `notices`: somebody carries notices (`records.change_sending`); False: a colleague sends them and says so.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        pepper: str,
        outbox: Outbox,
        rules: ChangeRules | None = None,
        publish: Callable[[ChangeMoved], Awaitable[None]] = unpublished,
        notices: bool = False,
    ) -> None:
        self._db, self._clock, self._seal, self._outbox = db, clock, Seal(pepper), outbox
        self.rules, self._publish, self._notices = rules or ChangeRules(), publish, notices

    # --- inside the caller's unit of work --------------------------------------------------------

    def propose(
        self,
        session: Session,
        source: Source,
        member: MemberProfile,
        given: Sequence[Given],
        *,
        by: str | None,
        at: datetime,
        note: Note = unnoted,
    ) -> tuple[ChangeMoved, ...]:
        """Keep what was given, a change for each field. `by`: the agent who confirmed it; None: nobody has yet.

        One that has an error in it stays `proposed` until an agent corrects it. Also call it without `given`, for the
        contact's topics: a refund asked for holds a change of address that has not gone. Publish what comes back.
        """
        alone(session, f"changes of {member.member_id}")
        fields = grouped(given)
        events: list[ChangeMoved] = []
        occurred = [*self._occurred(session, member.member_id, at)]
        occurred += [Occurrence(what=what, at=at) for what in (*source.topics, *fields)]
        for field, parts in fields.items():
            once = _once(source, field)
            if session.execute(select(_T.c.id).where(_T.c.once == once)).one_or_none() is None:
                event = self._added(
                    session, source, member, field=field, parts=parts, once=once, occurred=occurred, by=by, at=at
                )
                note(session, f"change {event.change_id}", f"{field} {event.state}")
                events.append(event)
        for what in dict.fromkeys((*source.topics, *fields)):
            events += self.followed(session, member.member_id, what, at)
        return tuple(events)

    def followed(self, session: Session, member_id: str, what: str, at: datetime) -> tuple[ChangeMoved, ...]:
        """`what` (a refund asked for, say) happened: changes that it is dangerous with are held, where still here."""
        alone(session, f"changes of {member_id}")
        unsent = select(_T).where(_T.c.member_id == member_id, _T.c.state.in_(UNSENT)).with_for_update()
        events: list[ChangeMoved] = []
        for row in session.execute(unsent).all():
            if meets(self.rules, row.field, Occurrence(what=what, at=at), row.proposed_at):
                events += self._act(session, row, Followed(what=what), at)
        return tuple(events)

    def taken(self, session: Session, change_id: str, at: datetime) -> bool:
        """It is given to the pension system now. False: it was stopped meanwhile."""
        row = _locked(session, change_id)
        if row.state not in ("approved", "sent"):
            return False
        self._act(session, row, Taken(), at)
        return True

    def ended(self, session: Session, change_id: str, at: datetime, *, done: bool, why: str = "") -> None:
        """What the pension system said."""
        self._act(session, _locked(session, change_id), Ended(done=done, why=why), at)

    def waits(self, session: Session, change_id: str) -> bool:
        """Whether a notice of it is still called for."""
        row = _locked(session, change_id)
        return row.state in UNSENT and rows.standing(row).noticed_at is None

    def noticed(self, session: Session, change_id: str, at: datetime) -> None:
        """The notice is on its way: the member has the waiting period from now on."""
        self._act(session, _locked(session, change_id), Noticed(), at)

    # --- decisions --------------------------------------------------------------------------------

    async def act(self, change_id: str, act: AnyAct, note: Note = unnoted) -> ChangeRequest:
        """An agent decides, or the notice has gone: one of `records.change_rules`. On record with `note`.

        Raises `NotNow`, and a `Problem` where there is no such change.
        """
        if isinstance(act, Confirmed):
            raise NotNow("a change is confirmed with its values")
        return await self._decided(change_id, lambda session, row, at: self._act(session, row, act, at), note)

    async def confirm(
        self, change_id: str, new: Mapping[str, str] | None, by: str, note: Note = unnoted
    ) -> ChangeRequest:
        """Agent `by` stands for a proposed change, with other values where they correct it.

        Raises `NotNow`, also for values that have an error in them.
        """

        def confirmed(session: Session, row: AnyRow, at: datetime) -> tuple[ChangeMoved, ...]:
            standing = rows.standing(row)
            values = self._seal.opened(row.values)
            if standing.state == "proposed" and new is not None:
                corrected = {part: normalised(part, value) for part, value in new.items()}
                values = msgspec.structs.replace(values, new=corrected)
            findings = _findings(row.field, values.new, at.date())
            if errors := [finding for finding in findings if finding.severity == "error"]:
                raise NotNow("; ".join(f"{each.part}: {each.says}" for each in errors), remedy="Ask the member again")
            stored = {"values": self._seal.closed(row.field, values), "findings": msgspec.to_builtins(findings)}
            events = self._act(session, row, Confirmed(by=by), at)
            if standing.state == "proposed":
                session.execute(update(ChangeTable).where(ChangeTable.id == row.id).values(stored))
            return events

        return await self._decided(change_id, confirmed, note)

    async def resend(self, change_id: str, note: Note = unnoted) -> ChangeRequest:
        """A parked change is sent once more. Raises `NotNow` where it is not parked."""

        def resent(session: Session, row: AnyRow, at: datetime) -> tuple[ChangeMoved, ...]:
            if not self._outbox.release(session, row.id, at):
                raise NotNow("this change is not parked", place=row.field)
            return ()

        return await self._decided(change_id, resent, note)

    async def give_up(self, change_id: str, why: str, note: Note = unnoted) -> ChangeRequest:
        """A parked change will not be sent; the member's line goes on. Raises `NotNow` where it is not parked."""

        def given_up(session: Session, row: AnyRow, at: datetime) -> tuple[ChangeMoved, ...]:
            if not self._outbox.give_up(session, row.id, at):
                raise NotNow("this change is not parked", place=row.field)
            return self._act(session, row, Ended(done=False, why=why), at) if row.state == "sent" else ()

        return await self._decided(change_id, given_up, note)

    async def let_through(self) -> None:
        """Approve what only waited for its time. To be called every few seconds; says little when there is nothing."""
        now = self._clock.now()
        due = select(_T.c.id).where(_T.c.state == "waiting", _T.c.due_at <= now).order_by(_T.c.due_at).limit(_AT_ONCE)
        ids = await self._db.read(lambda session: list(session.execute(due).scalars()))
        for change_id in ids:
            await self.act(change_id, Passed())

    # --- looking ----------------------------------------------------------------------------------

    async def get(self, change_id: str) -> ChangeRequest | None:
        found = await self._found(select(_T).where(_T.c.id == change_id))
        return found[0] if found else None

    async def values(self, change_id: str) -> Values | None:
        """In full, secrets too: for who sends it, and for who must see it and is put on record."""
        statement = select(_T.c["values"]).where(_T.c.id == change_id)
        stored = await self._db.read(lambda session: session.execute(statement).scalar_one_or_none())
        return None if stored is None else self._seal.opened(stored)

    async def of_contact(self, contact_id: str) -> tuple[ChangeRequest, ...]:
        """What became of everything that this contact gave."""
        return await self._found(select(_T).where(_T.c.contact_id == contact_id).order_by(_T.c.proposed_at, _T.c.id))

    async def of_member(self, member_id: str, limit: int = 50) -> tuple[ChangeRequest, ...]:
        """Newest first."""
        statement = select(_T).where(_T.c.member_id == member_id).order_by(_T.c.proposed_at.desc(), _T.c.id)
        return await self._found(statement.limit(limit))

    async def page(
        self, states: Collection[State], limit: int, after: Place | None = None
    ) -> tuple[ChangeRequest, ...]:
        """Those in one of `states`, oldest first, from the first on or from the one after `after`."""
        statement = select(_T).where(_T.c.state.in_(states))
        if after is not None:
            later = or_(_T.c.proposed_at > after.at, _T.c.id > after.id)
            statement = statement.where(_T.c.proposed_at >= after.at, later)
        return await self._found(statement.order_by(_T.c.proposed_at, _T.c.id).limit(limit))

    async def sent_lately(self, member_id: str, what: str) -> tuple[ChangeRequest, ...]:
        """The changes that have gone already and are dangerous with `what`: for who handles a refund, say."""
        now = self._clock.now()
        recent = select(_T).where(
            _T.c.member_id == member_id, _T.c.state.in_(("sent", "done")), _T.c.proposed_at >= now - self.rules.window
        )
        found = await self._found(recent.order_by(_T.c.proposed_at).limit(_LOOKED_AT))
        other = Occurrence(what=what, at=now)
        return tuple(each for each in found if meets(self.rules, each.field, other, each.standing.proposed_at))

    async def tell(self, change_id: str) -> None:
        """Publish how the change stands now."""
        if (change := await self.get(change_id)) is not None:
            now = self._clock.now()
            await self.publish([_event(change_id, change.member_id, change.contact_id, change.standing, now)])

    async def publish(self, events: Iterable[ChangeMoved]) -> None:
        """Tell what `propose` and `followed` gave back, after their unit of work. A listener's failure is logged."""
        for event in events:
            try:
                await self._publish(event)
            except asyncio.CancelledError:
                raise
            except Exception as failure:  # noqa: BLE001 - it is stored; who missed it asks
                log.error("a change's fate could not be told: %s", place_of(failure))

    # --- inside -----------------------------------------------------------------------------------

    async def _found(self, statement: Select[Any]) -> tuple[ChangeRequest, ...]:
        found = await self._db.read(lambda session: session.execute(statement).all())
        now = self._clock.now()
        return tuple(rows.change(row, self._seal, now) for row in found)

    async def _decided(
        self, change_id: str, decide: Callable[[Session, AnyRow, datetime], tuple[ChangeMoved, ...]], note: Note
    ) -> ChangeRequest:
        now = self._clock.now()

        def decided(session: Session) -> tuple[AnyRow, tuple[ChangeMoved, ...]]:
            before = _locked(session, change_id)
            events = decide(session, before, now)
            after = session.execute(select(_T).where(_T.c.id == change_id)).one()
            note(session, f"change {change_id}", f"{before.field}: {before.state} → {after.state}")
            return after, events

        row, events = await self._db.write(decided)
        await self.publish(events)
        return rows.change(row, self._seal, now)

    def _added(
        self,
        session: Session,
        source: Source,
        member: MemberProfile,
        *,
        field: str,
        parts: Mapping[str, Given],
        once: str,
        occurred: Iterable[Occurrence],
        by: str | None,
        at: datetime,
    ) -> ChangeMoved:
        new = {part: normalised(part, each.value) for part, each in parts.items()}
        heard = {part: each.heard for part, each in parts.items() if each.heard}
        findings = _findings(field, new, at.date(), _born(member))
        standing = begun = proposed(field, at=at, by=by, rules=self.rules, occurred=occurred)
        if by is not None and not any(finding.severity == "error" for finding in findings):
            standing = moved(begun, Confirmed(by=by), at, self.rules)
        change_id = new_id()
        values = Values(old=old_parts(field, member), new=new, heard=heard)
        row: dict[str, Any] = {"id": change_id, "once": once, "member_id": member.member_id, "field": field}
        row |= {"contact_id": source.contact_id, "request_id": source.request_id, "authority_id": source.authority_id}
        row |= {"values": self._seal.closed(field, values), "findings": msgspec.to_builtins(findings)}
        row |= {"old_contact": self._old_contact(session, member, at), "proposed_at": at, **rows.stood(standing)}
        session.execute(insert(session, ChangeTable).values(row))
        self._queued(session, change_id, member.member_id, before=begun, after=standing, at=at)
        return _event(change_id, member.member_id, source.contact_id, standing, at)

    def _act(self, session: Session, row: AnyRow, act: AnyAct, at: datetime) -> tuple[ChangeMoved, ...]:
        before = rows.standing(row)
        after = moved(before, act, at, self.rules)
        if after == before:
            return ()
        session.execute(update(ChangeTable).where(ChangeTable.id == row.id).values(rows.stood(after)))
        self._queued(session, row.id, row.member_id, before=before, after=after, at=at)
        return (_event(row.id, row.member_id, row.contact_id, after, at),)

    def _queued(
        self, session: Session, change_id: str, member_id: str, *, before: Standing, after: Standing, at: datetime
    ) -> None:
        """The outbox follows: what is approved is in it, and what no longer is has left it."""
        key = f"change-{change_id}"
        if after.state == "approved" and before.state != "approved":
            self._outbox.put(session, key=key, line=member_id, kind=CHANGE, ref=change_id, at=at)
        elif before.state == "approved" and after.state not in ("approved", "sent"):
            self._outbox.withdraw(session, change_id)
        unnoticed = after.state == "waiting" and after.safeguard.notice and after.noticed_at is None
        if self._notices and unnoticed:
            line = f"notice {member_id}"
            self._outbox.put(session, key=f"notice-{change_id}", line=line, kind=NOTICE, ref=change_id, at=at)

    def _occurred(self, session: Session, member_id: str, at: datetime) -> Iterable[Occurrence]:
        """What is known of the member in the rules' window: their changes, requests, and what contacts were about."""
        since = at - self.rules.window
        changes = select(_T.c.field, _T.c.proposed_at).where(
            _T.c.member_id == member_id, _T.c.proposed_at >= since, _T.c.state.not_in(_LEFT)
        )
        for row in session.execute(changes.limit(_LOOKED_AT)):
            yield Occurrence(what=row.field, at=row.proposed_at)
        asked = select(RequestTable.kind, RequestTable.details, RequestTable.at).where(
            RequestTable.member_id == member_id, RequestTable.at >= since
        )
        for row in session.execute(asked.limit(_LOOKED_AT)):
            for what in (row.kind, *(told for told in row.details.values() if isinstance(told, str))):
                yield Occurrence(what=_FIELD_ASKED.get(what, what), at=row.at)
        talked = select(ContactTable.topics, ContactTable.started_at).where(
            ContactTable.member_id == member_id, ContactTable.started_at >= since
        )
        for row in session.execute(talked.limit(_LOOKED_AT)):
            for topic in row.topics:
                yield Occurrence(what=topic, at=row.started_at)

    def _old_contact(self, session: Session, member: MemberProfile, at: datetime) -> dict[str, str]:
        """Where the member could be reached before the changes of the window: a thief may have made those."""
        since = at - max(self.rules.window, _NOTICE_BACK)
        made = select(_T.c["values"], _T.c.field).where(
            _T.c.member_id == member.member_id,
            _T.c.field.in_(CONTACT),
            _T.c.proposed_at >= since,
            _T.c.state.not_in(_LEFT),
        )
        reached = contact(member)
        for row in session.execute(made.order_by(_T.c.proposed_at.desc(), _T.c.id.desc()).limit(_LOOKED_AT)):
            reached |= self._seal.opened(row.values).old
        return reached


_NOTICE_BACK = timedelta(days=30)
_FIELD_ASKED = {"change_address": "mailing_address"}  # what the menu calls it


def _locked(session: Session, change_id: str) -> AnyRow:
    row = session.execute(select(_T).where(_T.c.id == change_id).with_for_update()).one_or_none()
    if row is None:
        raise Problem("there is no such change")
    return row


def _findings(field: str, new: Mapping[str, str], today: date, born: date | None = None) -> tuple[Finding, ...]:
    found = [finding for part, value in new.items() for finding in check(part, value, today, born=born)]
    found += [
        Finding(part=part, says="it is not there, and the rest is nothing without it") for part in missing(field, new)
    ]
    return tuple(found)


def _born(member: MemberProfile) -> date | None:
    try:
        return date.fromisoformat(member.birth_date)
    except ValueError:
        return None


def _once(source: Source, field: str) -> str:
    said = msgspec.json.encode([source.contact_id, source.request_id, field])
    return hashlib.sha256(said).hexdigest()


def _event(change_id: str, member_id: str, contact_id: str | None, standing: Standing, at: datetime) -> ChangeMoved:
    return ChangeMoved(
        at=at,
        change_id=change_id,
        member_id=member_id,
        contact_id=contact_id,
        field=standing.field,
        state=standing.state,
        lacking=lacking(standing, at) if standing.state in ("proposed", "waiting") else (),
        why=standing.why,
    )
