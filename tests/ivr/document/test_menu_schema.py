"""The published schema of a menu: current, true of what is shipped, and telling editors of what is not so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from test_menu_page import FILES
from written_menu import GOOD, spoiled

from core.yaml_places import compose
from ivr.document.schema import generate
from ivr.document.steps import STEPS

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "docs" / "api" / "menu.schema.json"
VALIDATOR = jsonschema_rs.Draft202012Validator(generate())


def as_editors_see_it(text: str) -> Any:
    """The values of YAML 1.2's core schema, with names as text."""
    return _value(compose("a.yaml", text))


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if node.style is None and re.fullmatch(r"-?[0-9]+", node.value):
        return int(node.value)
    if node.style is None and re.fullmatch(r"-?[0-9]+\.[0-9]+", node.value):
        return float(node.value)
    return (
        {"true": True, "false": False, "null": None}.get(node.value, node.value) if node.style is None else node.value
    )


def test_the_published_schema_is_what_the_reader_reads() -> None:
    """If this fails: .venv/bin/memberline ivr schema > docs/api/menu.schema.json"""
    assert json.loads(PUBLISHED.read_text()) == generate()


def test_it_is_a_schema() -> None:
    jsonschema_rs.meta.validate(generate())


SHIPPED = sorted((ROOT / "ivr" / "menus").rglob("*.yaml")) if (ROOT / "ivr" / "menus").is_dir() else []


@pytest.mark.parametrize("path", [path for path in SHIPPED if not path.name.endswith(".test.yaml")], ids=str)
def test_the_shipped_menus_fit_it(path: Path) -> None:
    VALIDATOR.validate(as_editors_see_it(path.read_text()))


@pytest.mark.parametrize("text", [GOOD, *FILES.values()])
def test_the_examples_fit_it(text: str) -> None:
    VALIDATOR.validate(as_editors_see_it(text))


@pytest.mark.parametrize(
    "change",
    [
        "languages: [en, es] → langages: [en, es]",
        "zone: America/New_York\\n → ",
        "next: language} → nxt: language}",
        "step: announce, say: welcome → step: anounce, say: welcome",
        "kind: digits → kind: digit",
        "    queue: member_services\\n → ",
        "tries: {most: 3 → tries: {most: many",
        "monday-friday: 8:00-17:00 → monday-friday: 8-17",
        "monday-friday: 8:00-17:00 → monday-fryday: 8:00-17:00",
        "{2026-11-26: Thanksgiving} → {yesterday: Thanksgiving}",
        "{2026-11-26: Thanksgiving} → us-federal",
        "welcome: {en: Welcome., es: Bienvenido.} → welcome: Welcome",
        "since: 2026-01-01 → since: January",
        "when: {open → when: {opn",
    ],
)
def test_what_the_reader_refuses_editors_mark_too(change: str) -> None:
    assert not VALIDATOR.is_valid(as_editors_see_it(spoiled(change)))


def test_every_field_of_every_step_is_explained_to_editors() -> None:
    kinds = {each["title"]: each for each in generate()["$defs"]["step"]["oneOf"]}
    assert list(kinds) == list(STEPS)
    for kind in kinds.values():
        assert kind["description"]
        assert all(field["description"] for field in kind["properties"].values())
