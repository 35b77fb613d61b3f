"""Tasks over HTTP: what was promised and has to be sent, and an agent's word that it is done. Both are on record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Annotated, Any

import msgspec

from core.access import Rule, allowed
from core.clock import Clock
from core.events import Message
from core.paging import Paging, cut
from core.routes import Refusal, Request, Route, myself
from records.audit import Audit
from records.directory import Directory
from records.tasks import AlreadyEnded, Ended, Task, Tasks, TaskState, place


class TasksAsked(Paging, frozen=True, kw_only=True):
    """The query of the list. `owner`: an agent's id (empty: one's own), or `*` for everybody's."""

    owner: Annotated[str, msgspec.Meta(max_length=36)] = ""
    state: TaskState = "open"


class TaskPage(Message, frozen=True, kw_only=True):
    """The one due first first, those without a date last. `today` is the day at the site: earlier ones are overdue.

    `next`: the cursor of the next page; None: there is none.
    """

    items: tuple[Task, ...]
    today: date
    next: str | None


class TaskEnded(Message, frozen=True, kw_only=True):
    state: Ended


class TaskRoutes:
    """The handlers. `zone` is the site's: it says what day it is."""

    def __init__(self, *, tasks: Tasks, members: Directory, audit: Audit, clock: Clock, zone: tzinfo) -> None:
        self._tasks, self._members, self._audit = tasks, members, audit
        self._clock, self._zone = clock, zone

    def routes(self) -> Sequence[Route]:
        see, change = Rule(resource="task", action="see"), Rule(resource="task", action="change")
        return (
            Route("GET", "/api/tasks", self.tasks, see, owner=myself, query=TasksAsked),
            Route("PUT", "/api/tasks/{task_id}", self.end, change, owner=self._owner, body=TaskEnded),
        )

    async def tasks(self, request: Request[None]) -> TaskPage:
        """One's own tasks; a supervisor's question may be about anybody's. Those of protected members are for their
        owner and for who is cleared."""
        asked: TasksAsked = request.query
        me = request.user.agent_id
        owner = None if asked.owner == "*" else asked.owner or me
        if not allowed(request.user.role, "task", "see", own=owner == me):
            raise Refusal(403, "These are a colleague's tasks", remedy="Ask a supervisor")
        found = await self._tasks.page(owner, asked.state, asked.limit + 1, asked.place())
        page, after = cut(found, asked.limit, place)
        why = "own" if owner == me else f"of {owner or 'everybody'}"
        await self._audit.looked(me, "tasks", why=f"{why}, {asked.state}")
        today = self._clock.now().astimezone(self._zone).date()
        return TaskPage(items=await self._seen(request, page), today=today, next=after)

    async def end(self, request: Request[TaskEnded]) -> Task:
        """It is done, or need not be done any more. Once: a later other word is refused."""
        task, user = await self._one(request), request.user
        if not await self._seen(request, (task,)):
            raise Refusal(403, "This member is protected", remedy="Hand over to a colleague who is cleared")
        note = self._audit.note(user.agent_id, "task", member_id=task.member_id, contact_id=task.contact_id)
        try:
            return await self._tasks.end(task.task_id, user.agent_id, request.body.state, note)
        except AlreadyEnded as problem:
            raise Refusal(409, problem.what) from problem

    # --- inside -----------------------------------------------------------------------------------

    async def _one(self, request: Request[Any]) -> Task:
        task = await self._tasks.get(request.path["task_id"])
        if task is None:
            raise Refusal(404, "There is no such task", remedy="Load the list again")
        return task

    async def _owner(self, request: Request[Any]) -> str:
        return (await self._one(request)).owner

    async def _seen(self, request: Request[Any], found: Sequence[Task]) -> tuple[Task, ...]:
        """Without colleagues' tasks for protected members, unless the user is cleared."""
        me = request.user.agent_id
        if request.user.cleared:
            return tuple(found)
        ids = {task.member_id for task in found if task.member_id is not None and task.owner != me}
        members = await asyncio.gather(*(self._members.profile(member_id) for member_id in ids))
        protected = {member.member_id for member in members if member is not None and member.protected}
        return tuple(task for task in found if task.owner == me or task.member_id not in protected)
