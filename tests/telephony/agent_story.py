"""The states that a recorded stream tells of each agent's telephone."""

from __future__ import annotations

from telephony.agents.rules import AgentRules
from telephony.replay import replay

Story = dict[str, list[tuple[str, str]]]


def replayed_states(stream: bytes) -> Story:
    """Presence and reason by device, in order. What the rules would command is in the stream already."""
    rules = AgentRules(wrap_up_s=30, no_answers=1, away_after_s=30)
    told: Story = {}
    for event in replay(stream).events:
        for changed in rules.feed(event).events:
            states = told.setdefault(changed.device, [])
            now = (changed.state.presence, changed.state.reason)
            if states[-1:] != [now]:
                states.append(now)
    return told
