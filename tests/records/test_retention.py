"""How long recordings are kept: the first rule that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Problem
from records.retention import Retention, RetentionRule, load


def test_the_first_rule_that_fits_counts(tmp_path: Path) -> None:
    file = tmp_path / "retention.toml"
    file.write_text(
        'days = 400\n[[rule]]\nqueue = "sales"\noutcome = "answered"\ndays = 10\n'
        '[[rule]]\ntopic = "refund"\ndays = 3650\n'
    )
    rules = load(file)
    assert rules.shortest == 10
    assert rules.keeps(queues={"sales"}, topics=("refund",), outcome="answered") == 10
    assert rules.keeps(queues={"sales"}, topics=("refund",), outcome="abandoned") == 3650
    assert rules.keeps(queues=(), topics=(), outcome=None) == 400


def test_without_rules_a_year() -> None:
    assert Retention().keeps(queues=("sales",), topics=(), outcome="answered") == 365
    assert RetentionRule(days=1).fits((), (), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("days = -1", "days"),
        ("[[rule]]\nqueu = 'x'\ndays = 1", "queu"),
        ("[[rule]]\nqueue = 'x'", "days"),
        ("days = ", "TOML"),
        ("[[rule]]\ndays = 1\noutcome = 'gone'", "outcome"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "retention.toml"
    file.write_text(text)
    with pytest.raises(Problem, match=said) as problem:
        load(file)
    assert problem.value.place == str(file)
    with pytest.raises(Problem, match="cannot be read"):
        load(tmp_path / "none.toml")
