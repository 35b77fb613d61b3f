"""What the documents say of the product is so."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from memberline.cli import COMMANDS
from memberline.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


def test_every_setting_stands_in_the_operators_table() -> None:
    table = (ROOT / "docs" / "operating.md").read_text()
    named = set(re.findall(r"`([a-z_]+)`", "\n".join(line for line in table.splitlines() if line.startswith("| `"))))
    assert {field.name for field in msgspec.structs.fields(Settings)} <= named


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_command_is_there() -> None:
    for name in COMMANDS:
        commands = ROOT / "memberline" / "commands"
        assert (commands / f"{name}.py").is_file() or (commands / name / "__init__.py").is_file()
