"""The audit log over HTTP, for the auditor. Looking at it is on record, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from core.access import Rule
from core.events import Message
from core.routes import Request, Route
from records.audit import Audit, AuditCheck, Looks


class LooksAsked(Message, frozen=True, kw_only=True):
    """The query of the log: of one agent, about one member; `after` is the `next` of the page before."""

    agent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    member: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    after: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


class AuditRoutes:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def routes(self) -> Sequence[Route]:
        see = Rule(resource="audit", action="see")
        return (
            Route("GET", "/api/audit", self.looks, see, query=LooksAsked),
            Route("GET", "/api/audit/check", self.check, see),
        )

    async def looks(self, request: Request[None]) -> Looks:
        """Who looked at what, newest first, page by page."""
        asked: LooksAsked = request.query
        named = {"agent_id": asked.agent, "member_id": asked.member}
        what = " ".join(f"{name} {value}" for name, value in named.items() if value)
        await self._audit.looked(request.user.agent_id, "audit", why=f"search: {what}" if what else "report")
        return await self._audit.looks(limit=asked.limit, before=asked.after, **named)

    async def check(self, request: Request[None]) -> AuditCheck:
        """Whether the whole log is as it was written."""
        await self._audit.looked(request.user.agent_id, "audit_check", why="report")
        return await self._audit.verify()
