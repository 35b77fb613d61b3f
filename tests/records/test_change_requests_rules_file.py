"""The plan's rules from a file: what is said counts, what is not said stays guarded, what is misspelt is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Problem
from records.change_rules import STRICT, ChangeRules, Safeguard
from records.change_rules_file import load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "changes.toml"


def test_an_empty_file_is_the_default(file: Path):
    file.write_text("")
    assert load(file) == ChangeRules()


def test_a_field_more_takes_no_guard_from_the_others(file: Path):
    file.write_text('second_by = ["supervisor"]\n[fields.beneficiary]\nsecond_person = true\n')
    rules = load(file)
    assert rules.fields == {
        "bank_details": STRICT,
        "date_of_death": STRICT,
        "beneficiary": Safeguard(second_person=True),
    }
    assert rules.second_by == ("supervisor",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fields.bank_detail]\nwait_hours = 1", "no field 'bank_detail'. Did you mean 'bank_details'?"),
        ("[fields.email]\nwait_hour = 1", "wait_hour"),
        ("[fields.email]\nwait_hours = -1", "fields"),
        ("safeguards = 1", "safeguards"),
        ("second_by = []", "nobody who could be the second person"),
        ('second_by = ["boss"]', "boss"),
        ('[[combinations]]\nfield = "adress"\nothers = ["x"]\nwithin_days = 3', "no field 'adress'"),
        ('[[combinations]]\nfield = "phone"\nothers = ["x"]\nwithin_days = 0', "within_days"),
        ("fields = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told(file: Path, text: str, says: str):
    file.write_text(text)
    with pytest.raises(Problem) as told:
        load(file)
    assert says in str(told.value)
    assert str(told.value).startswith(str(file))


def test_a_file_that_is_not_there(file: Path):
    with pytest.raises(Problem, match="cannot be read"):
        load(file)
