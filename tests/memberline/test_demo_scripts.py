from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from core.errors import Problem
from ivr.dialog import advance, begin
from ivr.dialog.actions import (
    Arrival,
    Ask,
    AskQueue,
    Enqueue,
    Find,
    Found,
    Heard,
    Keys,
    Listen,
    MemberFacts,
    Play,
    Prove,
    Proved,
    QueueNow,
    Served,
    World,
)
from ivr.document import reading
from ivr.self_service.catalogue import SPECS
from memberline.demo import menu, scripts
from memberline.demo.conversation import ENGLISH
from records import sample

DEMO = Path(sample.__file__).parent / "demo.yaml"
GOOD = """
caller: service_credit
voice: espeak:Alicia
keys: ["1", number, pin, "3"]
transfer: none
turns:
  - [caller, "my statement is wrong, it ought to be more", 0.8]
"""


def test_every_caller_is_one_of_the_sample_plan() -> None:
    callers = {caller["key"] for caller in yaml.safe_load(DEMO.read_text())["callers"]}
    loaded = scripts.load()
    assert len(loaded) >= 6
    assert {script.caller for script in loaded} <= callers
    assert len({script.voice for script in loaded}) == len(loaded)


@pytest.mark.parametrize("script", scripts.load(), ids=lambda script: script.caller)
def test_the_keys_of_every_script_lead_to_a_person_at_any_hour(script: scripts.Script, tmp_path: Path) -> None:
    document = reading.load(menu.written(tmp_path / "menu"), SPECS)
    world = World(now=datetime(2026, 3, 8, 3, tzinfo=UTC), levels={name: spec.level for name, spec in SPECS.items()})
    keys = iter((ENGLISH, *script.keys))
    heard: Heard
    state, action = begin(document, Arrival(), world)
    while not isinstance(action, Enqueue):
        match action:
            case Listen():
                key = next(keys)
                heard = Keys(digits="10041375", ended=True) if key == "number" else Keys(digits=key)
            case Prove():
                assert next(keys) == "pin"
                heard = Proved(result="right")
            case Find():
                heard = Found(member=MemberFacts(member_id="m1"))
            case Ask():
                heard = Served(outcome="requested")
            case AskQueue():
                heard = QueueNow()
            case _:
                assert isinstance(action, Play)
                heard = Keys(digits="")
        state, action = advance(document, state, heard, world)
    assert list(keys) == []
    assert action.queue == "member_services"
    assert state.learnt.consent == "given"


def test_calls_that_are_transferred_and_calls_that_are_not() -> None:
    transfers = {script.caller: script.transfer for script in scripts.load()}
    assert transfers["service_credit"] == "pension_analyst"
    assert transfers["closed_account"] == "supervisor"
    assert transfers["death_report"] == "survivor_services"
    assert transfers["new_address"] == "none"
    assert all(script.transfer != "none" or not script.after_transfer for script in scripts.load())


def test_a_turn_knows_its_words_without_what_the_synthesiser_needs(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    (turn,) = scripts.read(path).turns
    assert turn.words == "my statement is wrong it ought to be more"
    assert (turn.speaker, turn.pause_s) == ("caller", 0.8)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (GOOD.replace("caller:", "coller:", 1), "coller"),
        (GOOD.replace("[caller,", "[clerk,"), "clerk"),
        (GOOD.replace("is wrong", "Is Wrong"), "expected lower-case words"),
        (GOOD.replace("0.8", "99"), "10"),
        (GOOD.replace("- [", "- {"), "is no script"),
        ("turns: []", "is no script"),
    ],
)
def test_a_bad_script_is_refused_with_file_and_reason(tmp_path: Path, wrong: str, says: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(wrong)
    with pytest.raises(Problem, match=says) as refused:
        scripts.read(path)
    assert str(path) in str(refused.value)
