from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from core.errors import Problem
from ivr.menu import BUILT_IN
from memberline.demo import scripts
from records import sample

DEMO = Path(sample.__file__).parent / "demo.yaml"
GOOD = """
caller: service_credit
voice: espeak:Alicia
key: "3"
transfer: none
turns:
  - [caller, "my statement is wrong, it ought to be more", 0.8]
"""


def test_every_caller_is_one_of_the_sample_plan_and_presses_a_key_of_the_menu() -> None:
    callers = {caller["key"] for caller in yaml.safe_load(DEMO.read_text())["callers"]}
    loaded = scripts.load()
    assert len(loaded) >= 6
    assert {script.caller for script in loaded} <= callers
    assert all(BUILT_IN.option(script.key) is not None for script in loaded)
    assert len({script.voice for script in loaded}) == len(loaded)


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
