"""Who may do what: one declared table for HTTP routes, websocket subjects and files alike.

What is not in the table is refused. `own` means: only where the thing belongs to the user who asks (their desk, the
call they are on); whoever enforces a rule finds out whose it is.
"""

from __future__ import annotations

from typing import Literal, get_args

from core.errors import Problem
from core.events import Message

Role = Literal["agent", "senior", "specialist", "supervisor", "scheduler", "auditor", "administrator"]
Resource = Literal[
    "page",  # the desk's own page, with its files
    "sign_in",
    "session",
    "interface",  # the description of all this
    "desk",
    "call",
    "contact",
    "sealed",  # words of a contact that do not show
    "member",
    "directory",
    "handbook",
    "wall",
    "queue",
    "state",
    "staff",
    "request",
    "audit",
    "notice",  # what is closed
    "closure",
    "queue_setting",
    "recording",  # a call's sound; to change: hold, silence, delete
    "task",  # promised in a contact, or to be sent after it
    "change_request",  # for the pension system; who may be the second person is said by its rules
]
Action = Literal["see", "change"]
Scope = Literal["own", "any"]

ROLES: tuple[Role, ...] = get_args(Role)


class User(Message, frozen=True, kw_only=True):
    """Who is signed in. A supervisor has an agent id as well: they take calls too.

    `queues` are those they have a right to; `cleared`: may see protected members.
    """

    agent_id: str
    name: str
    role: Role
    queues: tuple[str, ...] = ()
    cleared: bool = False


class Rule(Message, frozen=True, kw_only=True):
    """What a route, a subject or a file asks for; one that nobody meets cannot be stated."""

    resource: Resource
    action: Action

    def __post_init__(self) -> None:
        if not self.open and not any((self.resource, self.action) in rights for rights in TABLE.values()):
            raise Problem(f"nobody may {self.action} {self.resource}", remedy="Give the access table a row for it")

    @property
    def open(self) -> bool:
        """Whether it is for everybody, signed in or not."""
        return (self.resource, self.action) in OPEN


OPEN: frozenset[tuple[Resource, Action]] = frozenset({("page", "see"), ("sign_in", "see"), ("sign_in", "change")})

_SIGNED_IN: dict[tuple[Resource, Action], Scope] = {
    ("session", "see"): "own",
    ("session", "change"): "own",
    ("interface", "see"): "any",
    ("directory", "see"): "any",
    ("handbook", "see"): "any",
    ("notice", "see"): "any",
}
_CLOSING: dict[tuple[Resource, Action], Scope] = {
    ("closure", "see"): "any",
    ("closure", "change"): "any",
    ("queue_setting", "see"): "any",
    ("queue_setting", "change"): "any",
}
_ON_THE_PHONES: dict[tuple[Resource, Action], Scope] = _SIGNED_IN | {
    ("desk", "see"): "own",
    ("call", "change"): "own",
    ("contact", "change"): "own",
    ("recording", "see"): "own",
    ("member", "see"): "any",
    ("queue", "see"): "own",
    ("state", "change"): "own",
    ("request", "see"): "any",
    ("request", "change"): "any",
    ("task", "see"): "own",
    ("task", "change"): "own",
    ("change_request", "see"): "any",
    ("change_request", "change"): "any",
}

TABLE: dict[Role, dict[tuple[Resource, Action], Scope]] = {
    "agent": _ON_THE_PHONES,
    "senior": _ON_THE_PHONES,
    "specialist": _ON_THE_PHONES,
    "supervisor": _ON_THE_PHONES
    | _CLOSING
    | {
        ("desk", "see"): "any",
        ("call", "change"): "any",
        ("contact", "change"): "any",
        ("task", "see"): "any",
        ("task", "change"): "any",
        ("recording", "see"): "any",
        ("recording", "change"): "any",
        ("sealed", "see"): "any",
        ("wall", "see"): "any",
        ("queue", "see"): "any",
        ("state", "change"): "any",
        ("staff", "see"): "any",
    },
    "scheduler": _SIGNED_IN
    | {
        ("wall", "see"): "any",
        ("queue", "see"): "any",
        ("staff", "see"): "any",
        ("closure", "see"): "any",
        ("queue_setting", "see"): "any",
    },
    "auditor": _SIGNED_IN
    | {
        ("member", "see"): "any",
        ("staff", "see"): "any",
        ("audit", "see"): "any",
        ("change_request", "see"): "any",
        ("recording", "see"): "any",
    },
    "administrator": _SIGNED_IN
    | _CLOSING
    | {
        ("staff", "see"): "any",
        ("staff", "change"): "any",
        ("recording", "change"): "any",
    },
}


def scope(role: Role, resource: Resource, action: Action) -> Scope | None:
    """How far a role's right reaches: its own, any, or (None) not at all."""
    if (resource, action) in OPEN:
        return "any"
    return TABLE[role].get((resource, action))


def allowed(role: Role, resource: Resource, action: Action, *, own: bool = False) -> bool:
    """May `role` do this? `own` says that the thing belongs to the user who asks."""
    reach = scope(role, resource, action)
    return reach == "any" or (reach == "own" and own)
