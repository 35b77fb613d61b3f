"""Which subjects a browser may listen to: the access table, applied to names. What is not named here stays inside."""

from __future__ import annotations

import re

from core.access import Rule, User, allowed
from core.events import Event

DESK = Rule(resource="desk", action="see")
WALL = Rule(resource="wall", action="see")
QUEUE = Rule(resource="queue", action="see")

_NAME = re.compile(r"[\w-]+")  # one word, and no pattern: nobody listens to more than they named


class SessionEnded(Event, frozen=True, kw_only=True):
    """Published on `session.<session>` when somebody signs out or is signed out: gateways let go of them."""

    session: str


def resolve(subject: str, user: User) -> str:
    """The real name of what a client calls `agent.me`; everything else is its own name."""
    return f"agent.{user.agent_id}" if subject == "agent.me" else subject


def may_listen(subject: str, user: User) -> bool:
    kind, _, name = subject.partition(".")
    match kind:
        case "agent" if _NAME.fullmatch(name):
            rule, own = DESK, name == user.agent_id
        case "queue" if _NAME.fullmatch(name):
            rule, own = QUEUE, name in user.queues
        case "wall" if not name:
            rule, own = WALL, False
        case _:
            return False
    return allowed(user.role, rule.resource, rule.action, own=own)
