"""Which subjects a browser may listen to: the access table, applied to names. What is not named here stays inside.

So does `call.<id>`: it carries what is not masked. Who may hear a call hears it on a desk, where it is masked for that
desk's agent, and on record where it is somebody else's.
"""

from __future__ import annotations

from core.access import Rule, User, allowed
from core.bus import name_of
from core.events import Event

# The first word of a subject, and what the access table says of it.
KINDS = {
    "agent": Rule(resource="desk", action="see"),  # agent.<agent id>
    "queue": Rule(resource="queue", action="see"),  # queue.<the name as core.bus.word spells it>
    "wall": Rule(resource="wall", action="see"),  # just that
    "notices": Rule(resource="notice", action="see"),  # just that
}
_ALONE = {"wall", "notices"}  # just that


class SessionEnded(Event, frozen=True, kw_only=True):
    """Published on `session.<session>` when somebody signs out or is signed out: gateways let go of them."""

    session: str


def resolve(subject: str, user: User) -> str:
    """The real name of what a client calls `agent.me`; everything else is its own name."""
    return f"agent.{user.agent_id}" if subject == "agent.me" else subject


def watched(subject: str, user: User) -> bool:
    """Whether who listens sees other people's members there: on the wall, and on the desk of another agent."""
    return subject == "wall" or (subject.startswith("agent.") and subject != f"agent.{user.agent_id}")


def may_listen(subject: str, user: User) -> bool:
    kind, dot, spelled = subject.partition(".")
    rule = KINDS.get(kind)
    if rule is None:
        return False
    if kind in _ALONE:
        return not dot and allowed(user.role, rule.resource, rule.action)
    name = name_of(spelled)  # one word, and no pattern: nobody listens to more than they named
    if name is None:
        return False
    if kind == "agent" and name != user.agent_id and not user.cleared:
        return False  # a colleague who is cleared may have a protected member on the desk
    own = name == user.agent_id if kind == "agent" else name in user.queues
    return allowed(user.role, rule.resource, rule.action, own=own)
