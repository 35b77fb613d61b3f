"""The TypeScript that the browser is built with says what the Python types say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from click.testing import CliRunner

from core.errors import Problem
from core.events import Message
from memberline import types
from memberline.types import Typescript, generate, main

Colour = Literal["red", "green"]


class Wheel(Message, frozen=True, kw_only=True):
    """Round.

    Mostly.
    """

    colour: Colour
    spokes: tuple[int, ...] = ()
    tyre: Literal["new", "worn"] | None = None


def test_a_struct_with_its_literals_defaults_and_words() -> None:
    typescript = Typescript()
    typescript.struct(Wheel)
    assert typescript.text().removeprefix(types.HEADER) == (
        '\nexport type Colour = "red" | "green";\n'
        "\n/**\n * Round.\n *\n * Mostly.\n */\n"
        "export interface Wheel {\n"
        "  readonly colour: Colour;\n"
        "  readonly spokes: readonly number[];\n"
        '  readonly tyre: "new" | "worn" | null;\n'
        "}\n"
    )


def test_what_json_does_not_have_is_refused_by_name() -> None:
    odd = msgspec.defstruct("Odd", [("number", complex)], module=__name__)
    with pytest.raises(Problem, match=r"Odd\.number"):
        Typescript().struct(odd)


def test_two_types_of_one_name_are_refused() -> None:
    typescript = Typescript()
    typescript.struct(Wheel)
    other = msgspec.defstruct("Wheel", [("size", int)], module=__name__)
    with pytest.raises(Problem, match="Wheel"):
        typescript.struct(other)


def test_the_file_is_the_same_from_every_process() -> None:
    program = "from memberline.types import generate; print(generate(), end='')"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == generate()


def test_the_files_that_are_checked_in_are_current() -> None:
    found = CliRunner().invoke(main, ["--check"])
    assert (found.exit_code, found.output) == (0, "")


@pytest.mark.parametrize("changed", ["FILE", "OPENAPI", "PROTOCOL"])
def test_check_tells_an_outdated_file_and_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    for name in ("FILE", "OPENAPI", "PROTOCOL"):  # all of them: a test writes nothing into the tree
        monkeypatch.setattr(types, name, tmp_path / name)
    file = tmp_path / changed
    assert "python -m memberline.types" in CliRunner().invoke(main, ["--check"]).output
    assert CliRunner().invoke(main, []).exit_code == 0
    assert CliRunner().invoke(main, ["--check"]).exit_code == 0
    file.write_text("outdated")
    assert CliRunner().invoke(main, ["--check"]).exit_code == 1
    assert file.read_text() == "outdated"
