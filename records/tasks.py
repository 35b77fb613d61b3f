"""What was promised in a contact, and what has to be sent after it: tasks, kept with the contact's confirmation.

`Tasks.proposed` runs inside the unit of work that confirms a contact, so that a contact is never confirmed without its
tasks; told twice they are stored once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple, cast

import msgspec
from sqlalchemy import Date, Select, and_, func, literal, or_, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.events import Message
from core.ids import new_id
from core.paging import Place
from core.tables import AnyRow, insert
from records.changes import Note, unnoted
from records.contact import ContactDraft, Medium
from records.contact_rows import fit
from records.tables import Task as TaskTable

TaskKind = Literal["promise", "correspondence"]
TaskState = Literal["open", "done", "dropped"]
"""`dropped`: it need not be done any more."""
Ended = Literal["done", "dropped"]

_T = TaskTable.__table__
_LONGEST = 400
_MOST = 50  # of one contact; more than any call has promised
_NEVER = date(9999, 12, 31)  # where what has no date stands in the order
_DUE = func.coalesce(_T.c.due, literal(_NEVER, Date))


class AlreadyEnded(Problem):
    """Somebody did this task or dropped it; that stands."""


class Task(Message, frozen=True, kw_only=True):
    """One of them. `medium` is empty of a promise; `owner` and `ended_by` are agents' ids. `due`: on this day at the
    latest; None: no time was said."""

    task_id: str
    contact_id: str
    member_id: str | None
    what: str
    due: date | None
    kind: TaskKind
    medium: Medium | Literal[""]
    owner: str
    state: TaskState
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


class Proposed(NamedTuple):
    """A task before it is one."""

    kind: TaskKind
    what: str
    due: date | None
    medium: str = ""


def proposals(draft: ContactDraft) -> tuple[Proposed, ...]:
    """What a confirmed draft gives to do, each once, at most 50: what was promised, then what has to be sent.

    The agent's list of `commitments` counts. A promise whose text is still in it gives its date; a date that is none
    counts as none.
    """
    dates = {each.text.strip(): _day(each.due) for each in reversed(draft.promises)}

    def all_of_them() -> Iterator[Proposed]:
        for text in draft.commitments:
            yield Proposed("promise", fit(text.strip(), _LONGEST), dates.get(text.strip()))
        for each in draft.correspondence:
            yield Proposed("correspondence", fit(each.what.strip(), _LONGEST), _day(each.due), each.medium)

    first: dict[tuple[str, ...], Proposed] = {}
    for each in all_of_them():
        if each.what:
            first.setdefault((each.kind, each.what, each.medium), each)
    return tuple(first.values())[:_MOST]


class Tasks:
    """The tasks' service. Every async method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def proposed(
        self,
        session: Session,
        contact_id: str,
        member_id: str | None,
        draft: ContactDraft,
        *,
        owner: str,
        at: datetime,
    ) -> None:
        """Keep what a contact's confirmed `draft` gives agent `owner` to do; inside the caller's unit of work."""
        made: list[dict[str, Any]] = []
        for each in proposals(draft):
            once = hashlib.sha256(msgspec.json.encode([contact_id, each.kind, each.what, each.medium])).hexdigest()
            told = {"id": new_id(), "once": once, "contact_id": contact_id, "member_id": member_id, **each._asdict()}
            made.append({**told, "owner": owner, "state": "open", "made_at": at})
        if made:
            session.execute(insert(session, TaskTable).on_conflict_do_nothing(index_elements=["once"]), made)

    async def page(
        self, owner: str | None, state: TaskState, limit: int, after: Place | None = None
    ) -> tuple[Task, ...]:
        """Those of agent `owner` (None: of everybody) in `state`, the one due first first, those without a date last.

        From the first on, or from the one after `after` (see `place`).
        """
        statement: Select[Any] = select(_T).where(_T.c.state == state)
        if owner is not None:
            statement = statement.where(_T.c.owner == owner)
        if after is not None:
            due = literal(after.at.date(), Date)
            statement = statement.where(or_(due < _DUE, and_(due == _DUE, _T.c.id > after.id)))
        ordered = statement.order_by(_DUE, _T.c.id).limit(limit)
        return await self._db.read(lambda session: tuple(map(_task, session.execute(ordered))))

    async def get(self, task_id: str) -> Task | None:
        statement = select(_T).where(_T.c.id == task_id)

        def found(session: Session) -> Task | None:
            row = session.execute(statement).one_or_none()
            return None if row is None else _task(row)

        return await self._db.read(found)

    async def of_contact(self, contact_id: str) -> tuple[Task, ...]:
        """Everything that this contact gave to do, as `page` orders it."""
        statement = select(_T).where(_T.c.contact_id == contact_id).order_by(_DUE, _T.c.id)
        return await self._db.read(lambda session: tuple(map(_task, session.execute(statement))))

    async def end(self, task_id: str, by: str, state: Ended, note: Note = unnoted) -> Task:
        """Agent `by` did it, or drops it; on record with `note`. Told again by the same agent: the same answer.

        Raises `AlreadyEnded`, and a `Problem` where there is no such task.
        """
        now = self._clock.now()
        this = select(_T).where(_T.c.id == task_id)

        def ended(session: Session) -> Task:
            row = session.execute(this.with_for_update()).one_or_none()
            if row is None:
                raise Problem("there is no such task")
            if row.state != "open":
                if (row.state, row.ended_by) == (state, by):
                    return _task(row)
                raise AlreadyEnded(f"this task is {row.state} already")
            values = {"state": state, "ended_at": now, "ended_by": by}
            session.execute(update(TaskTable).where(TaskTable.id == task_id).values(values))
            note(session, f"task {task_id}", f"{row.kind}: open → {state}")
            return _task(session.execute(this).one())

        return await self._db.write(ended)


def place(task: Task) -> Place:
    """Where a task stands in the list."""
    due = task.due or _NEVER
    return Place(at=datetime(due.year, due.month, due.day, tzinfo=UTC), id=task.task_id)


def _day(text: str) -> date | None:
    """A date as 2026-03-09; what an agent's page sent instead of one is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _task(row: AnyRow) -> Task:
    return Task(
        task_id=row.id,
        contact_id=row.contact_id,
        member_id=row.member_id,
        what=row.what,
        due=row.due,
        kind=cast(TaskKind, row.kind),
        medium=cast(Medium, row.medium),
        owner=row.owner,
        state=cast(TaskState, row.state),
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
