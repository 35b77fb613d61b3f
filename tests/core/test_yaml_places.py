"""YAML read for people: every mistake with its place, nothing taken for what it does not look like."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Problem
from core.yaml_places import Finding, Place, Unreadable, YamlNotes, YamlReader, compose, suggestion


def noted(text: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] | None = ()) -> list[str]:
    notes = YamlNotes()
    notes.mapping(compose("a.yaml", text), required=required, optional=optional)
    return [str(finding) for finding in notes.findings]


def test_a_misspelt_field_is_told_with_line_column_and_what_was_meant() -> None:
    assert noted("a: 1\n  \nlanguges: 2", required=("languages",), optional=("a",)) == [
        "a.yaml:3:1: found the unknown field 'languges', expected one of languages, a (did you mean 'languages'?)",
        "a.yaml:1:1: found no languages, expected a field 'languages' here",
    ]


def test_a_field_that_is_there_twice_is_told_where_it_stands_again() -> None:
    assert noted("1: x\n2: y\n1: z", optional=None) == ["a.yaml:3:1: found '1' twice, expected it once"]


def test_a_list_as_a_name_is_told() -> None:
    assert noted("[a, b]: x", optional=None) == ["a.yaml:1:1: found a list as a name, expected text"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "*: {next: main}",
            "a.yaml:1:2: found a bare *, expected a value; ",
        ),
        (
            "say: Press: one",
            "a.yaml:1:11: found a second colon, expected a text with a colon in quotes",
        ),
        ("a:\n\t- x", "a.yaml:2:1: found a tab, expected spaces"),
        ("a: &x [*x]", "a.yaml:1:8: found the alias *x, expected YAML"),
        ("", "a.yaml: found an empty file, expected YAML"),
        ("a: \x07", "a.yaml:1:4: found the character '\\x07', expected readable text"),
        ("[" * 5000, "a.yaml: found fields nested without end, expected a few levels"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        compose("a.yaml", text, aliases=False)
    assert str(refused.value.finding).startswith(told)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("text", ["8:00", "0x1F", "1_000", "1e3", ".inf", '"3"', "yes", "[]", "", "9" * 5000])
def test_only_a_decimal_number_is_a_number(text: str) -> None:
    notes = YamlNotes()
    notes.number(compose("a.yaml", f"- {text}").value[0], least=1)
    [finding] = notes.findings
    assert finding.expected == "a number of at least 1"


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("off", False), ("True", True), ("no", False)])
def test_a_flag_is_what_it_looks_like(text: str, value: bool) -> None:
    notes = YamlNotes()
    assert notes.flag(compose("a.yaml", text)) is value
    assert notes.text(compose("a.yaml", text)) == text  # and the same as words
    assert notes.findings == []


@pytest.mark.parametrize("text", ['"yes"', "maybe", "1", "[yes]", "~"])
def test_anything_else_is_no_flag(text: str) -> None:
    notes = YamlNotes()
    notes.flag(compose("a.yaml", text))
    assert [finding.expected for finding in notes.findings] == ["true or false"]


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\0b"', '"\\x07"'])
def test_what_nobody_can_say_is_no_text(text: str) -> None:
    notes = YamlNotes()
    assert notes.text(compose("a.yaml", text)) == ""
    assert [finding.expected for finding in notes.findings] == ["text"]


def test_a_question_inside_braces_is_a_text() -> None:
    node = compose("a.yaml", "{en: Which form?, es: ¿Cuál?, more: [a?b, who?]}")
    assert [value.value for _, value in node.value][:2] == ["Which form?", "¿Cuál?"]
    assert [each.value for each in node.value[2][1].value] == ["a?b", "who?"]


def test_numbers_have_their_bounds() -> None:
    notes = YamlNotes()
    assert notes.number(compose("a.yaml", "2.5"), most=3) == 2.5
    assert notes.integer(compose("a.yaml", "12"), least=1, most=9) == 1
    [finding] = notes.findings
    assert str(finding) == "a.yaml:1:1: found '12', expected a whole number of at least 1 and at most 9"


def test_a_suggestion_looks_through_case_and_keeps_the_name_as_it_is() -> None:
    assert suggestion("MainMenu", ["mainmenu", "payments"]) == "mainmenu"
    assert suggestion("zzz", ["mainmenu", "payments"]) == ""


def test_a_file_is_told_as_a_whole_when_its_reader_is_done(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("\n".join(f"x{number}: 1" for number in range(40)))
    reader = YamlReader(path)
    reader.mapping(reader.root)
    with pytest.raises(Problem) as refused:
        reader.finish()
    assert len(str(refused.value).splitlines()) == 31
    assert str(refused.value).endswith("and 10 more")
    assert f"{path}:40:1: " not in str(refused.value)


def test_a_place_without_a_line_is_the_file() -> None:
    assert str(Finding(Place("a.yaml"), "nothing", "something")) == "a.yaml: found nothing, expected something"


@given(st.one_of(st.text(max_size=200), st.text("[]{}:*&!|>-?#'\"\n\t ab,%@`~<0", max_size=80)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_told_as_unreadable(text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(compose("a.yaml", text, aliases=False), yaml.Node)
