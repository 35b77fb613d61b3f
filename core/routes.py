"""HTTP routes as declarations: rooms state them in `routes.py`, the HTTP application mounts and enforces them.

A handler takes a `Request` and returns a `Message` (or a list of them, a `Blob`, or None); it never sees HTTP. The
application decodes query and body, checks the session and the access rule, and turns a `Problem` into an answer.

>>> Route("POST", "/api/calls/{call_id}/hold", hold, Rule(resource="call", action="change"), owner=agent_on_call)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from core.access import TABLE, Rule, User
from core.errors import Problem
from core.events import Message

Body = TypeVar("Body")


class Refusal(Problem):
    """A `Problem` with the HTTP status that fits: 404 not there, 409 not now, 422 not so, 503 not without a part."""

    def __init__(self, status: int, what: str, *, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.status = status


@dataclass(frozen=True)
class Request(Generic[Body]):
    """What a handler is given: who asks, the words of the path, the decoded query (a `Route.query`) and body."""

    user: User
    path: Mapping[str, str]
    query: Any
    body: Body
    request_id: str


async def myself(request: Request[Any]) -> str:
    """The owner of what is always one's own: /api/desk and the like."""
    return request.user.agent_id


@dataclass(frozen=True)
class Route:
    """One method of one path. Takes a JSON body of type `body`, or none; answers 200, or 204 for None.

    `owner` finds the agent id that the thing belongs to (None: nobody's), raising `Refusal(404)` where it does not
    exist; it is required when any role reaches only its own.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Callable[[Request[Any]], Awaitable[object]]
    rule: Rule
    owner: Callable[[Request[Any]], Awaitable[str | None]] | None = None
    body: type | None = None
    query: type[Message] | None = None  # the parameters it takes beside those of the path

    def __post_init__(self) -> None:
        if self.owner is not None:
            return
        row = (self.rule.resource, self.rule.action)
        narrow = [role for role, rights in TABLE.items() if rights.get(row) == "own"]
        if narrow:
            raise Problem(
                f"{self.method} {self.path} does not say whose it is, and {', '.join(narrow)} reach only their own",
                remedy="Give the route an owner",
            )
