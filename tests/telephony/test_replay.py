"""Every recorded call replays to its story.

The stories (NAME.json) were checked by hand against the summaries (NAME.summary) beside them; their times also against
the recordings' own timestamps: from QueueCallerJoin to AgentConnect, and from the bridge's beginning to its end.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Problem
from core.events import encode
from memberline.cli import cli
from telephony.replay import Replay, replay

TRACES = sorted((Path(__file__).parents[1] / "traces").glob("*.ami"))
LEAN_CLASSES = {"call", "agent", "user", "agi", "system"}


def told(replayed: Replay) -> dict[str, Any]:
    """As the expected stories are written: calls whole, events by name."""
    return {
        "calls": json.loads(encode(replayed.calls)),
        "events": [type(event).__name__ for event in replayed.events],
        "ignored": replayed.ignored,
    }


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.stem)
def test_a_recorded_call_replays_to_its_story(trace: Path) -> None:
    expected = json.loads(trace.with_suffix(".json").read_text())
    assert told(replay(trace.read_bytes())) == expected


def test_as_the_command_prints_it() -> None:
    trace = next(trace for trace in TRACES if trace.stem == "q_hold")
    result = CliRunner().invoke(cli, ["replay", str(trace), "--json"])
    printed = json.loads(result.output)
    assert set(printed) == {"calls", "events", "ignored"}
    [call] = printed["calls"]
    assert {key: call[key] for key in ("caller", "queues", "agents", "answered", "outcome", "holds")} == {
        "caller": "5551234",
        "queues": ["pensions"],
        "agents": ["PJSIP/a1"],
        "answered": True,
        "outcome": "answered",
        "holds": 1,
    }
    assert CliRunner().invoke(cli, ["replay", str(trace)]).exit_code == 0


def test_a_recording_that_is_not_there() -> None:
    result = CliRunner().invoke(cli, ["replay", "/nowhere.ami"])
    assert isinstance(result.exception, Problem)
    assert "/nowhere.ami" in str(result.exception)


def messages(trace: Path) -> list[bytes]:
    return [block for block in trace.read_bytes().split(b"\r\n\r\n") if block]


def joined(blocks: list[bytes]) -> bytes:
    return b"".join(block + b"\r\n\r\n" for block in blocks)


def is_sent_to_us(block: bytes) -> bool:
    """What the listening user is sent: its classes, without what is filtered at the server."""
    lines = dict(line.split(": ", 1) for line in block.decode("utf-8", "replace").split("\r\n") if ": " in line)
    classes = set(lines.get("Privilege", "system").split(","))
    return bool(classes & LEAN_CLASSES) and lines.get("Event") not in {"Newexten", "VarSet"}


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.stem)
def test_what_we_are_sent_tells_the_same_story_as_everything(trace: Path) -> None:
    lean = joined([block for block in messages(trace) if is_sent_to_us(block) or b"\r\nActionID: " in block])
    assert replay(lean).calls == replay(trace.read_bytes()).calls


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.stem)
def test_an_event_that_comes_twice_changes_nothing(trace: Path) -> None:
    blocks = messages(trace)
    twice = joined([copy for block in blocks for copy in ([block, block] if b"ActionID" not in block else [block])])
    assert replay(twice).calls == replay(trace.read_bytes()).calls


NOISE = st.one_of(
    st.binary(max_size=200).filter(lambda noise: b"\r\n\r\n" not in noise),
    st.sampled_from(
        [
            b"Event: NeverHeardOf\r\nUniqueid: 1",
            b"Event: Hangup",
            b"Event: BridgeEnter\r\nBridgeUniqueid: x\r\nUniqueid: nobody",
            b"Event: QueueCallerJoin\r\nQueue: pensions\r\nPosition: many\r\nUniqueid: nobody",
            b"Event: AgentConnect\r\nUniqueid: \r\nDestUniqueid: ",
            b"Event: Newchannel\r\nUniqueid: \r\nLinkedid: ",
            b"Event: Rename\r\nUniqueid: nobody",
            b"Event: Hold\r\nTimestamp: never",
            b"Event: AttendedTransfer\r\nResult: Success",
        ]
    ),
)


@given(st.sampled_from([trace for trace in TRACES if trace.stem.startswith("q_")]), st.data())
@settings(max_examples=60, deadline=None)
def test_noise_between_the_events_changes_no_story(trace: Path, data: st.DataObject) -> None:
    blocks = messages(trace)
    for noise in data.draw(st.lists(NOISE, min_size=1, max_size=5)):
        blocks.insert(data.draw(st.integers(1, len(blocks))), noise)
    assert replay(joined(blocks)).calls == replay(trace.read_bytes()).calls
