"""Agents as many as a benchmark wants."""

from __future__ import annotations

from records.agents import Agent


def agents(count: int) -> list[Agent]:
    """a0, a1 and so on, each at a telephone of the same name."""
    return [
        Agent(
            agent_id=f"a{n}",
            username=f"a{n}",
            name=f"Agent {n}",
            role="agent",
            level=1,
            specialties=(),
            device=f"PJSIP/a{n}",
        )
        for n in range(count)
    ]
