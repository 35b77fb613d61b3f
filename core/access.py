"""Who may do what: one declared table for HTTP routes, websocket subjects and files alike.

What is not in the table is refused. `own` means: only where the thing belongs to the user who asks (their desk, the
call they are on); whoever enforces a rule finds out whose it is.
"""

from __future__ import annotations

from typing import Literal, get_args

from core.events import Message

Role = Literal["agent", "senior", "specialist", "supervisor", "scheduler", "auditor", "administrator"]
Resource = Literal[
    "desk", "call", "contact", "member", "directory", "wall", "queue", "state", "staff", "request", "audit"
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
    """What a route or a subject asks for."""

    resource: Resource
    action: Action


_ON_THE_PHONES: dict[tuple[Resource, Action], Scope] = {
    ("desk", "see"): "own",
    ("call", "change"): "own",
    ("contact", "change"): "own",
    ("member", "see"): "any",
    ("directory", "see"): "any",
    ("queue", "see"): "own",
    ("state", "change"): "own",
    ("request", "see"): "any",
    ("request", "change"): "any",
}

TABLE: dict[Role, dict[tuple[Resource, Action], Scope]] = {
    "agent": _ON_THE_PHONES,
    "senior": _ON_THE_PHONES,
    "specialist": _ON_THE_PHONES,
    "supervisor": _ON_THE_PHONES
    | {
        ("desk", "see"): "any",
        ("call", "change"): "any",
        ("contact", "change"): "any",
        ("wall", "see"): "any",
        ("queue", "see"): "any",
        ("state", "change"): "any",
        ("staff", "see"): "any",
    },
    "scheduler": {
        ("directory", "see"): "any",
        ("wall", "see"): "any",
        ("queue", "see"): "any",
        ("staff", "see"): "any",
    },
    "auditor": {
        ("member", "see"): "any",
        ("directory", "see"): "any",
        ("staff", "see"): "any",
        ("audit", "see"): "any",
    },
    "administrator": {("directory", "see"): "any", ("staff", "see"): "any", ("staff", "change"): "any"},
}


def scope(role: Role, resource: Resource, action: Action) -> Scope | None:
    """How far a role's right reaches: its own, any, or (None) not at all."""
    return TABLE[role].get((resource, action))


def allowed(role: Role, resource: Resource, action: Action, *, own: bool = False) -> bool:
    """May `role` do this? `own` says that the thing belongs to the user who asks."""
    reach = scope(role, resource, action)
    return reach == "any" or (reach == "own" and own)
