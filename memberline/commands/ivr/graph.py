"""`memberline ivr graph`: a menu drawn, for the wall of whoever is responsible for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from core.errors import Problem
from ivr.bench.drawing import dot
from ivr.document.reading import read
from ivr.self_service.catalogue import SPECS

FORMATS = ("svg", "png", "pdf", "dot")
WITHIN_S = 120.0
DPI = 110


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to; its ending is the format.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="The format, where the ending does not say it.")
@click.option("--every-way", is_flag=True, help="Draw every way as a line, those to a person and back too.")
def command(file: Path, output: Path | None, form: str | None, every_way: bool) -> None:
    """Draw the menu document FILE with the files that it includes, each in a box of its own.

    A menu with errors is drawn as far as it can be read; the errors are told.
    """
    result = read(file, SPECS)
    for finding in result.errors:
        click.echo(f"{finding.place}: {finding.severity}: {finding.told}", err=True)
    if result.draft is None or not result.draft.steps:
        raise Problem("cannot be drawn: no step of it can be read", place=str(file))
    form = form or (output.suffix.removeprefix(".") if output else "svg")
    if form not in FORMATS:
        raise Problem(f"no format {form!r}", place=str(output), remedy=f"Use one of {', '.join(FORMATS)}")
    output = output or Path(f"{file.stem}.{form}")
    places = {name: result.place("steps", name) for name in result.draft.steps}
    text = dot(result.draft, places, every_way=every_way)
    try:
        output.write_bytes(text.encode() if form == "dot" else _drawn(text, form))
    except OSError as error:
        raise Problem(f"cannot be written ({error.strerror})", place=str(output)) from None
    click.echo(f"{output}: {len(result.draft.steps)} steps")
    sys.exit(1 if result.errors else 0)


def _drawn(text: str, form: str) -> bytes:
    if shutil.which("dot") is None:
        raise Problem(
            "dot is not here", remedy="Install the package graphviz, or run `make setup`; --format dot needs none"
        )
    command = ["dot", f"-T{form}", f"-Gdpi={DPI if form == 'png' else 72}"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise Problem(f"dot did not answer within {WITHIN_S:g} s") from None
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Problem(f"dot failed with code {done.returncode}: {' '.join(last)}")
    return done.stdout
