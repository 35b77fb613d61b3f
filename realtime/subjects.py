"""Which subjects a browser may listen to: the access table, applied to names. What is not named here stays inside."""

from __future__ import annotations

import re

from core.access import Rule, User, allowed
from core.events import Event

# The first word of a subject, and what the access table says of it.
KINDS = {
    "agent": Rule(resource="desk", action="see"),  # agent.<agent id>
    "queue": Rule(resource="queue", action="see"),  # queue.<name>
    "wall": Rule(resource="wall", action="see"),  # just that
    "notices": Rule(resource="notice", action="see"),  # just that
}
_ALONE = {"wall", "notices"}
_NAME = re.compile(r"[\w-]+")  # one word, and no pattern: nobody listens to more than they named


class SessionEnded(Event, frozen=True, kw_only=True):
    """Published on `session.<session>` when somebody signs out or is signed out: gateways let go of them."""

    session: str


def resolve(subject: str, user: User) -> str:
    """The real name of what a client calls `agent.me`; everything else is its own name."""
    return f"agent.{user.agent_id}" if subject == "agent.me" else subject


def of_somebody_else(subject: str, user: User) -> bool:
    """Whether it is the desk of another agent than the one who listens."""
    return subject.startswith("agent.") and subject != f"agent.{user.agent_id}"


def may_listen(subject: str, user: User) -> bool:
    kind, _, name = subject.partition(".")
    rule = KINDS.get(kind)
    if rule is None or (not name if kind not in _ALONE else subject != kind) or not _NAME.fullmatch(name or "all"):
        return False
    if kind == "agent" and name != user.agent_id and not user.cleared:
        return False  # a colleague who is cleared may have a protected member on the desk
    own = {"agent": name == user.agent_id, "queue": name in user.queues}.get(kind, False)
    return allowed(user.role, rule.resource, rule.action, own=own)
