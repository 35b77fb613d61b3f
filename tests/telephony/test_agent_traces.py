"""Each verb on an agent, as it was recorded from the real Asterisk: the stream tells the states again.

What happened in each recording is told by the test of the same purpose in `test_agents_real`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from agent_story import Story, replayed_states

TRACES = Path(__file__).parents[1] / "traces"
MARIA, NED = "PJSIP/maria", "PJSIP/ned"
FREE, RINGS, TALKS, WRITES, OFF = (
    (presence, "") for presence in ("available", "ringing", "on_call", "wrap_up", "signed_out")
)

STORIES: dict[str, Story] = {
    "agent_signed_on": {MARIA: [FREE, ("paused", "lunch"), FREE, OFF]},
    "agent_console": {MARIA: [FREE, ("paused", "dentist"), FREE, OFF]},
    "agent_code": {
        MARIA: [
            FREE,
            ("paused", "lunch"),
            TALKS,  # to the tone that confirms it
            ("paused", "lunch"),
            ("paused", "break"),
            TALKS,
            ("paused", "break"),
            FREE,
            TALKS,
            FREE,
            OFF,
        ]
    },
    "agent_wrap_up": {NED: [FREE, TALKS, WRITES, FREE, RINGS, TALKS, OFF]},
    "agent_not_answering": {
        NED: [FREE, RINGS, FREE, ("paused", "not-answering"), OFF],
        MARIA: [FREE, RINGS, TALKS, OFF],
    },
    "agent_wider": {MARIA: [FREE, ("paused", "meeting"), OFF], NED: [FREE, RINGS, FREE, OFF]},
}


@pytest.mark.parametrize("name", STORIES)
def test_a_recorded_verb_replays_to_the_states(name: str) -> None:
    assert replayed_states((TRACES / f"{name}.ami").read_bytes()) == STORIES[name]


def test_every_recording_of_agents_has_its_story() -> None:
    assert {path.stem for path in TRACES.glob("agent_*.ami")} == set(STORIES)
