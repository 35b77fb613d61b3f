"""A mapping file is read with every mistake at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import postgres_plan
import pytest
import rest_plan

from core.errors import Problem
from records.pension.mapping import load_rest, load_sql


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str, str], list[str]]:
    def read(kind: str, text: str) -> list[str]:
        path = tmp_path / "m.yaml"
        path.write_text(text)
        with pytest.raises(Problem) as told:
            (load_sql if kind == "sql" else load_rest)(path)
        return str(told.value).replace(f"{tmp_path}/", "").split("\n")

    return read


def test_the_whole_of_both_kinds_is_read(tmp_path: Path):
    (tmp_path / "sql.yaml").write_text(postgres_plan.MAPPING)
    (tmp_path / "rest.yaml").write_text(rest_plan.MAPPING)
    sql, rest = load_sql(tmp_path / "sql.yaml"), load_rest(tmp_path / "rest.yaml")
    assert sql.profiles is not None
    assert sql.profiles.fields["relation"].values["R"] == "retiree"
    assert sql.changes["name"].old_must_match
    assert rest.profiles is not None
    assert rest.profiles.questions["by_phone"].items == "results"
    assert rest.changes["phone"].method == "PUT"


def test_every_mistake_of_a_table_is_told_at_once_with_its_place(refused: Callable[[str, str], list[str]]):
    text = (
        postgres_plan.MAPPING.replace("member_number: MBR_NO", "member_numbr: MBR_NO")
        .replace("in: dollars", "in: pounds")
        .replace("from: pension.member_view", "from: a.b.c")
        .replace("mailing_address.zip: ZIP", "mailing_address.zpi: ZIP")
        .replace("  applied: pension.memberline_applied\n", "")
        .replace("old_must_match: true", "old_must_match: perhaps")
    )
    said = refused("sql", text)
    assert [line.split(": ", 1)[0] for line in said] == [
        "m.yaml:3:9",
        "m.yaml:6:5",
        "m.yaml:5:5",
        "m.yaml:12:34",
        "m.yaml:19:96",
        "m.yaml:27:9",
        "m.yaml:17:3",
    ]
    assert "did you mean 'member_number'?" in said[1]
    assert "did you mean 'mailing_address.zip'?" in said[5]
    assert "expected the table that keeps which changes were made: applied" in said[6]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("profile: /members/{member_id}", "profile: /members", "a path that begins with / and has {member_id} in it"),
        ("profile: /members/{member_id}", "profile: '{member_id}'", "a path that begins with /"),
        ("profile: /members/{member_id}", "profile: /{member_id}/{member_id}", "in it once"),
        ("profile: /members/{member_id}", "profile: '/{member_id'", "a path that begins with /"),
        ("method: PATCH", "method: DELETE", "a method: one of PATCH, PUT, POST"),
        ("name: [name.first, name.last]", "name: []", "at least one name"),
        ("kind: rest", "kind: sql", "this file is not for kind: rest"),
        ("kind: rest", "kind: soap", "a kind: one of sql, rest"),
        ("body: {email: email}", "body: {}", "our parts, each with its name there"),
    ],
)
def test_mistakes_of_a_service(refused: Callable[[str, str], list[str]], before: str, after: str, says: str):
    assert says in "\n".join(refused("rest", rest_plan.MAPPING.replace(before, after)))


def test_a_file_that_says_nothing_is_told_so(refused: Callable[[str, str], list[str]]):
    assert "neither profiles nor changes" in refused("sql", "kind: sql")[0]
    assert refused("sql", "")[0].startswith("m.yaml: found an empty file")
