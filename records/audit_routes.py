"""The audit log over HTTP, for the auditor. Looking at it is on record, too."""

from __future__ import annotations

from collections.abc import Sequence

from core.access import Rule
from core.routes import Refusal, Request, Route
from records.audit import Audit, AuditCheck, Looks

MOST = 200
USUAL = 50


class AuditRoutes:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def routes(self) -> Sequence[Route]:
        see = Rule(resource="audit", action="see")
        return (
            Route("GET", "/api/audit", self.looks, see, query=("agent", "member", "limit", "after")),
            Route("GET", "/api/audit/check", self.check, see),
        )

    async def looks(self, request: Request[None]) -> Looks:
        """Newest first; `?agent=`, `?member=`, `?limit=`, and `?after=` with the `next` of the page before."""
        asked = request.query
        limit, after = _number(asked.get("limit", str(USUAL)), "limit"), asked.get("after")
        if not 1 <= limit <= MOST:
            raise Refusal(422, f"limit is {limit}", remedy=f"Ask for 1 to {MOST}")
        named = {"agent_id": asked.get("agent", ""), "member_id": asked.get("member", "")}
        before = None if after is None else _number(after, "after")
        what = " ".join(f"{name} {value}" for name, value in named.items() if value)
        await self._audit.looked(request.user.agent_id, "audit", why=what or "all")
        return await self._audit.looks(limit=limit, before=before, **named)

    async def check(self, request: Request[None]) -> AuditCheck:
        """Whether the whole log is as it was written."""
        await self._audit.looked(request.user.agent_id, "audit_check", why="asked for")
        return await self._audit.verify()


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Refusal(422, f"{name} is {text!r}", remedy="Give a whole number")
    return int(text)
