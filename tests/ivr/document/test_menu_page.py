"""What docs/menus.md tells a supervisor is so: its examples are read, and every field that there is stands in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from written_menu import told

from ivr.document.model import ALWAYS, STANDARD, Kind
from ivr.document.opening import HOLIDAYS, SPECIAL
from ivr.document.reading import read_files
from ivr.document.steps import CONDITION, OFFER, STEPS, TRIES
from ivr.self_service.catalogue import SPECS

PAGE = (Path(__file__).parents[3] / "docs" / "menus.md").read_text()
# Each example is a file of one document, and its first line says which.
FILES = {block.split(maxsplit=2)[1]: block for block in re.findall(r"```yaml\n(# .*?)```", PAGE, re.DOTALL)}
PROSE = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
NAMED = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", PROSE))))


def test_the_examples_are_one_good_document() -> None:
    result = read_files("menu.yaml", FILES, SPECS)
    assert told(result) == []
    assert result.document is not None
    assert set(result.files) == set(FILES)


def test_the_example_of_a_mistake_is_what_is_told() -> None:
    [line] = re.findall(r"^menu\.yaml:.*$", PAGE, re.MULTILINE)
    files = FILES | {"menu.yaml": FILES["menu.yaml"].replace("start: greeting", "start: greting")}
    [finding] = read_files("menu.yaml", files, SPECS).findings
    assert line == f"{finding.place}: {finding.severity}: {finding.told}"


@pytest.mark.parametrize("kind", STEPS)
def test_every_field_of_a_step_is_on_the_page(kind: str) -> None:
    assert set(STEPS[kind].fields) <= NAMED


def test_every_other_word_of_the_language_is_on_the_page() -> None:
    words = {*TRIES.fields, *CONDITION.fields, *OFFER.fields, *STANDARD, *ALWAYS, *get_args(Kind), HOLIDAYS, SPECIAL}
    assert words <= NAMED
