"""`memberline doctor`: check what Memberline needs, one line each, with the remedy."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from core.events import encode
from memberline import settings
from memberline.doctor import Finding, examine, healthy

_MARKS = {"ok": "[green]ok[/green]", "warning": "[yellow]warning[/yellow]", "failed": "[red]FAILED[/red]"}


@click.command()
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML); the environment adds to it."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path | None, as_json: bool) -> None:
    """Check what Memberline needs, with the settings that `memberline serve` would use. Changes nothing.

    The exit code is 1 when something has to be put right before Memberline can serve.
    """
    findings = asyncio.run(examine(settings.load(file)))
    if as_json:
        click.echo(encode(findings))
    else:
        _show(findings)
    sys.exit(0 if healthy(findings) else 1)


def _show(findings: list[Finding]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        told = finding.found if not finding.remedy else f"{finding.found}\n[dim]{finding.remedy}[/dim]"
        table.add_row(_MARKS[finding.grade], finding.check, told)
    Console(highlight=False).print(table)
